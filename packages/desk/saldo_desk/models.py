"""The tables of all rooms, where Django looks for them."""

from saldo_desk.books.tables import (
    Company,
    Counterparty,
    HistoryEvent,
    Invoice,
    InvoiceLink,
    InvoiceMark,
    Line,
    ListView,
    Operator,
    Payment,
    PaymentMark,
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
    Withdrawal,
)
from saldo_desk.help.tables import HelpVote
from saldo_desk.sources.tables import Import, ImportFile

__all__ = [
    "Company",
    "Counterparty",
    "Forecast",
    "HelpVote",
    "HistoryEvent",
    "Import",
    "ImportFile",
    "Invoice",
    "InvoiceLink",
    "InvoiceMark",
    "Line",
    "Link",
    "ListView",
    "Operator",
    "OutboxBatch",
    "Payment",
    "PaymentMark",
    "PreviewSkipped",
    "Registration",
    "Run",
    "RunDocument",
    "SentDocument",
    "Settlement",
    "VatTotal",
    "Withdrawal",
]
