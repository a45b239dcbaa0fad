"""Synchronisation runs: asked for by a person, stored, carried out by the worker.

``queued → running → done | stopped``; a run that can't go on yet is ``waiting`` with a ``reason``: for a
key, an activation, a confirmation, or the next try. What was marked stays marked across a restart.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from filelock import FileLock, Timeout

from saldo_core import private_files
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.exchange import connection, delta, outbox
from saldo_desk.exchange.platform_api import Transport
from saldo_desk.exchange.sending import Clock, LinkChanged, Sending
from saldo_desk.exchange.tables import (
    REGISTRATION_OPEN,
    RUN_ACTIVE,
    Registration,
    RegistrationState,
    Run,
    RunDocument,
    RunOutcome,
    RunState,
)

log = logging.getLogger(__name__)

PAGE = 500
DUE_MAX: Final = 20
RETRY_S: Final = (2, 5, 15, 30, 60, 120, 300)
POLL_S: Final = 2
NOT_YET: Final = {"account_not_activated", "integration_not_confirmed"}
"""Refusals that pass by themselves once a person has acted on the Platform."""
NOT_HELD: Final = (RunOutcome.REFUSED, RunOutcome.STALE)
AGAIN: Final[dict[str, Any]] = {
    "outcome": RunOutcome.PENDING,
    "batch": None,
    "revision": None,
    "result": "",
    "code": "",
    "message": "",
}
BY_ITSELF: Final = {"clock_wrong", "program_too_old"}
"""What a person mends outside of the program; looked at again every minute."""
BY_ITSELF_S: Final = 60
PAUSE_S_MAX: Final = 3600
FOR_A_PERSON_STATUS: Final = {401, 403, 404, 405, 409, 415}
"""What the Platform says with these won't change by itself."""
FOR_A_PERSON: Final = {
    "no_key",
    "key_missing",
    "key_malformed",
    "key_unknown",
    "key_revoked",
    "key_expired",
    "key_replaced",
    "integration_not_made",
    "integration_refused",
    "integration_revoked",
    "other_company",
    "address_not_safe",
}
"""Refusals that only another key, or a person on the Platform, can mend."""


class NothingMarked(Refusal):
    """Nothing is marked, and nothing was ever sent."""

    code = "nothing_marked"
    text = _("No invoice is marked. Mark the invoices to send, then synchronise.")


class RunUnderWay(Refusal):
    """Another synchronisation of the company is running."""

    code = "run_under_way"
    status = 409
    text = _("A synchronisation is under way. Wait until it ends, or stop it.")


class Counts(msgspec.Struct, frozen=True):
    """How far a run is: documents by outcome, and payments of those that were sent."""

    total: int
    pending: int
    sent: int
    payments: int
    unchanged: int
    refused: int


class InternalError(Refusal):
    """A mistake of ours. The run waits and is tried again; the traceback is in the log."""

    code = "internal_error"
    text = _("Something went wrong in this program. Nothing is lost; it is tried again. The log says more.")


def ask(*, company: Company, invoice_pks: list[int], operator: Operator | None, now: datetime) -> Run:
    """Store a run for the marked invoices; what changed since it was sent joins when it is carried out.

    A run that still waits (for a key, an activation) takes the marks in instead of a second one being made; one that
    was refused in it before is tried again.

    :raises RunUnderWay: when one is running.
    :raises NothingMarked: when nothing is marked, nothing was sent before and nothing waits for its answer.
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        run = Run.objects.filter(company=company, state__in=RUN_ACTIVE).first()
        if run is not None and run.state == RunState.RUNNING and _is_carried_out(company):
            raise RunUnderWay()
        marked = list(Invoice.objects.filter(company=company, pk__in=invoice_pks).values_list("pk", flat=True))
        if run is None:
            if not marked and not _anything_known(company):
                raise NothingMarked()
            run = Run.objects.create(company=company, asked_by=operator, asked_at=now)
        run.documents.filter(invoice__in=marked, outcome__in=NOT_HELD).update(**AGAIN)
        RunDocument.objects.bulk_create(
            [RunDocument(run=run, invoice_id=pk, marked=True) for pk in marked], ignore_conflicts=True
        )
        Run.objects.filter(pk=run.pk).update(
            state=RunState.QUEUED, reason="", reason_detail="", next_try_at=now, stop_requested=False, tries=0
        )
        if connection.get_link(company=company) is None:
            _wait(run, reason="no_key", detail="", next_try_at=None)
    run.refresh_from_db()
    return run


def stop(*, run: Run, now: datetime) -> None:
    """Stop between two batches; a run that isn't running yet stops at once. What was sent stays sent."""
    with transaction.atomic():
        Run.objects.filter(pk=run.pk, state__in=RUN_ACTIVE).update(stop_requested=True)
        Run.objects.filter(pk=run.pk, state__in=(RunState.QUEUED, RunState.WAITING)).update(
            state=RunState.STOPPED, finished_at=now
        )


def claim_due(*, now: datetime) -> Run | None:
    """Claim one run whose time has come, or whose process died. One worker gets it, by conditional update.

    A next try further ahead than any pause was set by a clock that was wrong and has been put back since: it is due.
    """
    has_come = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + timedelta(seconds=PAUSE_S_MAX))
    clock_mended = Q(reason="clock_wrong", next_try_at__gt=now + timedelta(seconds=BY_ITSELF_S))
    due = Run.objects.select_related("company").filter(
        Q(has_come | clock_mended, state__in=(RunState.QUEUED, RunState.WAITING)) | Q(state=RunState.RUNNING)
    )
    for run in due.order_by(F("next_try_at").asc(nulls_last=True), "pk")[:DUE_MAX]:
        claimed = claim(run=run, now=now)
        if claimed is not None:
            return claimed
    return None


def claim(*, run: Run, now: datetime) -> Run | None:
    """Claim this very run, to carry it out in the caller's process; None when another process has it."""
    if run.state == RunState.RUNNING and _is_carried_out(run.company):
        return None
    claimed = Run.objects.filter(pk=run.pk, state=run.state, claimed_at=run.claimed_at).update(
        state=RunState.RUNNING, claimed_at=now, tries=F("tries") + 1
    )
    return Run.objects.select_related("company").get(pk=run.pk) if claimed == 1 else None


def carry_out(*, run: Run, clock: Clock, transport: Transport | None = None) -> Run:
    """Send what the run is for. ``run`` must be claimed. Raises nothing: the run says what became of it.

    Holds the company's file lock, which the system lets go of when the process dies: so a run that was cut off is
    taken up at once, and two processes never send for one company. Two may have claimed a run whose process died;
    the second finds, under the lock, that its claim is no longer the last one.
    """
    try:
        with _lock(run.company):
            if Run.objects.filter(pk=run.pk, state=RunState.RUNNING, claimed_at=run.claimed_at).exists():
                _carry_out(run, clock, transport)
    except Timeout:
        pass  # another process carries it out
    run.refresh_from_db()
    return run


def _lock(company: Company) -> FileLock:
    folder = private_files.make_folder(Path(settings.PROGRAM_HOME) / "runs")
    return FileLock(folder / f"{company.uid}.lock", timeout=0, mode=0o600)


def _is_carried_out(company: Company) -> bool:
    try:
        with _lock(company):
            return False
    except Timeout:
        return True


def _carry_out(run: Run, clock: Clock, transport: Transport | None) -> None:
    try:
        with connection.api_of(company=run.company, transport=transport) as api:
            status = connection.check(company=run.company, now=clock(), transport=transport)
            sending = Sending(run, api, status.uid, clock)
            sending.finish_earlier()
            _add_changed(run)
            _settle_unneeded(run)
            sending.send_all()
        _finish(run, RunState.DONE, clock())
    except Refusal as refusal:
        _put_off(run, refusal, clock())
    except Exception:
        log.exception("Run %s failed", run.uid)
        _put_off(run, InternalError(), clock())


def carry_out_due(*, clock: Clock, transport: Transport | None = None) -> bool:
    """A step of the worker. True when a run was carried out."""
    run = claim_due(now=clock())
    if run is not None:
        carry_out(run=run, clock=clock, transport=transport)
    return run is not None


def counts_of(run: Run) -> Counts:
    """How far the run is."""
    rows = {
        outcome: (documents, payments or 0)
        for outcome, documents, payments in run.documents.values_list("outcome").annotate(
            documents=Count("pk"), payments=Sum("payments")
        )
    }

    def documents(*outcomes: RunOutcome) -> int:
        return sum(rows.get(outcome, (0, 0))[0] for outcome in outcomes)

    return Counts(
        total=documents(*RunOutcome),
        pending=documents(RunOutcome.PENDING),
        sent=documents(RunOutcome.SENT),
        payments=rows.get(RunOutcome.SENT, (0, 0))[1],
        unchanged=documents(RunOutcome.UNCHANGED),
        refused=documents(RunOutcome.REFUSED, RunOutcome.STALE),
    )


def get_latest(*, company: Company) -> Run | None:
    """The run that was asked for last."""
    return Run.objects.filter(company=company).order_by("-asked_at", "-pk").first()


def list_runs(*, company: Company) -> "QuerySet[Run]":
    """All runs, the latest first."""
    return Run.objects.filter(company=company).select_related("asked_by").order_by("-asked_at", "-pk")


def _anything_known(company: Company) -> bool:
    return company.sentdocument_set.exists() or bool(outbox.list_unacknowledged(company=company))


def _add_changed(run: Run) -> None:
    """Documents that were answered before and have moved since join the run, or go again in it."""
    moved = Invoice.objects.filter(company=run.company, sent__answered_revision__lt=F("revision"))
    again = run.documents.exclude(outcome=RunOutcome.PENDING).filter(invoice__in=moved).values_list("pk", flat=True)
    RunDocument.objects.filter(pk__in=list(again)).update(**AGAIN)
    joining = moved.exclude(pk__in=run.documents.values("invoice_id")).order_by("pk").values_list("pk", flat=True)
    RunDocument.objects.bulk_create(
        (RunDocument(run=run, invoice_id=pk, marked=False) for pk in joining.iterator(chunk_size=PAGE)),
        batch_size=PAGE,
        ignore_conflicts=True,
    )


def _settle_unneeded(run: Run) -> None:
    """Marked documents that the Platform is known to hold as they are don't travel."""
    rows = run.documents.filter(outcome=RunOutcome.PENDING, batch=None).select_related("invoice__sent")
    for row in rows.order_by("pk").iterator(chunk_size=PAGE):
        sent = getattr(row.invoice, "sent", None)
        known = delta.Known(
            revision=row.invoice.revision,
            answered_revision=sent.answered_revision if sent else None,
            refused=sent is not None and sent.outcome in {RunOutcome.REFUSED, RunOutcome.STALE},
        )
        if not delta.has_to_go(known, marked=row.marked):
            RunDocument.objects.filter(pk=row.pk).update(outcome=RunOutcome.UNCHANGED)


def _finish(run: Run, state: RunState, now: datetime) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=state, finished_at=now, reason="", reason_detail="", next_try_at=None, seen=False
    )


def _put_off(run: Run, refusal: Refusal, now: datetime) -> None:
    if Run.objects.filter(pk=run.pk, stop_requested=True).exists():
        _finish(run, RunState.STOPPED, now)
    elif isinstance(refusal, LinkChanged):
        _wait(run, reason=refusal.code, detail=refusal.message, next_try_at=now)
    elif refusal.code in NOT_YET:
        _wait(run, reason=refusal.code, detail=refusal.message, next_try_at=now + _poll(run.company))
    elif refusal.code in BY_ITSELF:
        _wait(run, reason=refusal.code, detail=refusal.message, next_try_at=now + timedelta(seconds=BY_ITSELF_S))
    elif refusal.code in FOR_A_PERSON or refusal.status in FOR_A_PERSON_STATUS:
        _wait(run, reason=refusal.code, detail=refusal.message, next_try_at=None)
    else:
        pause_s = min(refusal.retry_after_s or RETRY_S[min(run.tries, len(RETRY_S)) - 1], PAUSE_S_MAX)
        _wait(run, reason=refusal.code, detail=refusal.message, next_try_at=now + timedelta(seconds=pause_s))


def _poll(company: Company) -> timedelta:
    """Often while a registration is under way here, else now and then."""
    near = Registration.objects.filter(
        company=company, state__in=[*REGISTRATION_OPEN, RegistrationState.CONFIRMED]
    ).exists()
    return timedelta(seconds=POLL_S if near else RETRY_S[-1])


def _wait(run: Run, *, reason: str, detail: str, next_try_at: datetime | None) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=RunState.WAITING, reason=reason, reason_detail=detail[:600], next_try_at=next_try_at
    )
