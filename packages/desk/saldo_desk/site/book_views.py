"""What is done with invoices: settled, taken back, imported; and the company that is open."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books import cancelling, companies, settlements
from saldo_desk.books.tables import Company, Invoice, InvoiceState
from saldo_desk.site.forms import CompanyForm, ReasonForm, SettleForm, typed_amount
from saldo_desk.site.marked import one, uids
from saldo_desk.site.opened import SESSION_KEY, done, in_company, operator_of, page


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def settle(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The settle dialog for one invoice."""
    found, payment_uid = _meant(request, company)
    if found is None:
        return _say(request, _("Settle a payment"), _one_is_needed(request, company))
    if found.state == InvoiceState.CANCELLED:
        return _say(request, _("Settle a payment"), settlements.InvoiceCancelled(number=found.number).message)
    still_open = [row for row in found.payments.order_by("due_on", "position") if row.open_minor]
    first = next((row for row in still_open if row.uid == payment_uid), still_open[0] if still_open else None)
    if first is None:
        return _say(request, _("Settle a payment"), settlements.NothingOpen(number=found.number).message)
    initial = {
        "payment": str(first.uid),
        "amount": typed_amount(first.open_minor, found.currency),
        "settled_on": timezone.localdate(),
        "uid": new_uid(),
    }
    posted = request.method == "POST"
    form = SettleForm(request.POST if posted else None, invoice=found, initial=initial)
    if posted and form.is_valid():
        try:
            settlements.settle(
                company=company,
                payment_uid=UUID(form.cleaned_data["payment"]),
                amount_minor=form.cleaned_data["amount"],
                settled_on=form.cleaned_data["settled_on"],
                uid=form.cleaned_data["uid"],
                operator=operator_of(request),
                now=timezone.now(),
            )
        except settlements.SettledInFuture as refusal:
            form.add_error("settled_on", refusal.message)
        except Refusal as refusal:
            form.add_error("amount", refusal.message)
        else:
            return done(request, "books-changed")
    return page(request, "settle", company=company, form=form, invoice=found)


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def unsettle(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask, naming the last settlement of an invoice, then take the one that was named back."""
    found, payment_uid = _meant(request, company)
    if found is None:
        return _say(request, _("Take a settlement back"), _one_is_needed(request, company))
    named = uids(request.POST.getlist("settlement"))
    if request.method == "POST" and named and payment_uid is not None:
        try:
            settlements.unsettle(
                company=company,
                payment_uid=payment_uid,
                settlement_uid=named[0],
                operator=operator_of(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            return _say(request, _("Take a settlement back"), refusal.message)
        return done(request, "books-changed")
    payments = [row for row in found.payments.order_by("-due_on", "-position") if row.settled_minor]
    if payment_uid is not None:
        payments = [row for row in payments if row.uid == payment_uid]
    if not payments:
        return _say(request, _("Take a settlement back"), settlements.NothingSettled(number=found.number).message)
    payment = payments[0]
    return page(
        request, "unsettle", company=company, invoice=found, settlement=settlements.last_of(payment), payment=payment
    )


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def cancel(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask for the reason, then cancel an invoice."""
    found, _payment_uid = _meant(request, company)
    if found is None:
        return _say(request, _("Cancel an invoice"), _one_is_needed(request, company))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    try:
        cancelling.require_cancellable(found)
        if form.is_valid():
            cancelling.cancel(
                company=company,
                invoice=found,
                reason=form.cleaned_data["reason"],
                operator=operator_of(request),
                now=timezone.now(),
            )
            return done(request, "books-changed")
    except Refusal as refusal:
        return _say(request, _("Cancel an invoice"), refusal.message)
    return page(request, "cancel", company=company, form=form, invoice=found)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def company_add(request: HttpRequest) -> HttpResponse:
    """Add a company to this Desk and open it."""
    form = CompanyForm(request.POST or None)
    if form.is_valid():
        try:
            added = companies.add(**form.cleaned_data)
        except Refusal as refusal:
            form.add_error("nip", refusal.message)
        else:
            request.session[SESSION_KEY] = str(added.uid)
            return redirect("home")
    return page(request, "form", form=form, title=_("Add a company"), button=_("Add"))


@require_POST
@login_required
def company_open(request: HttpRequest) -> HttpResponse:
    """Open another company of this Desk."""
    request.session[SESSION_KEY] = request.POST.get("company", "")
    return redirect("home")


def _meant(request: HttpRequest, company: Company) -> tuple[Invoice | None, UUID | None]:
    """The one invoice that the command is for, and the payment of it when one is meant; None when several are."""
    chosen = one(request, company)
    if chosen.invoice is None:
        return None, None
    found = Invoice.objects.select_related("counterparty").filter(company=company, uid=chosen.invoice).first()
    if found is None:
        raise Http404
    return found, chosen.payment


def _one_is_needed(request: HttpRequest, company: Company) -> str:
    if one(request, company).count > 1:
        return _(
            "Several rows are marked, and this takes one. Leave one marked, or unmark all to take the current row."
        )
    return _("Mark one invoice, or go to its row with the arrows.")


def _say(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return page(request, "say", title=title, text=text)
