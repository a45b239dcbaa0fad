"""Commands that take something away: withdraw from the Platform, restore there, cancel an invoice."""

import argparse
import sys

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.books import cancelling, companies, invoices
from saldo_desk.commands.output import DONE, say, usage
from saldo_desk.commands.runs import carried_out
from saldo_desk.exchange import withdrawing


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    command = commands.add_parser(
        "withdraw", parents=[base], help=_("remove invoices from the Platform; they stay in the books")
    )
    command.add_argument("numbers", nargs="+", metavar="NUMBER", help=_("of an invoice"))
    command.add_argument("--reason", default="", help=_("why; needed unless --restore"))
    command.add_argument("--yes", action="store_true", help=_("don't ask, however many they are"))
    command.add_argument("--restore", action="store_true", help=_("send withdrawn invoices again"))
    command.set_defaults(act=withdraw)

    command = commands.add_parser("cancel", parents=[base], help=_("cancel a sales invoice; it stays numbered"))
    command.add_argument("number", help=_("of the invoice"))
    command.add_argument("--reason", required=True, help=_("why"))
    command.set_defaults(act=cancel)


def withdraw(options: argparse.Namespace) -> int:
    """``withdraw``: ask for the run and carry it out in this process."""
    company = companies.get(nip=options.company)
    pks = [invoices.get(company=company, number=number).pk for number in options.numbers]
    if options.restore:
        run = withdrawing.restore(company=company, invoice_pks=pks, operator=None, now=timezone.now())
        return carried_out(options, run)
    plan = withdrawing.plan(company=company, invoice_pks=pks, now=timezone.now())
    count = len(plan.pks) if options.yes else _typed_count(plan)
    run = withdrawing.withdraw(
        company=company,
        invoice_pks=pks,
        reason=options.reason,
        confirmed_count=count,
        operator=None,
        now=timezone.now(),
    )
    return carried_out(options, run)


def cancel(options: argparse.Namespace) -> int:
    """``cancel``"""
    company = companies.get(nip=options.company)
    found = invoices.get(company=company, number=options.number)
    cancelled = cancelling.cancel(
        company=company, invoice=found, reason=options.reason, operator=None, now=timezone.now()
    )
    if withdrawing.list_withdrawn(company=company, invoice_pks=[cancelled.pk]):
        text = _("Cancelled: %(number)s. It is withdrawn from the Platform and stays so.")
    else:
        text = _("Cancelled: %(number)s. It goes to the Platform with the next synchronisation, if it was sent.")
    say(options, text % {"number": cancelled.number}, {"number": cancelled.number, "state": cancelled.state})
    return DONE


def _typed_count(plan: withdrawing.Plan) -> int | None:
    """The number as typed at the terminal. Without one nobody can be asked: say --yes."""
    if not plan.pks:
        return None
    if not sys.stdin.isatty():
        usage(_("Nobody can be asked here. Add --yes if you mean it."))
    count = len(plan.pks)
    asked = ngettext(
        "%(count)d invoice leaves the Platform. Type the number to go on: ",
        "%(count)d invoices leave the Platform. Type their number to go on: ",
        count,
    )
    typed = input(asked % {"count": count}).strip()
    if typed != str(count):
        usage(_("Nothing was withdrawn."))
    return count
