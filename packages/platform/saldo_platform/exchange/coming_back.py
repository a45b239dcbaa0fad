"""What a program is told of its documents: the part of the company's change feed that is addressed to it.

What a program did itself is in the receipts it got, so it is addressed to nobody: a program that sends 10,000 documents
has nothing to read back. Who is addressed stands in an index of its own, so what is not is not even passed over.

::

    Refusal
    ├── AfterUnclear        422  not a position
    └── ChangesAhead        409  the feed does not reach as far: this Platform was restored from a backup
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import Company, Integration, IntegrationState
from saldo_platform.exchange.tables import Change, Feed, Invoice
from saldo_protocol import changes

POSITION_MAX = 2**53
WRITE_ROWS = 500


class AfterUnclear(Refusal):
    """No position."""

    code = "after_unclear"
    text = _("“after=%(value)s” is not understood: say after= and the last position that was read, or 0.")


class ChangesAhead(Refusal):
    """What was read is not there (any more)."""

    code = "changes_ahead"
    status = 409
    text = _(
        "Changes were read up to %(after)d, but here they end at %(last)d: this Platform was restored from a backup. "
        "Read them again from 0."
    )


class ToldChange(msgspec.Struct, frozen=True):
    """A change to be told to a program, with the document's revision after it."""

    kind: str
    invoice_uid: UUID
    told_to_id: int
    revision: int


def tell_restored(*, feed: Feed, invoice: Invoice, removed_n: int, at: datetime) -> None:
    """Tell the program that removed the document, and whoever was told of that removal, that it is back.

    :param removed_n: the position of the removal in the feed.
    """
    of_it = Change.objects.filter(company=feed.company_id, invoice_uid=invoice.uid, n__gt=removed_n)
    told_of_it = of_it.filter(kind=changes.REMOVED, told_to__isnull=False).values_list("told_to_id", flat=True)
    append(
        feed=feed,
        told=[
            ToldChange(kind=changes.RESTORED, invoice_uid=invoice.uid, told_to_id=pk, revision=invoice.revision)
            for pk in sorted({invoice.integration_id, *told_of_it})
        ],
        at=at,
    )


def append(*, feed: Feed, told: Iterable[ToldChange], at: datetime) -> None:
    """Add to the feed of the company, whose row is locked, with whom it is told to."""
    rows = [
        Change(
            company_id=feed.company_id, n=n, kind=change.kind, invoice_uid=change.invoice_uid, at=at,
            told_to_id=change.told_to_id, revision=change.revision,
        )
        for n, change in enumerate(told, start=feed.last_n + 1)
    ]  # fmt: skip
    if rows:
        Change.objects.bulk_create(rows, batch_size=WRITE_ROWS)
        feed.last_n += len(rows)
        feed.save(update_fields=["last_n"])


def tell_former(
    *, feed: Feed, company: Company, taken: dict[UUID, int], removed: dict[UUID, int], at: datetime
) -> None:
    """Tell programs that another one sends, or has removed, documents of theirs. Not those that can't ask any more.

    :param taken: documents that were sent by another program, with the primary key of the integration they had.
    :param removed: documents that were removed by another program, likewise; their removal is in the feed already.
    """
    asking = _can_ask(company, {*taken.values(), *removed.values()})
    listening = {uid: pk for uid, pk in {**taken, **removed}.items() if pk in asking}
    rows = Invoice.objects.filter(company=company, uid__in=list(listening))
    revisions = dict(rows.values_list("uid", "revision"))
    append(
        feed=feed,
        told=[
            ToldChange(
                kind=changes.REMOVED if uid in removed else changes.TAKEN_OVER,
                invoice_uid=uid,
                told_to_id=pk,
                revision=revisions[uid],
            )
            for uid, pk in listening.items()
        ],
        at=at,
    )


def read(*, integration: Integration, after: str) -> changes.Changes:
    """A page of what is told to the integration, from behind the position.

    The feed's end is read before the page, so nothing that is written meanwhile is passed over: positions are given
    under the company's lock, in the order in which they are committed.

    :raises AfterUnclear, ChangesAhead:
    """
    position = _position(after)
    company = integration.company
    end = Feed.objects.filter(company=company).values_list("last_n", flat=True).first() or 0
    if position > end:
        raise ChangesAhead(after=position, last=end)
    told = Change.objects.filter(company=company, told_to=integration, n__gt=position, n__lte=end).order_by("n")
    rows = list(told[: changes.PAGE_CHANGES_MAX + 1])
    shown, more = rows[: changes.PAGE_CHANGES_MAX], len(rows) > changes.PAGE_CHANGES_MAX
    uids = {row.invoice_uid for row in shown}
    ids = dict(Invoice.objects.filter(company=company, uid__in=uids).values_list("uid", "external_id"))
    return changes.Changes(
        changes=tuple(
            changes.DocumentChange(
                n=row.n,
                kind=row.kind,
                external_id=ids[row.invoice_uid],
                revision=str(row.revision),
                at=row.at,
            )
            for row in shown
        ),
        last=shown[-1].n if more else end,
        more=more,
    )


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(POSITION_MAX)) and int(text) <= POSITION_MAX):
        raise AfterUnclear(value=text[:20])
    return int(text)


def _can_ask(company: Company, pks: set[int]) -> set[int]:
    if not pks:
        return set()
    rows = Integration.objects.filter(company=company, pk__in=pks, state=IntegrationState.CONFIRMED)
    return set(rows.values_list("pk", flat=True))
