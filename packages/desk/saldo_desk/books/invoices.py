"""Recording invoices in the books, and finding them there."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core import row_writes
from saldo_core.refusals import Refusal
from saldo_desk.books import counterparties, invoice_rows, links, revisions
from saldo_desk.books.counterparties import NAME_LENGTH_MAX
from saldo_desk.books.issued import ReadInvoice
from saldo_desk.books.tables import Company, Direction, Invoice, Operator
from saldo_protocol.money import Money

TOGETHER_MAX = 500
Identity = tuple[str, str, str, date]


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


class Found(NamedTuple):
    """What a conflict tells of the document that is here, and what tells whether there is one."""

    pk: int
    number: str
    issued_on: date
    seller_name: str
    gross_minor: int
    currency: str
    recorded_at: datetime
    content_digest: str


def record(*, company: Company, issued: ReadInvoice, operator: Operator | None, now: datetime) -> Recorded:
    """Put an invoice into the books with its lines, links, payments and what was paid at issue; one transaction.

    The same content again changes nothing. Amounts are kept as issued. Who issued it, its number and its day
    identify it: a number is given once in a series of its seller's, whatever kind of invoice it stands on.

    :raises OtherCompany: when the company is on neither side.
    :raises Conflict: when another document has the same identity.
    """
    (became,) = record_all(company=company, issued=(issued,), operator=operator, now=now)
    if isinstance(became, Refusal):
        raise became
    return became


def record_all(
    *, company: Company, issued: Sequence[ReadInvoice], operator: Operator | None, now: datetime
) -> list[Recorded | Refusal]:
    """``record`` each, in their order, in one transaction: what became of each, or why it stays outside.

    Everything is looked up and written for all of them at once, with as many statements as for one.
    """
    assert len(issued) <= TOGETHER_MAX
    sides = [_side(company, one) for one in issued]
    with transaction.atomic():
        locked = revisions.lock(company=company)
        found = find_all(company=company, issued=issued)
        new: dict[Identity, tuple[int, Direction]] = {}
        for at, (one, side) in enumerate(zip(issued, sides, strict=True)):
            if not isinstance(side, Refusal) and _identity(one) not in found:
                new.setdefault(_identity(one), (at, side))
        entries = _entries(company, locked, [(issued[at], side) for at, side in new.values()], now)
        if entries:
            invoice_rows.write(company=company, entries=entries, operator=operator, now=now)
            links.put(company=company, arrived={entry.pk: entry.issued for entry in entries})
    found |= {_identity(entry.issued): _found(entry, now) for entry in entries}
    firsts = {at for at, _side in new.values()}
    became: list[Recorded | Refusal] = []
    for at, (one, side) in enumerate(zip(issued, sides, strict=True)):
        here = found.get(_identity(one))
        if isinstance(side, Refusal) or here is None:
            assert isinstance(side, Refusal)
            became.append(side)
        elif here.content_digest != one.content_digest:
            became.append(_conflict(here))
        else:
            became.append(Recorded("new" if at in firsts else "already_here", here.pk))
    return became


def look_all(*, company: Company, issued: Sequence[ReadInvoice]) -> list[Literal["new", "already_here"] | Refusal]:
    """What ``record`` would do with each invoice now, by itself. Changes nothing."""
    found = find_all(company=company, issued=issued)
    seen: list[Literal["new", "already_here"] | Refusal] = []
    for one in issued:
        side, here = _side(company, one), found.get(_identity(one))
        if isinstance(side, Refusal):
            seen.append(side)
        elif here is None:
            seen.append("new")
        else:
            seen.append("already_here" if here.content_digest == one.content_digest else _conflict(here))
    return seen


def find_all(*, company: Company, issued: Sequence[ReadInvoice]) -> dict[Identity, Found]:
    """The documents in the books that have the same identity as one of these, by it."""
    numbers = {one.number for one in issued}
    asked = {_identity(one) for one in issued}
    rows = Invoice.objects.filter(company=company, number__in=numbers).values_list(
        "seller_country", "seller_tax_id", *Found._fields
    )
    found = {}
    for country, tax_id, *values in rows:
        here = Found(*values)
        if (identity := (country, tax_id, here.number, here.issued_on)) in asked:
            found[identity] = here
    return found


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


def _identity(issued: ReadInvoice) -> Identity:
    return issued.seller.country, issued.seller.tax_id, issued.number, issued.issued_on


def _side(company: Company, issued: ReadInvoice) -> Direction | OtherCompany:
    if issued.seller.country == "PL" and issued.seller.tax_id == company.nip:
        return Direction.SALES
    if issued.buyer.country == "PL" and issued.buyer.tax_id == company.nip:
        return Direction.PURCHASE
    return OtherCompany(
        number=issued.number,
        company=company.name,
        seller=issued.seller.tax_id or "—",
        buyer=issued.buyer.tax_id or "—",
    )


def _conflict(found: Found) -> Conflict:
    return Conflict(
        number=found.number,
        issued_on=found.issued_on.isoformat(),
        seller=found.seller_name,
        gross=Money(found.gross_minor, found.currency),
        recorded_on=found.recorded_at.date().isoformat(),
    )


def _entries(
    company: Company, locked: Company, new: Sequence[tuple[ReadInvoice, Direction]], now: datetime
) -> list[invoice_rows.Entry]:
    """The invoices with their keys, counterparties and revisions, in their order."""
    if not new:
        return []
    pks = row_writes.new_ids(Invoice, len(new))
    others = [issued.buyer if side == Direction.SALES else issued.seller for issued, side in new]
    parties = counterparties.bring(company=company, parties=others)
    taken = revisions.take_several(locked=locked, count=len(new), now=now)
    return [
        invoice_rows.Entry(pk, issued, side, party, revision)
        for pk, (issued, side), party, revision in zip(pks, new, parties, taken, strict=True)
    ]


def _found(entry: invoice_rows.Entry, now: datetime) -> Found:
    issued = entry.issued
    return Found(
        entry.pk, issued.number, issued.issued_on, issued.seller.name[:NAME_LENGTH_MAX], issued.gross_minor,
        issued.currency, now, issued.content_digest,
    )  # fmt: skip
