"""What pages show of what was sent: lists, narrowed and summed. Always from the company."""

from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from django.db.models import Count, Q, QuerySet, Sum

from saldo_platform.companies.tables import Company
from saldo_platform.exchange import searching
from saldo_platform.exchange.tables import Batch, Invoice, Payment

Due = Literal["", "overdue", "7", "30"]
PaymentState = Literal["", "to_pay", "open", "partly", "settled", "none", "cancelled"]

_CANCELLED = Q(state="cancelled")
_LEFT = ~Q(open_minor=0)


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; empty members don't narrow.

    :param search: words, each in the number or the counterparty (of invoices also in the tax id).
    :param state: ``to_pay``: anything open; ``cancelled`` and ``none`` are of invoices alone.
    :param due: something is open and was due before today, or is due within so many days, today counted.
    """

    search: str = ""
    direction: str = ""
    state: PaymentState = ""
    due: Due = ""
    currency: str = ""


class InvoiceSum(msgspec.Struct, frozen=True):
    """Invoices of one direction and currency together. Cancelled ones are counted, but add nothing."""

    direction: str
    currency: str
    count: int
    gross_minor: int
    open_minor: int


class PaymentSum(msgspec.Struct, frozen=True):
    """Payments in one currency together."""

    currency: str
    count: int
    amount_minor: int
    settled_minor: int
    open_minor: int


def list_invoices(*, company: Company) -> "QuerySet[Invoice]":
    """The company's invoices, the latest first; not what was removed."""
    return Invoice.objects.filter(company=company, removed_at=None).defer("content").order_by("-issued_on", "-uid")


def list_payments(*, company: Company, incoming: bool) -> "QuerySet[Payment]":
    """„Lista wpływów” or „Lista wydatków”, by due date."""
    return Payment.objects.filter(company=company, incoming=incoming).order_by("due_on", "invoice_uid", "external_id")


def narrow_invoices(rows: "QuerySet[Invoice]", *, criteria: Criteria, today: date) -> "QuerySet[Invoice]":
    """Those invoices that the criteria name."""
    found = _narrowed(rows, criteria, today, ("number", "counterparty_name", "counterparty_tax_id"))
    if criteria.direction:
        found = found.filter(direction=criteria.direction)
    if criteria.state == "cancelled":
        return found.filter(_CANCELLED)
    if criteria.state in {"open", "partly", "settled", "none"}:
        return found.filter(~_CANCELLED, payment_state=criteria.state)
    return found


def narrow_payments(rows: "QuerySet[Payment]", *, criteria: Criteria, today: date) -> "QuerySet[Payment]":
    """Those payments that the criteria name."""
    found = _narrowed(rows, criteria, today, ("invoice_number", "counterparty_name"))
    if criteria.state == "open":
        return found.filter(_LEFT, settled_minor=0)
    if criteria.state == "partly":
        return found.filter(_LEFT).exclude(settled_minor=0)
    return found.filter(open_minor=0) if criteria.state == "settled" else found


def _narrowed(rows: "QuerySet[Any]", criteria: Criteria, today: date, columns: tuple[str, ...]) -> "QuerySet[Any]":
    found = rows.filter(searching.matching(criteria.search, columns=columns))
    if criteria.currency:
        found = found.filter(currency=criteria.currency)
    if criteria.state == "to_pay":
        found = found.filter(_LEFT)
    if criteria.due == "overdue":
        return found.filter(_LEFT, due_on__lt=today)
    if criteria.due:
        return found.filter(_LEFT, due_on__gte=today, due_on__lte=today + timedelta(days=int(criteria.due)))
    return found


def list_currencies(rows: "QuerySet[Any]") -> list[str]:
    """The currencies that the rows are in."""
    return list(rows.order_by("currency").values_list("currency", flat=True).distinct())


def sum_invoices(rows: "QuerySet[Invoice]") -> list[InvoiceSum]:
    """The rows summed, sales first; amounts of two directions or currencies are never added."""
    groups = rows.order_by("-direction", "currency").values_list("direction", "currency")
    sums = groups.annotate(
        count=Count("uid"), gross=Sum("gross_minor", filter=~_CANCELLED, default=0), left=Sum("open_minor")
    )
    return [InvoiceSum(*row) for row in sums]


def sum_payments(rows: "QuerySet[Payment]") -> list[PaymentSum]:
    """The rows summed by currency."""
    groups = rows.order_by("currency").values_list("currency")
    sums = groups.annotate(
        count=Count("external_id"), amount=Sum("amount_minor"), settled=Sum("settled_minor"), left=Sum("open_minor")
    )
    return [PaymentSum(*row) for row in sums]


def count_received(*, company: Company) -> tuple[int, int]:
    """How many invoices of the company are here, and how many batches it has sent."""
    return Invoice.objects.filter(company=company, removed_at=None).count(), Batch.objects.filter(
        company=company
    ).count()
