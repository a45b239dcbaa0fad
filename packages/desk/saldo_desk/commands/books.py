"""Commands on the books: companies, operators, settling."""

import argparse
import sys
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_core.writing import written
from saldo_desk.books import companies, invoices, settlements
from saldo_desk.books.tables import Invoice, Payment, Settlement
from saldo_desk.commands.output import DONE, say, usage
from saldo_protocol.money import Money, UnfitAmount, parse_minor


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    company = commands.add_parser("company", help=_("companies of this Desk")).add_subparsers(required=True)
    add = company.add_parser("add", parents=[base], help=_("add a company"))
    add.add_argument("--nip", required=True, help=_("ten digits"))
    add.add_argument("--name", required=True, help=_("as on the invoices"))
    add.add_argument("--address", default="", help=_("as on the invoices"))
    add.add_argument("--email", default="", help=_("suggested when an account is created"))
    add.set_defaults(act=company_add)
    company.add_parser("list", parents=[base], help=_("list the companies")).set_defaults(act=company_list)

    operator = commands.add_parser("operator", help=_("people who work in this Desk")).add_subparsers(required=True)
    add = operator.add_parser("add", parents=[base], help=_("add a person who may log in"))
    add.add_argument("--login", required=True, help=_("what the person types to log in"))
    add.add_argument("--name", required=True, help=_("of the person"))
    add.add_argument(
        "--password-stdin", action="store_true", required=True, help=_("read the password from standard input")
    )
    add.set_defaults(act=operator_add)

    command = commands.add_parser("settle", parents=[base], help=_("settle a payment of an invoice"))
    command.add_argument("number", help=_("of the invoice"))
    command.add_argument(
        "--payment", type=int, default=0, help=_("which payment, from 1; needed when there are several")
    )
    command.add_argument("--amount", default="", help=_("less than all that is open, as 123.45"))
    command.add_argument("--on", default="", help=_("the day of settlement, YYYY-MM-DD; today if left out"))
    command.set_defaults(act=settle)

    command = commands.add_parser("unsettle", parents=[base], help=_("take the last settlement of a payment back"))
    command.add_argument("number", help=_("of the invoice"))
    command.add_argument(
        "--payment", type=int, default=0, help=_("which payment, from 1; needed when there are several")
    )
    command.add_argument(
        "--settlement", type=UUID, help=_("this one, as settle --json told it: asking twice takes it back once")
    )
    command.set_defaults(act=unsettle)


def company_add(options: argparse.Namespace) -> int:
    """``company add``"""
    company = companies.add(nip=options.nip, name=options.name, address=options.address, email=options.email)
    say(options, _("Added: %(name)s, NIP %(nip)s") % {"name": company.name, "nip": company.nip}, {"nip": company.nip})
    return DONE


def company_list(options: argparse.Namespace) -> int:
    """``company list``"""
    rows = companies.list_companies()
    say(
        options,
        "\n".join(f"{row.nip}  {row.name}" for row in rows),
        {"companies": [{"nip": row.nip, "name": row.name} for row in rows]},
    )
    return DONE


def operator_add(options: argparse.Namespace) -> int:
    """``operator add``"""
    password = sys.stdin.readline().rstrip("\n")
    operator = companies.add_operator(login=options.login, name=options.name, password=password)
    say(options, _("Added: %(login)s") % {"login": operator.login}, {"login": operator.login})
    return DONE


def settle(options: argparse.Namespace) -> int:
    """``settle``"""
    company = companies.get(nip=options.company)
    payment = _payment(invoices.get(company=company, number=options.number), options.payment)
    try:
        settled_on = date.fromisoformat(options.on) if options.on else timezone.localdate()
        amount = parse_minor(options.amount, payment.invoice.currency) if options.amount else None
    except (ValueError, UnfitAmount):
        usage(_("Give the day as YYYY-MM-DD and the amount as 123.45."))
    settlement = settlements.settle(
        company=company,
        payment_uid=payment.uid,
        amount_minor=amount,
        settled_on=settled_on,
        operator=None,
        now=timezone.now(),
    )
    return _settled(options, payment, settlement, _("Settled: %(amount)s of %(number)s"))


def unsettle(options: argparse.Namespace) -> int:
    """``unsettle``"""
    company = companies.get(nip=options.company)
    payment = _payment(invoices.get(company=company, number=options.number), options.payment)
    taken = settlements.unsettle(
        company=company,
        payment_uid=payment.uid,
        settlement_uid=options.settlement,
        operator=None,
        now=timezone.now(),
    )
    return _settled(options, payment, taken, _("Taken back: %(amount)s of %(number)s"))


def _settled(options: argparse.Namespace, payment: Payment, settlement: Settlement, text: str) -> int:
    currency = payment.invoice.currency
    amount = written(Money(settlement.amount_minor, currency))
    say(
        options,
        text % {"amount": amount, "number": payment.invoice.number},
        {
            "number": payment.invoice.number,
            "settlement": str(settlement.uid),
            "amount_minor": settlement.amount_minor,
            "currency": currency,
        },
    )
    return DONE


def _payment(invoice: Invoice, position: int) -> Payment:
    payments = list(invoice.payments.select_related("invoice").order_by("position"))
    if position == 0 and len(payments) > 1:
        usage(_("%(number)s has several payments: say which one with --payment.") % {"number": invoice.number})
    at = (position or 1) - 1
    if not 0 <= at < len(payments):
        raise settlements.PaymentNotFound()
    return payments[at]
