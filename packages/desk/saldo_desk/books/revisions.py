"""The hybrid clock of a company: milliseconds since 1970, shifted 16 bits, and a counter below them.

It only grows, also when the computer's clock is set back, and passes 2**53, so it travels as text. Under the
lock of the company's row, so two verbs never get the same revision.
"""

from datetime import datetime

from saldo_desk.books.tables import Company

COUNTER_BITS = 16


def next_after(*, last: int, now: datetime) -> int:
    """The revision that follows ``last`` at ``now``: the clock, or one more than ``last``. Pure."""
    return max(int(now.timestamp() * 1000) << COUNTER_BITS, last + 1)


def take(*, company: Company, now: datetime, beyond: int = 0) -> int:
    """A new revision of the company, later than ``beyond`` too; inside the caller's transaction."""
    locked = lock(company=company)
    locked.revision_last = next_after(last=max(locked.revision_last, beyond), now=now)
    locked.save(update_fields=["revision_last"])
    return locked.revision_last


def last_of(*, company: Company) -> int:
    """The last revision that the company has given."""
    return Company.objects.values_list("revision_last", flat=True).get(pk=company.pk)


def lock(*, company: Company) -> Company:
    """The company's row; until the caller's transaction ends, nobody else takes a revision of it."""
    return Company.objects.select_for_update().get(pk=company.pk)


def take_several(*, locked: Company, count: int, now: datetime) -> range:
    """As many new revisions, one after the other, of a company that is ``lock``-ed."""
    first = next_after(last=locked.revision_last, now=now)
    if count:
        locked.revision_last = first + count - 1
        locked.save(update_fields=["revision_last"])
    return range(first, first + count)
