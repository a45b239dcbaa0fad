"""Runs and their documents written out: CSV for a spreadsheet, JSON for a program. Row by row, never all at once."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from saldo_core import spreadsheets
from saldo_desk.exchange import run_log
from saldo_desk.exchange.counting import Counts, counts_of_all
from saldo_desk.exchange.tables import Run, RunDocument
from saldo_desk.exchange.words import outcome_in_words, state_in_words

RUNS_MAX: Final = 5000
PAGE: Final = 500


def run_values(run: Run, counts: Counts) -> dict[str, Any]:
    """One run as a program reads it."""
    return {
        "uid": str(run.uid),
        "asked_at": run.asked_at.isoformat(),
        "asked_by": run.asked_by.login if run.asked_by else None,
        "by_schedule": run.by_schedule,
        "state": run.state,
        "stage": run.stage,
        "reason": run.reason,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "next_try_at": run.next_try_at.isoformat() if run.next_try_at else None,
        "tries": run.tries,
        "failures": run.failures,
        "waiting_since": run.waiting_since.isoformat() if run.waiting_since else None,
        "total": counts.total,
        "sent": counts.sent,
        "payments": counts.payments,
        "unchanged": counts.unchanged,
        "refused": counts.refused,
        "removed": counts.removed,
        "pending": counts.pending,
    }


def document_values(row: RunDocument) -> dict[str, Any]:
    """One document of a run, its outcome and its receipt."""
    return {
        "number": row.invoice.number,
        "invoice_uid": str(row.invoice.uid),
        "counterparty": row.invoice.counterparty.name,
        "issued_on": row.invoice.issued_on.isoformat(),
        "marked": row.marked,
        "outcome": row.outcome,
        "result": row.result,
        "code": row.code,
        "message": row.message,
        "revision": str(row.revision) if row.revision is not None else None,
        "batch_uid": str(row.batch.uid) if row.batch else None,
        "received_at": row.batch.received_at.isoformat() if row.batch and row.batch.received_at else None,
    }


def log_as_json(runs: Iterable[Run]) -> Iterator[str]:
    """The runs, newest first; at most ``RUNS_MAX``."""
    yield '{"runs": ['
    yield from _joined(run_values(run, counts) for run, counts in _counted(runs))
    yield "]}\n"


def run_as_json(run: Run) -> Iterator[str]:
    """One run with all its documents."""
    yield f'{{"run": {_json(run_values(run, counts_of_all([run])[run.pk]))}, "documents": ['
    yield from _joined(document_values(row) for row in _documents(run))
    yield "]}\n"


def log_as_csv(runs: Iterable[Run]) -> Iterator[str]:
    """The runs with their counts, a heading in the active language."""
    heading = [
        _("Asked for"), _("By"), _("State"), _("Reason"), _("Begun"), _("Ended"), _("Tries"), _("Documents"), _("Sent"),
        _("Payments"), _("Unchanged"), _("Refused"), _("Withdrawn"), _("Not sent"), _("Synchronisation"),
    ]  # fmt: skip
    names = (
        "asked_at", "asked_by", "state", "reason", "started_at", "finished_at", "tries", "total", "sent",
        "payments", "unchanged", "refused", "removed", "pending", "uid",
    )  # fmt: skip
    told = (
        {**run_values(run, counts), **_times(run), "asked_by": _by(run), "state": state_in_words(run)}
        for run, counts in _counted(runs)
    )
    return spreadsheets.written(heading, ([row[name] for name in names] for row in told))


def run_as_csv(run: Run) -> Iterator[str]:
    """The documents of one run, a heading in the active language."""
    heading = [
        _("Invoice"), _("Counterparty"), _("Issued"), _("Outcome"), _("Code"), _("Reason"), _("Batch"),
        _("Received by the Platform"), _("Document"),
    ]  # fmt: skip
    names = (
        "number", "counterparty", "issued_on", "outcome", "code", "message", "batch_uid", "received_at", "invoice_uid",
    )  # fmt: skip
    told = (
        {
            **document_values(row),
            "received_at": row.batch.received_at if row.batch else None,
            "outcome": outcome_in_words(row),
        }
        for row in _documents(run)
    )
    return spreadsheets.written(heading, ([row[name] for name in names] for row in told))


def _times(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("asked_at", "started_at", "finished_at")}


def _by(run: Run) -> str:
    if run.by_schedule:
        return _("the schedule")
    return run.asked_by.login if run.asked_by else ""


def _documents(run: Run) -> Iterator[RunDocument]:
    return run_log.list_documents(run=run).iterator(chunk_size=PAGE)


def _counted(runs: Iterable[Run]) -> Iterator[tuple[Run, Counts]]:
    page: list[Run] = []
    for at, run in enumerate(runs, start=1):
        page.append(run)
        if len(page) == PAGE or at == RUNS_MAX:
            yield from _with_counts(page)
            page = []
        if at == RUNS_MAX:
            return
    yield from _with_counts(page)


def _with_counts(page: list[Run]) -> Iterator[tuple[Run, Counts]]:
    counts = counts_of_all(page)
    return ((run, counts[run.pk]) for run in page)


def _joined(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for at, row in enumerate(rows):
        yield ("" if at == 0 else ", ") + _json(row)


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
