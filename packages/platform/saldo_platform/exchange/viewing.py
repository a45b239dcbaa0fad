"""One invoice as the Platform has it: its content, the transmission that brought it, and what happened to it."""

from uuid import UUID

import msgspec
from django.db.models import Q

from saldo_platform.companies.tables import Company
from saldo_platform.exchange.tables import Batch, Change, Invoice, Removal
from saldo_protocol import changes as feed_kinds
from saldo_protocol import documents

HISTORY_ROWS_MAX = 100
SHOWN = Q(told_to=None) | ~Q(kind=feed_kinds.REMOVED)
"""A removal that a former program is told of is the same removal."""


class Happened(msgspec.Struct, frozen=True):
    """An entry of the change feed about the invoice; ``removal`` is what removed it, where one did."""

    change: Change
    removal: Removal | None


class DueItem(msgspec.Struct, frozen=True):
    """A payment of the schedule, and what is open of it."""

    payment: documents.Payment
    open_minor: int


class Viewed(msgspec.Struct, frozen=True):
    """An invoice with all that is known of it.

    :param batch: what brought its present content.
    :param history: the latest first, at most ``HISTORY_ROWS_MAX``.
    """

    row: Invoice
    content: documents.Invoice
    due: tuple[DueItem, ...]
    batch: Batch | None
    history: tuple[Happened, ...]


def get(*, company: Company, uid: UUID) -> Viewed | None:
    """The company's invoice, also a removed one as long as it can be restored; None where there is nothing to show."""
    row = Invoice.objects.select_related("integration").filter(company=company, uid=uid).first()
    if row is None or not row.content:  # purged
        return None
    changes = Change.objects.filter(SHOWN, company=company, invoice_uid=uid).order_by("-n")[:HISTORY_ROWS_MAX]
    removals = Removal.objects.filter(company=company, invoice_uid=uid).select_related("integration", "restored_by")
    by_n = {removal.n: removal for removal in removals}
    content = msgspec.json.decode(bytes(row.content), type=documents.Invoice)
    return Viewed(
        row=row,
        content=content,
        due=tuple(DueItem(payment, payment.amount_minor - payment.settled_minor) for payment in content.payments),
        batch=Batch.objects.filter(company=company, uid=row.batch_uid).defer("receipt").first(),
        history=tuple(Happened(change, by_n.get(change.n)) for change in changes),
    )
