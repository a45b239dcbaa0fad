"""The page of one invoice with all that belongs to it, and the receipts of its transmissions."""

import json
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from saldo_desk.books import corrected_totals, links, list_settings, lists
from saldo_desk.books.tables import Company, Invoice, ListName
from saldo_desk.exchange import invoice_runs
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.site import history, list_pages
from saldo_desk.site.opened import in_company, operator_of, page
from saldo_desk.sources import refusals
from saldo_desk.sources.documents import ReadWarning

HISTORY_MAX = 200


@require_safe
@in_company
def invoice_page(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """One invoice with all that belongs to it; ``at`` is its place in the list, for the ones before and after."""
    rows = with_sync_state(Invoice.objects.select_related("counterparty").filter(company=company, uid=uid))
    found = rows.prefetch_related("lines", "vat_totals").first()
    if found is None:
        raise Http404
    events = found.history.select_related("operator").order_by("-pk")[:HISTORY_MAX]
    return page(
        request,
        "invoice",
        company=company,
        invoice=found,
        payments=found.payments.prefetch_related("settlements").order_by("position"),
        warnings=[refusals.sentence_of(msgspec.convert(warning, ReadWarning)) for warning in found.warnings],
        events=[(event, history.told(event, found.currency)) for event in events],
        net_of_lines=corrected_totals.net_of_lines(invoice=found, lines=found.lines.all()),
        links_of=links.list_of(found),
        links_to=links.list_to(found),
        runs=invoice_runs.list_of(invoice=found),
        place="invoice",
        **_around(request, company, found),
    )


@require_safe
@in_company
def receipt(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """The receipt of a batch: to read, or with ``download`` byte for byte as it came."""
    try:
        kept = invoice_runs.get_receipt(company=company, batch_uid=uid)
    except invoice_runs.ReceiptNotFound:
        raise Http404 from None
    if "download" in request.GET:
        answer = HttpResponse(kept.raw, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="receipt-{uid}.json"'
        return answer
    text = json.dumps(json.loads(kept.raw), ensure_ascii=False, indent=2)
    return page(request, "receipt", company=company, batch_uid=uid, text=text, checked_at=kept.checked_at)


def _around(request: HttpRequest, company: Company, invoice: Invoice) -> dict[str, Any]:
    """The neighbours in the list as the operator left it."""
    if request.GET.get("list") == ListName.PAYMENTS:
        return {"list_address": reverse("payments")}
    text = request.GET.get("at", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return {}
    operator, place = operator_of(request), int(text)
    kept = list_settings.get(company=company, operator=operator, name=ListName.INVOICES)
    opened = list_pages.open_list(
        company=company,
        operator=operator,
        shape=lists.INVOICES,
        values=parse_qs(kept.query),
        today=timezone.localdate(),
    )
    before, after = list_pages.neighbours(opened, place, invoice.pk)
    pks = [side[0] for side in (before, after) if side]
    uids = dict(Invoice.objects.filter(company=company, pk__in=pks).values_list("pk", "uid"))
    return {
        "at": place,
        "before": (uids[before[0]], before[1]) if before else None,
        "after": (uids[after[0]], after[1]) if after else None,
        "list_address": reverse("home")
        + list_pages.address(opened.criteria, page=str((place - 1) // kept.page_rows + 1)),
    }
