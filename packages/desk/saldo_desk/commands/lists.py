"""Commands that list: invoices and payments, with the filters and sorts of the window."""

import argparse
from typing import Any, Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saldo_core.writing import written
from saldo_desk.books import companies, lists
from saldo_desk.books.tables import Company, Invoice, Payment
from saldo_desk.commands.invoice import link_values
from saldo_desk.commands.output import DONE, say, usage
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.site import list_texts
from saldo_protocol.money import Money, format_minor

LIST_MAX: Final = 1000
OPTIONS: Final[dict[str, tuple[str, str | Promise]]] = {
    "search": ("q", gettext_lazy("number, counterparty, NIP or KSeF number contain all these words")),
    "state": ("state", gettext_lazy("payment state; repeat for several")),
    "counterparty": ("party", gettext_lazy("the counterparty's name contains this")),
    "number": ("number", gettext_lazy("the number contains this")),
    "direction": ("direction", gettext_lazy("sales or purchase")),
    "currency": ("currency", gettext_lazy("currency, as PLN")),
    "from": ("issued_from", gettext_lazy("issued on this day or later, YYYY-MM-DD")),
    "to": ("issued_to", gettext_lazy("issued on this day or before, YYYY-MM-DD")),
    "due-from": ("due_from", gettext_lazy("due on this day or later, YYYY-MM-DD")),
    "due-to": ("due_to", gettext_lazy("due on this day or before, YYYY-MM-DD")),
    "sort": ("sort", gettext_lazy("column to sort by; with a minus in front the largest or latest first")),
}
OF_INVOICES: Final[dict[str, tuple[str, str | Promise]]] = {
    "sync": ("sync", gettext_lazy("synchronisation state; repeat for several")),
    "kind": ("kind", gettext_lazy("kind of invoice; repeat for several")),
}


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    command = commands.add_parser("invoices", parents=[base], help=_("list the invoices"))
    _declare(command, lists.INVOICES, {**OPTIONS, **OF_INVOICES})
    command.set_defaults(act=invoices_list)
    command = commands.add_parser("payments", parents=[base], help=_("list the payment schedule"))
    _declare(command, lists.PAYMENTS, {key: told for key, told in OPTIONS.items() if key not in {"from", "to"}})
    command.set_defaults(act=payments_list)


def invoices_list(options: argparse.Namespace) -> int:
    """``invoices``"""
    company = companies.get(nip=options.company)
    pks, count = _pks(options, lists.INVOICES, with_sync_state(lists.invoices_of(company=company)))
    found = with_sync_state(Invoice.objects.filter(company=company, pk__in=pks)).select_related("counterparty")
    found = found.prefetch_related("links_from__target")
    rows: list[Invoice] = lists.in_places(found, pks)
    return _say(options, "invoices", [(_line(row), _row(row)) for row in rows], count)


def payments_list(options: argparse.Namespace) -> int:
    """``payments``"""
    company = companies.get(nip=options.company)
    pks, count = _pks(options, lists.PAYMENTS, lists.payments_of(company=company))
    rows = lists.in_places(_payments(company, pks), pks)
    return _say(options, "payments", [(_payment_line(row), _payment_row(row)) for row in rows], count)


def _declare(
    command: argparse.ArgumentParser, shape: lists.Shape, options: dict[str, tuple[str, str | Promise]]
) -> None:
    for option, (parameter, told) in options.items():
        column = shape.column(parameter)
        choices = column.choices if column is not None and column.choices else None
        if parameter == "sort":
            choices = tuple(f"{minus}{column.name}" for column in shape.columns for minus in ("", "-"))
        command.add_argument(
            f"--{option}",
            dest=f"list_{parameter}",
            action="append",
            default=[],
            choices=choices,
            metavar=None if choices and parameter != "sort" else parameter.upper(),
            help=str(told),
        )
    command.add_argument(
        "--limit", type=int, default=LIST_MAX, metavar="N", help=_("at most N rows, up to %(max)d") % {"max": LIST_MAX}
    )
    command.set_defaults(shape=shape.name.value)


def _pks(options: argparse.Namespace, shape: lists.Shape, rows: Any) -> tuple[list[int], int]:
    """The keys of the rows asked for, and how many match."""
    given = {name.removeprefix("list_"): value for name, value in vars(options).items() if name.startswith("list_")}
    criteria = lists.read(shape=shape, values=given)
    if criteria.problems:
        usage(_("Give days as YYYY-MM-DD: %(value)s is none.") % {"value": criteria.problems[0].value})
    if not 1 <= options.limit <= LIST_MAX:
        usage(_("--limit takes a number from 1 to %(max)d.") % {"max": LIST_MAX})
    narrowed = lists.narrow(shape=shape, rows=rows, criteria=criteria, today=timezone.localdate())
    count = narrowed.count()
    pks = lists.pks_between(
        shape=shape, rows=narrowed, criteria=criteria, start=0, stop=min(options.limit, count), count=count
    )
    return pks, count


def _payments(company: Company, pks: list[int]) -> Any:
    return Payment.objects.filter(company=company, pk__in=pks).select_related("invoice__counterparty")


def _say(options: argparse.Namespace, name: str, rows: list[tuple[str, dict[str, Any]]], count: int) -> int:
    text = "\n".join(line for line, _values in rows)
    if len(rows) < count:
        text += "\n" + _("%(shown)d of %(count)d rows; narrow the list, or take more with --limit.") % {
            "shown": len(rows),
            "count": count,
        }
    say(options, text, {name: [values for _line, values in rows], "count": count})
    return DONE


def _line(invoice: Invoice) -> str:
    gross, opened = Money(invoice.gross_minor, invoice.currency), Money(invoice.open_minor, invoice.currency)
    return (
        f"{invoice.number:<24} {invoice.counterparty.name:<30.30} {invoice.issued_on} {invoice.due_on or '—'!s:<10} "
        f"{written(gross):>16} {written(opened):>16}  "
        f"{list_texts.of_choice('invoices', 'state', invoice.payment_state):<14} "
        f"{list_texts.of_choice('invoices', 'sync', getattr(invoice, 'sync_state', ''))}"
    )


def _row(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "uid": str(invoice.uid),
        "type": invoice.type,
        "factor": invoice.factor_name or invoice.factor_account,
        "links": [link_values(link) for link in sorted(invoice.links_from.all(), key=lambda link: link.position)],
        "direction": invoice.direction,
        "counterparty": invoice.counterparty.name,
        "nip": invoice.counterparty.tax_id,
        "ksef_number": invoice.ksef_number,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency,
        "net": format_minor(invoice.net_minor, invoice.currency),
        "gross": format_minor(invoice.gross_minor, invoice.currency),
        "open": format_minor(invoice.open_minor, invoice.currency),
        "split_payment": invoice.split_payment,
        "state": invoice.state,
        "payment_state": invoice.payment_state,
        "sync_state": getattr(invoice, "sync_state", ""),
        "sync_message": getattr(invoice, "sync_message", None),
    }


def _payment_line(payment: Payment) -> str:
    invoice, currency = payment.invoice, payment.invoice.currency
    return (
        f"{invoice.number:<24} {invoice.counterparty.name:<30.30} {payment.due_on} "
        f"{written(Money(payment.amount_minor, currency)):>16} {written(Money(payment.open_minor, currency)):>16}  "
        f"{list_texts.of_choice('payments', 'direction', invoice.direction):<8} "
        f"{list_texts.of_choice('payments', 'form', payment.form)}"
    )


def _payment_row(payment: Payment) -> dict[str, Any]:
    invoice = payment.invoice
    return {
        "number": invoice.number,
        "invoice_uid": str(invoice.uid),
        "uid": str(payment.uid),
        "position": payment.position,
        "direction": invoice.direction,
        "counterparty": invoice.counterparty.name,
        "due_on": payment.due_on.isoformat(),
        "currency": invoice.currency,
        "amount": format_minor(payment.amount_minor, invoice.currency),
        "settled": format_minor(payment.settled_minor, invoice.currency),
        "open": format_minor(payment.open_minor, invoice.currency),
        "form": payment.form,
    }
