"""The tables of all rooms, where Django looks for them."""

from saldo_desk.books.tables import (
    Company,
    Counterparty,
    HistoryEvent,
    Invoice,
    Line,
    LogInAttempt,
    Operator,
    Payment,
    Settlement,
    VatTotal,
)
from saldo_desk.exchange.tables import Link, OutboxBatch, Registration, Run, RunDocument, SentDocument

__all__ = [
    "Company",
    "Counterparty",
    "HistoryEvent",
    "Invoice",
    "Line",
    "Link",
    "LogInAttempt",
    "Operator",
    "OutboxBatch",
    "Payment",
    "Registration",
    "Run",
    "RunDocument",
    "SentDocument",
    "Settlement",
    "VatTotal",
]
