"""„Sprawdź zgodność”: the comparison with the Platform, its differences, and mending them."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import mending, runs
from saldo_desk.exchange.summaries import verify_summary_of
from saldo_desk.exchange.tables import RUN_ACTIVE, DifferenceKind, Run, RunStage, RunState
from saldo_desk.exchange.words import difference_in_words, kind_in_words
from saldo_desk.site.opened import done, in_company, is_htmx, operator_of, page, telling
from saldo_desk.site.run_views import run_of

PAGE_ROWS = 50
BADGES = {DifferenceKind.MISSING: "danger", DifferenceKind.EXTRA: "warn", DifferenceKind.DIFFERENT: "warn"}


@require_POST
@in_company
def verify(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask for a comparison, and show how far it is."""
    try:
        run = runs.ask_to_verify(company=company, operator=operator_of(request), now=timezone.now())
    except Refusal as refusal:
        return page(request, "say", title=_("Compare with the Platform"), text=refusal.message)
    if is_htmx(request):
        return telling(verification_window(request, company, run), "run-changed")
    return redirect("verification", uid=run.uid)


@require_safe
@in_company
def verification(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """A comparison: asks again by itself until it is over, then the differences."""
    run = run_of(company, uid)
    if run.stage != RunStage.VERIFY:
        return redirect("run", uid=run.uid)
    if is_htmx(request) and run.state == RunState.WAITING and request.GET.get("was") != "waiting":
        return telling(redirect("link-problem"), "run-changed")
    if is_htmx(request) and request.GET.get("was") == run.state:
        return HttpResponse(status=204)
    return telling(verification_window(request, company, run), "run-changed")


@require_POST
@in_company
def mend(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Send again what differs; with the person's word that these books hold, in place of newer versions too."""
    run = run_of(company, uid)
    try:
        mending.mend(
            run=run,
            desk_holds=request.POST.get("holds") == "books",
            operator=operator_of(request),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return page(request, "say", title=_("Compare with the Platform"), text=refusal.message)
    return done(request, "run-changed", "books-changed")


def verification_window(request: HttpRequest, company: Company, run: Run) -> HttpResponse:
    """The window of a comparison."""
    shown = Paginator(mending.list_differences(run=run), PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [
        {"row": row, "kind": kind_in_words(row.kind), "badge": BADGES[DifferenceKind(row.kind)],
         "said": difference_in_words(row)}
        for row in shown
    ]  # fmt: skip
    return page(
        request,
        "verification",
        company=company,
        run=run,
        active=run.state in RUN_ACTIVE,
        summary=verify_summary_of(run),
        mendable=mending.look(run=run),
        rows=rows,
        page=shown,
    )
