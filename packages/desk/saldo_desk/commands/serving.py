"""Commands that stay: serve the window, do the work."""

import argparse

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_core import preparing, serving, working
from saldo_desk.commands import runs as runs_commands
from saldo_desk.commands.output import DONE
from saldo_desk.exchange import registration, runs, schedules
from saldo_desk.sources import importing


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    command = commands.add_parser(
        "run", parents=[base], help=_("serve the window; with show, agree, stop, retry or export: one synchronisation")
    )
    command.set_defaults(act=serve)
    runs_commands.add_run_parsers(command.add_subparsers(metavar="COMMAND"), base)
    worker = commands.add_parser(
        "work", parents=[base], help=_("carry out synchronisations, registrations and imports")
    )
    worker.add_argument("--once", action="store_true", help=_("do what is due, then end"))
    worker.set_defaults(act=work)


def serve(_options: argparse.Namespace) -> int:
    """``run``: bring the database up to date, then serve until stopped."""
    address, port = settings.BIND_ADDRESS, settings.PORT
    serving.refuse_taken_port(address=address, port=port, setting="SALDO_DESK_PORT")
    preparing.bring_up_to_date()
    serving.serve(application="saldo_desk.wsgi:application", address=address, port=port)
    return DONE


def work(options: argparse.Namespace) -> int:
    """``work``: until stopped, or with ``--once`` until nothing is due."""
    preparing.bring_up_to_date()
    working.work(
        lambda: registration.check_due(now=timezone.now()),
        lambda: schedules.ask_due(now=timezone.now()),
        lambda: runs.carry_out_due(clock=timezone.now),
        lambda: importing.carry_out_due(clock=timezone.now),
        once=options.once,
    )
    return DONE
