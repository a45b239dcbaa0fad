"""Batches on disk before they are sent, and what their receipts say. The uid is stored first, and sent again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import documents
from saldo_desk.exchange.platform_api import SENDER
from saldo_desk.exchange.tables import Link, OutboxBatch, Run, RunDocument, RunOutcome, SentDocument, Withdrawal
from saldo_protocol import batches, receipts

BATCH_DOCUMENTS_MAX = 200
MESSAGE_LENGTH_MAX = 1000
ENVELOPE_BYTES = 1024
ENVELOPE_BYTES_PER_DOCUMENT = 256


class DocumentTooLarge(Refusal):
    """One document alone passes what a batch may hold."""

    code = "document_too_large"
    text = _("The invoice is too large to be sent: with its lines and payments it passes 1 MB.")


class NoOutcome(Refusal):
    """The receipt doesn't say what became of a document."""

    code = "no_outcome"
    text = _("The Platform did not say what became of the invoice. Mark it and send it again.")


OUTCOMES = {
    "created": RunOutcome.SENT,
    "updated": RunOutcome.SENT,
    "unchanged": RunOutcome.UNCHANGED,
    "stale": RunOutcome.STALE,
    "refused": RunOutcome.REFUSED,
    "removed": RunOutcome.REMOVED,
}
GONE = {"unchanged", "nothing_to_remove"}
"""The Platform's outcome or code for a tombstone whose invoice is not there (any more)."""


def put(*, run: Run, integration_uid: UUID, documents_max: int, now: datetime) -> OutboxBatch | None:
    """Put the next batch of the run's pending documents on disk; None when nothing is left.

    At most ``documents_max`` documents, and no more than fit the protocol's bytes. A document that alone passes them
    is refused here, by name.
    """
    with transaction.atomic():
        while waiting := _next_waiting(run, documents_max):
            uid = new_uid()
            fitting, body = _fill(uid, run.company, documents.load(waiting))
            if fitting:
                return _keep(run, uid, integration_uid, fitting, body, now)
            row = RunDocument.objects.select_related("invoice").get(run=run, invoice_id=min(waiting))
            row.revision = row.invoice.revision
            _refuse(row, DocumentTooLarge(), now)
    return None


def list_unacknowledged(*, company: Company) -> list[OutboxBatch]:
    """Batches whose answer never came, the oldest first. They go again under their own uid."""
    return list(OutboxBatch.objects.select_related("run").filter(company=company, receipt=None).order_by("pk"))


def acknowledge(*, batch: OutboxBatch, receipt: receipts.Receipt, raw: bytes, now: datetime) -> None:
    """Take the receipt in: each document moves with its own outcome; one transaction.

    When the company was connected elsewhere meanwhile, the receipt says nothing of the new place: the documents go
    again. An outcome without an id belongs to the document at its position; a document without one was refused.
    """
    with transaction.atomic():
        link = Link.objects.select_for_update().filter(company=batch.company).first()
        if link is None or link.integration_uid != batch.integration_uid:
            give_up(batch=batch)
            return
        if OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=raw, acknowledged_at=now) != 1:
            return
        by_uid = {said.external_id: said for said in receipt.outcomes if said.external_id}
        by_position = {said.position: said for said in receipt.outcomes if not said.external_id}
        rows = RunDocument.objects.select_related("invoice").filter(batch=batch).order_by("invoice_id")
        for position, row in enumerate(rows):
            said = by_uid.get(str(row.invoice.uid)) or by_position.get(position)
            if said is None:
                _refuse(row, NoOutcome(), now)
            else:
                gone = row.tombstone and not {said.outcome, said.code}.isdisjoint(GONE)
                _move(row, RunOutcome.REMOVED if gone else OUTCOMES[said.outcome], said, link.platform_url, now)


def decline(*, batch: OutboxBatch, refusal: Refusal, now: datetime) -> None:
    """The Platform refused the batch as a whole: no document moves, each says why."""
    with transaction.atomic():
        OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=b"", acknowledged_at=now)
        for row in RunDocument.objects.select_related("invoice").filter(batch=batch, outcome=RunOutcome.PENDING):
            _refuse(row, refusal, now)


def give_up(*, batch: OutboxBatch) -> None:
    """Send the batch no more; its documents wait for a new one. The Platform tells repeats by their content."""
    with transaction.atomic():
        RunDocument.objects.filter(batch=batch, outcome=RunOutcome.PENDING).update(batch=None, revision=None)
        OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=b"")


def follow_link(*, link: Link) -> None:
    """After the company was connected: what another Platform holds, or was to lose, says nothing of this one, and no
    batch that was made for another integration may go."""
    with transaction.atomic():
        elsewhere = SentDocument.objects.filter(company=link.company).exclude(platform_url=link.platform_url)
        Withdrawal.objects.filter(company=link.company, invoice__sent__in=elsewhere).delete()
        elsewhere.delete()
        for batch in list_unacknowledged(company=link.company):
            if batch.integration_uid != link.integration_uid:
                give_up(batch=batch)


def _next_waiting(run: Run, documents_max: int) -> list[int]:
    waiting = RunDocument.objects.filter(run=run, outcome=RunOutcome.PENDING, batch=None).order_by("invoice_id")
    return list(waiting.values_list("invoice_id", flat=True)[:documents_max])


def _keep(
    run: Run, uid: UUID, integration_uid: UUID, fitting: list[Invoice], body: bytes, now: datetime
) -> OutboxBatch:
    batch = OutboxBatch.objects.create(
        company=run.company, uid=uid, integration_uid=integration_uid, run=run, body=body, made_at=now
    )
    rows = {row.invoice_id: row for row in RunDocument.objects.filter(run=run, invoice__in=fitting)}
    for invoice in fitting:
        row = rows[invoice.pk]
        row.batch, row.revision, row.tombstone = batch, invoice.revision, documents.is_withdrawn(invoice)
        row.payments = 0 if row.tombstone else len(invoice.payments.all())
    RunDocument.objects.bulk_update(rows.values(), ["batch", "revision", "payments", "tombstone"])
    return batch


def _fill(uid: UUID, company: Company, invoices: list[Invoice]) -> tuple[list[Invoice], bytes]:
    """As many of the invoices, from the first on, as fit one body; none when not even the first does."""
    fitting, sent, total = [], [], ENVELOPE_BYTES
    for invoice in invoices:
        document = documents.document_of(invoice)
        total += len(bytes(document.content)) + ENVELOPE_BYTES_PER_DOCUMENT
        if total > batches.BODY_BYTES_MAX:
            break
        fitting.append(invoice)
        sent.append(document)
    return fitting, batches.encode(uid=uid, nip=company.nip, sender=SENDER, documents=tuple(sent))


def _refuse(row: RunDocument, refusal: Refusal, now: datetime) -> None:
    said = receipts.DocumentOutcome(position=0, outcome="refused", code=refusal.code, message=refusal.message)
    platform_url = Link.objects.filter(company=row.run.company).values_list("platform_url", flat=True).first()
    _move(row, RunOutcome.REFUSED, said, platform_url or "", now)


def _move(
    row: RunDocument, outcome: RunOutcome, said: receipts.DocumentOutcome, platform_url: str, now: datetime
) -> None:
    row.outcome, row.result, row.code, row.message = outcome, said.outcome, said.code, said.message[:MESSAGE_LENGTH_MAX]
    row.save(update_fields=["outcome", "result", "code", "message", "revision"])
    assert row.revision is not None
    values = {
        "company": row.run.company,
        "platform_url": platform_url,
        "answered_revision": row.revision,
        "answered_at": now,
        "outcome": outcome,
        "code": said.code,
        "message": said.message[:MESSAGE_LENGTH_MAX],
    }
    if outcome in {RunOutcome.SENT, RunOutcome.UNCHANGED}:
        values["sent_revision"] = row.revision
    elif outcome == RunOutcome.REMOVED:
        values["sent_revision"] = None
    SentDocument.objects.update_or_create(
        invoice=row.invoice, defaults=values, create_defaults={"sent_revision": None, **values}
    )
