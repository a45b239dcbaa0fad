"""Lists of what a company sent, and an invoice's own page."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange import lists, removals, viewing
from saldo_platform.site.company_views import PAGE_ROWS, of_company
from saldo_platform.site.list_forms import InvoiceListForm, ListForm, PaymentListForm


@of_company
def invoices_page(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """What was sent."""
    rows, today = lists.list_invoices(company=company), timezone.localdate()
    form = InvoiceListForm(request.GET, currencies=lists.list_currencies(rows))
    found = lists.narrow_invoices(rows, criteria=form.criteria, today=today)
    values = {"sums": lists.sum_invoices(found), "today": today, "place": "invoices"}
    return _list(request, "invoices", company, form, found, values)


@of_company
def payments_page(request: HttpRequest, *, company: Company, person: Person, incoming: bool) -> HttpResponse:
    """„Lista wpływów” or „Lista wydatków”."""
    rows, today = lists.list_payments(company=company, incoming=incoming), timezone.localdate()
    form = PaymentListForm(request.GET, currencies=lists.list_currencies(rows))
    found = lists.narrow_payments(rows, criteria=form.criteria, today=today)
    values = {
        "sums": lists.sum_payments(found),
        "today": today,
        "title": _("Incoming payments") if incoming else _("Outgoing payments"),
        "place": "incoming" if incoming else "outgoing",
    }
    return _list(request, "payments", company, form, found, values)


@of_company
def invoice_page(request: HttpRequest, *, company: Company, person: Person, invoice: UUID) -> HttpResponse:
    """One invoice: parties, payments and their settlements, where it came from. Not this company's: 404."""
    viewed = viewing.get(company=company, uid=invoice)
    if viewed is None:
        raise Http404
    removed_at = viewed.row.removed_at
    values = {
        "company": company,
        "viewed": viewed,
        "row": viewed.row,
        "content": viewed.content,
        "until": removed_at and removed_at + removals.KEPT,
        "today": timezone.localdate(),
        "place": "invoice",
    }
    return render(request, "saldo_platform/invoice.html", values)


def _list(
    request: HttpRequest,
    name: str,
    company: Company,
    form: ListForm,
    found: "QuerySet[Any]",
    values: dict[str, object],
) -> HttpResponse:
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    narrowed = form.criteria != lists.Criteria()
    shown = {"company": company, "form": form, "page": page, "narrowed": narrowed or not form.is_valid(), **values}
    return render(request, f"saldo_platform/{name}.html", shown)
