"""Invoices as rows of their tables, written a page at a time: no model instance is made on the way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from saldo_core import row_writes
from saldo_core.ids import new_uid
from saldo_desk.books import folding
from saldo_desk.books.counterparties import NAME_LENGTH_MAX
from saldo_desk.books.issued import ReadInvoice
from saldo_desk.books.settlements import standing_of
from saldo_desk.books.tables import (
    Company,
    Counterparty,
    Direction,
    HistoryEvent,
    Invoice,
    Line,
    Operator,
    Payment,
    Settlement,
    VatTotal,
)

TERM_LENGTH_MAX: Final = 512
INVOICE: Final = (
    "id", "company", "uid", "direction", "type", "number", "issued_on", "sold_on", "counterparty",
    "seller_country", "seller_tax_id", "seller_name", "seller_address",
    "buyer_country", "buyer_tax_id", "buyer_name", "buyer_address",
    "currency", "net_minor", "vat_minor", "gross_minor", "settled_minor", "open_minor", "payment_state", "due_on",
    "split_payment", "ksef_number", "bank_account", "factor_name", "factor_account", "term_in_words",
    "correction_reason", "note", "warnings", "content_digest", "revision", "recorded_at", "party_folded", "search_text",
)  # fmt: skip
LINE: Final = (
    "invoice", "position", "name", "quantity", "unit", "unit_net_price", "net_minor", "vat_rate", "before",
)  # fmt: skip
VAT_TOTAL: Final = ("invoice", "position", "rate", "net_minor", "vat_minor")
PAYMENT: Final = (
    "id", "company", "invoice", "uid", "position", "amount_minor", "settled_minor", "due_on", "due_on_assumed", "form",
)  # fmt: skip
SETTLEMENT: Final = ("payment", "uid", "amount_minor", "settled_on")
HISTORY: Final = ("company", "at", "operator", "action", "invoice", "values")


class Entry(NamedTuple):
    """An invoice that is going to be in the books, and what it gets there."""

    pk: int
    issued: ReadInvoice
    direction: Direction
    counterparty: Counterparty
    revision: int


def write(*, company: Company, entries: Sequence[Entry], operator: Operator | None, now: datetime) -> None:
    """Insert invoices with their lines, VAT, payments, what was paid at issue, and their history. One transaction."""
    at = row_writes.as_time(now)
    row_writes.insert(Invoice, fields=INVOICE, rows=[_invoice(company, entry, at) for entry in entries])
    row_writes.insert(Line, fields=LINE, rows=[row for entry in entries for row in _lines(entry)])
    row_writes.insert(VatTotal, fields=VAT_TOTAL, rows=[row for entry in entries for row in _vat_totals(entry)])
    _write_payments(company, entries)
    nothing, by = row_writes.as_json({}), operator.pk if operator else None
    history = [(company.pk, at, by, "recorded", entry.pk, nothing) for entry in entries]
    row_writes.insert(HistoryEvent, fields=HISTORY, rows=history)


def _invoice(company: Company, entry: Entry, at: Any) -> row_writes.Row:
    issued, counterparty = entry.issued, entry.counterparty
    seller, buyer, factor = issued.seller, issued.buyer, issued.factor
    standing = standing_of(issued.payments)
    return (
        entry.pk, company.pk, row_writes.as_uid(new_uid()), str(entry.direction), issued.type, issued.number,
        row_writes.as_day(issued.issued_on), row_writes.as_day(issued.sold_on), counterparty.pk,
        seller.country, seller.tax_id, seller.name[:NAME_LENGTH_MAX], seller.address,
        buyer.country, buyer.tax_id, buyer.name[:NAME_LENGTH_MAX], buyer.address,
        issued.currency, issued.net_minor, issued.vat_minor, issued.gross_minor,
        standing.settled_minor, standing.open_minor, str(standing.payment_state), row_writes.as_day(standing.due_on),
        issued.split_payment, issued.ksef_number or "", issued.bank_accounts[0] if issued.bank_accounts else "",
        factor.name[:NAME_LENGTH_MAX] if factor else "", factor.account if factor else "",
        issued.term_in_words[:TERM_LENGTH_MAX], issued.correction_reason, issued.note,
        row_writes.as_json([msgspec.to_builtins(warning) for warning in issued.warnings]),
        issued.content_digest, entry.revision, at, folding.fold(counterparty.name)[:NAME_LENGTH_MAX],
        folding.search_text(
            number=issued.number, ksef_number=issued.ksef_number or "", name=counterparty.name,
            tax_id=counterparty.tax_id,
        ),
    )  # fmt: skip


def _lines(entry: Entry) -> list[row_writes.Row]:
    return [
        (
            entry.pk, line.position, line.name[:NAME_LENGTH_MAX], line.quantity, line.unit, line.unit_net_price,
            line.net_minor, line.vat_rate, line.before,
        )
        for line in entry.issued.lines
    ]  # fmt: skip


def _vat_totals(entry: Entry) -> list[row_writes.Row]:
    totals = enumerate(entry.issued.vat_totals, start=1)
    return [(entry.pk, position, row.rate, row.net_minor, row.vat_minor) for position, row in totals]


def _write_payments(company: Company, entries: Sequence[Entry]) -> None:
    scheduled = [(entry.pk, payment) for entry in entries for payment in entry.issued.payments]
    if not scheduled:
        return
    rows: list[row_writes.Row] = []
    settled: list[row_writes.Row] = []
    for pk, (invoice_pk, payment) in zip(row_writes.new_ids(Payment, len(scheduled)), scheduled, strict=True):
        rows.append(
            (
                pk, company.pk, invoice_pk, row_writes.as_uid(new_uid()), payment.position, payment.amount_minor,
                payment.settled_minor, row_writes.as_day(payment.due_on), payment.due_on_assumed, payment.form,
            )
        )  # fmt: skip
        for part in payment.paid:
            day = row_writes.as_day(part.settled_on)
            settled.append((pk, row_writes.as_uid(new_uid()), part.amount_minor, day))
    row_writes.insert(Payment, fields=PAYMENT, rows=rows)
    if settled:
        row_writes.insert(Settlement, fields=SETTLEMENT, rows=settled)
