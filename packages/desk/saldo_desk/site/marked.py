"""What a command of the window acts on: what it names, else what is marked, else the current row."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, QueryDict

from saldo_desk.books import marks
from saldo_desk.books.tables import Company, Invoice, ListName, Payment
from saldo_desk.site.opened import operator_of

NAMED_MAX: Final = marks.ROWS_MAX


class One(msgspec.Struct, frozen=True):
    """The one invoice, and perhaps the one payment of it, that a command is for; and how many rows were meant."""

    invoice: UUID | None
    payment: UUID | None
    count: int


def list_of(values: QueryDict) -> ListName:
    """Which list the command comes from."""
    return ListName.PAYMENTS if values.get("list") == ListName.PAYMENTS else ListName.INVOICES


def marked_pks(request: HttpRequest, company: Company) -> list[int]:
    """The invoices that a command acts on, of the company only.

    Those it names (``invoice``); else those that the operator has marked in the list it comes from (``list``), of the
    payment schedule the invoices of marked payments; else the current row (``row``).
    """
    values = _values(request)
    named = uids(values.getlist("invoice"))
    if named:
        return list(Invoice.objects.filter(company=company, uid__in=named).values_list("pk", flat=True))
    name = list_of(values)
    found = marks.marked_invoice_pks(company=company, operator=operator_of(request), name=name)
    if found:
        return found
    row = uids(values.getlist("row"))[:1]
    if name == ListName.PAYMENTS:
        return list(Payment.objects.filter(company=company, uid__in=row).values_list("invoice_id", flat=True))
    return list(Invoice.objects.filter(company=company, uid__in=row).values_list("pk", flat=True))


def one(request: HttpRequest, company: Company) -> One:
    """The same for a command that takes one invoice or one payment."""
    values = _values(request)
    named, payments = uids(values.getlist("invoice")), uids(values.getlist("payment"))
    if named:
        return One(named[0] if len(named) == 1 else None, payments[0] if len(payments) == 1 else None, len(named))
    name = list_of(values)
    mine = marks.marked(company=company, operator=operator_of(request), name=name)
    marked = list(mine.values_list("row__uid", flat=True)[:2])
    chosen = marked or uids(values.getlist("row"))[:1]
    if len(chosen) != 1:
        return One(None, None, mine.count() if marked else 0)
    if name == ListName.PAYMENTS:
        payment = Payment.objects.filter(company=company, uid=chosen[0]).select_related("invoice").first()
        return One(payment.invoice.uid if payment else chosen[0], chosen[0], 1)
    return One(chosen[0], None, 1)


def meant(request: HttpRequest) -> list[tuple[str, str]]:
    """What a dialog hands on, so that its form acts on the same rows: those named, else the list and its row."""
    values = _values(request)
    named = [("invoice", str(uid)) for uid in uids(values.getlist("invoice"))]
    return named or [("list", list_of(values)), *(("row", str(uid)) for uid in uids(values.getlist("row"))[:1])]


def uids(texts: Iterable[str]) -> list[UUID]:
    """Texts as uids; what is none is left out, and what passes NAMED_MAX."""
    found = []
    for text in list(texts)[:NAMED_MAX]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _values(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET
