"""Settling and un-settling payments. Every verb moves the invoice's revision in the same transaction."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books import changes, revisions
from saldo_desk.books.issued import ReadPayment
from saldo_desk.books.tables import (
    Company,
    HistoryEvent,
    Invoice,
    InvoiceState,
    Operator,
    Payment,
    PaymentState,
    Settlement,
)
from saldo_protocol.money import Money


class Standing(NamedTuple):
    """What an invoice's own columns say of its payments."""

    settled_minor: int
    open_minor: int
    payment_state: PaymentState
    due_on: date | None


class PaymentNotFound(Refusal):
    """No such payment in the company's books."""

    code = "payment_not_found"
    status = 404
    text = _("There is no such payment in the books.")


class NothingOpen(Refusal):
    """All of it is settled already."""

    code = "nothing_open"
    text = _("%(number)s is settled already: nothing is open.")


class InvoiceCancelled(Refusal):
    """The invoice is cancelled, so nobody owes anything on it."""

    code = "invoice_cancelled"
    text = _("%(number)s is cancelled: nothing can be settled on it.")


class MoreThanOpen(Refusal):
    """The amount passes what is open, is nothing, or has the other sign."""

    code = "more_than_open"
    text = _("%(amount)s can't be settled: the amount must lie between nothing and the open %(open)s.")


class SettledInFuture(Refusal):
    """The day of the settlement has not come yet."""

    code = "settled_in_future"
    text = _("%(day)s has not come yet: a payment can be settled today or on a day before.")


class NothingSettled(Refusal):
    """There is nothing to take back."""

    code = "nothing_settled"
    text = _("%(number)s has no settlement to take back.")


class TakenBackAlready(Refusal):
    """The settlement that was named is not in the books any more."""

    code = "taken_back_already"
    text = _("This settlement of %(number)s is taken back already. Nothing else was taken back.")


def settle(
    *,
    company: Company,
    payment_uid: UUID,
    amount_minor: int | None,
    settled_on: date,
    operator: Operator | None,
    now: datetime,
    uid: UUID | None = None,
) -> Settlement:
    """Settle a payment, by all that is open or by ``amount_minor`` of it.

    :param uid: made by whoever asks, before asking: asking twice (a double click) settles once.
    :raises PaymentNotFound, InvoiceCancelled, NothingOpen, MoreThanOpen:
    :raises SettledInFuture: the day is after today in Warsaw.
    """
    if settled_on > localdate(now):
        raise SettledInFuture(day=settled_on.isoformat())
    with transaction.atomic():
        payment = _locked(company, payment_uid)
        again = payment.settlements.filter(uid=uid).first() if uid is not None else None
        if again is not None:
            return again
        if payment.invoice.state == InvoiceState.CANCELLED:
            raise InvoiceCancelled(number=payment.invoice.number)
        opened = payment.open_minor
        amount = opened if amount_minor is None else amount_minor
        if opened == 0:
            raise NothingOpen(number=payment.invoice.number)
        if amount * opened <= 0 or abs(amount) > abs(opened):
            currency = payment.invoice.currency
            raise MoreThanOpen(amount=Money(amount, currency), open=Money(opened, currency))
        settlement = Settlement.objects.create(
            uid=uid or new_uid(), payment=payment, amount_minor=amount, settled_on=settled_on
        )
        _moved(payment, amount, company, operator, now, "settled", settlement)
    return settlement


def last_of(payment: Payment) -> Settlement | None:
    """The payment's last settlement: the one that is offered to be taken back."""
    return payment.settlements.order_by("-settled_on", "-pk").first()


def unsettle(
    *,
    company: Company,
    payment_uid: UUID,
    operator: Operator | None,
    now: datetime,
    settlement_uid: UUID | None = None,
) -> Settlement:
    """Take a settlement of the payment back. Returns what was taken back.

    :param settlement_uid: the one that was shown to whoever asks: asking twice (a double click, two windows) takes one
        back. Left out, it is the payment's last one at this moment.
    :raises PaymentNotFound:
    :raises NothingSettled: there is none.
    :raises TakenBackAlready: the one that was named is not there any more.
    """
    with transaction.atomic():
        payment = _locked(company, payment_uid)
        number = payment.invoice.number
        none_left: Refusal
        if settlement_uid is None:
            last, none_left = last_of(payment), NothingSettled(number=number)
        else:
            last, none_left = payment.settlements.filter(uid=settlement_uid).first(), TakenBackAlready(number=number)
        if last is None:
            raise none_left
        _moved(payment, -last.amount_minor, company, operator, now, "unsettled", last)
        Settlement.objects.filter(pk=last.pk).delete()
    return last


def follow_payments(invoice: Invoice) -> None:
    """Bring the invoice's own columns in line with its payments in the books; the caller saves it."""
    follow(invoice, invoice.payments.all())


def follow(invoice: Invoice, rows: Iterable[Payment]) -> None:
    """Bring the invoice's own columns in line with these payments, which are all of its; the caller saves it.

    On a cancelled one nothing is due, whatever its payments were.
    """
    if invoice.state == InvoiceState.CANCELLED:
        invoice.open_minor, invoice.due_on, invoice.payment_state = 0, None, PaymentState.CANCELLED
        return
    standing = standing_of(rows)
    invoice.settled_minor, invoice.open_minor = standing.settled_minor, standing.open_minor
    invoice.payment_state, invoice.due_on = standing.payment_state, standing.due_on


def standing_of(rows: Iterable[Payment | ReadPayment]) -> Standing:
    """How an invoice with these payments stands, which are all of its, unless it is cancelled. Pure."""
    payments = sorted(rows, key=lambda payment: (payment.due_on, payment.position))
    due = sum(payment.amount_minor for payment in payments)
    settled = sum(payment.settled_minor for payment in payments)
    still_open = [payment for payment in payments if payment.amount_minor != payment.settled_minor]
    if not payments:
        state = PaymentState.NONE
    elif not still_open:
        state = PaymentState.SETTLED
    elif any(payment.settled_minor for payment in payments):
        state = PaymentState.PARTLY
    else:
        state = PaymentState.OPEN
    due_on = (still_open or payments[-1:])[0].due_on if payments else None
    return Standing(settled, due - settled, state, due_on)


def _locked(company: Company, payment_uid: UUID) -> Payment:
    found = (
        Payment.objects.select_related("invoice")
        .select_for_update(of=("self",))
        .filter(invoice__company=company, uid=payment_uid)
        .first()
    )
    if found is None:
        raise PaymentNotFound()
    return found


def _moved(
    payment: Payment,
    by_minor: int,
    company: Company,
    operator: Operator | None,
    now: datetime,
    action: str,
    settlement: Settlement,
) -> None:
    payment.settled_minor += by_minor
    payment.save(update_fields=["settled_minor"])
    invoice = payment.invoice
    before = _followed(invoice)
    follow_payments(invoice)
    invoice.revision = revisions.take(company=company, now=now)
    invoice.save(update_fields=["settled_minor", "open_minor", "due_on", "payment_state", "revision"])
    HistoryEvent.objects.create(
        company=company,
        at=now,
        operator=operator,
        action=action,
        invoice=invoice,
        values={
            "payment": str(payment.uid),
            "settlement": str(settlement.uid),
            "amount_minor": settlement.amount_minor,
            "settled_on": settlement.settled_on.isoformat(),
            "changes": changes.between(before, _followed(invoice)),
        },
    )


def _followed(invoice: Invoice) -> dict[str, changes.Value]:
    return {
        "open_minor": invoice.open_minor,
        "settled_minor": invoice.settled_minor,
        "payment_state": str(invoice.payment_state),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
    }
