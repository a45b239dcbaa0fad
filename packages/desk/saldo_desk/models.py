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
from saldo_desk.exchange.tables import (
    Forecast,
    Link,
    OutboxBatch,
    PreviewSkipped,
    Registration,
    Run,
    RunDocument,
    SentDocument,
)

__all__ = [
    "Company",
    "Counterparty",
    "Forecast",
    "HistoryEvent",
    "Invoice",
    "Line",
    "Link",
    "Operator",
    "OutboxBatch",
    "Payment",
    "PreviewSkipped",
    "Registration",
    "Run",
    "RunDocument",
    "SentDocument",
    "Settlement",
    "VatTotal",
]
