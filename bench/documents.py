"""Invoices of the workload as they travel, for a sender that is no Desk."""

from datetime import date
from uuid import UUID

import msgspec

from bench import workload
from saldo_protocol import digest
from saldo_protocol.documents import Document, Invoice, Line, Party, Payment, Settlement


def document_of(row: workload.Row, *, nip: str, revision: int) -> Document:
    """The envelope with the canonical content and its digest."""
    content = digest.canonical(invoice_of(row, nip=nip))
    external_id = str(UUID(row["id"]))
    return Document("invoice", external_id, str(revision), msgspec.Raw(content), digest.of_canonical(content))


def invoice_of(row: workload.Row, *, nip: str) -> Invoice:
    """The invoice in the books of the company with the NIP."""
    own = Party(name=workload.COMPANY, tax_id=nip)
    other = Party(name=row["party"]["name"], tax_id=row["party"]["tax_id"], address=row["party"]["address"])
    seller, buyer = (own, other) if row["direction"] == "sales" else (other, own)
    return Invoice(
        direction=row["direction"],
        type=row["type"],
        number=row["number"],
        issued_on=date.fromisoformat(row["issued_on"]),
        seller=seller,
        buyer=buyer,
        currency=row["currency"],
        net_minor=row["net"],
        vat_minor=row["vat"],
        gross_minor=row["gross"],
        payments=tuple(_payment(payment) for payment in row["payments"]),
        lines=tuple(
            Line(
                name=line["name"],
                quantity=str(line["quantity"]),
                net_minor=line["net"],
                vat_rate=str(line["vat_rate"]),
            )
            for line in row["lines"]
        ),
    )


def _payment(row: workload.Row) -> Payment:
    settled: tuple[Settlement, ...] = ()
    if row["settled"]:
        on = date.fromisoformat(row["settled_on"])
        settled = (Settlement(f"{row['id']}-S", row["settled"], on, "bank_entry"),)
    return Payment(row["id"], row["amount"], date.fromisoformat(row["due_on"]), row["form"], settled)
