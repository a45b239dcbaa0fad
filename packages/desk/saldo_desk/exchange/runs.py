"""Synchronisation runs: asked for by a person, foreseen by the Platform, agreed to, carried out by the worker.

A run that can't go on yet is ``waiting`` with a ``reason`` (``waiting``); what was marked stays marked across a
restart. How the states follow each other is in ``run_states``.

::

    Refusal
    ├── NothingMarked       nothing to synchronise
    ├── RunUnderWay         another one is running
    ├── NotPreviewed        the preview that was agreed to is over
    ├── PreviewChanged      more is in it than was seen
    ├── NothingUnderWay     none is active
    └── NothingFailed       nothing in it to try again
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from filelock import Timeout

from saldo_core import database_trouble
from saldo_core.refusals import Refusal
from saldo_desk.books import revisions
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.exchange import (
    choosing,
    coming_back,
    connection,
    link_states,
    outbox,
    previewing,
    retrying,
    run_lock,
    scheduled,
    withdrawn,
)
from saldo_desk.exchange.counting import Counts, counts_of_all
from saldo_desk.exchange.platform_api import PreviewNotOffered, Transport
from saldo_desk.exchange.previewing import Previewing
from saldo_desk.exchange.retrying import PAUSE_S_MAX, Draw
from saldo_desk.exchange.run_states import move, this
from saldo_desk.exchange.sending import Clock, Sending
from saldo_desk.exchange.tables import RUN_ACTIVE, Run, RunOutcome, RunStage, RunState
from saldo_desk.exchange.verifying import Verifying
from saldo_desk.exchange.waiting import BY_ITSELF_S, InternalError, finish, put_off

log = logging.getLogger(__name__)

DUE_MAX: Final = 20
ANEW: Final[dict[str, Any]] = {"tries": 0, "failures": 0, "waiting_since": None}
"""Of a run that a person sets going: what failed before counts no more."""


class NothingMarked(Refusal):
    """Nothing is marked, and nothing was ever sent."""

    code = "nothing_marked"
    text = _("No invoice is marked. Mark the invoices to send, then synchronise.")


class RunUnderWay(Refusal):
    """Another synchronisation of the company is running, or waits."""

    code = "run_under_way"
    status = 409
    text = _("A synchronisation is under way. Wait until it ends, or stop it.")

    def __init__(self, *, run: Run | None = None) -> None:
        """:param run: what is under way, where it is known: one that waits for a person says for what."""
        super().__init__()
        self.run = run

    @property
    def message(self) -> str:
        """The sentence that goes with the state of the run."""
        return link_states.under_way_of(self.run) if self.run is not None else super().message


class NotPreviewed(Refusal):
    """The preview was answered already, or another took its place."""

    code = "not_previewed"
    status = 409
    text = _("This preview is over: it was answered or stopped, or another took its place. Synchronise again.")


class NothingUnderWay(Refusal):
    """No run is active, or the one named has ended."""

    code = "nothing_under_way"
    text = _("No synchronisation is under way.")


class PreviewChanged(Refusal):
    """Somebody else asked for more, or another Platform was asked."""

    code = "preview_changed"
    status = 409
    text = _("This preview has changed since you saw it. Nothing was sent: look at it again, then send.")


class NothingFailed(Refusal):
    """Every document of the run was taken."""

    code = "nothing_failed"
    text = _("Nothing failed in this synchronisation, so there is nothing to try again.")


def ask(
    *, company: Company, invoice_pks: list[int], operator: Operator | None, now: datetime, restores: bool = False
) -> Run:
    """Store a run for the marked invoices, to be sent; what changed since it was sent joins when it is carried out.

    A run that waits to be sent takes the marks in instead of a second one being made; one that was refused in it
    before is tried again. A preview that nobody has answered is stopped: what it showed was not agreed to; so is a
    comparison that waits.

    :raises RunUnderWay: when one is running.
    :raises NothingMarked: when nothing is marked, nothing was sent before and nothing waits for its answer.
    """
    with transaction.atomic():
        run = _active(company)
        if run is not None and run.stage != RunStage.SEND:
            finish(run, RunState.STOPPED, now)
            run = None
        return _join(run, company, invoice_pks, RunStage.SEND, operator, now, restores=restores)


def ask_for_all(*, company: Company, operator: Operator | None, now: datetime) -> Run:
    """As ``ask``, for all invoices of the company that are not withdrawn, however many they are.

    :raises RunUnderWay, NothingMarked: as ``ask``.
    """
    with transaction.atomic():
        if Run.objects.filter(company=company, state__in=RUN_ACTIVE).exists():
            own = Invoice.objects.filter(company=company, withdrawal=None)
            return ask(company=company, invoice_pks=list(own.values_list("pk", flat=True)), operator=operator, now=now)
        first = Invoice.objects.filter(company=company, withdrawal=None).values_list("pk", flat=True)[:1]
        run = ask(company=company, invoice_pks=list(first), operator=operator, now=now)
        choosing.mark_all(run)
        return run


def ask_for_preview(*, company: Company, invoice_pks: list[int], operator: Operator, now: datetime) -> Run:
    """As ``ask``, but the Platform is asked first what sending would do, and a person has to agree.

    Not when the operator wants no previews, and not for a run that somebody has agreed to already, or that waits to be
    connected: these are sent. A run of the schedule that waits is stopped: what it was for is in the preview too, or
    comes with the schedule's next time.

    :raises RunUnderWay, NothingMarked: as ``ask``.
    """
    if previewing.is_skipped(company=company, operator=operator):
        return ask(company=company, invoice_pks=invoice_pks, operator=operator, now=now)
    with transaction.atomic():
        run = _active(company)
        if run is not None and run.stage == RunStage.VERIFY:
            finish(run, RunState.STOPPED, now)
            run = None
        if run is not None and run.by_schedule:  # nobody has agreed to more than the schedule's own
            _set_aside(run, now)
            run = None
        return _join(run, company, invoice_pks, RunStage.PREVIEW, operator, now)


def ask_to_verify(*, company: Company, operator: Operator | None, now: datetime) -> Run:
    """Store a run that compares what was sent with what the Platform holds, and sends nothing but what waits for its
    answer. The one that is under way, where it is such a one.

    :raises RunUnderWay: while a synchronisation is under way or waits.
    """
    with transaction.atomic():
        run = _active(company)
        if run is not None and run.stage != RunStage.VERIFY:
            raise RunUnderWay(run=run)
        if run is not None:
            move(this(run), to=RunState.QUEUED, next_try_at=now, **ANEW)
            run.refresh_from_db()
            return run
        return Run.objects.create(
            company=company, asked_by=operator, asked_at=now, stage=RunStage.VERIFY, next_try_at=now
        )


def agree(*, run: Run, now: datetime, seal: str | None = None) -> None:
    """Send what was foreseen; what changed meanwhile is sent as it is then. Also what can't be foreseen, because the
    Platform offers no previews: a person may send it all the same.

    :param seal: of the preview that was seen (``previewing.seal_of``); None when a program agrees to whatever is there.
    :raises NotPreviewed: when the preview is over.
    :raises PreviewChanged: when something was foreseen since.
    """
    can_not = Q(state=RunState.WAITING, reason=PreviewNotOffered.code)
    answerable = this(run).filter(Q(state=RunState.PREVIEWED) | can_not, stage=RunStage.PREVIEW)
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=run.company_id)
        if not answerable.exists():
            raise NotPreviewed()
        if seal is not None and seal != previewing.seal_of(run):
            raise PreviewChanged()
        move(answerable, to=RunState.QUEUED, stage=RunStage.SEND, next_try_at=now, **ANEW)


def retry(*, run: Run, operator: Operator | None, now: datetime) -> Run:
    """A new run with only what was refused, stale or not sent in one that ended, and was not withdrawn since. A person
    sees the preview first.

    :raises NothingFailed:
    :raises RunUnderWay: while another is active, waiting ones too.
    """
    with transaction.atomic():
        active = _active(run.company)
        if active is not None:
            raise RunUnderWay(run=active)
        gone = withdrawn.list_gone(company=run.company).values("pk")
        rows = run.documents.filter(outcome__in=choosing.FAILED).exclude(invoice__in=gone)
        failed = list(rows.values_list("invoice_id", flat=True))
        if not failed:
            raise NothingFailed()
        stage = RunStage.SEND if previewing.is_skipped(company=run.company, operator=operator) else RunStage.PREVIEW
        again = _join(None, run.company, failed, stage, operator, now)
        this(again).update(only_marked=True)
    again.refresh_from_db()
    return again


@contextmanager
def looking(
    *, company: Company, invoice_pks: list[int], clock: Clock, transport: Transport | None = None
) -> Iterator[Run]:
    """The marked invoices and what changed, with the Platform's forecasts; nothing is sent, and no run is left.

    :raises RunUnderWay: while a run of the company is active.
    :raises NoKey, KeyMalformed: nobody could be asked.
    """
    connection.require_key(company=company)
    with _lock_or_refuse(company):
        Run.objects.filter(company=company, stage=RunStage.LOOK).delete()  # of a program that died
        with transaction.atomic():
            Company.objects.select_for_update().get(pk=company.pk)
            active = Run.objects.filter(company=company, state__in=RUN_ACTIVE).first()
            if active is not None:
                raise RunUnderWay(run=active)
            run = Run.objects.create(
                company=company, asked_at=clock(), state=RunState.RUNNING, stage=RunStage.LOOK, claimed_at=clock()
            )
            choosing.mark(run, _of_company(company, invoice_pks))
        try:
            _carry_out(run, clock, transport, retrying.draw)
            run.refresh_from_db()
            yield run
        finally:
            this(run).delete()


def stop(*, run: Run, now: datetime) -> None:
    """Stop between two batches; a run that isn't running yet, or whose process died, stops at once. What was sent stays
    sent; what had ended stays as it was."""
    with transaction.atomic():
        this(run).filter(state__in=RUN_ACTIVE).update(stop_requested=True)
        still = this(run).exclude(state=RunState.RUNNING)
        move(still, to=RunState.STOPPED, finished_at=now, next_try_at=None)
    try:
        with run_lock.of(company=run.company):  # whoever carries a run out holds it
            if this(run).filter(state=RunState.RUNNING).exists():
                finish(run, RunState.STOPPED, now)
    except Timeout:
        pass  # it is carried out, and ends by itself


def claim_due(*, now: datetime) -> Run | None:
    """Claim one run whose time has come, or whose process died. One worker gets it, by conditional update.

    A next try further ahead than any pause was set by a clock that was wrong and has been put back since: it is due.
    """
    _remove_dead_looks()
    has_come = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + timedelta(seconds=PAUSE_S_MAX))
    clock_mended = Q(reason="clock_wrong", next_try_at__gt=now + timedelta(seconds=BY_ITSELF_S))
    due = (
        Run.objects.select_related("company")
        .filter(Q(has_come | clock_mended, state__in=(RunState.QUEUED, RunState.WAITING)) | Q(state=RunState.RUNNING))
        .exclude(stage=RunStage.LOOK)
    )
    for run in due.order_by(F("next_try_at").asc(nulls_last=True), "pk")[:DUE_MAX]:
        claimed = claim(run=run, now=now)
        if claimed is not None:
            return claimed
    return None


def claim(*, run: Run, now: datetime) -> Run | None:
    """Claim this very run, to carry it out in the caller's process; None when another process has it."""
    if run.state == RunState.RUNNING and run_lock.is_held(company=run.company):
        return None
    as_it_was = this(run).filter(state=run.state, claimed_at=run.claimed_at)
    claimed = move(
        as_it_was,
        to=RunState.RUNNING,
        claimed_at=now,
        started_at=Coalesce("started_at", now),
        tries=F("tries") + 1,
    )
    return Run.objects.select_related("company").get(pk=run.pk) if claimed == 1 else None


def carry_out(*, run: Run, clock: Clock, transport: Transport | None = None, draw: Draw = retrying.draw) -> Run:
    """Foresee, or send, what the run is for. ``run`` must be claimed. Raises nothing: it says what became of it. One
    of the schedule that had nothing to do is gone afterwards, which is not told from done.

    Holds the company's file lock, which the system lets go of when the process dies: so a run that was cut off is
    taken up at once, and two processes never send for one company. Two may have claimed a run whose process died;
    the second finds, under the lock, that its claim is no longer the last one.
    """
    try:
        with run_lock.of(company=run.company):
            if Run.objects.filter(pk=run.pk, state=RunState.RUNNING, claimed_at=run.claimed_at).exists():
                _carry_out(run, clock, transport, draw)
    except Timeout:
        pass  # another process carries it out
    there = Run.objects.select_related("company").filter(pk=run.pk).first()
    if there is None:  # of the schedule, and there was nothing to send
        run.state = RunState.DONE
    return there or run


def carry_out_due(*, clock: Clock, transport: Transport | None = None) -> bool:
    """A step of the worker. True when a run was carried out."""
    run = claim_due(now=clock())
    if run is not None:
        carry_out(run=run, clock=clock, transport=transport)
    return run is not None


def counts_of(run: Run) -> Counts:
    """How far the run is."""
    return counts_of_all([run])[run.pk]


def get_latest(*, company: Company) -> Run | None:
    """The run that was asked for last."""
    return Run.objects.filter(company=company).order_by("-asked_at", "-pk").first()


def get_active(*, company: Company) -> Run:
    """The run that is under way or waits. :raises NothingUnderWay:"""
    run = Run.objects.filter(company=company, state__in=RUN_ACTIVE).exclude(stage=RunStage.LOOK).first()
    if run is None:
        raise NothingUnderWay()
    return run


def _carry_out(run: Run, clock: Clock, transport: Transport | None, draw: Draw) -> None:
    try:
        with connection.api_of(company=run.company, transport=transport) as api:
            status = connection.check(company=run.company, now=clock(), api=api)
            begun_at = revisions.last_of(company=run.company)
            sending = Sending(run, api, status, clock)
            sending.finish_earlier()
            if run.stage == RunStage.VERIFY:
                Verifying(run, api, status).compare()
                finish(run, RunState.DONE, clock())
                return
            if run.stage == RunStage.SEND:
                withdrawn.take_up_again(run=run, now=clock())
            if not run.only_marked:
                choosing.add_changed(run)
            if run.by_schedule:
                scheduled.choose(run)
            choosing.settle_unneeded(run)
            if run.stage == RunStage.SEND:
                sending.send_all()
                if not run.only_marked and not run.documents.filter(outcome=RunOutcome.PENDING).exists():
                    choosing.keep_answered_through(run, begun_at)
                coming_back.read(company=run.company, api=api, status=status, now=clock())
            else:
                Previewing(run, api, status).ask_all()
        _end(run, clock())
    except Refusal as refusal:
        put_off(run, refusal, clock(), draw=draw)
    except Exception as error:
        told = database_trouble.refusal_of(error)
        if told is None:
            log.exception("Run %s failed", run.uid)
        put_off(run, told or InternalError(), clock(), draw=draw)


def _end(run: Run, now: datetime) -> None:
    """Done; or, where something was foreseen that travels, it is a person's turn; unless one has said stop already."""
    if not run.documents.filter(outcome=RunOutcome.PENDING).exists():
        if not scheduled.forget_if_nothing(run, now=now):
            finish(run, RunState.DONE, now)
    elif this(run).filter(stop_requested=True).exists():
        finish(run, RunState.STOPPED, now)
    else:
        move(this(run), to=RunState.PREVIEWED, reason="", reason_detail="", next_try_at=None)


def _remove_dead_looks() -> None:
    """A program that only looked holds the lock as long as its run is there; one without the lock died."""
    for run in Run.objects.select_related("company").filter(stage=RunStage.LOOK)[:DUE_MAX]:
        if not run_lock.is_held(company=run.company):
            this(run).delete()


@contextmanager
def _lock_or_refuse(company: Company) -> Iterator[None]:
    lock = run_lock.of(company=company)
    try:
        lock.acquire()
    except Timeout:
        raise RunUnderWay() from None
    try:
        yield
    finally:
        lock.release()


def _active(company: Company) -> Run | None:
    """The active run of the company, under the lock of the company's row. What a program left that only looked and
    died is removed."""
    Company.objects.select_for_update().get(pk=company.pk)
    run = Run.objects.filter(company=company, state__in=RUN_ACTIVE).first()
    may_be_held = run is not None and (run.state == RunState.RUNNING or run.stage == RunStage.LOOK)
    if may_be_held and run_lock.is_held(company=company):
        raise RunUnderWay(run=run)
    if run is not None and run.stage == RunStage.LOOK:
        this(run).delete()
        return None
    return run


def _set_aside(run: Run, now: datetime) -> None:
    """Stop a run of the schedule that waits; one that is for nothing yet leaves no row."""
    if run.documents.exists():
        finish(run, RunState.STOPPED, now)
    else:
        this(run).delete()


def _join(
    run: Run | None,
    company: Company,
    invoice_pks: list[int],
    stage: RunStage,
    operator: Operator | None,
    now: datetime,
    *,
    restores: bool = False,
) -> Run:
    marked = _of_company(company, invoice_pks)
    if run is None:
        if not marked and not _anything_known(company):
            raise NothingMarked()
        run = Run.objects.create(company=company, asked_by=operator, asked_at=now, stage=stage)
    choosing.mark(run, marked, restores=restores)
    if run.by_schedule:  # from now on it is a person's
        this(run).update(by_schedule=False, asked_by=operator)
    queued = {"reason": "", "reason_detail": "", "stop_requested": False, "only_marked": False, **ANEW}
    move(this(run), to=RunState.QUEUED, next_try_at=now, **queued)
    if connection.get_link(company=company) is None:
        without = {"reason": connection.NoKey.code, "stage": RunStage.SEND, "next_try_at": None, "waiting_since": now}
        move(this(run), to=RunState.WAITING, **without)
    run.refresh_from_db()
    return run


def _of_company(company: Company, invoice_pks: list[int]) -> list[int]:
    """Those that are the company's own, in pages: a statement takes only so many values."""
    pages = (invoice_pks[at : at + choosing.PAGE] for at in range(0, len(invoice_pks), choosing.PAGE))
    return [
        pk for page in pages for pk in Invoice.objects.filter(company=company, pk__in=page).values_list("pk", flat=True)
    ]


def _anything_known(company: Company) -> bool:
    return company.sentdocument_set.exists() or bool(outbox.list_unacknowledged(company=company))
