"""Recording invoices in the books, and finding them there."""

from datetime import datetime
from typing import Literal

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import folding, revisions
from saldo_desk.books.issued import ReadInvoice, ReadParty, ReadPayment
from saldo_desk.books.settlements import follow_payments
from saldo_desk.books.tables import (
    Company,
    Counterparty,
    Direction,
    HistoryEvent,
    Invoice,
    Line,
    Operator,
    Payment,
    Settlement,
    VatTotal,
)
from saldo_protocol.money import Money

NAME_LENGTH_MAX = 512


class OtherCompany(Refusal):
    """The company is neither seller nor buyer."""

    code = "other_company"
    text = _("%(number)s is not an invoice of %(company)s: seller NIP %(seller)s, buyer NIP %(buyer)s.")


class Conflict(Refusal):
    """Other content under the same seller, number and date."""

    code = "conflict"
    text = _(
        "Another document with the number %(number)s, issued on %(issued_on)s by %(seller)s, is here already: "
        "%(gross)s, recorded on %(recorded_on)s. Compare the two; this one was left out."
    )


class InvoiceNotFound(Refusal):
    """No such number in the company's books."""

    code = "invoice_not_found"
    status = 404
    text = _("There is no invoice %(number)s in the books.")


class Recorded(msgspec.Struct, frozen=True):
    """What became of an invoice: a new row, or the one that was there with the same content."""

    outcome: Literal["new", "already_here"]
    invoice_pk: int


def record(*, company: Company, issued: ReadInvoice, operator: Operator | None, now: datetime) -> Recorded:
    """Put an invoice into the books with its lines, payments and what was paid at issue; one transaction.

    The same content again changes nothing. Amounts are kept as issued.

    :raises OtherCompany: when the company is on neither side.
    :raises Conflict: when another document has the same identity.
    """
    direction = _direction(company, issued)
    with transaction.atomic():
        revision = revisions.take(company=company, now=now)
        found = Invoice.objects.filter(
            company=company,
            seller_country=issued.seller.country,
            seller_tax_id=issued.seller.tax_id,
            type="invoice",
            number=issued.number,
            issued_on=issued.issued_on,
        ).first()
        if found is not None:
            if found.content_digest == issued.content_digest:
                return Recorded("already_here", found.pk)
            raise _conflict(found)
        invoice = _create(company, direction, issued, revision, now)
        _create_parts(invoice, issued)
        follow_payments(invoice)
        invoice.save()
        HistoryEvent.objects.create(
            company=company, at=now, operator=operator, action="recorded", invoice=invoice, values={}
        )
    return Recorded("new", invoice.pk)


def in_list(*, company: Company) -> "QuerySet[Invoice]":
    """The company's invoices, the latest first."""
    return Invoice.objects.filter(company=company).select_related("counterparty").order_by("-issued_on", "-pk")


def get(*, company: Company, number: str) -> Invoice:
    """The invoice with the number; the latest where two sellers use the same.

    :raises InvoiceNotFound:
    """
    found = in_list(company=company).filter(number=number).first()
    if found is None:
        raise InvoiceNotFound(number=number)
    return found


def _direction(company: Company, issued: ReadInvoice) -> Direction:
    if issued.seller.country == "PL" and issued.seller.tax_id == company.nip:
        return Direction.SALES
    if issued.buyer.country == "PL" and issued.buyer.tax_id == company.nip:
        return Direction.PURCHASE
    raise OtherCompany(
        number=issued.number,
        company=company.name,
        seller=issued.seller.tax_id or "—",
        buyer=issued.buyer.tax_id or "—",
    )


def _conflict(found: Invoice) -> Conflict:
    return Conflict(
        number=found.number,
        issued_on=found.issued_on.isoformat(),
        seller=found.seller_name,
        gross=Money(found.gross_minor, found.currency),
        recorded_on=found.recorded_at.date().isoformat(),
    )


def _counterparty(company: Company, party: ReadParty) -> Counterparty:
    values = {
        "name": party.name[:NAME_LENGTH_MAX],
        "address": party.address,
        "email": party.email,
    }
    if party.tax_id:
        row, _made = Counterparty.objects.get_or_create(
            company=company, country=party.country, tax_id=party.tax_id, defaults=values
        )
        return row
    found = Counterparty.objects.filter(company=company, country=party.country, tax_id="", name=values["name"]).first()
    return found or Counterparty.objects.create(company=company, country=party.country, tax_id="", **values)


def _create(company: Company, direction: Direction, issued: ReadInvoice, revision: int, now: datetime) -> Invoice:
    other = issued.buyer if direction == Direction.SALES else issued.seller
    counterparty = _counterparty(company, other)
    return Invoice.objects.create(
        company=company,
        direction=direction,
        number=issued.number,
        issued_on=issued.issued_on,
        sold_on=issued.sold_on,
        counterparty=counterparty,
        seller_country=issued.seller.country,
        seller_tax_id=issued.seller.tax_id,
        seller_name=issued.seller.name[:NAME_LENGTH_MAX],
        seller_address=issued.seller.address,
        buyer_country=issued.buyer.country,
        buyer_tax_id=issued.buyer.tax_id,
        buyer_name=issued.buyer.name[:NAME_LENGTH_MAX],
        buyer_address=issued.buyer.address,
        currency=issued.currency,
        net_minor=issued.net_minor,
        vat_minor=issued.vat_minor,
        gross_minor=issued.gross_minor,
        split_payment=issued.split_payment,
        ksef_number=issued.ksef_number or "",
        bank_account=issued.bank_accounts[0] if issued.bank_accounts else "",
        note=issued.note,
        warnings=[msgspec.to_builtins(warning) for warning in issued.warnings],
        content_digest=issued.content_digest,
        revision=revision,
        recorded_at=now,
        party_folded=folding.fold(counterparty.name)[:NAME_LENGTH_MAX],
        search_text=folding.search_text(
            number=issued.number,
            ksef_number=issued.ksef_number or "",
            name=counterparty.name,
            tax_id=counterparty.tax_id,
        ),
    )


def _create_parts(invoice: Invoice, issued: ReadInvoice) -> None:
    Line.objects.bulk_create(
        Line(
            invoice=invoice,
            position=line.position,
            name=line.name[:NAME_LENGTH_MAX],
            quantity=line.quantity,
            unit=line.unit,
            unit_net_price=line.unit_net_price,
            net_minor=line.net_minor,
            vat_rate=line.vat_rate,
        )
        for line in issued.lines
    )
    VatTotal.objects.bulk_create(
        VatTotal(invoice=invoice, position=position, rate=row.rate, net_minor=row.net_minor, vat_minor=row.vat_minor)
        for position, row in enumerate(issued.vat_totals, start=1)
    )
    for payment in issued.payments:
        _create_payment(invoice, payment)


def _create_payment(invoice: Invoice, payment: ReadPayment) -> None:
    row = Payment.objects.create(
        company=invoice.company,
        invoice=invoice,
        position=payment.position,
        amount_minor=payment.amount_minor,
        settled_minor=sum(part.amount_minor for part in payment.paid),
        due_on=payment.due_on,
        due_on_assumed=payment.due_on_assumed,
        form=payment.form,
    )
    Settlement.objects.bulk_create(
        Settlement(payment=row, amount_minor=part.amount_minor, settled_on=part.settled_on) for part in payment.paid
    )
