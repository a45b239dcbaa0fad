"""Commands on the books: companies, operators, import, the list, settling."""

import argparse
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saldo_core.writing import written
from saldo_desk.books import companies, invoices, settlements
from saldo_desk.books.tables import Invoice, Payment
from saldo_desk.commands.output import DONE, REFUSED, say, usage
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.sources import importing
from saldo_protocol.money import Money, UnfitAmount, format_minor, parse_minor

LIST_MAX = 1000
PAYMENT_STATES = {
    "none": gettext_lazy("nothing to pay"),
    "open": gettext_lazy("open"),
    "partly": gettext_lazy("partly settled"),
    "settled": gettext_lazy("settled"),
    "cancelled": gettext_lazy("cancelled"),
}
SYNC_STATES = {
    "": "",
    "never": gettext_lazy("never sent"),
    "waiting": gettext_lazy("waiting"),
    "sent": gettext_lazy("sent"),
    "changed": gettext_lazy("changed since"),
    "refused": gettext_lazy("refused"),
    "to_withdraw": gettext_lazy("to be withdrawn"),
    "withdrawn": gettext_lazy("withdrawn"),
}


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    company = commands.add_parser("company", help="companies of this Desk").add_subparsers(required=True)
    add = company.add_parser("add", parents=[base], help="add a company")
    for name in ("nip", "name"):
        add.add_argument(f"--{name}", required=True)
    for name in ("address", "email"):
        add.add_argument(f"--{name}", default="")
    add.set_defaults(act=company_add)
    company.add_parser("list", parents=[base], help="list the companies").set_defaults(act=company_list)

    operator = commands.add_parser("operator", help="people who work in this Desk").add_subparsers(required=True)
    add = operator.add_parser("add", parents=[base], help="add a person who may log in")
    add.add_argument("--login", required=True)
    add.add_argument("--name", required=True)
    add.add_argument(
        "--password-stdin", action="store_true", required=True, help="read the password from standard input"
    )
    add.set_defaults(act=operator_add)

    command = commands.add_parser("import", parents=[base], help="put KSeF files or folders into the books")
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    command.set_defaults(act=import_paths)

    commands.add_parser("invoices", parents=[base], help="list the invoices").set_defaults(act=invoices_list)

    command = commands.add_parser("settle", parents=[base], help="settle a payment of an invoice")
    command.add_argument("number")
    command.add_argument("--payment", type=int, default=0, help="which payment, from 1; needed when there are several")
    command.add_argument("--amount", default="", help="less than all that is open, as 123.45")
    command.add_argument("--on", default="", help="the day of settlement, YYYY-MM-DD; today if left out")
    command.set_defaults(act=settle)

    command = commands.add_parser("unsettle", parents=[base], help="take the last settlement of a payment back")
    command.add_argument("number")
    command.add_argument("--payment", type=int, default=0, help="which payment, from 1; needed when there are several")
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


def import_paths(options: argparse.Namespace) -> int:
    """``import``: one line for each file that did not simply go in, then the counts."""
    company = companies.get(nip=options.company)
    counts: Counter[str] = Counter()
    files = []
    for outcome in importing.import_paths(company=company, paths=options.paths, operator=None, clock=timezone.now):
        counts[outcome.outcome] += 1
        files.append(msgspec.to_builtins(outcome))
        if not options.json and outcome.message:
            print(outcome.message)
    summary = _("%(new)d new, %(here)d already here, %(conflict)d in conflict, %(refused)d refused") % {
        "new": counts["new"],
        "here": counts["already_here"],
        "conflict": counts["conflict"],
        "refused": counts["refused"],
    }
    say(options, summary, {"counts": dict(counts), "files": files})
    return REFUSED if counts["conflict"] or counts["refused"] else DONE


def invoices_list(options: argparse.Namespace) -> int:
    """``invoices``"""
    company = companies.get(nip=options.company)
    rows = list(with_sync_state(invoices.in_list(company=company))[:LIST_MAX])
    values = [_row(row) for row in rows]
    say(options, "\n".join(_line(row) for row in rows), {"invoices": values})
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
    return _settled(options, payment, settlement.amount_minor, _("Settled: %(amount)s of %(number)s"))


def unsettle(options: argparse.Namespace) -> int:
    """``unsettle``"""
    company = companies.get(nip=options.company)
    payment = _payment(invoices.get(company=company, number=options.number), options.payment)
    taken = settlements.unsettle(company=company, payment_uid=payment.uid, operator=None, now=timezone.now())
    return _settled(options, payment, taken.amount_minor, _("Taken back: %(amount)s of %(number)s"))


def _settled(options: argparse.Namespace, payment: Payment, amount_minor: int, text: str) -> int:
    currency = payment.invoice.currency
    amount = written(Money(amount_minor, currency))
    say(
        options,
        text % {"amount": amount, "number": payment.invoice.number},
        {"number": payment.invoice.number, "amount_minor": amount_minor, "currency": currency},
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


def _line(invoice: Invoice) -> str:
    gross, opened = Money(invoice.gross_minor, invoice.currency), Money(invoice.open_minor, invoice.currency)
    return (
        f"{invoice.number:<24} {invoice.counterparty.name:<30.30} {invoice.issued_on} {invoice.due_on or '—'!s:<10} "
        f"{written(gross):>16} {written(opened):>16}  {PAYMENT_STATES[invoice.payment_state]!s:<14} "
        f"{SYNC_STATES[getattr(invoice, 'sync_state', '')]}"
    )


def _row(invoice: Invoice) -> dict[str, str | None]:
    return {
        "number": invoice.number,
        "uid": str(invoice.uid),
        "direction": invoice.direction,
        "counterparty": invoice.counterparty.name,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency,
        "gross": format_minor(invoice.gross_minor, invoice.currency),
        "open": format_minor(invoice.open_minor, invoice.currency),
        "state": invoice.state,
        "payment_state": invoice.payment_state,
        "sync_state": getattr(invoice, "sync_state", ""),
        "sync_message": getattr(invoice, "sync_message", None),
    }
