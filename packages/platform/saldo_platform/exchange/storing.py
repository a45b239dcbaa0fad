"""What a batch writes: found in one statement each, written set by set."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from saldo_platform.companies.tables import Company, Integration
from saldo_platform.exchange import bulk
from saldo_platform.exchange.bulk import Identity
from saldo_platform.exchange.reading import ReadDocument, SameInvoiceOtherId
from saldo_platform.exchange.tables import (
    Change,
    Feed,
    Invoice,
    Payment,
    Removal,
    RemovalRequest,
    RemovalRequestState,
    RemovalWish,
)
from saldo_protocol import documents

_INTEGRATIONS = Integration._meta.db_table
Owed = list[tuple[documents.Payment, int]]
"""Payments, each with what is settled of it."""


class InvoiceRow(NamedTuple):
    """A row of ``Invoice``."""

    company_id: int
    uid: UUID
    integration_id: int
    external_id: str
    revision: int
    digest: str
    direction: str
    type: str
    state: str
    number: str
    issued_on: date
    seller_country: str
    seller_tax_id: str
    counterparty_name: str
    counterparty_tax_id: str
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    settled_minor: int
    open_minor: int
    due_on: date | None
    payment_state: str
    split_payment: bool
    ksef_number: str
    content: bytes
    batch_uid: UUID
    received_at: datetime
    changed_at: datetime
    removed_at: datetime | None


class PaymentRow(NamedTuple):
    """A row of ``Payment``."""

    company_id: int
    invoice_uid: UUID
    external_id: str
    incoming: bool
    amount_minor: int
    settled_minor: int
    open_minor: int
    currency: str
    due_on: date
    form: str
    invoice_number: str
    counterparty_name: str


class ChangeRow(NamedTuple):
    """A row of ``Change``."""

    company_id: int
    n: int
    kind: str
    invoice_uid: UUID
    at: datetime
    told_to_id: int | None = None
    revision: int | None = None


class Known(NamedTuple):
    """Of a stored invoice, what is compared; ``removed`` is falsy while it is not."""

    uid: UUID
    integration_id: int
    external_id: str
    revision: int
    digest: str
    seller_country: str
    seller_tax_id: str
    number: str
    issued_on: date
    removed: object

    @property
    def identity(self) -> Identity:
        """What makes it the same invoice, whoever sends it."""
        return (self.seller_country, self.seller_tax_id, self.number, self.issued_on)


_KNOWN = (*Known._fields[:-1], "removed_at")


class Holder(NamedTuple):
    """The stored invoice that has an identity, and the program that sent it."""

    uid: UUID
    external_id: str
    program: str


def identity_of(invoice: documents.Invoice) -> Identity:
    """What makes it the same invoice, whoever sends it."""
    return (invoice.seller.country, invoice.seller.tax_id, invoice.number, invoice.issued_on)


def find_digests(*, company: Company, external_ids: Iterable[str]) -> dict[str, set[str]]:
    """By external id, the digests that the company's invoices have: a content with one of them was read before."""
    found: dict[str, set[str]] = {}
    for external_id, held, removed in _find(company, external_ids, ("external_id", "digest", "removed_at")):
        if not removed:
            found.setdefault(external_id, set()).add(held)
    return found


def find_known(*, integration: Integration, documents: Iterable[ReadDocument]) -> dict[str, Known]:
    """The stored invoices by external id.

    Those of this integration; and those that another integration of the company sent under the same external id *and*
    identity: a program that was connected anew (a new key, a new registration) goes on with what it sent before. A
    tombstone names the number instead; a purged invoice has none any more and is known by its digest.
    """
    sent = {document.external_id: document for document in documents}
    known: dict[str, Known] = {}
    for row in map(Known._make, _find(integration.company, sent, _KNOWN)):
        own = row.integration_id == integration.pk
        if own or (row.external_id not in known and _is_same(row, sent[row.external_id])):
            known[row.external_id] = row
    return known


def _find(company: Company, external_ids: Iterable[str], names: tuple[str, ...]) -> list[bulk.Row]:
    return bulk.find_by_external_id(
        Invoice, company=company.pk, integrations=_INTEGRATIONS, names=names, external_ids=external_ids
    )


def _is_same(row: Known, document: ReadDocument) -> bool:
    if document.tombstone is not None:
        return row.number != "" and row.number == document.tombstone.number
    return row.digest == document.digest or row.identity == identity_of(document.invoice)


def find_holders(*, company: Company, identities: Iterable[Identity]) -> dict[Identity, Holder]:
    """Who holds the identities."""
    wanted = list(identities)
    rows = bulk.find_by_identity(Invoice, company=company.pk, integrations=_INTEGRATIONS, identities=wanted)
    return {wanted[row[0]]: Holder(*row[1:]) for row in rows}


class Writes:
    """Collects what a batch changes, then writes it."""

    def __init__(self, *, feed: Feed, integration: Integration, batch_uid: UUID, at: datetime) -> None:
        self.feed, self.integration, self.batch_uid, self.at = feed, integration, batch_uid, at
        self.wanted: list[tuple[ReadDocument, Known]] = []
        """Removals that are asked for, before the guard has said which may be."""
        self._put_up: list[tuple[ReadDocument, Known | None]] = []
        self._created: list[tuple[ReadDocument, UUID]] = []
        self._updated: list[tuple[ReadDocument, UUID]] = []
        self._kept: list[tuple[UUID, int]] = []
        self._taken_over: list[tuple[UUID, int]] = []
        self._confirmed: list[UUID] = []
        self._removed: list[tuple[ReadDocument, Known, UUID | None]] = []
        self._back: list[UUID] = []
        self._changes: list[tuple[str, UUID]] = []

    def put_up(self, document: ReadDocument, stored: Known | None) -> None:
        """A document that is to be written, if its identity is free."""
        self._put_up.append((document, stored))

    def movable(self) -> list[tuple[ReadDocument, Known | None]]:
        """What was put up, each refused whose identity another invoice has or keeps.

        Two invoices may swap their numbers in one batch, and one may take a number that another leaves: so what a
        refused one was to leave is taken back, and the rest looked at again, until nothing changes. A removal of the
        same batch leaves its number too; a removed invoice that comes back had none to leave.
        """
        going = list(self._put_up)
        wanted = {identity_of(document.invoice) for document, _row in going}
        held = find_holders(company=self.integration.company, identities=wanted)
        removed = {row.identity for _document, row, _request in self._removed}
        while True:
            leaving = removed | {row.identity for _document, row in going if row is not None and not row.removed}
            free = {identity: holder for identity, holder in held.items() if identity not in leaving}
            refused = _without_identity(going, free)
            if not refused:
                return going
            going = [(document, row) for document, row in going if document not in refused]

    def create(self, document: ReadDocument, uid: UUID) -> None:
        """A new invoice."""
        self._created.append((document, uid))
        self._changes.append(("invoice_created", uid))
        document.outcome = "created"

    def update(self, row: Known, document: ReadDocument) -> None:
        """Newer content of a stored one; of a removed one, which is back by it."""
        self._updated.append((document, row.uid))
        if row.removed:
            self._back.append(row.uid)
            self._changes.append(("invoice_restored", row.uid))
            document.outcome = "created"
            return
        self._changes.append(("invoice_updated", row.uid))
        document.outcome = "updated"

    def remove(self, row: Known, document: ReadDocument, request_uid: UUID | None) -> None:
        """Take a stored one out of all lists; ``request_uid`` when a person had to allow it."""
        self._removed.append((document, row, request_uid))
        document.outcome = "removed"

    def keep(self, row: Known, document: ReadDocument) -> None:
        """The same content: only its revision moves, and only forward; and it is this integration's from now on."""
        if document.tombstone is None and document.revision > row.revision:
            self._confirmed.append(row.uid)
        if row.integration_id != self.integration.pk:
            self._taken_over.append((row.uid, max(row.revision, document.revision)))
        elif document.revision > row.revision:
            self._kept.append((row.uid, document.revision))
        document.outcome = "unchanged"

    def carry_out(self) -> None:
        """Write all of it; inside the caller's transaction.

        An updated row is taken out and put back whole: so two may swap their numbers, and there is one way to write.
        """
        company, integration = self.integration.company, self.integration
        self._carry_out_removals(company)
        updated = [uid for _document, uid in self._updated]
        received = bulk.take_out(Invoice, company=company.pk, uids=updated, name="received_at")
        bulk.delete(Payment, company=company.pk, column="invoice_uid", uids=updated)
        self._withdraw_wishes(company)
        written = [*self._updated, *self._created]
        owed = [_owed(document.invoice) for document, _uid in written]
        rows = [
            self._row(document, uid, owed[at], received.get(uid, self.at)) for at, (document, uid) in enumerate(written)
        ]
        bulk.insert(Invoice, InvoiceRow, rows)
        bulk.update(Invoice, company=company.pk, names=("revision",), rows=self._kept)
        bulk.update(
            Invoice,
            company=company.pk,
            names=("revision", "integration_id"),
            rows=[(uid, revision, integration.pk) for uid, revision in self._taken_over],
        )
        insert_payments(
            payment
            for at, (document, uid) in enumerate(written)
            for payment in _payments(company.pk, uid, document.invoice, owed[at])
        )
        append_changes(feed=self.feed, changes=self._changes, at=self.at)

    def _withdraw_wishes(self, company: Company) -> None:
        """What is sent under a newer revision is not to be removed any more, whether its content is another or the
        same: nobody needs to decide on it, and consent that was given is used up. A refusal holds its day: else a
        program could ask again and again by sending in between."""
        sent = [uid for _document, uid in self._updated] + self._confirmed
        wishes = RemovalWish.objects.filter(company=company)
        if not sent or not wishes.exists():
            return
        over = RemovalRequest.objects.filter(company=company).exclude(state=RemovalRequestState.REFUSED).values("uid")
        wishes.filter(request_uid__in=over, invoice_uid__in=sent).delete()

    def _carry_out_removals(self, company: Company) -> None:
        if self._back:
            Removal.objects.filter(company=company, invoice_uid__in=self._back, ended_at=None).update(ended_at=self.at)
        if not self._removed:
            return
        uids = [row.uid for _document, row, _request in self._removed]
        same = (self.integration.pk, self.at, self.batch_uid, self.at)
        bulk.update(
            Invoice,
            company=company.pk,
            names=("revision", "integration_id", "removed_at", "batch_uid", "changed_at"),
            rows=[(row.uid, document.revision, *same) for document, row, _request in self._removed],
        )
        bulk.delete(Payment, company=company.pk, column="invoice_uid", uids=uids)
        RemovalWish.objects.filter(company=company, invoice_uid__in=uids).delete()
        first = append_changes(feed=self.feed, changes=[("invoice_removed", uid) for uid in uids], at=self.at)
        Removal.objects.bulk_create(
            [_removal(self, n, *removed) for n, removed in enumerate(self._removed, start=first)]
        )

    def _row(self, document: ReadDocument, uid: UUID, owed: Owed, received_at: datetime) -> InvoiceRow:
        invoice = document.invoice
        counterparty = invoice.counterparty
        settled_minor = sum([settled for _payment, settled in owed])
        due_on, payment_state = _state(owed)
        return InvoiceRow(
            company_id=self.integration.company_id,
            uid=uid,
            integration_id=self.integration.pk,
            external_id=document.external_id,
            revision=document.revision,
            digest=document.digest,
            direction=invoice.direction,
            type=invoice.type,
            state=invoice.state,
            number=invoice.number,
            issued_on=invoice.issued_on,
            seller_country=invoice.seller.country,
            seller_tax_id=invoice.seller.tax_id,
            counterparty_name=counterparty.name,
            counterparty_tax_id=counterparty.tax_id,
            currency=invoice.currency,
            net_minor=invoice.net_minor,
            vat_minor=invoice.vat_minor,
            gross_minor=invoice.gross_minor,
            settled_minor=settled_minor,
            open_minor=sum([payment.amount_minor for payment, _settled in owed]) - settled_minor,
            due_on=due_on,
            payment_state=payment_state,
            split_payment=invoice.split_payment,
            ksef_number=invoice.ksef_number,
            content=document.content,
            batch_uid=self.batch_uid,
            received_at=received_at,
            changed_at=self.at,
            removed_at=None,
        )


def payments_of(*, company: Company, uid: UUID, invoice: documents.Invoice) -> list[PaymentRow]:
    """The rows of the payment lists for an invoice."""
    return _payments(company.pk, uid, invoice, _owed(invoice))


def _payments(company_pk: int, uid: UUID, invoice: documents.Invoice, owed: Owed) -> list[PaymentRow]:
    sells, name = invoice.direction == "sales", invoice.counterparty.name
    return [
        PaymentRow(
            company_id=company_pk,
            invoice_uid=uid,
            external_id=payment.external_id,
            # A payment of a negative amount (a correction that lowers) runs the other way.
            incoming=sells == (payment.amount_minor >= 0),
            amount_minor=abs(payment.amount_minor),
            settled_minor=abs(settled_minor),
            open_minor=abs(payment.amount_minor - settled_minor),
            currency=invoice.currency,
            due_on=payment.due_on,
            form=payment.form,
            invoice_number=invoice.number,
            counterparty_name=name,
        )
        for payment, settled_minor in owed
    ]


def insert_payments(rows: Iterable[PaymentRow]) -> None:
    """Add rows of the payment lists."""
    bulk.insert(Payment, PaymentRow, list(rows))


def append_changes(*, feed: Feed, changes: list[tuple[str, UUID]], at: datetime) -> int:
    """Add to the company's change feed, whose row is locked; the position of the first."""
    first = feed.last_n + 1
    if changes:
        rows = [ChangeRow(feed.company_id, n, kind, uid, at) for n, (kind, uid) in enumerate(changes, start=first)]
        bulk.insert(Change, ChangeRow, rows)
        feed.last_n += len(changes)
        feed.save(update_fields=["last_n"])
    return first


def _removal(writes: Writes, n: int, document: ReadDocument, row: Known, request_uid: UUID | None) -> Removal:
    assert document.tombstone is not None
    return Removal(
        company=writes.integration.company,
        n=n,
        invoice_uid=row.uid,
        integration=writes.integration,
        reason=document.tombstone.reason,
        note=document.tombstone.note,
        at=writes.at,
        request_uid=request_uid,
    )


def _without_identity(
    going: list[tuple[ReadDocument, Known | None]], held: dict[Identity, Holder]
) -> set[ReadDocument]:
    """Refuse those whose identity is held, or claimed by one before them; which were refused."""
    refused = set()
    claimed: dict[Identity, ReadDocument] = {}
    for document, row in going:
        identity = identity_of(document.invoice)
        holder, other = held.get(identity), claimed.get(identity)
        if holder is not None and (row is None or holder.uid != row.uid):
            document.refuse(
                SameInvoiceOtherId(number=document.invoice.number, other=holder.external_id, program=holder.program)
            )
        elif other is not None:
            document.refuse(SameInvoiceOtherId(number=document.invoice.number, other=other.external_id, program=""))
        if document.refusal is not None:
            refused.add(document)
        else:
            claimed[identity] = document
    return refused


def _owed(invoice: documents.Invoice) -> Owed:
    """The payments that count, each with what is settled of it: nobody owes anything on a cancelled invoice. Its
    content keeps them."""
    return [] if invoice.state == "cancelled" else [(payment, payment.settled_minor) for payment in invoice.payments]


def _state(owed: Owed) -> tuple[date | None, str]:
    """The due date of the earliest open payment (else the last), and the state of all payments together."""
    still_open = [payment.due_on for payment, settled in owed if payment.amount_minor != settled]
    if still_open:
        return min(still_open), "partly" if any(settled for _payment, settled in owed) else "open"
    return max((payment.due_on for payment, _settled in owed), default=None), "settled" if owed else "none"
