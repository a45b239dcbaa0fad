"""Recording invoices in the books, and finding them there."""

from datetime import datetime
from typing import Literal

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import folding, links, revisions
from saldo_desk.books.issued import ReadInvoice, ReadParty, ReadPayment
from saldo_desk.books.settlements import follow
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
TERM_LENGTH_MAX = 512


class OtherCompany(Refusal):
    """The company is neither seller nor buyer."""

    code = "other_company"
    text = _("%(number)s is not an invoice of %(company)s: seller NIP %(seller)s, buyer NIP %(buyer)s.")


class Conflict(Refusal):
    """Other content under the same seller, number and date, whatever the types of the two are."""

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
    """Put an invoice into the books with its lines, links, payments and what was paid at issue; one transaction.

    The same content again changes nothing. Amounts are kept as issued. Who issued it, its number and its day
    identify it: a number is given once in a series of its seller's, whatever kind of invoice it stands on.

    :raises OtherCompany: when the company is on neither side.
    :raises Conflict: when another document has the same identity.
    """
    direction = _direction(company, issued)
    with transaction.atomic():
        revision = revisions.take(company=company, now=now)
        found = _find(company, issued)
        if found is not None:
            return Recorded("already_here", found.pk)
        invoice = _create(company, direction, issued, revision, now)
        _create_parts(invoice, issued)
        links.put(company=company, invoice=invoice, named=issued.links)
        HistoryEvent.objects.create(
            company=company, at=now, operator=operator, action="recorded", invoice=invoice, values={}
        )
    return Recorded("new", invoice.pk)


def look(*, company: Company, issued: ReadInvoice) -> Literal["new", "already_here"]:
    """What ``record`` would do with the invoice now. Changes nothing.

    :raises OtherCompany: when the company is on neither side.
    :raises Conflict: when another document has the same identity.
    """
    _direction(company, issued)
    return "new" if _find(company, issued) is None else "already_here"


def identity_of(issued: ReadInvoice) -> dict[str, object]:
    """What makes an invoice the same one within a company: the columns of ``invoice_once_per_company``."""
    return {
        "seller_country": issued.seller.country,
        "seller_tax_id": issued.seller.tax_id,
        "number": issued.number,
        "issued_on": issued.issued_on,
    }


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


def _find(company: Company, issued: ReadInvoice) -> Invoice | None:
    """The invoice with the same identity and content; None when there is none. :raises Conflict: other content."""
    found = Invoice.objects.filter(company=company, **identity_of(issued)).first()
    if found is not None and found.content_digest != issued.content_digest:
        raise _conflict(found)
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
        if row.name == row.tax_id != values["name"]:  # came first on a simplified invoice, which has no name
            Counterparty.objects.filter(pk=row.pk).update(**values)
        return row
    found = Counterparty.objects.filter(company=company, country=party.country, tax_id="", name=values["name"]).first()
    return found or Counterparty.objects.create(company=company, country=party.country, tax_id="", **values)


def _create(company: Company, direction: Direction, issued: ReadInvoice, revision: int, now: datetime) -> Invoice:
    other = issued.buyer if direction == Direction.SALES else issued.seller
    factor = issued.factor
    counterparty = _counterparty(company, other)
    invoice = Invoice(
        company=company,
        direction=direction,
        type=issued.type,
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
        factor_name=factor.name[:NAME_LENGTH_MAX] if factor else "",
        factor_account=factor.account if factor else "",
        term_in_words=issued.term_in_words[:TERM_LENGTH_MAX],
        correction_reason=issued.correction_reason,
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
    follow(invoice, [_payment(invoice, payment) for payment in issued.payments])
    invoice.save(force_insert=True)
    return invoice


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
            before=line.before,
        )
        for line in issued.lines
    )
    VatTotal.objects.bulk_create(
        VatTotal(invoice=invoice, position=position, rate=row.rate, net_minor=row.net_minor, vat_minor=row.vat_minor)
        for position, row in enumerate(issued.vat_totals, start=1)
    )
    payments = Payment.objects.bulk_create(_payment(invoice, payment) for payment in issued.payments)
    Settlement.objects.bulk_create(
        Settlement(payment=row, amount_minor=part.amount_minor, settled_on=part.settled_on)
        for row, payment in zip(payments, issued.payments, strict=True)
        for part in payment.paid
    )


def _payment(invoice: Invoice, payment: ReadPayment) -> Payment:
    return Payment(
        company=invoice.company,
        invoice=invoice,
        position=payment.position,
        amount_minor=payment.amount_minor,
        settled_minor=sum(part.amount_minor for part in payment.paid),
        due_on=payment.due_on,
        due_on_assumed=payment.due_on_assumed,
        form=payment.form,
    )
