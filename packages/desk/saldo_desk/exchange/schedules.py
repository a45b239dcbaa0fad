"""The schedule of a company („Automat synchronizacji”): set by an operator, carried out by the worker.

A time that has come asks for a run like a person would, but for a preview: setting the schedule was the agreement.

::

    Refusal
    ├── EveryOutOfBounds    too often, or less than once a day
    ├── TimesUnclear        no times of day
    └── DirectionsMissing   invoices from a day on, but neither sales nor purchases
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Direction, HistoryEvent, Operator
from saldo_desk.exchange import connection, run_lock, scheduled, timing
from saldo_desk.exchange.run_states import this
from saldo_desk.exchange.tables import RUN_ACTIVE, Run, RunStage, RunState, Schedule, ScheduleMode
from saldo_desk.exchange.waiting import finish

DUE_MAX: Final = 20
EVENTS_MAX: Final = 10
EVERY_MINUTES_MIN: Final = 5
EVERY_MINUTES_MAX: Final = 1440
TIMES_MAX: Final = 24
PREVIEW_LEFT: Final = timedelta(hours=1)
"""So long a person may look at a preview before the schedule takes its turn."""
UNDER_WAY: Final = "run_under_way"
SET: Final = "schedule_set"
"""The history event of a schedule that was set; its values are the ``Plan``."""


class EveryOutOfBounds(Refusal):
    """Too often, or too seldom."""

    code = "schedule_every"
    text = _("The schedule can look every 5 to 1440 minutes.")


class TimesUnclear(Refusal):
    """Not times of day."""

    code = "schedule_times"
    text = _("Write times of day such as 08:00, 14:30: from one to 24 of them.")


class DirectionsMissing(Refusal):
    """A day, but nothing that goes from it on."""

    code = "schedule_directions"
    text = _("Choose which invoices go from that day on: sales, purchases or both.")


class Plan(msgspec.Struct, frozen=True):
    """What a schedule is set to. ``at_times`` as „08:00”; ``directions`` only with ``approved_from``."""

    mode: str = ScheduleMode.OFF
    every_minutes: int = 15
    at_times: tuple[str, ...] = ()
    approved_from: date | None = None
    directions: tuple[str, ...] = ()


def get(*, company: Company) -> Schedule | None:
    """The schedule, where one was ever set."""
    return Schedule.objects.select_related("set_by").filter(company=company).first()


def is_on(*, company: Company) -> bool:
    """Whether anything is sent by itself."""
    return Schedule.objects.filter(company=company, next_at__isnull=False).exists()


def plan_of(schedule: Schedule | None) -> Plan:
    """What it is set to; off where none was set."""
    if schedule is None:
        return Plan()
    return Plan(
        mode=schedule.mode,
        every_minutes=schedule.every_minutes,
        at_times=tuple(schedule.at_times),
        approved_from=schedule.approved_from,
        directions=tuple(schedule.directions),
    )


def set_plan(*, company: Company, plan: Plan, operator: Operator | None, now: datetime) -> Schedule:
    """Set, change or end the schedule. Whoever works in this Desk may; the history says who did.

    :raises EveryOutOfBounds, TimesUnclear, DirectionsMissing:
    """
    _check(plan)
    on = plan.mode != ScheduleMode.OFF
    values = {
        **msgspec.structs.asdict(plan),
        "at_times": list(plan.at_times),
        "directions": list(plan.directions) if plan.approved_from else [],
        "set_by": operator,
        "set_at": now,
        "next_at": _next(plan, now) if on else None,
        "planned_at": now if on else None,
        "skipped": 0,
    }
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        row, _made = Schedule.objects.update_or_create(company=company, defaults=values)
        HistoryEvent.objects.create(
            company=company, at=now, operator=operator, action=SET, values=msgspec.to_builtins(plan)
        )
    return row


def read_times(text: str) -> tuple[str, ...]:
    """„8:00, 14.30” as („08:00”, „14:30”), in order and each once. :raises TimesUnclear:"""
    found = set()
    for part in text.replace(";", ",").replace(" ", ",").split(","):
        if part:
            hours, _colon, minutes = part.replace(".", ":").partition(":")
            if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and len(hours) <= 2):
                raise TimesUnclear()
            if int(hours) > 23 or int(minutes) > 59:
                raise TimesUnclear()
            found.add(f"{int(hours):02}:{int(minutes):02}")
    if not 1 <= len(found) <= TIMES_MAX:
        raise TimesUnclear()
    return tuple(sorted(found))


def ask_due(*, now: datetime) -> bool:
    """A step of the worker: ask for a run of each company whose time has come. True when one was asked for.

    A time goes to one worker, by conditional update. What was missed is made up for once. Where the clock was set back
    the next time is only worked out anew.
    """
    set_back = Q(planned_at__gt=now + timedelta(seconds=timing.CLOCK_BACK_S))
    due = Schedule.objects.select_related("company").filter(Q(next_at__lte=now) | set_back)
    asked = [_take_turn(row, now) for row in due.order_by("next_at", "pk")[:DUE_MAX]]
    return any(asked)


def is_late(schedule: Schedule, *, now: datetime) -> bool:
    """Whether its time is long over: then no worker runs."""
    return schedule.next_at is not None and schedule.next_at < now - timedelta(minutes=EVERY_MINUTES_MIN)


def list_events(*, company: Company) -> "QuerySet[HistoryEvent]":
    """Who set the schedule to what, and times that were left out, the latest first."""
    rows = HistoryEvent.objects.filter(company=company, action__in=(SET, scheduled.SKIPPED), invoice=None)
    return rows.select_related("operator").order_by("-at", "-pk")[:EVENTS_MAX]


def _take_turn(row: Schedule, now: datetime) -> bool:
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=row.company_id)
        as_it_was = Schedule.objects.filter(pk=row.pk, next_at=row.next_at, planned_at=row.planned_at)
        if as_it_was.update(next_at=_next(plan_of(row), now), planned_at=now) != 1:
            return False
        if row.next_at is None or row.next_at > now:
            return False
        return _ask(row.company, now)


def _ask(company: Company, now: datetime) -> bool:
    if connection.get_link(company=company) is None:
        scheduled.skip(company=company, reason=connection.NoKey.code, now=now)
        return False
    if not _is_free(company, now):
        scheduled.skip(company=company, reason=UNDER_WAY, now=now)
        return False
    Run.objects.create(company=company, asked_at=now, by_schedule=True, stage=RunStage.SEND, next_try_at=now)
    return True


def _is_free(company: Company, now: datetime) -> bool:
    """Whether no run is active; a preview that nobody has answered for an hour is stopped, and what a program left that
    only looked and died is removed."""
    run = Run.objects.filter(company=company, state__in=RUN_ACTIVE).first()
    if run is None:
        return True
    if run.stage == RunStage.LOOK and not run_lock.is_held(company=company):
        this(run).delete()
        return True
    if run.state == RunState.PREVIEWED and (run.claimed_at or run.asked_at) <= now - PREVIEW_LEFT:
        finish(run, RunState.STOPPED, now)
        return True
    return False


def _check(plan: Plan) -> None:
    if plan.mode == ScheduleMode.EVERY and not EVERY_MINUTES_MIN <= plan.every_minutes <= EVERY_MINUTES_MAX:
        raise EveryOutOfBounds(pointer="every_minutes")
    if plan.mode == ScheduleMode.AT and read_times(",".join(plan.at_times)) != plan.at_times:
        raise TimesUnclear(pointer="at_times")
    if plan.approved_from is not None and (not plan.directions or set(plan.directions) - set(Direction.values)):
        raise DirectionsMissing(pointer="directions")


def _next(plan: Plan, now: datetime) -> datetime:
    if plan.mode == ScheduleMode.EVERY:
        return timing.next_every(minutes=plan.every_minutes, now=now)
    return timing.next_at(times=_times(plan.at_times), now=now, zone=get_default_timezone())


def _times(texts: Sequence[str]) -> list[time]:
    return [time.fromisoformat(text) for text in texts]
