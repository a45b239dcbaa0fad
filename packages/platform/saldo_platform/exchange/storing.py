"""What a batch writes: found in one query each, written set by set."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from saldo_platform.companies.tables import Company, Integration
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

Identity = tuple[str, str, str, date]
"""Seller's country and tax id, number, day of issue. A seller gives a number once, so not the type (decision 11)."""

WRITE_ROWS = 500


class Holder(NamedTuple):
    """The stored invoice that has an identity, and the program that sent it."""

    uid: UUID
    external_id: str
    program: str


def identity_of(invoice: documents.Invoice) -> Identity:
    """What makes it the same invoice, whoever sends it."""
    return (invoice.seller.country, invoice.seller.tax_id, invoice.number, invoice.issued_on)


def identity_of_row(row: Invoice) -> Identity:
    """The same of a stored invoice."""
    return (row.seller_country, row.seller_tax_id, row.number, row.issued_on)


def find_known(*, integration: Integration, documents: Iterable[ReadDocument]) -> dict[str, Invoice]:
    """The stored invoices by external id.

    Those of this integration; and those that another integration of the company sent under the same external id *and*
    identity: a program that was connected anew (a new key, a new registration) goes on with what it sent before. A
    tombstone names the number instead; a purged invoice has none any more and is known by its digest.
    """
    sent = {document.external_id: document for document in documents}
    rows = Invoice.objects.filter(company=integration.company, external_id__in=list(sent)).defer("content")
    known: dict[str, Invoice] = {}
    for row in rows:
        own = row.integration_id == integration.pk
        if own or (_is_same(row, sent[row.external_id]) and row.external_id not in known):
            known[row.external_id] = row
    return known


def _is_same(row: Invoice, document: ReadDocument) -> bool:
    if document.tombstone is not None:
        return row.number != "" and row.number == document.tombstone.number
    return row.digest == document.digest or identity_of_row(row) == identity_of(document.invoice)


def find_holders(
    *, company: Company, documents: Iterable[ReadDocument], known: dict[str, Invoice]
) -> dict[Identity, Holder]:
    """Who holds the identities that the documents have or leave."""
    numbers = {document.invoice.number for document in documents} | {row.number for row in known.values()}
    rows = Invoice.objects.filter(company=company, number__in=numbers, removed_at=None).values_list(
        "seller_country", "seller_tax_id", "number", "issued_on",
        "uid", "external_id", "integration__name",
    )  # fmt: skip
    return {row[:4]: Holder(*row[4:]) for row in rows}


class Writes:
    """Collects what a batch changes, then writes it."""

    def __init__(self, *, feed: Feed, integration: Integration, batch_uid: UUID, at: datetime) -> None:
        self.feed, self.integration, self.batch_uid, self.at = feed, integration, batch_uid, at
        self.wanted: list[tuple[ReadDocument, Invoice]] = []
        """Removals that are asked for, before the guard has said which may be."""
        self._put_up: list[tuple[ReadDocument, Invoice | None]] = []
        self._created: list[Invoice] = []
        self._updated: list[Invoice] = []
        self._moved: list[Invoice] = []
        self._kept: list[Invoice] = []
        self._confirmed: list[UUID] = []
        self._removed: list[tuple[ReadDocument, Invoice, UUID | None]] = []
        self._back: list[UUID] = []
        self._payments: list[Payment] = []
        self._changes: list[tuple[str, UUID]] = []

    def put_up(self, document: ReadDocument, stored: Invoice | None) -> None:
        """A document that is to be written, if its identity is free."""
        self._put_up.append((document, stored))

    def movable(self, held: dict[Identity, Holder]) -> list[tuple[ReadDocument, Invoice | None]]:
        """What was put up, each refused whose identity another invoice has or keeps.

        Two invoices may swap their numbers in one batch, and one may take a number that another leaves: so what a
        refused one was to leave is taken back, and the rest looked at again, until nothing changes. A removal of the
        same batch leaves its number too; a removed invoice that comes back had none to leave.
        """
        going = list(self._put_up)
        removed = {identity_of_row(row) for _document, row, _request in self._removed}
        while True:
            leaving = removed | {
                identity_of_row(row) for _document, row in going if row is not None and row.removed_at is None
            }
            free = {identity: holder for identity, holder in held.items() if identity not in leaving}
            refused = _without_identity(going, free)
            if not refused:
                return going
            going = [(document, row) for document, row in going if document not in refused]

    def create(self, document: ReadDocument, uid: UUID) -> None:
        """A new invoice."""
        row = Invoice(
            company=self.integration.company,
            uid=uid,
            integration=self.integration,
            external_id=document.external_id,
            received_at=self.at,
        )
        self._fill(row, document)
        self._created.append(row)
        self._changes.append(("invoice_created", uid))
        document.outcome = "created"

    def update(self, row: Invoice, document: ReadDocument) -> None:
        """Newer content of a stored one; of a removed one, which is back by it."""
        before = identity_of_row(row)
        self._fill(row, document)
        self._updated.append(row)
        if row.removed_at is not None:
            row.removed_at = None
            self._back.append(row.uid)
            self._changes.append(("invoice_restored", row.uid))
            document.outcome = "created"
            return
        if identity_of_row(row) != before:
            self._moved.append(row)
        self._changes.append(("invoice_updated", row.uid))
        document.outcome = "updated"

    def remove(self, row: Invoice, document: ReadDocument, request_uid: UUID | None) -> None:
        """Take a stored one out of all lists; ``request_uid`` when a person had to allow it."""
        row.revision, row.integration, row.removed_at = document.revision, self.integration, self.at
        row.batch_uid, row.changed_at = self.batch_uid, self.at
        self._removed.append((document, row, request_uid))
        document.outcome = "removed"

    def keep(self, row: Invoice, document: ReadDocument) -> None:
        """The same content: only its revision moves, and only forward; and it is this integration's from now on."""
        if document.tombstone is None and document.revision > row.revision:
            self._confirmed.append(row.uid)
        if document.revision > row.revision or row.integration_id != self.integration.pk:
            row.revision = max(row.revision, document.revision)
            row.integration = self.integration
            self._kept.append(row)
        document.outcome = "unchanged"

    def carry_out(self) -> None:
        """Write all of it; inside the caller's transaction."""
        company = self.integration.company
        self._carry_out_removals(company)
        for row in self._moved:  # out of each other's way first: two may swap their numbers
            Invoice.objects.filter(company=company, uid=row.uid).update(number=f"\n{row.uid}")
        if self._updated:
            # An upsert of rows that are there: ``bulk_update`` would make a CASE for each row and column (20 × slower).
            Invoice.objects.bulk_create(
                self._updated,
                batch_size=WRITE_ROWS,
                update_conflicts=True,
                update_fields=_MOVING,
                unique_fields=["company", "uid"],
            )
            uids = [row.uid for row in self._updated]
            Payment.objects.filter(company=company, invoice_uid__in=uids).delete()
        self._withdraw_wishes(company)
        Invoice.objects.bulk_create(self._created, batch_size=WRITE_ROWS)
        if self._kept:
            Invoice.objects.bulk_update(self._kept, ["revision", "integration"], batch_size=WRITE_ROWS)
        Payment.objects.bulk_create(self._payments, batch_size=WRITE_ROWS)
        append_changes(feed=self.feed, changes=self._changes, at=self.at)

    def _withdraw_wishes(self, company: Company) -> None:
        """What is sent under a newer revision is not to be removed any more, whether its content is another or the
        same: nobody needs to decide on it, and consent that was given is used up. A refusal holds its day: else a
        program could ask again and again by sending in between."""
        sent = [row.uid for row in self._updated] + self._confirmed
        if not sent:
            return
        over = RemovalRequest.objects.filter(company=company).exclude(state=RemovalRequestState.REFUSED).values("uid")
        RemovalWish.objects.filter(company=company, request_uid__in=over, invoice_uid__in=sent).delete()

    def _carry_out_removals(self, company: Company) -> None:
        if self._back:
            Removal.objects.filter(company=company, invoice_uid__in=self._back, ended_at=None).update(ended_at=self.at)
        if not self._removed:
            return
        rows = [row for _document, row, _request in self._removed]
        uids = [row.uid for row in rows]
        Invoice.objects.bulk_update(
            rows, ["revision", "integration", "removed_at", "batch_uid", "changed_at"], batch_size=WRITE_ROWS
        )
        Payment.objects.filter(company=company, invoice_uid__in=uids).delete()
        RemovalWish.objects.filter(company=company, invoice_uid__in=uids).delete()
        first = append_changes(feed=self.feed, changes=[("invoice_removed", uid) for uid in uids], at=self.at)
        Removal.objects.bulk_create(
            [_removal(self, n, *removed) for n, removed in enumerate(self._removed, start=first)],
            batch_size=WRITE_ROWS,
        )

    def _fill(self, row: Invoice, document: ReadDocument) -> None:
        invoice = document.invoice
        row.integration = self.integration
        row.revision, row.digest, row.content = document.revision, document.digest, document.content
        row.direction, row.type, row.state = invoice.direction, invoice.type, invoice.state
        row.number, row.issued_on = invoice.number, invoice.issued_on
        row.seller_country, row.seller_tax_id = invoice.seller.country, invoice.seller.tax_id
        row.counterparty_name, row.counterparty_tax_id = invoice.counterparty.name, invoice.counterparty.tax_id
        row.currency, row.split_payment, row.ksef_number = invoice.currency, invoice.split_payment, invoice.ksef_number
        row.net_minor, row.vat_minor, row.gross_minor = invoice.net_minor, invoice.vat_minor, invoice.gross_minor
        due = _due(invoice)
        row.settled_minor = sum(payment.settled_minor for payment in due)
        row.open_minor = sum(payment.amount_minor for payment in due) - row.settled_minor
        row.due_on, row.payment_state = _state(due)
        row.batch_uid, row.changed_at = self.batch_uid, self.at
        self._payments.extend(payments_of(company=self.integration.company, uid=row.uid, invoice=invoice))


def payments_of(*, company: Company, uid: UUID, invoice: documents.Invoice) -> list[Payment]:
    """The rows of the payment lists for an invoice."""
    return [
        Payment(
            company=company,
            invoice_uid=uid,
            external_id=payment.external_id,
            # A payment of a negative amount (a correction that lowers) runs the other way.
            incoming=(invoice.direction == "sales") == (payment.amount_minor >= 0),
            amount_minor=abs(payment.amount_minor),
            settled_minor=abs(payment.settled_minor),
            open_minor=abs(payment.amount_minor - payment.settled_minor),
            currency=invoice.currency,
            due_on=payment.due_on,
            form=payment.form,
            invoice_number=invoice.number,
            counterparty_name=invoice.counterparty.name,
        )
        for payment in _due(invoice)
    ]


def append_changes(*, feed: Feed, changes: list[tuple[str, UUID]], at: datetime) -> int:
    """Add to the company's change feed, whose row is locked; the position of the first."""
    first = feed.last_n + 1
    Change.objects.bulk_create(
        [
            Change(company_id=feed.company_id, n=n, kind=kind, invoice_uid=uid, at=at)
            for n, (kind, uid) in enumerate(changes, start=first)
        ],
        batch_size=WRITE_ROWS,
    )
    feed.last_n += len(changes)
    feed.save(update_fields=["last_n"])
    return first


def _removal(writes: Writes, n: int, document: ReadDocument, row: Invoice, request_uid: UUID | None) -> Removal:
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


_MOVING = [
    "revision", "digest", "content", "direction", "type", "state", "number", "issued_on", "seller_country",
    "seller_tax_id", "counterparty_name", "counterparty_tax_id", "currency", "split_payment", "ksef_number",
    "net_minor", "vat_minor", "gross_minor", "settled_minor", "open_minor", "due_on", "payment_state", "batch_uid",
    "changed_at", "integration", "removed_at",
]  # fmt: skip


def _without_identity(
    going: list[tuple[ReadDocument, Invoice | None]], held: dict[Identity, Holder]
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


def _due(invoice: documents.Invoice) -> tuple[documents.Payment, ...]:
    """The payments that count: nobody owes anything on a cancelled invoice. Its content keeps them."""
    return () if invoice.state == "cancelled" else invoice.payments


def _state(payments: tuple[documents.Payment, ...]) -> tuple[date | None, str]:
    """The due date of the earliest open payment (else the last), and the state of all payments together."""
    if not payments:
        return None, "none"
    ordered = sorted(payments, key=lambda payment: payment.due_on)
    still_open = [payment for payment in ordered if payment.amount_minor != payment.settled_minor]
    if not still_open:
        return ordered[-1].due_on, "settled"
    return still_open[0].due_on, "partly" if any(payment.settled_minor for payment in ordered) else "open"
