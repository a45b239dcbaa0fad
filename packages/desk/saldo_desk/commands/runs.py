"""Commands on runs: carry one out, preview one, the log, one run, agree, stop, retry, export."""

import argparse
import sys
import threading
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_desk.books import companies
from saldo_desk.commands import ways
from saldo_desk.commands.output import DONE, REFUSED, exit_code_of, refuse, say, usage
from saldo_desk.exchange import connection, exporting, link_states, previewing, registration, run_log, runs
from saldo_desk.exchange.counting import counts_of_all
from saldo_desk.exchange.summaries import forecast_summary_of, summary_of
from saldo_desk.exchange.tables import RUN_ACTIVE, Run, RunDocument, RunOutcome, RunState
from saldo_desk.exchange.words import Changed, changes_in_words, forecast_in_words, outcome_in_words

LIST_MAX = 200
WAIT_S = 0.3


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module; those on one run stand below ``run``, which alone serves the window."""
    log = commands.add_parser("runs", parents=[base], help=_("the log of synchronisations, the latest first"))
    log.add_argument("--csv", action="store_true", help=_("print what a spreadsheet can read"))
    log.set_defaults(act=runs_list)


def add_run_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser
) -> None:
    """Declare the commands on one run."""
    for name, act, text in (
        ("show", run_show, _("one synchronisation with its documents, or the preview that waits for a yes")),
        ("agree", run_agree, _("send what the preview shows that waits for a yes")),
        ("stop", run_stop, _("stop the one under way or waiting; what was sent stays sent")),
        ("retry", run_retry, _("send only what was refused or not sent in it")),
        ("export", run_export, _("write its documents to standard output")),
    ):
        command = commands.add_parser(name, parents=[base], help=text)
        if act in {run_retry, run_export}:
            command.add_argument("uid", metavar="UID", help=_("as the command runs lists it"))
        else:
            command.add_argument("uid", metavar="UID", nargs="?", help=_("the one under way, if left out"))
        command.set_defaults(act=act)
        if act is run_export:
            command.add_argument("--form", choices=("csv", "json"), default="csv", help=_("csv for a spreadsheet"))


def runs_list(options: argparse.Namespace) -> int:
    """``runs``"""
    found = run_log.list_runs(company=companies.get(nip=options.company))
    if options.csv or options.json:
        log = found.iterator(chunk_size=exporting.PAGE)
        sys.stdout.writelines(exporting.log_as_csv(log) if options.csv else exporting.log_as_json(log))
        return DONE
    shown = list(found[:LIST_MAX])
    counts = counts_of_all(shown)
    for run in shown:
        at = timezone.localtime(run.asked_at)
        print(f"{run.uid}  {at:%Y-%m-%d %H:%M:%S}  {summary_of(run, counts[run.pk])}")
    return DONE


def run_show(options: argparse.Namespace) -> int:
    """``run show``: one that waits for a yes shows its preview; without a UID the one under way, or else the latest."""
    run = _run(options, or_latest=True)
    if run.state == RunState.PREVIEWED:
        code = preview_said(options, run)
        say_ways(options, run)
        return code
    if options.json:
        sys.stdout.writelines(exporting.run_as_json(run))
        return DONE
    print("\n".join(lines_of(run)))
    for row in run_log.list_documents(run=run).iterator(chunk_size=exporting.PAGE):
        print(f"{row.invoice.number:<24} {outcome_in_words(row)}{_reason(row)}")
    return DONE


def run_agree(options: argparse.Namespace) -> int:
    """``run agree``: and carry it out in this process. One that waits for something else than a yes says for what."""
    run = _run(options)
    try:
        runs.agree(run=run, now=timezone.now())
    except runs.NotPreviewed:
        if run.state != RunState.WAITING:
            raise
        say(options, "\n".join(lines_of(run)), exporting.run_values(run, runs.counts_of(run)))
        return exit_code_of(run.reason)
    run.refresh_from_db()
    return carried_out(options, run)


def run_stop(options: argparse.Namespace) -> int:
    """``run stop``: one that is being sent stops after the batch that is on its way."""
    run = _run(options)
    if run.state not in RUN_ACTIVE:
        raise runs.NothingUnderWay()
    runs.stop(run=run, now=timezone.now())
    run.refresh_from_db()
    text = summary_of(run) if run.state not in RUN_ACTIVE else _("It stops after the batch that is on its way.")
    say(options, text, exporting.run_values(run, runs.counts_of(run)))
    return DONE


def run_retry(options: argparse.Namespace) -> int:
    """``run retry``"""
    return carried_out(options, runs.retry(run=_run(options), operator=None, now=timezone.now()))


def run_export(options: argparse.Namespace) -> int:
    """``run export``"""
    run = _run(options)
    as_json = options.json or options.form == "json"
    sys.stdout.writelines(exporting.run_as_json(run) if as_json else exporting.run_as_csv(run))
    return DONE


def lines_of(run: Run) -> list[str]:
    """The summary; of a run that waits for the link, what the window says and its buttons, as commands."""
    if run.state != RunState.WAITING:
        return [summary_of(run)]
    state = link_states.of_run(run, registration.get_open(company=run.company))
    buttons: tuple[str, ...] = ()
    told = [summary_of(run)]
    if state is not link_states.GENERAL:
        told, buttons = link_states.lines_of_state(state, run=run, detail=run.reason_detail), state.buttons
    if run.next_try_at is not None and run.next_try_at > timezone.now():
        at = f"{timezone.localtime(run.next_try_at):%H:%M:%S}"
        told.append(_("The next try is at %(at)s, where saldo-desk work runs.") % {"at": at})
    link = connection.get_link(company=run.company)
    url = link.platform_url if link is not None else settings.PLATFORM_URL
    ordered = [*(button for button in buttons if button != "try"), "try", "stop"]
    return [*told, *ways.of_buttons(ordered, platform_url=url)]


def say_ways(options: argparse.Namespace, run: Run) -> None:
    """What can be done with a run, below what was said of it; nothing for programs."""
    if not options.json:
        print("\n".join(ways.of_run(run)))


def carried_out(options: argparse.Namespace, run: Run) -> int:
    """Carry the run out in this process, or wait for the worker that was faster; say what became of it."""
    if run.state == RunState.WAITING and run.reason == connection.NoKey.code:
        return refuse(options, connection.NoKey(), run=run)
    run = carry_out_now(run)
    refused = [
        {"number": row.invoice.number, "code": row.code, "message": row.message}
        for row in run.documents.filter(outcome__in=(RunOutcome.REFUSED, RunOutcome.STALE)).select_related("invoice")
    ]
    lines = [*lines_of(run), *(f"{row['number']}: {row['message'] or row['code']}" for row in refused)]
    say(options, "\n".join(lines), {**exporting.run_values(run, runs.counts_of(run)), "refusals": refused})
    if run.state == RunState.WAITING:
        return exit_code_of(run.reason)
    return REFUSED if refused else DONE


def carry_out_now(run: Run) -> Run:
    """The run, carried out in this process, or by the worker that was faster."""
    claimed = runs.claim(run=run, now=timezone.now())
    return runs.carry_out(run=claimed, clock=timezone.now) if claimed is not None else _wait_for(run)


def preview_said(options: argparse.Namespace, run: Run) -> int:
    """What would go, what changes, what won't go and why. 1 when something would be refused."""
    if run.state == RunState.STOPPED:
        say(options, run.reason_detail, {"code": run.reason, "message": run.reason_detail})
        return exit_code_of(run.reason)
    forecasts = previewing.forecasts_of(run)
    rows = list(previewing.list_foreseen(run))
    lines = [forecast_summary_of(run, forecasts)]
    for row in rows:
        lines.append(
            f"{row.invoice.number:<24} {forecast_in_words(row.forecast.outcome)} {row.forecast.message}".rstrip()
        )
        lines += [f"    {_line(change)}" for change in _changes(row)]
    values = {
        "preview": True,
        "created": forecasts.created,
        "updated": forecasts.updated,
        "unchanged": forecasts.unchanged,
        "removed": forecasts.removed,
        "refused": forecasts.refused,
        "documents": [_foreseen(row) for row in rows],
    }
    say(options, "\n".join(lines), values)
    return REFUSED if forecasts.refused else DONE


def _foreseen(row: RunDocument) -> dict[str, object]:
    return {
        "number": row.invoice.number,
        "outcome": row.forecast.outcome,
        "code": row.forecast.code,
        "message": row.forecast.message,
        "changes": row.forecast.changes,
        "changes_left_out": row.forecast.changes_left_out,
    }


def _changes(row: RunDocument) -> list[Changed]:
    return changes_in_words(row.forecast.changes, currency=row.invoice.currency)


def _line(change: Changed) -> str:
    return f"{change.what}: {change.before} → {change.after}"


def _reason(row: RunDocument) -> str:
    return f": {row.message or row.code}" if row.code else ""


def _wait_for(run: Run) -> Run:
    pause = threading.Event()
    while run.state in {RunState.QUEUED, RunState.RUNNING}:
        pause.wait(WAIT_S)
        run.refresh_from_db()
    return run


def _run(options: argparse.Namespace, *, or_latest: bool = False) -> Run:
    """The run that is named; if none is, the one under way."""
    company = companies.get(nip=options.company)
    if options.uid is None:
        latest = run_log.list_runs(company=company).first() if or_latest else None
        return latest if latest is not None else runs.get_active(company=company)
    try:
        uid = UUID(options.uid)
    except ValueError:
        usage(_("%(text)s is no UID: the command runs lists them.") % {"text": options.uid})
    return run_log.get(company=company, uid=uid)
