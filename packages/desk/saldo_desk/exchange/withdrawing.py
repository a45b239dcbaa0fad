"""Withdrawing invoices from the Platform, and bringing them back. Both are runs; the books lose nothing.

::

    Refusal
    ├── NothingToWithdraw   none of the marked ones was ever sent
    ├── CountNotConfirmed   many at once: the number must be typed
    ├── MarksChanged        not what was shown is marked now
    ├── TooManyAtOnce       more than a person can mean
    ├── NothingWithdrawn    none of the marked ones is withdrawn
    └── RestoreTooLate      withdrawn more than 30 days ago
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import marks, revisions
from saldo_desk.books.cancelling import ReasonMissing
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, Operator
from saldo_desk.exchange import runs, withdrawn
from saldo_desk.exchange.tables import Run, SentDocument, Withdrawal
from saldo_protocol import removals as bounds

REASON_LENGTH_MAX = 500
SHOWN_MAX = 20
WRITE_ROWS = 500
AT_ONCE_MAX = 10_000
WINDOW = timedelta(hours=bounds.WINDOW_HOURS)
KEPT = timedelta(days=bounds.KEPT_DAYS)


class NothingToWithdraw(Refusal):
    """Nothing of what is marked is on the Platform."""

    code = "nothing_to_withdraw"
    text = _("None of the marked invoices was sent to the Platform, so there is nothing to withdraw.")


class CountNotConfirmed(Refusal):
    """Many would go at once, and their number was not typed as a second, explicit yes."""

    code = "count_not_confirmed"
    text = _("That would withdraw %(count)d invoices at once. If you mean it, type their number: %(count)d.")


class MarksChanged(Refusal):
    """Other invoices are marked than those that were shown and agreed to."""

    code = "marks_changed"
    text = _("Other invoices are marked now than those shown before. Look at the list again, then confirm.")


class TooManyAtOnce(Refusal):
    """More than a person can mean, and than one statement takes."""

    code = "too_many_at_once"
    text = _("%(count)d invoices are marked; at most %(most)d can be withdrawn or restored at once. Mark fewer.")


class NothingWithdrawn(Refusal):
    """Nothing of what is marked is withdrawn."""

    code = "nothing_withdrawn"
    text = _("None of the marked invoices is withdrawn.")


class RestoreTooLate(Refusal):
    """It was withdrawn longer ago than the 30 days for which the Platform keeps it."""

    code = "restore_too_late"
    text = _(
        "%(number)s was withdrawn more than 30 days ago, so the Platform has nothing to restore. "
        "Mark it and synchronise: it goes as a new document."
    )


class Plan(msgspec.Struct, frozen=True):
    """What a withdrawal would do: the invoices that go, the first of them to show, how many are left out as they were
    never sent, and whether their number has to be typed."""

    pks: tuple[int, ...]
    shown: tuple[Invoice, ...]
    left_out: int
    needs_count: bool

    @property
    def seal(self) -> str:
        """What a dialog hands back, to say that this was agreed to: of the invoices, and of nothing else."""
        return seal_of(self.pks)

    @property
    def not_shown(self) -> int:
        """How many go beyond those shown."""
        return len(self.pks) - len(self.shown)


def seal_of(pks: Iterable[int]) -> str:
    """The same for the same invoices."""
    return sha256(",".join(map(str, sorted(pks))).encode()).hexdigest()


def plan(*, company: Company, invoice_pks: Iterable[int], now: datetime) -> Plan:
    """What withdrawing the marked invoices would do.

    Those go that the Platform may hold: answered with a revision, or withdrawn before (an administrator may have
    restored them there). The number has to be typed above the bound that the Platform has too, counted over the last
    24 hours.

    :raises TooManyAtOnce:
    """
    marked = Invoice.objects.filter(company=company, pk__in=_few(invoice_pks))
    going = marked.filter(Q(sent__sent_revision__isnull=False) | Q(withdrawal__isnull=False)).order_by("pk")
    pks = tuple(going.values_list("pk", flat=True))
    held = SentDocument.objects.filter(company=company).filter(
        Q(sent_revision__isnull=False) | Q(invoice__withdrawal__asked_at__gt=now - WINDOW)
    )
    lately = Withdrawal.objects.filter(company=company, asked_at__gt=now - WINDOW).exclude(invoice__in=going)
    return Plan(
        pks=pks,
        shown=tuple(going.select_related("counterparty")[:SHOWN_MAX]),
        left_out=marked.count() - len(pks),
        needs_count=len(pks) + lately.count() > bounds.free_max(documents=held.count()),
    )


def withdraw(
    *,
    company: Company,
    invoice_pks: Iterable[int],
    reason: str,
    confirmed_count: int | None,
    seal: str | None = None,
    operator: Operator | None,
    now: datetime,
) -> Run:
    """Ask for a run that removes the marked invoices from the Platform. They stay in the books, and nobody has them
    marked any more: a mark that was left would bring them back with the next synchronisation.

    :param confirmed_count: the number of invoices as typed by a person; needed where the plan says so.
    :param seal: of the plan that was shown; None when nothing was.
    :raises ReasonMissing, NothingToWithdraw, MarksChanged, CountNotConfirmed, RunUnderWay:
    """
    why = " ".join(reason.split())[:REASON_LENGTH_MAX]
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        planned = plan(company=company, invoice_pks=invoice_pks, now=now)
        if not planned.pks:
            raise NothingToWithdraw()
        if seal is not None and seal != planned.seal:
            raise MarksChanged()
        if not why:
            raise ReasonMissing()
        if planned.needs_count and confirmed_count != len(planned.pks):
            raise CountNotConfirmed(count=len(planned.pks))
        _mark(company, planned.pks, why, operator, now)
        _unmark(company, planned.pks)
        return runs.ask(company=company, invoice_pks=list(planned.pks), operator=operator, now=now)


def restore(
    *,
    company: Company,
    invoice_pks: Iterable[int],
    operator: Operator | None,
    now: datetime,
    seal: str | None = None,
) -> Run:
    """Ask for a run that sends withdrawn invoices again; a withdrawal that was not carried out yet is taken back.

    :param seal: of the rows that were shown; None when none were.
    :raises NothingWithdrawn, MarksChanged, RestoreTooLate, RunUnderWay:
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        rows = list_withdrawn(company=company, invoice_pks=invoice_pks)
        if not rows:
            raise NothingWithdrawn()
        if seal is not None and seal != seal_of(row.invoice_id for row in rows):
            raise MarksChanged()
        late = next((row for row in rows if row.asked_at <= now - KEPT), None)
        if late is not None:
            raise RestoreTooLate(number=late.invoice.number)
        pks = [row.invoice_id for row in rows]
        gone = set(withdrawn.list_gone(company=company).filter(pk__in=pks).values_list("pk", flat=True))
        not_yet = [pk for pk in pks if pk not in gone]
        withdrawn.take_back(company=company, invoice_pks=not_yet, operator=operator, now=now)
        return runs.ask(company=company, invoice_pks=pks, operator=operator, now=now, restores=True)


def list_withdrawn(*, company: Company, invoice_pks: Iterable[int]) -> list[Withdrawal]:
    """The withdrawals among the marked invoices, by number. :raises TooManyAtOnce:"""
    rows = Withdrawal.objects.filter(company=company, invoice__in=_few(invoice_pks))
    return list(rows.select_related("invoice__counterparty").order_by("invoice__number", "pk"))


def _few(invoice_pks: Iterable[int]) -> list[int]:
    pks = list(invoice_pks)
    if len(pks) > AT_ONCE_MAX:
        raise TooManyAtOnce(count=len(pks), most=AT_ONCE_MAX)
    return pks


def _mark(company: Company, pks: tuple[int, ...], why: str, operator: Operator | None, now: datetime) -> None:
    revision = revisions.take(company=company, now=now)
    Invoice.objects.filter(company=company, pk__in=pks).update(revision=revision)
    Withdrawal.objects.bulk_create(
        [
            Withdrawal(company=company, invoice_id=pk, revision=revision, reason=why, asked_by=operator, asked_at=now)
            for pk in pks
        ],
        batch_size=WRITE_ROWS,
        update_conflicts=True,
        update_fields=["revision", "reason", "asked_by", "asked_at"],
        unique_fields=["invoice"],
    )
    HistoryEvent.objects.bulk_create(
        [
            HistoryEvent(
                company=company, at=now, operator=operator, action="withdrawn", invoice_id=pk, values={"reason": why}
            )
            for pk in pks
        ],
        batch_size=WRITE_ROWS,
    )


def _unmark(company: Company, pks: tuple[int, ...]) -> None:
    for at in range(0, len(pks), WRITE_ROWS):
        some = Invoice.objects.filter(company=company, pk__in=pks[at : at + WRITE_ROWS])
        marks.unmark(company=company, invoices=some.values("pk"))
