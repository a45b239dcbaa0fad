"""Pages of what was removed, and of programs that want to remove much."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from saldo_core.refusals import Refusal
from saldo_platform.companies import memberships
from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange import guarding, removals
from saldo_platform.exchange.tables import RemovalRequestState
from saldo_platform.site.company_views import PAGE_ROWS, of_company


@require_safe
@of_company
def removed_page(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """What was removed within 30 days: by which program, why, until when it can be restored."""
    shown = Paginator(removals.list_removed(company=company, now=timezone.now()), PAGE_ROWS)
    page = shown.get_page(request.GET.get("page"))
    invoices = removals.find_invoices(company=company, removals=list(page))
    values = {
        "company": company,
        "page": page,
        "rows": [(row, invoices[row.invoice_uid], row.at + removals.KEPT) for row in page],
        "administrator": memberships.is_administrator(company=company, person=person),
        "place": "removed",
    }
    return render(request, "saldo_platform/removed.html", values)


@require_POST
@of_company
def restore(request: HttpRequest, *, company: Company, person: Person, invoice: UUID) -> HttpResponse:
    """Bring an invoice back."""
    try:
        row = removals.restore(company=company, invoice_uid=invoice, person=person, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message, extra_tags="danger")
    else:
        said = _("%(number)s is back, with its payments. Withdraw it in the program again if it should go after all.")
        messages.success(request, said % {"number": row.number}, extra_tags="ok")
    return redirect("removed", uid=company.uid)


@require_POST
@of_company
def decide(request: HttpRequest, *, company: Company, person: Person, request_uid: UUID) -> HttpResponse:
    """Allow or refuse what a program wants to remove."""
    wanted = request.POST.get("to", "")
    if wanted not in {RemovalRequestState.ALLOWED, RemovalRequestState.REFUSED}:
        raise Http404
    try:
        guarding.decide(
            company=company,
            uid=request_uid,
            to=RemovalRequestState(wanted),
            seal=request.POST.get("seal", ""),
            person=person,
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, refusal.message, extra_tags="danger")
        return redirect("company", uid=company.uid)
    said = {
        RemovalRequestState.ALLOWED: _("Allowed for 24 hours: withdraw the same documents in the program once more."),
        RemovalRequestState.REFUSED: _("Refused. Nothing was removed."),
    }
    messages.success(request, said[RemovalRequestState(wanted)], extra_tags="ok")
    return redirect("company", uid=company.uid)
