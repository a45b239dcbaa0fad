"""The log of runs: found by day, outcome, person and number; each with its documents, batches and receipts."""

from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Operator
from saldo_desk.exchange.choosing import FAILED, NOT_HELD
from saldo_desk.exchange.tables import RUN_ACTIVE, OutboxBatch, Run, RunDocument, RunOutcome, RunStage, RunState

Result = Literal["", "done", "failed", "stopped", "active"]
NUMBER_LENGTH_MAX: Final = 256
NOBODY: Final = "-"
"""Who asked, when it was no operator: the command line."""
SCHEDULE: Final = "@"
"""Likewise, the schedule."""


class RunNotFound(Refusal):
    """No such run of the company."""

    code = "run_not_found"
    status = 404
    text = _("There is no synchronisation %(uid)s. The command runs lists them.")


class Filters(msgspec.Struct, frozen=True):
    """Which runs are asked for. Days are Warsaw's, both included. ``result``: ``done`` without anything refused,
    ``failed`` with something refused, stale or not sent. ``by``: a log-in, ``NOBODY`` or ``SCHEDULE``. ``number``: a
    part of the number of a document in it."""

    since: date | None = None
    until: date | None = None
    result: Result = ""
    by: str = ""
    number: str = ""


def list_runs(*, company: Company, filters: Filters | None = None) -> "QuerySet[Run]":
    """The company's runs that pass the filters, the latest first."""
    asked = filters or Filters()
    found = Run.objects.filter(company=company).exclude(stage=RunStage.LOOK).select_related("asked_by")
    if asked.since is not None:
        found = found.filter(asked_at__gte=_begins(asked.since))
    if asked.until is not None:
        found = found.filter(asked_at__lt=_begins(asked.until + timedelta(days=1)))
    if asked.by == NOBODY:
        found = found.filter(asked_by=None, by_schedule=False)
    elif asked.by == SCHEDULE:
        found = found.filter(by_schedule=True)
    elif asked.by:
        found = found.filter(asked_by__login=asked.by)
    if asked.number:
        found = found.filter(_having(invoice__number__icontains=asked.number))
    return _with_result(found, asked.result).order_by("-asked_at", "-pk")


def list_people(*, company: Company) -> "QuerySet[Operator]":
    """Who has asked for runs of the company."""
    return Operator.objects.filter(Exists(Run.objects.filter(company=company, asked_by=OuterRef("pk")))).order_by(
        "name"
    )


def get(*, company: Company, uid: UUID) -> Run:
    """One run of the company. :raises RunNotFound:"""
    found = Run.objects.select_related("asked_by", "company").filter(company=company, uid=uid).first()
    if found is None:
        raise RunNotFound(uid=uid)
    return found


def list_documents(*, run: Run, outcome: str = "", number: str = "") -> "QuerySet[RunDocument]":
    """The run's documents with their batches (without what they hold), those first that were not taken."""
    rows = run.documents.select_related("invoice__counterparty", "batch").defer("batch__body", "batch__receipt")
    if outcome in RunOutcome.values:
        rows = rows.filter(outcome=outcome)
    if number:
        rows = rows.filter(invoice__number__icontains=number)
    return rows.order_by("-outcome", "pk")


def list_batches(*, run: Run) -> "QuerySet[OutboxBatch]":
    """The run's batches that the Platform answered, without what they hold."""
    return OutboxBatch.objects.filter(run=run, received_at__isnull=False).defer("body", "receipt").order_by("pk")


def has_failed(run: Run) -> bool:
    """Whether there is something to try again: refused, stale, or not sent in a run that ended."""
    return run.state not in RUN_ACTIVE and run.documents.filter(outcome__in=FAILED).exists()


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_default_timezone())


def _having(**conditions: object) -> Exists:
    return Exists(RunDocument.objects.filter(run=OuterRef("pk"), **conditions))


def _with_result(found: "QuerySet[Run]", result: Result) -> "QuerySet[Run]":
    if result == "done":
        return found.filter(~_having(outcome__in=NOT_HELD), state=RunState.DONE)
    if result == "failed":
        return found.filter(_having(outcome__in=FAILED)).exclude(state__in=RUN_ACTIVE)
    if result == "stopped":
        return found.filter(state=RunState.STOPPED)
    if result == "active":
        return found.filter(state__in=RUN_ACTIVE)
    return found
