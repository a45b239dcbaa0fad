"""Every synchronisation of one invoice: when, by whom, with which outcome, and what the receipt says of it."""

import datetime as dt
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.tables import OutboxBatch, RunDocument
from saldo_protocol import receipts

SHOWN_MAX = 50


class ReceiptNotFound(Refusal):
    """No such receipt, or the batch was given up without one."""

    code = "receipt_not_found"
    status = 404
    text = _("There is no receipt of this transmission.")


class InvoiceRun(msgspec.Struct, frozen=True):
    """One transmission, or one that is still to come. Of a receipt: when the Platform stamped it, and its words."""

    run_uid: UUID
    asked_at: dt.datetime
    asked_by: str
    outcome: str
    result: str
    reason: str
    batch_uid: UUID | None = None
    received_at: dt.datetime | None = None
    revision: str = ""


def list_of(*, invoice: Invoice) -> list[InvoiceRun]:
    """The latest SHOWN_MAX synchronisations of the invoice, the latest first."""
    rows = RunDocument.objects.filter(invoice=invoice).select_related("run__asked_by", "batch")
    return [_told(row, str(invoice.uid)) for row in rows.defer("batch__body").order_by("-pk")[:SHOWN_MAX]]


class KeptReceipt(msgspec.Struct, frozen=True):
    """A receipt as the Platform sent it, and when its signature was checked; null for one without."""

    raw: bytes
    checked_at: dt.datetime | None


def get_receipt(*, company: Company, batch_uid: UUID) -> KeptReceipt:
    """The receipt of a batch.

    :raises ReceiptNotFound:
    """
    batch = OutboxBatch.objects.filter(company=company, uid=batch_uid).defer("body").first()
    if batch is None or not batch.receipt:
        raise ReceiptNotFound()
    return KeptReceipt(raw=bytes(batch.receipt), checked_at=batch.checked_at)


def _told(row: RunDocument, external_id: str) -> InvoiceRun:
    told = InvoiceRun(
        run_uid=row.run.uid,
        asked_at=row.run.asked_at,
        asked_by=str(_("the schedule")) if row.run.by_schedule else row.run.asked_by.name if row.run.asked_by else "",
        outcome=row.outcome,
        result=row.result,
        reason=row.message or row.code,
    )
    if row.batch is None or not row.batch.receipt:
        return told
    receipt = msgspec.json.decode(bytes(row.batch.receipt), type=receipts.Receipt)
    said = next((said for said in receipt.outcomes if said.external_id == external_id), None)
    return msgspec.structs.replace(
        told,
        batch_uid=row.batch.uid,
        received_at=receipt.received_at,
        revision=said.revision if said is not None and said.revision else str(row.revision or ""),
    )
