"""The tables of all rooms, where Django looks for them."""

from saldo_platform.companies.tables import (
    ActivationLink,
    Attempt,
    AuditEvent,
    Claim,
    Company,
    Consent,
    EmailChange,
    ExchangeKey,
    Integration,
    Mail,
    Membership,
    Person,
    Registration,
)
from saldo_platform.exchange.tables import (
    Batch,
    Change,
    Feed,
    Invoice,
    Payment,
    Removal,
    RemovalRequest,
    RemovalWish,
)
from saldo_platform.help.tables import HelpVote

__all__ = [
    "ActivationLink",
    "Attempt",
    "AuditEvent",
    "Batch",
    "Change",
    "Claim",
    "Company",
    "Consent",
    "EmailChange",
    "ExchangeKey",
    "Feed",
    "HelpVote",
    "Integration",
    "Invoice",
    "Mail",
    "Membership",
    "Payment",
    "Person",
    "Registration",
    "Removal",
    "RemovalRequest",
    "RemovalWish",
]
