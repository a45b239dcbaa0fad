"""What a refusal means for a run: wait for a person, wait for the next try, or end.

::

    Refusal
    ├── InternalError       a mistake of ours
    └── GaveUpTrying        it failed for too long: a person must look
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import marks
from saldo_desk.books.tables import Company
from saldo_desk.exchange import retrying
from saldo_desk.exchange.retrying import Draw
from saldo_desk.exchange.run_states import move, this
from saldo_desk.exchange.sending import LinkChanged
from saldo_desk.exchange.tables import (
    REGISTRATION_OPEN,
    Registration,
    RegistrationState,
    Run,
    RunOutcome,
    RunStage,
    RunState,
)

POLL_S: Final = 2
POLL_SELDOM_S: Final = 300
DETAIL_LENGTH_MAX: Final = 600
NOT_YET: Final = {"account_not_activated", "integration_not_confirmed"}
"""Refusals that pass by themselves once a person has acted on the Platform."""
BY_ITSELF: Final = {"clock_wrong", "program_too_old", "preview_not_offered", "receipt_not_genuine"}
"""What a person mends outside of the program; looked at again every minute."""
ENDS: Final = {"verify_not_offered"}
"""Refusals after which nothing is left to wait for."""
BY_ITSELF_S: Final = 60
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
    "gave_up_trying",
}
"""Refusals that only another key, or a person on the Platform, can mend."""


class InternalError(Refusal):
    """A mistake of ours. The run waits and is tried again; the traceback is in the log."""

    code = "internal_error"
    text = _("Something went wrong in this program. Nothing is lost; it is tried again. The log says more.")


class GaveUpTrying(Refusal):
    """Nothing went right for so long that it is tried no more by itself (``retrying``)."""

    code = "gave_up_trying"
    status = 503
    text = _("It was tried %(count)d times since %(since)s. The last time: %(last)s")


def put_off(run: Run, refusal: Refusal, now: datetime, *, draw: Draw) -> None:
    """The run can't go on now. It ends when somebody asked to stop, or when it was only to look."""
    run.refresh_from_db(fields=["failures", "waiting_since", "reason"])
    stop_requested = this(run).filter(stop_requested=True).exists()
    if stop_requested or run.stage == RunStage.LOOK or refusal.code in ENDS:
        reason = {} if stop_requested else {"reason": refusal.code, "reason_detail": _cut(refusal)}
        finish(run, RunState.STOPPED, now, **reason)
    elif isinstance(refusal, LinkChanged):
        _wait_for_a_person(run, refusal, now, next_try_at=now)
    elif refusal.code in NOT_YET:
        _wait_for_a_person(run, refusal, now, next_try_at=now + _poll(run.company))
    elif refusal.code in BY_ITSELF:
        _wait_for_a_person(run, refusal, now, next_try_at=now + timedelta(seconds=BY_ITSELF_S))
    elif refusal.code in FOR_A_PERSON or refusal.status in FOR_A_PERSON_STATUS:
        _wait_for_a_person(run, refusal, now, next_try_at=None)
    else:
        _wait_for_the_next_try(run, refusal, now, draw)


def _wait_for_the_next_try(run: Run, refusal: Refusal, now: datetime, draw: Draw) -> None:
    failures = run.failures + 1
    since = run.waiting_since if run.failures and run.waiting_since else now
    values: dict[str, Any] = {"failures": failures, "waiting_since": since}
    if retrying.is_over(failures=failures, since=since, now=now):
        over = GaveUpTrying(count=failures, since=f"{localtime(since):%Y-%m-%d %H:%M}", last=refusal.message)
        _wait(run, over, next_try_at=None, **values)
    else:
        pause_s = retrying.pause_s(failures=failures, retry_after_s=refusal.retry_after_s, draw=draw)
        _wait(run, refusal, next_try_at=now + timedelta(seconds=pause_s), **values)


def _wait_for_a_person(run: Run, refusal: Refusal, now: datetime, *, next_try_at: datetime | None) -> None:
    """Wait, and say why. What waits for a person to connect goes on without a preview: connecting says yes to it."""
    same = run.reason == refusal.code and not run.failures and run.waiting_since is not None
    values: dict[str, Any] = {"failures": 0, "waiting_since": run.waiting_since if same else now}
    if run.stage == RunStage.PREVIEW and (refusal.code in NOT_YET or refusal.code in FOR_A_PERSON):
        values["stage"] = RunStage.SEND
    _wait(run, refusal, next_try_at=next_try_at, **values)


def _wait(run: Run, refusal: Refusal, *, next_try_at: datetime | None, **values: Any) -> None:
    move(
        this(run),
        to=RunState.WAITING,
        reason=refusal.code,
        reason_detail=_cut(refusal),
        next_try_at=next_try_at,
        **values,
    )


def finish(run: Run, state: RunState, now: datetime, *, reason: str = "", reason_detail: str = "") -> None:
    """The run ends; the menu bar shows the result until it is dismissed, and what was sent is marked no more."""
    values = {"reason": reason, "reason_detail": reason_detail, "next_try_at": None, "seen": False, "failures": 0}
    with transaction.atomic():
        move(this(run), to=state, finished_at=now, **values)
        if run.asked_by is None:
            return
        sent = run.documents.filter(marked=True, outcome__in=(RunOutcome.SENT, RunOutcome.UNCHANGED))
        marks.unmark(company=run.company, operator=run.asked_by, invoices=sent.values("invoice_id"))


def _cut(refusal: Refusal) -> str:
    return refusal.message[:DETAIL_LENGTH_MAX]


def _poll(company: Company) -> timedelta:
    """Often while a registration is under way here, else now and then."""
    near = Registration.objects.filter(
        company=company, state__in=[*REGISTRATION_OPEN, RegistrationState.CONFIRMED]
    ).exists()
    return timedelta(seconds=POLL_S if near else POLL_SELDOM_S)
