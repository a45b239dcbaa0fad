"""``saldo-desk``: serve, work, and the whole flow from a terminal."""

import argparse
import os
import sys


def main() -> None:
    """The console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saldo_desk.settings")
    import django

    if sys.argv[1:2] == ["manage"]:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["saldo-desk manage", *sys.argv[2:]])
        return
    django.setup()
    prepare()
    try:
        try:
            code = run(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read, for instance head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def prepare() -> None:
    """Make the database on first use; later versions are brought up to date by ``run`` and ``work``."""
    from saldo_core import preparing

    if preparing.is_empty():
        preparing.bring_up_to_date()


def run(arguments: list[str]) -> int:
    """Parse and act; the exit code. Django must be set up."""
    from django.db import OperationalError

    from saldo_core import database_trouble, terminal
    from saldo_core.refusals import Refusal
    from saldo_desk.commands import output

    terminal.speak()
    options = parser().parse_args(arguments)
    try:
        code: int = options.act(options)
    except Refusal as refusal:
        return output.refuse(options, refusal)
    except OperationalError as error:
        told = database_trouble.refusal_of(error)
        if told is None:
            raise
        return output.refuse(options, told)
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line, in the active language."""
    from django.utils.translation import gettext as _

    from saldo_desk.commands import (
        books,
        help,
        imports,
        invoice,
        link,
        lists,
        receipts,
        runs,
        schedule,
        serving,
        verify,
        withdraw,
    )

    base = argparse.ArgumentParser(add_help=False)
    base.add_argument("--json", action="store_true", help=_("print what a program can read"))
    base.add_argument("--company", default="", metavar="NIP", help=_("which company, when there are several"))
    whole = argparse.ArgumentParser(prog="saldo-desk", description=_("The ERP side of Saldo."))
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    serving.add_parsers(commands, base)
    books.add_parsers(commands, base)
    invoice.add_parsers(commands, base)
    imports.add_parsers(commands, base)
    lists.add_parsers(commands, base)
    link.add_parsers(commands, base)
    help.add_parsers(commands, base)
    runs.add_parsers(commands, base)
    verify.add_parsers(commands, base)
    receipts.add_parsers(commands, base)
    schedule.add_parsers(commands, base)
    withdraw.add_parsers(commands, base)
    commands.add_parser("manage", help=_("Django's own commands"), add_help=False)
    return whole


if __name__ == "__main__":
    main()
