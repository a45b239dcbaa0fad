"""Cancelling a sales invoice: it stays numbered, and nobody owes anything on it.

::

    Refusal
    ├── CancelledAlready    a cancellation is not taken back either
    ├── NotOurInvoice       another company issued it
    ├── SettledAlready      take the settlements back first
    └── ReasonMissing
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import revisions
from saldo_desk.books.settlements import follow_payments
from saldo_desk.books.tables import Company, Direction, HistoryEvent, Invoice, InvoiceState, Operator

REASON_LENGTH_MAX = 500


class CancelledAlready(Refusal):
    """It was cancelled before. There is no way back: accounting writes a correction or a new invoice."""

    code = "cancelled_already"
    text = _(
        "%(number)s is cancelled already, and a cancellation is not taken back: issue a new invoice or a correction."
    )


class NotOurInvoice(Refusal):
    """The company received it, and only who issued an invoice cancels it."""

    code = "not_our_invoice"
    text = _("%(number)s was issued by %(seller)s: only they can cancel it. Ask them for a correction.")


class SettledAlready(Refusal):
    """Money has come in for it."""

    code = "settled_already"
    text = _("%(number)s is settled, at least in part: take the settlement back first, or issue a correction.")


class ReasonMissing(Refusal):
    """No reason was given: a cancellation or a withdrawal says why."""

    code = "reason_missing"
    text = _("Write the reason.")


def cancel(*, company: Company, invoice: Invoice, reason: str, operator: Operator | None, now: datetime) -> Invoice:
    """Cancel an invoice that the company issued. It travels as an ordinary revision with the state „cancelled”.

    :raises ReasonMissing, CancelledAlready, NotOurInvoice, SettledAlready:
    """
    why = " ".join(reason.split())[:REASON_LENGTH_MAX]
    if not why:
        raise ReasonMissing()
    with transaction.atomic():
        found = Invoice.objects.select_for_update().get(company=company, pk=invoice.pk)
        require_cancellable(found)
        changes = [{"field": "state", "from": found.state, "to": InvoiceState.CANCELLED.value}]
        found.state = InvoiceState.CANCELLED
        before = found.open_minor
        follow_payments(found)
        changes.append({"field": "open_minor", "from": str(before), "to": str(found.open_minor)})
        found.revision = revisions.take(company=company, now=now)
        found.save(update_fields=["state", "open_minor", "due_on", "payment_state", "revision"])
        HistoryEvent.objects.create(
            company=company,
            at=now,
            operator=operator,
            action="cancelled",
            invoice=found,
            values={"reason": why, "changes": changes},
        )
    return found


def require_cancellable(invoice: Invoice) -> None:
    """:raises CancelledAlready, NotOurInvoice, SettledAlready:"""
    if invoice.state == InvoiceState.CANCELLED:
        raise CancelledAlready(number=invoice.number)
    if invoice.direction != Direction.SALES:
        raise NotOurInvoice(number=invoice.number, seller=invoice.seller_name)
    if any(payment.settled_minor for payment in invoice.payments.all()):
        raise SettledAlready(number=invoice.number)
