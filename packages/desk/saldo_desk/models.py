"""The tables of all rooms, where Django looks for them."""

from saldo_desk.books.tables import (
    Company,
    Counterparty,
    HistoryEvent,
    Invoice,
    Line,
    Operator,
    Payment,
    Settlement,
    VatTotal,
)
from saldo_desk.exchange.tables import Link, OutboxBatch, Registration, Run, RunDocument, SentDocument, Withdrawal

__all__ = [
    "Company",
    "Counterparty",
    "HistoryEvent",
    "Invoice",
    "Line",
    "Link",
    "Operator",
    "OutboxBatch",
    "Payment",
    "Registration",
    "Run",
    "RunDocument",
    "SentDocument",
    "Settlement",
    "VatTotal",
    "Withdrawal",
]
