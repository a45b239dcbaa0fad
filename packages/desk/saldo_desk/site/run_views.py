"""The preview before sending, and the log of synchronisations with each document's outcome."""

from collections.abc import Iterator
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import evidence, exporting, previewing, run_log, runs, schedule_words, schedules, standing
from saldo_desk.exchange.counting import counts_of_all
from saldo_desk.exchange.summaries import forecast_summary_of, summary_of, whole_of
from saldo_desk.exchange.tables import RUN_ACTIVE, Run, RunOutcome, RunStage, RunState
from saldo_desk.exchange.words import changes_in_words, forecast_in_words, outcome_in_words
from saldo_desk.site.opened import done, in_company, is_htmx, operator_of, page, telling
from saldo_desk.site.run_forms import RunFilterForm

PAGE_ROWS = 50
EXPORTS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
FILES = {**EXPORTS, "jsonl": "application/jsonl; charset=utf-8"}
BADGES = {
    "created": "ok",
    "updated": "accent",
    "sent": "ok",
    "pending": "warn",
    "removed": "warn",
    "stale": "danger",
    "refused": "danger",
}


def preview_window(request: HttpRequest, company: Company, run: Run, *, problem: str = "") -> HttpResponse:
    """What sending would do: how far the Platform was asked, then each document with what changes."""
    forecasts = previewing.forecasts_of(run)
    shown = Paginator(previewing.list_foreseen(run), PAGE_ROWS).get_page(request.GET.get("page"))
    ready = run.state == RunState.PREVIEWED
    rows = [
        {
            "invoice": row.invoice,
            "forecast": row.forecast,
            "said": forecast_in_words(row.forecast.outcome),
            "badge": BADGES.get(row.forecast.outcome, ""),
            "changes": changes_in_words(row.forecast.changes, currency=row.invoice.currency),
        }
        for row in (shown if ready else ())
    ]
    return page(
        request,
        "run_preview",
        company=company,
        run=run,
        ready=ready,
        problem=problem,
        seal=previewing.seal_of(run),
        forecasts=forecasts,
        asked=forecasts.total - forecasts.pending,
        whole=whole_of(run, forecasts) if ready else "",
        summary=forecast_summary_of(run, forecasts),
        rows=rows,
        page=shown,
    )


@require_safe
@in_company
def run_preview(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """The preview of a run; asks again by itself until it is ready, or something else became of the run."""
    run = run_of(company, uid)
    if run.state == RunState.WAITING:
        return telling(redirect("link-problem"), "run-changed")
    if run.stage != RunStage.PREVIEW or run.state not in RUN_ACTIVE:
        return done(request, "run-changed", "books-changed")
    forecasts = previewing.forecasts_of(run)
    if run.state != RunState.PREVIEWED and request.GET.get("was") == f"{forecasts.total - forecasts.pending}":
        return HttpResponse(status=204)
    return telling(preview_window(request, company, run), "run-changed")


@require_POST
@in_company
def run_agree(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """„Wyślij”: what was foreseen is sent, and perhaps nobody is asked again."""
    run = run_of(company, uid)
    try:
        runs.agree(run=run, now=timezone.now(), seal=request.POST.get("seal"))
    except runs.PreviewChanged as refusal:
        run.refresh_from_db()
        return telling(preview_window(request, company, run, problem=refusal.message), "run-changed")
    except Refusal as refusal:
        return page(request, "say", title=_("Synchronise"), text=refusal.message)
    if request.POST.get("skip"):
        previewing.skip(company=company, operator=operator_of(request), now=timezone.now())
    return done(request, "run-changed", "books-changed")


@require_POST
@in_company
def preview_again(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Show previews before sending again."""
    previewing.ask_again(company=company, operator=operator_of(request))
    return page(
        request,
        "say",
        title=_("Preview before sending"),
        text=_("From now on you will see what changes on the Platform before anything is sent."),
    )


@require_safe
@in_company
def run_list(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The log of synchronisations."""
    form = RunFilterForm(request.GET if _is_filtered(request) else None, company=company)
    found = run_log.list_runs(company=company, filters=form.filters())
    shown = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    counts = counts_of_all(shown)
    rows = [{"run": run, "summary": summary_of(run, counts[run.pk]), "failed": counts[run.pk].refused} for run in shown]
    return page(
        request,
        "runs",
        company=company,
        page=shown,
        rows=rows,
        form=form,
        filtered=form.is_bound,
        schedule=schedule_words.log_line_of(schedules.get(company=company)),
        waits=standing.lines_of(standing.of(company=company)),
    )


@require_safe
@in_company
def run_page(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """One run: how it went, each document with its outcome, the reason and the receipt."""
    run = run_of(company, uid)
    if run.stage == RunStage.VERIFY:
        return redirect("verification", uid=run.uid)
    active = run.state in RUN_ACTIVE
    if is_htmx(request) and not active and request.GET.get("was") == "active":
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    outcome, number = request.GET.get("outcome", ""), request.GET.get("number", "")[: run_log.NUMBER_LENGTH_MAX]
    shown = Paginator(run_log.list_documents(run=run, outcome=outcome, number=number), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    rows = [{"row": row, "said": outcome_in_words(row), "badge": BADGES.get(row.outcome, "")} for row in shown]
    counts = runs.counts_of(run)
    return page(
        request,
        "run",
        company=company,
        run=run,
        active=active,
        summary=summary_of(run, counts),
        counts=counts,
        processed=counts.total - counts.pending,
        duration=_duration(run),
        batches=run_log.list_batches(run=run),
        receipts=evidence.count(evidence.list_receipts(company=company, run=run)),
        failed=run_log.has_failed(run),
        rows=rows,
        page=shown,
        outcome=outcome,
        number=number,
        outcomes=_outcomes(),
    )


@require_POST
@in_company
def run_stop(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Stop between two batches."""
    runs.stop(run=run_of(company, uid), now=timezone.now())
    return done(request, "run-changed", "books-changed")


@require_POST
@in_company
def run_dismiss(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Take the result out of the menu bar."""
    Run.objects.filter(pk=run_of(company, uid).pk).update(seen=True)
    return done(request, "run-changed")


@require_POST
@in_company
def run_retry(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """„Ponów tylko nieudane”."""
    try:
        again = runs.retry(run=run_of(company, uid), operator=operator_of(request), now=timezone.now())
    except Refusal as refusal:
        return page(request, "say", title=_("Try again"), text=refusal.message)
    if is_htmx(request) and again.stage == RunStage.PREVIEW:
        return telling(preview_window(request, company, again), "run-changed")
    if is_htmx(request):
        return done(request, "run-changed", "books-changed")
    return redirect("run", uid=again.uid)


@require_safe
@in_company
def run_export(request: HttpRequest, *, company: Company, uid: UUID, form: str) -> StreamingHttpResponse:
    """The documents of one run as a file."""
    run = run_of(company, uid)
    _require_export(form)
    content = exporting.run_as_csv(run) if form == "csv" else exporting.run_as_json(run)
    return _file(content, form, f"saldo-{localtime(run.asked_at):%Y-%m-%d-%H%M}")


@require_safe
@in_company
def run_receipts(request: HttpRequest, *, company: Company, uid: UUID) -> StreamingHttpResponse:
    """„Pobierz potwierdzenia”: the signed receipts of one run, as a file that anybody can check."""
    run = run_of(company, uid)
    lines = evidence.as_lines(company=company, found=evidence.list_receipts(company=company, run=run))
    return _file(lines, "jsonl", f"saldo-receipts-{localtime(run.asked_at):%Y-%m-%d-%H%M}")


@require_safe
@in_company
def runs_export(request: HttpRequest, *, company: Company, form: str) -> StreamingHttpResponse:
    """The log as a file, by the filters of the page."""
    _require_export(form)
    asked = RunFilterForm(request.GET if _is_filtered(request) else None, company=company)
    found = run_log.list_runs(company=company, filters=asked.filters()).iterator(chunk_size=exporting.PAGE)
    content = exporting.log_as_csv(found) if form == "csv" else exporting.log_as_json(found)
    return _file(content, form, f"saldo-log-{company.nip}")


def _require_export(form: str) -> None:
    if form not in EXPORTS:
        raise Http404


def _file(content: Iterator[str], form: str, name: str) -> StreamingHttpResponse:
    disposition = f'attachment; filename="{name}.{form}"'
    return StreamingHttpResponse(content, content_type=FILES[form], headers={"Content-Disposition": disposition})


def _is_filtered(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in RunFilterForm.base_fields) or "by" in request.GET


def _outcomes() -> list[tuple[str, str]]:
    return [
        (RunOutcome.SENT, _("sent")),
        (RunOutcome.UNCHANGED, _("unchanged")),
        (RunOutcome.REFUSED, _("refused")),
        (RunOutcome.REMOVED, _("withdrawn")),
        (RunOutcome.STALE, _("the Platform holds a newer version")),
        (RunOutcome.PENDING, _("not sent")),
    ]


def _duration(run: Run) -> str:
    """From the first try to the end, or to now; between the whole seconds that the page shows."""
    if run.started_at is None:
        return ""
    until = run.finished_at or timezone.now()
    seconds = max(0, int((until.replace(microsecond=0) - run.started_at.replace(microsecond=0)).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    first = next((at for at, (count, _unit) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first:])


def run_of(company: Company, uid: UUID) -> Run:
    try:
        return run_log.get(company=company, uid=uid)
    except run_log.RunNotFound:
        raise Http404 from None
