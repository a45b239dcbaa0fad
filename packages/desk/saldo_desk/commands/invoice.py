"""``invoice show``: one invoice with all that belongs to it, to read or as JSON."""

import argparse
from collections.abc import Iterator
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from saldo_core.writing import written
from saldo_desk.books import companies, invoices, links
from saldo_desk.books.links import NamedInvoice
from saldo_desk.books.tables import HistoryEvent, Invoice, InvoiceLink, Payment
from saldo_desk.commands.output import DONE, say
from saldo_desk.sources import refusals
from saldo_desk.sources.documents import ReadWarning
from saldo_protocol.money import Money, format_minor

TYPES = {
    "invoice": gettext_lazy("invoice"),
    "correction": gettext_lazy("correction"),
    "advance": gettext_lazy("advance invoice"),
    "advance_correction": gettext_lazy("correction of an advance"),
    "final": gettext_lazy("final invoice"),
    "final_correction": gettext_lazy("correction of a final invoice"),
    "simplified": gettext_lazy("simplified invoice"),
}
PAYMENT_STATES = {
    "none": gettext_lazy("nothing to pay"),
    "open": gettext_lazy("open"),
    "partly": gettext_lazy("partly settled"),
    "settled": gettext_lazy("settled"),
}
NAMES = {"corrects": gettext_lazy("Corrects"), "settles_advance": gettext_lazy("Settles the advance")}
NAMED_BY = {"corrects": gettext_lazy("Corrected by"), "settles_advance": gettext_lazy("Settled by")}
DIRECTIONS = {"sales": gettext_lazy("sales invoice"), "purchase": gettext_lazy("purchase invoice")}
ACTIONS = {
    "recorded": gettext_lazy("put into the books"),
    "settled": gettext_lazy("payment settled"),
    "unsettled": gettext_lazy("settlement taken back"),
}


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    invoice = commands.add_parser("invoice", help=_("one invoice")).add_subparsers(required=True)
    command = invoice.add_parser("show", parents=[base], help=_("show an invoice with all that belongs to it"))
    command.add_argument("number", help=_("of the invoice"))
    command.set_defaults(act=show)


def show(options: argparse.Namespace) -> int:
    """``invoice show``"""
    company = companies.get(nip=options.company)
    invoice = invoices.get(company=company, number=options.number)
    say(options, "\n".join(_lines(invoice)), _values(invoice))
    return DONE


def link_values(link: InvoiceLink) -> dict[str, Any]:
    """A link as JSON; ``uid`` is of the invoice that it means, None while that one is not in the books."""
    target = link.target
    return {
        "kind": link.kind,
        "number": target.number if target else link.number,
        "issued_on": target.issued_on if target else link.issued_on,
        "ksef_number": link.ksef_number,
        "uid": target.uid if target else None,
    }


def _values(invoice: Invoice) -> dict[str, Any]:
    columns = (
        "number", "uid", "direction", "type", "state", "issued_on", "sold_on", "due_on", "currency", "payment_state",
        "split_payment", "ksef_number", "bank_account", "factor_name", "factor_account", "term_in_words",
        "correction_reason", "note", "recorded_at",
    )  # fmt: skip
    amounts = ("net", "vat", "gross", "settled", "open")
    return {
        **{name: getattr(invoice, name) for name in columns},
        **{name: _decimal(invoice, getattr(invoice, f"{name}_minor")) for name in amounts},
        "seller": _party(invoice, "seller"),
        "buyer": _party(invoice, "buyer"),
        "vat_totals": [
            {"rate": row.rate, "net": _decimal(invoice, row.net_minor), "vat": _decimal(invoice, row.vat_minor)}
            for row in invoice.vat_totals.order_by("position")
        ],
        "payments": [
            {
                "uid": row.uid,
                "amount": _decimal(invoice, row.amount_minor),
                "open": _decimal(invoice, row.open_minor),
                "due_on": row.due_on,
                "due_on_assumed": row.due_on_assumed,
                "form": row.form,
                "settlements": [
                    {"uid": part.uid, "amount": _decimal(invoice, part.amount_minor), "settled_on": part.settled_on}
                    for part in row.settlements.all()
                ],
            }
            for row in _payments(invoice)
        ],
        "links": [
            {**link_values(named.link), "fitting": [row.uid for row in named.fitting]}
            for named in links.list_of(invoice)
        ],
        "named_by": [
            {
                "kind": link.kind,
                "number": link.invoice.number,
                "issued_on": link.invoice.issued_on,
                "uid": link.invoice.uid,
            }
            for link in links.list_to(invoice)
        ],
        "warnings": [
            {"code": warning.code, "message": refusals.sentence_of(warning)} for warning in _warnings(invoice)
        ],
        "history": [
            {"at": event.at, "action": event.action, "by": _by(event), **event.values} for event in _history(invoice)
        ],
    }


def _link_line(named: NamedInvoice) -> str:
    link = named.link
    if link.target:
        return f"{NAMES[link.kind]}: {link.target.number}"
    fitting = ", ".join(f"{row.number} {row.issued_on} {_written(row, row.gross_minor)}" for row in named.fitting)
    why = f"{_('more than one fits')}: {fitting}" if fitting else _("not in the books yet")
    return f"{NAMES[link.kind]}: {link.number or link.ksef_number} ({why})"


def _lines(invoice: Invoice) -> Iterator[str]:
    yield f"{invoice.number}  {TYPES[invoice.type]}, {DIRECTIONS[invoice.direction]}"
    yield f"{_('Seller')}: {_named(_party(invoice, 'seller'))}"
    yield f"{_('Buyer')}: {_named(_party(invoice, 'buyer'))}"
    yield f"{_('Issued')}: {invoice.issued_on}"
    yield from _facts(invoice)
    gross, net, vat = (
        _written(invoice, minor) for minor in (invoice.gross_minor, invoice.net_minor, invoice.vat_minor)
    )
    yield f"{_('Gross')}: {gross} ({_('net')} {net}, VAT {vat})"
    for row in invoice.vat_totals.order_by("position"):
        rate = f"{row.rate} %" if row.rate.isdigit() else row.rate
        yield f"  {rate}: {_('net')} {_written(invoice, row.net_minor)}, VAT {_written(invoice, row.vat_minor)}"
    opened = pgettext("amount", "Open")
    yield f"{opened}: {_written(invoice, invoice.open_minor)} ({PAYMENT_STATES[invoice.payment_state]})"
    for payment in _payments(invoice):
        assumed = f" ({_('assumed')})" if payment.due_on_assumed else ""
        amount, left = _written(invoice, payment.amount_minor), _written(invoice, payment.open_minor)
        yield f"  {payment.position}. {payment.due_on}{assumed}  {amount}  {opened.lower()} {left}"
        for part in payment.settlements.all():
            yield f"     {part.settled_on}: {_written(invoice, part.amount_minor)}"
    yield from map(_link_line, links.list_of(invoice))
    for link in links.list_to(invoice):
        yield f"{NAMED_BY[link.kind]}: {link.invoice.number}"
    for warning in _warnings(invoice):
        yield f"! {refusals.sentence_of(warning)}"
    for event in _history(invoice):
        by = f" – {_by(event)}" if _by(event) else ""
        yield f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}: {ACTIONS.get(event.action, event.action)}{by}"


def _facts(invoice: Invoice) -> Iterator[str]:
    factor = ", ".join(part for part in (invoice.factor_name, invoice.factor_account) if part)
    facts = (
        ("KSeF", invoice.ksef_number),
        (_("Bank account"), invoice.bank_account),
        (_("Factor"), factor),
        (_("Split payment"), _("yes") if invoice.split_payment else ""),
        (_("Term in words"), invoice.term_in_words),
        (_("Reason of the correction"), invoice.correction_reason),
    )
    for label, value in facts:
        if value:
            yield f"{label}: {value}"


def _party(invoice: Invoice, side: str) -> dict[str, str]:
    return {name: getattr(invoice, f"{side}_{name}") for name in ("name", "country", "tax_id", "address")}


def _named(party: dict[str, str]) -> str:
    tax_id = f"{party['country']} {party['tax_id']}" if party["tax_id"] else ""
    return ", ".join(part for part in (party["name"], tax_id, party["address"]) if part)


def _payments(invoice: Invoice) -> list[Payment]:
    return list(invoice.payments.prefetch_related("settlements").order_by("position"))


def _warnings(invoice: Invoice) -> list[ReadWarning]:
    return [msgspec.convert(warning, ReadWarning) for warning in invoice.warnings]


def _history(invoice: Invoice) -> list[HistoryEvent]:
    return list(invoice.history.select_related("operator").order_by("pk"))


def _by(event: HistoryEvent) -> str | None:
    return event.operator.name if event.operator else None


def _decimal(invoice: Invoice, amount_minor: int) -> str:
    return format_minor(amount_minor, invoice.currency)


def _written(invoice: Invoice, amount_minor: int) -> str:
    return written(Money(amount_minor, invoice.currency))
