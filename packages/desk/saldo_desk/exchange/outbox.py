"""Batches on disk before they are sent, and what their receipts say. The uid is stored first, and sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core import row_writes
from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import documents, withdrawn
from saldo_desk.exchange.documents import Outgoing
from saldo_desk.exchange.platform_api import SENDER
from saldo_desk.exchange.tables import Link, OutboxBatch, Run, RunDocument, RunOutcome, SentDocument, Told, Withdrawal
from saldo_protocol import batches, receipts

BATCH_DOCUMENTS_MAX = 400
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


Said = TypeVar("Said", bound=receipts.DocumentOutcome)

ANSWERED = (
    "company",
    "platform_url",
    "external_id",
    "answered_revision",
    "answered_at",
    "outcome",
    "code",
    "message",
    "told",
)
TOLD = ("sent_revision", "digest")
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
            brought_back = withdrawn.brought_back(run=run, pks=waiting)
            fitting, body = fill(uid, run.company, documents.read(waiting, brought_back=brought_back))
            if fitting:
                return _keep(run, uid, integration_uid, fitting, body, now)
            row = RunDocument.objects.select_related("invoice").get(run=run, invoice_id=min(waiting))
            row.revision = row.invoice.revision
            _refuse([row], run.company, DocumentTooLarge(), now)
    return None


def list_unacknowledged(*, company: Company) -> list[OutboxBatch]:
    """Batches whose answer never came, the oldest first. They go again under their own uid."""
    return list(OutboxBatch.objects.select_related("run").filter(company=company, receipt=None).order_by("pk"))


def acknowledge(*, batch: OutboxBatch, receipt: receipts.Receipt, raw: bytes, is_signed: bool, now: datetime) -> None:
    """Take in a receipt that was checked (``receipt_checks``): each document moves with its own outcome; one
    transaction, a fixed number of statements.

    When the company was connected elsewhere meanwhile, the receipt says nothing of the new place: the documents go
    again. An outcome without an id belongs to the document at its position; a document without one was refused.
    """
    with transaction.atomic():
        link = Link.objects.select_for_update().filter(company=batch.company).first()
        if link is None or link.integration_uid != batch.integration_uid:
            give_up(batch=batch)
            return
        unacknowledged = OutboxBatch.objects.filter(pk=batch.pk, receipt=None)
        taken = unacknowledged.update(
            receipt=raw,
            received_at=receipt.received_at,
            acknowledged_at=now,
            body_digest=receipt.body_digest,
            checked_at=now if is_signed else None,
        )
        if taken != 1:
            return
        rows = list(_with_uid(RunDocument.objects.filter(batch=batch)).order_by("invoice_id"))
        answered = said_of([str(row.invoice.uid) for row in rows], receipt.outcomes)
        _move(list(zip(rows, answered, strict=True)), batch.company, link.platform_url, now)


def said_of(external_ids: list[str], outcomes: Sequence[Said]) -> list[Said | receipts.DocumentOutcome]:
    """What the Platform said of each document that was sent, in the order they were sent."""
    by_id = {said.external_id: said for said in outcomes if said.external_id}
    by_position = {said.position: said for said in outcomes if not said.external_id}
    nothing = refused(NoOutcome())
    return [by_id.get(uid) or by_position.get(position) or nothing for position, uid in enumerate(external_ids)]


def refused(refusal: Refusal) -> receipts.DocumentOutcome:
    """A refusal of ours, or of the whole batch, as what is said of one document."""
    return receipts.DocumentOutcome(position=0, outcome="refused", code=refusal.code, message=refusal.message)


def decline(*, batch: OutboxBatch, refusal: Refusal, now: datetime) -> None:
    """The Platform refused the batch as a whole: no document moves, each says why."""
    with transaction.atomic():
        OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=b"", acknowledged_at=now)
        rows = RunDocument.objects.select_related("invoice").filter(batch=batch, outcome=RunOutcome.PENDING)
        _refuse(list(rows), batch.company, refusal, now)


def give_up(*, batch: OutboxBatch) -> None:
    """Send the batch no more; its documents wait for a new one. The Platform tells repeats by their content."""
    with transaction.atomic():
        RunDocument.objects.filter(batch=batch, outcome=RunOutcome.PENDING).update(batch=None, revision=None)
        OutboxBatch.objects.filter(pk=batch.pk, receipt=None).update(receipt=b"")


def follow_link(*, link: Link) -> None:
    """After the company was connected: what another Platform holds, or was to lose, says nothing of this one, and no
    batch that was made for another integration may go."""
    with transaction.atomic():
        # below and above, not „other than”: the index finds at once that there is none
        other = Q(platform_url__lt=link.platform_url) | Q(platform_url__gt=link.platform_url)
        elsewhere = SentDocument.objects.filter(other, company=link.company)
        if elsewhere.exists():
            Link.objects.filter(pk=link.pk).update(answered_through=0)
            Withdrawal.objects.filter(company=link.company, invoice__sent__in=elsewhere).delete()
            elsewhere.delete()
        for batch in list_unacknowledged(company=link.company):
            if batch.integration_uid != link.integration_uid:
                give_up(batch=batch)


def fill(uid: UUID, company: Company, outgoing: list[Outgoing]) -> tuple[list[Outgoing], bytes]:
    """As many of the documents, from the first on, as fit one body; none when not even the first does."""
    fitting, total = [], ENVELOPE_BYTES
    for row in outgoing:
        total += len(row.content) + ENVELOPE_BYTES_PER_DOCUMENT
        if total > batches.BODY_BYTES_MAX:
            break
        fitting.append(row)
    sent = tuple(row.document for row in fitting)
    return fitting, batches.encode(uid=uid, nip=company.nip, sender=SENDER, documents=sent)


def _next_waiting(run: Run, documents_max: int) -> list[int]:
    waiting = RunDocument.objects.filter(run=run, outcome=RunOutcome.PENDING, batch=None).order_by("invoice_id")
    return list(waiting.values_list("invoice_id", flat=True)[:documents_max])


def _keep(
    run: Run, uid: UUID, integration_uid: UUID, fitting: list[Outgoing], body: bytes, now: datetime
) -> OutboxBatch:
    batch = OutboxBatch.objects.create(
        company=run.company, uid=uid, integration_uid=integration_uid, run=run, body=body, made_at=now
    )
    row_writes.update(
        RunDocument,
        fields=("batch", "revision", "payments", "tombstone", "digest"),
        keys=("run", "invoice"),
        rows=[(batch.pk, row.revision, row.payments, row.tombstone, row.digest, run.pk, row.pk) for row in fitting],
    )
    return batch


def _with_uid(rows: "QuerySet[RunDocument]") -> "QuerySet[RunDocument]":
    """With the uid of their invoices, and nothing else of them."""
    return rows.select_related("invoice").only(
        "run", "invoice", "batch", "revision", "tombstone", "digest", "outcome", "invoice__uid", "invoice__company"
    )


def _refuse(rows: list[RunDocument], company: Company, refusal: Refusal, now: datetime) -> None:
    platform_url = Link.objects.filter(company=company).values_list("platform_url", flat=True).first()
    _move([(row, refused(refusal)) for row in rows], company, platform_url or "", now)


def _move(
    answered: Sequence[tuple[RunDocument, receipts.DocumentOutcome]], company: Company, platform_url: str, now: datetime
) -> None:
    """Write the outcomes into the run, and what is known of each document: upserts of rows, whatever their number."""
    known: dict[bool, list[row_writes.Row]] = {True: [], False: []}
    at = row_writes.as_time(now)
    for row, said in answered:
        is_gone = row.tombstone and not {said.outcome, said.code}.isdisjoint(GONE)
        row.outcome = RunOutcome.REMOVED if is_gone else OUTCOMES[said.outcome]
        row.result, row.code = said.outcome, said.code
        row.message = said.message[:MESSAGE_LENGTH_MAX]
        assert row.revision is not None
        is_held = row.outcome in {RunOutcome.SENT, RunOutcome.UNCHANGED}
        known[is_held or row.outcome == RunOutcome.REMOVED].append(
            (
                row.invoice_id, company.pk, platform_url, str(row.invoice.uid), row.revision, at,
                row.outcome, row.code, row.message, Told.NOTHING.value,
                row.revision if is_held else None, row.digest if is_held else "",
            )
        )  # fmt: skip
    row_writes.update(
        RunDocument,
        fields=("outcome", "result", "code", "message", "revision"),
        keys=("id",),
        rows=[(row.outcome, row.result, row.code, row.message, row.revision, row.pk) for row, _said in answered],
    )
    for is_told, rows in known.items():  # whether the answer tells which revision is there, if any
        row_writes.upsert(
            SentDocument,
            fields=("invoice", *ANSWERED, *TOLD),
            unique="invoice",
            moving=(*ANSWERED, *TOLD) if is_told else ANSWERED,
            rows=rows,
        )
    _end_withdrawals(answered, company, now)


def _end_withdrawals(
    answered: Sequence[tuple[RunDocument, receipts.DocumentOutcome]], company: Company, now: datetime
) -> None:
    """What travelled as an ordinary document after it was withdrawn is withdrawn no more, whatever the answer was."""
    travelled = {row.invoice_id: row.revision for row, _said in answered if not row.tombstone}
    rows = Withdrawal.objects.filter(company=company, invoice__in=list(travelled)).values_list("invoice_id", "revision")
    ended = [pk for pk, revision in rows if revision < (travelled[pk] or 0)]
    if ended:
        withdrawn.end(company=company, invoice_pks=ended, operator=answered[0][0].run.asked_by, now=now)
