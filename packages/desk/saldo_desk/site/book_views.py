"""The invoice list and what is done with invoices."""

from uuid import UUID

import msgspec
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books import cancelling, companies, invoices, settlements
from saldo_desk.books.tables import Company, Direction, Invoice, InvoiceState
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.site.forms import CompanyForm, ReasonForm, SettleForm, typed_amount
from saldo_desk.site.opened import SESSION_KEY, done, in_company, operator_of, page, telling
from saldo_desk.sources import importing, refusals
from saldo_desk.sources.documents import ReadWarning, Unreadable
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX

PAGE_ROWS = 50
UPLOAD_FILES_MAX = 100


@require_safe
@in_company
def home(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The list of the open company."""
    direction = request.GET.get("direction", "")
    rows = with_sync_state(invoices.in_list(company=company))
    if direction in Direction.values:
        rows = rows.filter(direction=direction)
    shown = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    return page(
        request, "invoices", company=company, page=shown, direction=direction, today=timezone.localdate(), place="list"
    )


@require_safe
@in_company
def invoice_page(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """One invoice with all that belongs to it."""
    found = _invoice(company, uid)
    return page(
        request,
        "invoice",
        company=company,
        invoice=found,
        payments=found.payments.prefetch_related("settlements").order_by("position"),
        warnings=[refusals.sentence_of(msgspec.convert(warning, ReadWarning)) for warning in found.warnings],
        history=found.history.select_related("operator").order_by("-pk"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def settle(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The settle dialog for one invoice."""
    found = _named(request, company)
    if found is None:
        return _say(request, _("Settle a payment"), _("Mark one invoice, or go to its row with the arrows."))
    if found.state == InvoiceState.CANCELLED:
        return _say(request, _("Settle a payment"), settlements.InvoiceCancelled(number=found.number).message)
    first = next((row for row in found.payments.order_by("due_on", "position") if row.open_minor), None)
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
    """Ask, then take the last settlement of an invoice back."""
    found = _named(request, company)
    if found is None:
        return _say(request, _("Take a settlement back"), _("Mark one invoice, or go to its row with the arrows."))
    payments = [row for row in found.payments.order_by("-due_on", "-position") if row.settled_minor]
    if not payments:
        return _say(request, _("Take a settlement back"), settlements.NothingSettled(number=found.number).message)
    if request.method == "POST":
        try:
            settlements.unsettle(
                company=company, payment_uid=payments[0].uid, operator=operator_of(request), now=timezone.now()
            )
        except Refusal as refusal:
            return _say(request, _("Take a settlement back"), refusal.message)
        return done(request, "books-changed")
    last = payments[0].settlements.order_by("-settled_on", "-pk").first()
    return page(request, "unsettle", company=company, invoice=found, settlement=last)


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def cancel(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask for the reason, then cancel an invoice."""
    found = _named(request, company)
    if found is None:
        return _say(request, _("Cancel an invoice"), _("Mark one invoice, or go to its row with the arrows."))
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
@in_company
def import_files(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Upload files; each is read by itself and has its own outcome."""
    outcomes = []
    uploads = request.FILES.getlist("files")
    too_many = len(uploads) > UPLOAD_FILES_MAX
    for upload in [] if too_many else uploads:
        outcomes.append(
            importing.import_file(
                company=company,
                name=str(upload.name),
                load=lambda upload=upload: _bytes_of(upload),  # type: ignore[misc]
                operator=operator_of(request),
                now=timezone.now(),
            )
        )
    response = page(
        request,
        "import",
        company=company,
        outcomes=outcomes,
        files_max=UPLOAD_FILES_MAX,
        too_many=too_many,
        none=request.method == "POST" and not uploads,
    )
    return telling(response, "books-changed") if outcomes else response


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


def marked_pks(request: HttpRequest, company: Company) -> list[int]:
    """The invoices that are marked, by the company's own uids; anything else is left out."""
    uids = []
    for text in request.POST.getlist("invoice"):
        try:
            uids.append(UUID(text))
        except ValueError:
            continue
    return list(Invoice.objects.filter(company=company, uid__in=uids).values_list("pk", flat=True))


def _bytes_of(upload: "UploadedFile[bytes]") -> bytes:
    content = upload.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise Unreadable("file_too_large", limit_mb=str(FILE_BYTES_MAX // 1024**2))
    return bytes(content)


def _invoice(company: Company, uid: UUID) -> Invoice:
    rows = with_sync_state(Invoice.objects.select_related("counterparty").filter(company=company, uid=uid))
    found = rows.prefetch_related("lines", "vat_totals").first()
    if found is None:
        raise Http404
    return found


def _named(request: HttpRequest, company: Company) -> Invoice | None:
    given = request.POST.getlist("invoice") or request.GET.getlist("invoice")
    try:
        return _invoice(company, UUID(given[0])) if len(given) == 1 else None
    except ValueError:
        return None


def _say(request: HttpRequest, title: str, text: str) -> HttpResponse:
    return page(request, "say", title=title, text=text)
