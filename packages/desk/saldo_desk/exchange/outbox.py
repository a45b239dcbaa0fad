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
from saldo_desk.exchange.tables import OutboxBatch, Run, RunDocument, RunOutcome, SentDocument
from saldo_protocol import batches, receipts

BATCH_DOCUMENTS_MAX = 200
MESSAGE_LENGTH_MAX = 1000
ENVELOPE_BYTES = 1024
ENVELOPE_BYTES_PER_DOCUMENT = 256


class DocumentTooLarge(Refusal):
    """One document alone passes what a batch may hold."""

    code = "document_too_large"
    text = _("The invoice is too large to be sent: with its lines and payments it passes 1 MB.")


OUTCOMES = {
    "created": RunOutcome.SENT,
    "updated": RunOutcome.SENT,
    "unchanged": RunOutcome.UNCHANGED,
    "stale": RunOutcome.STALE,
    "refused": RunOutcome.REFUSED,
}


def put(*, run: Run, integration_uid: UUID, now: datetime) -> OutboxBatch | None:
    """Put the next batch of the run's pending documents on disk; None when nothing is left.

    At most ``BATCH_DOCUMENTS_MAX`` documents, and no more than fit the protocol's bytes. A document that alone
    passes them is refused here, by name.
    """
    with transaction.atomic():
        while waiting := _next_waiting(run):
            uid = new_uid()
            fitting, body = _fill(uid, run.company, documents.load(waiting))
            if fitting:
                return _keep(run, uid, integration_uid, fitting, body, now)
            RunDocument.objects.filter(run=run, invoice_id=min(waiting)).update(
                outcome=RunOutcome.REFUSED, code=DocumentTooLarge.code, message=DocumentTooLarge().message
            )
    return None


def _next_waiting(run: Run) -> list[int]:
    waiting = RunDocument.objects.filter(run=run, outcome=RunOutcome.PENDING, batch=None).order_by("invoice_id")
    return list(waiting.values_list("invoice_id", flat=True)[:BATCH_DOCUMENTS_MAX])


def _keep(
    run: Run, uid: UUID, integration_uid: UUID, fitting: list[Invoice], body: bytes, now: datetime
) -> OutboxBatch:
    batch = OutboxBatch.objects.create(
        company=run.company, uid=uid, integration_uid=integration_uid, run=run, body=body, made_at=now
    )
    rows = {row.invoice_id: row for row in RunDocument.objects.filter(run=run, invoice__in=fitting)}
    for invoice in fitting:
        row = rows[invoice.pk]
        row.batch, row.revision, row.payments = batch, invoice.revision, len(invoice.payments.all())
    RunDocument.objects.bulk_update(rows.values(), ["batch", "revision", "payments"])
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


def list_unacknowledged(*, company: Company, integration_uid: UUID) -> list[OutboxBatch]:
    """Batches whose answer never came, the oldest first. They go again under their own uid."""
    return list(
        OutboxBatch.objects.select_related("run")
        .filter(company=company, integration_uid=integration_uid, receipt=None)
        .order_by("pk")
    )


def acknowledge(*, batch: OutboxBatch, receipt: receipts.Receipt, raw: bytes, now: datetime) -> None:
    """Take the receipt in: each document moves with its own outcome; one transaction."""
    by_uid = {outcome.external_id: outcome for outcome in receipt.outcomes}
    with transaction.atomic():
        claimed = OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=raw, acknowledged_at=now)
        if claimed != 1:
            return
        for row in RunDocument.objects.select_related("invoice").filter(batch=batch):
            said = by_uid.get(str(row.invoice.uid))
            if said is not None:
                _move(row, said, batch, now)


def decline(*, batch: OutboxBatch, code: str, message: str, now: datetime) -> None:
    """The Platform refused the batch as a whole: no document moves, each says why."""
    with transaction.atomic():
        OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=b"", acknowledged_at=now)
        RunDocument.objects.filter(batch=batch, outcome=RunOutcome.PENDING).update(
            outcome=RunOutcome.REFUSED, code=code, message=message[:MESSAGE_LENGTH_MAX]
        )


def _move(row: RunDocument, said: receipts.DocumentOutcome, batch: OutboxBatch, now: datetime) -> None:
    outcome = OUTCOMES[said.outcome]
    row.outcome, row.result, row.code, row.message = outcome, said.outcome, said.code, said.message[:MESSAGE_LENGTH_MAX]
    row.save(update_fields=["outcome", "result", "code", "message"])
    assert row.revision is not None
    held = outcome in {RunOutcome.SENT, RunOutcome.UNCHANGED}
    values = {
        "company": batch.company,
        "integration_uid": batch.integration_uid,
        "answered_revision": row.revision,
        "answered_at": now,
        "outcome": outcome,
        "code": said.code,
        "message": said.message[:MESSAGE_LENGTH_MAX],
    }
    if held:
        values["sent_revision"] = row.revision
    SentDocument.objects.update_or_create(
        invoice=row.invoice, defaults=values, create_defaults={"sent_revision": None, **values}
    )


def forget_other_integrations(*, company: Company, integration_uid: UUID) -> None:
    """After a change of integration: nothing is known to be there, and nothing under way may go to the old one.

    Documents that were on their way are put into new batches; the Platform tells repeats by content.
    """
    with transaction.atomic():
        SentDocument.objects.filter(company=company).exclude(integration_uid=integration_uid).delete()
        old = OutboxBatch.objects.filter(company=company, receipt=None).exclude(integration_uid=integration_uid)
        RunDocument.objects.filter(batch__in=old, outcome=RunOutcome.PENDING).update(batch=None, revision=None)
        old.update(receipt=b"")
