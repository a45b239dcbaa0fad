"""Withdrawing invoices from the Platform, and bringing them back."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import withdrawing
from saldo_desk.site.forms import WithdrawForm
from saldo_desk.site.marked import marked_pks, meant
from saldo_desk.site.opened import done, in_company, operator_of, page


@require_POST
@in_company
def withdraw(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Say what goes and ask for the reason; for many, for their number too; then ask for the run."""
    pks = marked_pks(request, company)
    try:
        plan = withdrawing.plan(company=company, invoice_pks=pks, now=timezone.now())
    except withdrawing.TooManyAtOnce as refusal:
        return page(request, "say", title=_("Withdraw from the Platform"), text=refusal.message)
    if not plan.pks:
        text = withdrawing.NothingToWithdraw().message if pks else _("Mark the invoices to withdraw.")
        return page(request, "say", title=_("Withdraw from the Platform"), text=text)
    form = WithdrawForm(request.POST if "reason" in request.POST else None)
    asks_count = "count" in request.POST
    if form.is_valid():
        try:
            withdrawing.withdraw(
                company=company,
                invoice_pks=pks,
                reason=form.cleaned_data["reason"],
                confirmed_count=form.cleaned_data["count"],
                seal=request.POST.get("seal"),
                operator=operator_of(request),
                now=timezone.now(),
            )
        except withdrawing.CountNotConfirmed as refusal:
            asks_count = True
            if "count" in request.POST:
                form.add_error("count", refusal.message)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return done(request, "run-changed", "books-changed")
    if asks_count:
        form.ask_count()
    return page(
        request,
        "withdraw",
        company=company,
        form=form,
        plan=plan,
        meant=meant(request),
        asks_count=asks_count,
    )


@require_POST
@in_company
def restore(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Say what goes again, ask, then ask for the run."""
    pks, problem = marked_pks(request, company), ""
    try:
        rows = withdrawing.list_withdrawn(company=company, invoice_pks=pks)
        if "confirmed" in request.POST or not rows:
            withdrawing.restore(
                company=company,
                invoice_pks=pks,
                operator=operator_of(request),
                now=timezone.now(),
                seal=request.POST.get("seal"),
            )
            return done(request, "run-changed", "books-changed")
    except withdrawing.MarksChanged as refusal:
        problem = refusal.message
    except Refusal as refusal:
        return page(request, "say", title=_("Restore on the Platform"), text=refusal.message)
    return page(
        request,
        "restore",
        company=company,
        rows=rows[: withdrawing.SHOWN_MAX],
        seal=withdrawing.seal_of(row.invoice_id for row in rows),
        problem=problem,
        count=len(rows),
        meant=meant(request),
    )
