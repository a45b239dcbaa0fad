"""Invoices of the books as documents of the protocol; withdrawn ones as tombstones."""

from collections.abc import Iterable

import msgspec

from saldo_desk.books.tables import Invoice
from saldo_protocol import digest, documents

TEXT_LENGTH_MAX = 512
PREFETCH = ("lines", "vat_totals", "payments__settlements")


def load(pks: Iterable[int]) -> list[Invoice]:
    """The invoices with all that travels with them, in a fixed number of queries."""
    rows = Invoice.objects.filter(pk__in=list(pks)).select_related("withdrawal")
    return list(rows.prefetch_related(*PREFETCH).order_by("pk"))


def is_withdrawn(invoice: Invoice) -> bool:
    """Whether it goes as a tombstone."""
    return hasattr(invoice, "withdrawal")


def document_of(invoice: Invoice) -> documents.Document:
    """The envelope with the canonical content and its digest."""
    withdrawn = is_withdrawn(invoice)
    content = digest.canonical(tombstone_of(invoice) if withdrawn else content_of(invoice))
    return documents.Document(
        kind="tombstone" if withdrawn else "invoice",
        external_id=str(invoice.uid),
        revision=str(invoice.revision),
        content=msgspec.Raw(content),
        digest=digest.of_canonical(content),
    )


def tombstone_of(invoice: Invoice) -> documents.Tombstone:
    """What a withdrawn invoice sends. It never says that the invoice left the books: nothing does."""
    return documents.Tombstone(reason="withdrawn", note=invoice.withdrawal.reason, number=invoice.number)


def content_of(invoice: Invoice) -> documents.Invoice:
    """The invoice as the protocol has it. Texts are cut to what the protocol carries, totals never touched."""
    return documents.Invoice(
        direction=invoice.direction,  # type: ignore[arg-type]
        type=invoice.type,  # type: ignore[arg-type]
        state=invoice.state,  # type: ignore[arg-type]
        number=invoice.number,
        issued_on=invoice.issued_on,
        sold_on=invoice.sold_on,
        seller=_party(invoice.seller_name, invoice.seller_country, invoice.seller_tax_id, invoice.seller_address),
        buyer=_party(invoice.buyer_name, invoice.buyer_country, invoice.buyer_tax_id, invoice.buyer_address),
        currency=invoice.currency,
        net_minor=invoice.net_minor,
        vat_minor=invoice.vat_minor,
        gross_minor=invoice.gross_minor,
        split_payment=invoice.split_payment,
        ksef_number=invoice.ksef_number,
        vat=tuple(
            documents.VatTotal(rate=row.rate, net_minor=row.net_minor, vat_minor=row.vat_minor)
            for row in sorted(invoice.vat_totals.all(), key=lambda row: row.position)
        ),
        lines=_lines(invoice),
        payments=_payments(invoice),
    )


def _party(name: str, country: str, tax_id: str, address: str) -> documents.Party:
    return documents.Party(name=name, country=country, tax_id=tax_id, address=address[:TEXT_LENGTH_MAX])


def _lines(invoice: Invoice) -> tuple[documents.Line, ...]:
    """All lines; what a correction shows as it was is taken off, so that they sum up to the difference that it is."""
    rows = sorted(invoice.lines.all(), key=lambda row: row.position)
    if len(rows) > documents.LINES_MAX:
        return ()  # lines are optional; a cut list would be a wrong one
    return tuple(
        documents.Line(
            name=row.name,
            quantity=_taken_off(row.quantity) if row.before else row.quantity,
            unit=row.unit,
            unit_net_price=row.unit_net_price,
            net_minor=-row.net_minor if row.before and row.net_minor is not None else row.net_minor,
            vat_rate=row.vat_rate,
        )
        for row in rows
    )


def _taken_off(quantity: str) -> str:
    return quantity.removeprefix("-") if quantity.startswith("-") else f"-{quantity}" if quantity else ""


def _payments(invoice: Invoice) -> tuple[documents.Payment, ...]:
    return tuple(
        documents.Payment(
            external_id=str(row.uid),
            amount_minor=row.amount_minor,
            due_on=row.due_on,
            form=row.form,  # type: ignore[arg-type]
            settlements=tuple(
                documents.Settlement(
                    external_id=str(part.uid),
                    amount_minor=part.amount_minor,
                    settled_on=part.settled_on,
                    kind=part.kind,  # type: ignore[arg-type]
                )
                for part in sorted(row.settlements.all(), key=lambda part: part.pk)
            ),
        )
        for row in sorted(invoice.payments.all(), key=lambda row: row.position)
    )
