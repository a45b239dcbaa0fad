"""Commands on the schedule: show it, set it, switch it off."""

import argparse
from datetime import date
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Direction
from saldo_desk.commands.output import DONE, say, usage
from saldo_desk.exchange import schedule_words, schedules
from saldo_desk.exchange.schedules import Plan
from saldo_desk.exchange.tables import ScheduleMode


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    group = commands.add_parser("schedule", help=_("when invoices are sent without a person")).add_subparsers(
        required=True, metavar="COMMAND"
    )
    group.add_parser("show", parents=[base], help=_("what it is set to, and how it stands")).set_defaults(
        act=schedule_show
    )
    group.add_parser("off", parents=[base], help=_("send nothing by itself")).set_defaults(act=schedule_off)
    every = group.add_parser("every", parents=[base], help=_("look every so many minutes"))
    every.add_argument("minutes", type=int, metavar="MINUTES", help=_("from 5 to 1440"))
    every.set_defaults(act=schedule_every)
    at = group.add_parser("at", parents=[base], help=_("look at fixed times of day"))
    at.add_argument("times", metavar="TIMES", help=_("Polish time, such as 08:00,14:30"))
    at.set_defaults(act=schedule_at)
    for command in (every, at):
        command.add_argument(
            "--from", dest="approved_from", metavar="DAY", help=_("also approved invoices issued from then on")
        )
        command.add_argument("--sales", action="store_true", help=_("of these only sales"))
        command.add_argument("--purchases", action="store_true", help=_("of these only purchases"))


def schedule_show(options: argparse.Namespace) -> int:
    """``schedule show``"""
    return _said(options, companies.get(nip=options.company))


def schedule_off(options: argparse.Namespace) -> int:
    """``schedule off``: what it was set to is kept."""
    company = companies.get(nip=options.company)
    plan = schedules.plan_of(schedules.get(company=company))
    return _set(options, company, msgspec.structs.replace(plan, mode=ScheduleMode.OFF))


def schedule_every(options: argparse.Namespace) -> int:
    """``schedule every``"""
    return _set(
        options,
        companies.get(nip=options.company),
        Plan(mode=ScheduleMode.EVERY, every_minutes=options.minutes, **_what(options)),
    )


def schedule_at(options: argparse.Namespace) -> int:
    """``schedule at``"""
    times = schedules.read_times(options.times)
    return _set(
        options, companies.get(nip=options.company), Plan(mode=ScheduleMode.AT, at_times=times, **_what(options))
    )


def _what(options: argparse.Namespace) -> dict[str, Any]:
    if options.approved_from is None:
        if options.sales or options.purchases:
            usage(_("--sales and --purchases go with --from."))
        return {}
    try:
        day = date.fromisoformat(options.approved_from)
    except ValueError:
        usage(_("%(text)s is no day: write it as 2026-11-25.") % {"text": options.approved_from})
    named = {Direction.SALES: options.sales, Direction.PURCHASE: options.purchases}
    wanted = tuple(str(direction) for direction, is_named in named.items() if is_named)
    return {"approved_from": day, "directions": wanted or tuple(map(str, named))}


def _set(options: argparse.Namespace, company: Company, plan: Plan) -> int:
    schedules.set_plan(company=company, plan=plan, operator=None, now=timezone.now())
    return _said(options, company)


def _said(options: argparse.Namespace, company: Company) -> int:
    row = schedules.get(company=company)
    plan = schedules.plan_of(row)
    lines = [_("Schedule: %(when)s") % {"when": schedule_words.when_of(plan)}]
    if plan.mode != ScheduleMode.OFF and row is not None:
        lines += [_("Sent: %(what)s") % {"what": schedule_words.what_of(plan)}, *schedule_words.stands_of(row)]
        if schedules.is_late(row, now=timezone.now()):
            lines.append(schedule_words.late_of())
    say(options, "\n".join(lines), values_of(company))
    return DONE


def values_of(company: Company) -> dict[str, object]:
    """The schedule as a program reads it."""
    row = schedules.get(company=company)
    plan: dict[str, object] = msgspec.to_builtins(schedules.plan_of(row))
    if row is None:
        return plan
    moments = {"next_at": row.next_at, "looked_at": row.looked_at}
    told = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
    return {**plan, **told, "found": row.found, "skipped": row.skipped}
