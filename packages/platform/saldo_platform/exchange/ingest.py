"""Taking in a batch, or only looking: one transaction under the company's lock, one outcome for each document.

::

    Refusal
    ├── BodyInvalid         422  not a batch; pointer (see ``reading``)
    ├── OtherCompany        403  the key is another company's
    ├── UidDiffers          422  the uid of the address and of the body
    └── BatchUidReused      409  the uid came before with other content
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import Company, Integration
from saldo_platform.exchange import coming_back, foreseeing, guarding, reading, signing, storing
from saldo_platform.exchange.reading import ReadDocument
from saldo_platform.exchange.tables import Batch, Feed, Invoice
from saldo_protocol import batches, digest, receipts


class OtherCompany(Refusal):
    """The batch is of another company than the key."""

    code = "other_company"
    status = 403
    text = _("The batch is of NIP %(nip)s, but the key belongs to NIP %(key_nip)s. Nothing was stored.")


class UidDiffers(Refusal):
    """Address and body name two uids."""

    code = "uid_differs"
    text = _("The batch's uid is not the one in the address.")


class BatchUidReused(Refusal):
    """The idempotency key was used for other content."""

    code = "batch_uid_reused"
    status = 409
    text = _("A batch with this uid came before, with other content. Nothing was stored; send it under a new uid.")


class BatchNotFound(Refusal):
    """No such batch of this integration."""

    code = "batch_not_found"
    status = 404
    text = _("No batch with this uid has come.")


def accept(*, company: Company, integration: Integration, uid: UUID, body: bytes, received_at: datetime) -> bytes:
    """Take in a batch; the receipt as JSON, byte for byte the same for the same batch.

    :param body: decoded (no Content-Encoding left).
    :raises BodyInvalid, OtherCompany, UidDiffers, BatchUidReused, SigningKeyLost: nothing was stored.
    """
    came = _open(company, integration, uid, body, received_at)
    signing_key = signing.get_or_make(now=received_at)
    with transaction.atomic():
        feed = _locked(company)
        known = came.known_receipt()
        if known is not None:
            return known
        receipt = signing.sign(
            receipts.Receipt(
                batch_uid=uid,
                integration_uid=integration.uid,
                body_digest=came.body_digest,
                received_at=received_at,
                outcomes=tuple(_outcome(document) for document in _take(feed, came, storing.Writes)),
                nip=company.nip,
            ),
            key=signing_key,
        )
        Batch.objects.create(
            company=company,
            uid=uid,
            integration=integration,
            body_digest=came.body_digest,
            receipt=receipt,
            received_at=received_at,
        )
    return receipt


def preview(
    *, company: Company, integration: Integration, uid: UUID, body: bytes, received_at: datetime
) -> receipts.Preview:
    """What ``accept`` would answer, by carrying it out and taking all of it back; nothing is kept, nor the uid used.

    A batch that came before is foreseen as its repeat would be answered. What changed is counted out after the
    company's lock was let go of.

    :raises BodyInvalid, OtherCompany, UidDiffers, BatchUidReused: as ``accept``.
    """
    came = _open(company, integration, uid, body, received_at)
    with transaction.atomic():
        feed = _locked(company)
        known = came.known_receipt()
        if known is not None:
            return foreseeing.of_receipt(msgspec.json.decode(known, type=receipts.Receipt))
        try:
            read = _take(feed, came, foreseeing.WatchedWrites)
        finally:
            transaction.set_rollback(True)
    return receipts.Preview(
        batch_uid=uid,
        integration_uid=integration.uid,
        body_digest=came.body_digest,
        received_at=received_at,
        preview=True,
        outcomes=foreseeing.outcomes([(_outcome(document), document) for document in read]),
    )


class _Envelope(msgspec.Struct, frozen=True):
    """Of a batch, who sent it."""

    sender: batches.Sender


def sender_of(body: bytes) -> str:
    """„my-erp 1.0”: the program that made a batch. The body was taken in before."""
    sender = msgspec.json.decode(body, type=_Envelope).sender
    return f"{sender.program} {sender.version}".strip()


def get_receipt(*, company: Company, integration: Integration, uid: UUID) -> bytes:
    """The receipt of a batch that came before. :raises BatchNotFound:"""
    found = Batch.objects.filter(company=company, uid=uid, integration=integration).first()
    if found is None:
        raise BatchNotFound()
    return bytes(found.receipt)


class _Came(NamedTuple):
    """A batch that was read and belongs to the company; no table was touched."""

    integration: Integration
    uid: UUID
    body_digest: str
    received_at: datetime
    read: list[ReadDocument]

    def known_receipt(self) -> bytes | None:
        """The receipt it got when it came before; under the company's lock. :raises BatchUidReused:"""
        known = Batch.objects.filter(company=self.integration.company, uid=self.uid).first()
        if known is None:
            return None
        if known.body_digest != self.body_digest or known.integration_id != self.integration.pk:
            raise BatchUidReused()
        return bytes(known.receipt)


def _open(company: Company, integration: Integration, uid: UUID, body: bytes, received_at: datetime) -> _Came:
    batch = reading.decode(body, batches.Batch, refusal=reading.BodyInvalid)
    if batch.uid != uid:
        raise UidDiffers(pointer="/uid")
    if batch.nip != company.nip:
        raise OtherCompany(pointer="/nip", nip=batch.nip, key_nip=company.nip)
    read = [
        reading.read(raw, position=at, nip=company.nip, received_at=received_at)
        for at, raw in enumerate(batch.documents)
    ]
    return _Came(integration, uid, digest.of_body(body), received_at, read)


def _locked(company: Company) -> Feed:
    feed, _made = Feed.objects.select_for_update().get_or_create(company=company)
    return feed


def _take(feed: Feed, came: _Came, kind: type[storing.Writes]) -> list[ReadDocument]:
    integration, read = came.integration, came.read
    good = [document for document in read if document.refusal is None]
    invoices = [document for document in good if document.tombstone is None]
    known = storing.find_known(integration=integration, documents=good)
    former = {
        external_id: (row.uid, row.integration_id)
        for external_id, row in known.items()
        if row.integration_id != integration.pk
    }
    held = storing.find_holders(company=integration.company, documents=invoices, known=known)
    writes = kind(feed=feed, integration=integration, batch_uid=came.uid, at=came.received_at)
    seen: set[str] = set()
    for document in read:
        if document.refusal is None and document.external_id in seen:
            document.refuse(reading.DuplicateInBatch())
        if document.refusal is None:
            seen.add(document.external_id)
            compare = _compare if document.tombstone is None else _compare_tombstone
            compare(document, known.get(document.external_id), writes)
    for document, row, request_uid in guarding.sort_out(
        integration=integration, removals=writes.wanted, now=came.received_at
    ):
        writes.remove(row, document, request_uid)
    for document, stored in writes.movable(held):
        _write(document, stored, writes)
    writes.carry_out()
    if former:
        _tell_former(feed, came, former)
    return read


def _tell_former(feed: Feed, came: _Came, former: dict[str, tuple[UUID, int]]) -> None:
    """The programs that sent these documents before are told what became of them."""
    taken, removed = {}, {}
    for document in came.read:
        if document.external_id in former and document.refusal is None:
            uid, integration_pk = former[document.external_id]
            if document.outcome == "removed":
                removed[uid] = integration_pk
            elif document.tombstone is None and document.outcome in {"created", "updated", "unchanged"}:
                taken[uid] = integration_pk
    company = came.integration.company
    coming_back.tell_former(feed=feed, company=company, taken=taken, removed=removed, at=came.received_at)


def _compare(document: ReadDocument, stored: Invoice | None, writes: storing.Writes) -> None:
    """``unchanged`` (the revision moves forward) and ``stale`` are told at once; the rest is put up for writing.

    A removed document comes back only under a newer revision than its tombstone had, also with the same content.
    """
    if stored is not None and stored.digest == document.digest and stored.removed_at is None:
        writes.keep(stored, document)
    elif stored is not None and document.revision <= stored.revision:
        document.outcome, document.note = "stale", reading.Stale()
    else:
        writes.put_up(document, stored)


def _compare_tombstone(document: ReadDocument, stored: Invoice | None, writes: storing.Writes) -> None:
    """The same for a tombstone: a removed document stays removed, whatever the revision."""
    if stored is None:
        document.refuse(reading.NothingToRemove(pointer="/external_id"))
    elif stored.removed_at is not None:
        writes.keep(stored, document)
    elif document.revision <= stored.revision:
        document.outcome, document.note = "stale", reading.Stale()
    else:
        writes.wanted.append((document, stored))


def _write(document: ReadDocument, stored: Invoice | None, writes: storing.Writes) -> None:
    if stored is None:
        writes.create(document, new_uid())
    else:
        writes.update(stored, document)


def _outcome(document: ReadDocument) -> receipts.DocumentOutcome:
    said = document.refusal or document.note
    return receipts.DocumentOutcome(
        position=document.position,
        external_id=document.external_id,
        revision=str(document.revision) if document.revision >= 0 else "",
        outcome="refused" if document.refusal else document.outcome,
        code=said.code if said else "",
        message=said.message if said else "",
        pointer=said.pointer if said else "",
    )
