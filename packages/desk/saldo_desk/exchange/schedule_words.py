"""What a schedule is set to and what it found, in sentences of the active language, for window and command line."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.books.tables import HistoryEvent
from saldo_desk.exchange import connection, scheduled, schedules
from saldo_desk.exchange.schedules import Plan
from saldo_desk.exchange.tables import Schedule, ScheduleMode


def when_of(plan: Plan) -> str:
    """„co 15 minut”, „codziennie o 08:00, 14:30”."""
    if plan.mode == ScheduleMode.EVERY:
        text = ngettext("every %(count)d minute", "every %(count)d minutes", plan.every_minutes)
        return text % {"count": plan.every_minutes}
    if plan.mode == ScheduleMode.AT:
        return _("every day at %(times)s") % {"times": ", ".join(plan.at_times)}
    return _("off")


def what_of(plan: Plan) -> str:
    """Which invoices go."""
    if plan.approved_from is None:
        return _("what changed since it was sent")
    kinds = {"sales": _("sales"), "purchase": _("purchases")}
    return _("what changed since it was sent, and approved invoices from %(day)s on: %(kinds)s") % {
        "day": plan.approved_from.isoformat(),
        "kinds": ", ".join(kinds[direction] for direction in kinds if direction in plan.directions),
    }


def stands_of(schedule: Schedule) -> list[str]:
    """When it looked last and what it found, and when it looks next; nothing of one that is off."""
    if schedule.mode == ScheduleMode.OFF or schedule.next_at is None:
        return []
    told = []
    if schedule.looked_at is not None:
        told.append(_("Last look: %(at)s, %(found)s.") % {"at": _at(schedule.looked_at), "found": _found(schedule)})
    return [*told, _("Next look: %(at)s.") % {"at": _at(schedule.next_at)}]


def log_line_of(schedule: Schedule | None) -> str:
    """What stands above the log: what the schedule is set to and how it stands; nothing of one that is off."""
    if schedule is None or schedule.mode == ScheduleMode.OFF:
        return ""
    when = _("Schedule: %(when)s") % {"when": when_of(schedules.plan_of(schedule))}
    return " ".join([f"{when}.", *stands_of(schedule)])


def late_of() -> str:
    """What is said where the next look is long over."""
    return _("The time has passed, but nobody looked: is saldo-desk work running?")


def event_of(event: HistoryEvent) -> str:
    """An event of the schedule's history."""
    if event.action == scheduled.SKIPPED:
        return _("a look was left out: %(reason)s") % {"reason": _reason(str(event.values.get("reason", "")))}
    plan = _plan(event.values)
    return when_of(plan) if plan.mode == ScheduleMode.OFF else f"{when_of(plan)}; {what_of(plan)}"


def _found(schedule: Schedule) -> str:
    if schedule.found == scheduled.NOTHING:
        return _("nothing to send")
    if schedule.found == scheduled.SENT:
        return _("something was sent")
    text = ngettext(
        "%(count)d look in a row was left out: %(reason)s",
        "%(count)d looks in a row were left out: %(reason)s",
        schedule.skipped,
    )
    return text % {"count": schedule.skipped, "reason": _reason(schedule.found)}


def _reason(code: str) -> str:
    known = {
        connection.NoKey.code: _("there is no exchange key"),
        schedules.UNDER_WAY: _("another synchronisation was under way, or waited"),
    }
    return known.get(code, code)


def _plan(values: Mapping[str, Any]) -> Plan:
    day = values.get("approved_from")
    return Plan(
        mode=str(values.get("mode", "")),
        every_minutes=int(values.get("every_minutes", 0)),
        at_times=tuple(values.get("at_times", ())),
        approved_from=date.fromisoformat(day) if day else None,
        directions=tuple(values.get("directions", ())),
    )


def _at(moment: Any) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}"
