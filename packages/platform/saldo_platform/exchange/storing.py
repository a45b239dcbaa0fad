"""What a batch writes: found in one query each, written set by set."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from saldo_platform.companies.tables import Company, Integration
from saldo_platform.exchange.reading import ReadDocument, SameInvoiceOtherId
from saldo_platform.exchange.tables import Change, Feed, Invoice, Payment
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
    identity: a program that was connected anew (a new key, a new registration) goes on with what it sent before.
    """
    sent = {document.external_id: document for document in documents}
    rows = Invoice.objects.filter(company=integration.company, external_id__in=list(sent)).defer("content")
    known: dict[str, Invoice] = {}
    for row in rows:
        own = row.integration_id == integration.pk
        same = identity_of_row(row) == identity_of(sent[row.external_id].invoice)
        if own or (same and row.external_id not in known):
            known[row.external_id] = row
    return known


def find_holders(
    *, company: Company, documents: Iterable[ReadDocument], known: dict[str, Invoice]
) -> dict[Identity, Holder]:
    """Who holds the identities that the documents have or leave."""
    numbers = {document.invoice.number for document in documents} | {row.number for row in known.values()}
    rows = Invoice.objects.filter(company=company, number__in=numbers).values_list(
        "seller_country", "seller_tax_id", "number", "issued_on",
        "uid", "external_id", "integration__name",
    )  # fmt: skip
    return {row[:4]: Holder(*row[4:]) for row in rows}


class Writes:
    """Collects what a batch changes, then writes it."""

    def __init__(self, *, feed: Feed, integration: Integration, batch_uid: UUID, at: datetime) -> None:
        self.feed, self.integration, self.batch_uid, self.at = feed, integration, batch_uid, at
        self._put_up: list[tuple[ReadDocument, Invoice | None]] = []
        self._created: list[Invoice] = []
        self._updated: list[Invoice] = []
        self._moved: list[Invoice] = []
        self._kept: list[Invoice] = []
        self._payments: list[Payment] = []
        self._changes: list[tuple[str, UUID]] = []

    def put_up(self, document: ReadDocument, stored: Invoice | None) -> None:
        """A document that is to be written, if its identity is free."""
        self._put_up.append((document, stored))

    def movable(self, held: dict[Identity, Holder]) -> list[tuple[ReadDocument, Invoice | None]]:
        """What was put up, each refused whose identity another invoice has or keeps.

        Two invoices may swap their numbers in one batch, and one may take a number that another leaves: so what a
        refused one was to leave is taken back, and the rest looked at again, until nothing changes.
        """
        going = list(self._put_up)
        while True:
            leaving = {identity_of_row(row) for _document, row in going if row is not None}
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
        """Newer content of a stored one."""
        before = identity_of_row(row)
        self._fill(row, document)
        if identity_of_row(row) != before:
            self._moved.append(row)
        self._updated.append(row)
        self._changes.append(("invoice_updated", row.uid))
        document.outcome = "updated"

    def keep(self, row: Invoice, document: ReadDocument) -> None:
        """The same content: only its revision moves, and only forward; and it is this integration's from now on."""
        if document.revision > row.revision or row.integration_id != self.integration.pk:
            row.revision = max(row.revision, document.revision)
            row.integration = self.integration
            self._kept.append(row)
        document.outcome = "unchanged"

    def carry_out(self) -> None:
        """Write all of it; inside the caller's transaction."""
        company = self.integration.company
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
        Invoice.objects.bulk_create(self._created, batch_size=WRITE_ROWS)
        if self._kept:
            Invoice.objects.bulk_update(self._kept, ["revision", "integration"], batch_size=WRITE_ROWS)
        Payment.objects.bulk_create(self._payments, batch_size=WRITE_ROWS)
        first = self.feed.last_n + 1
        Change.objects.bulk_create(
            [
                Change(company=company, n=n, kind=kind, invoice_uid=uid, at=self.at)
                for n, (kind, uid) in enumerate(self._changes, start=first)
            ],
            batch_size=WRITE_ROWS,
        )
        self.feed.last_n += len(self._changes)
        self.feed.save(update_fields=["last_n"])

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
        self._payments.extend(
            Payment(
                company=self.integration.company,
                invoice_uid=row.uid,
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
            for payment in due
        )


_MOVING = [
    "revision", "digest", "content", "direction", "type", "state", "number", "issued_on", "seller_country",
    "seller_tax_id", "counterparty_name", "counterparty_tax_id", "currency", "split_payment", "ksef_number",
    "net_minor", "vat_minor", "gross_minor", "settled_minor", "open_minor", "due_on", "payment_state", "batch_uid",
    "changed_at", "integration",
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
