"""Which invoice an invoice names: found when it is in the books, and found again whenever one that fits arrives."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from django.db.models import QuerySet

from saldo_core import row_writes
from saldo_desk.books.folding import fold
from saldo_desk.books.issued import ReadInvoice
from saldo_desk.books.tables import Company, Invoice, InvoiceLink, LinkKind

ADVANCES = frozenset(("advance", "advance_correction"))
NAMES_IN_QUERY_MAX = 400
COLUMNS = ("company", "invoice", "position", "kind", "number", "issued_on", "ksef_number")


class NamedInvoice(msgspec.Struct, frozen=True):
    """What an invoice names. ``fitting``: the invoices that fit alike, so that none is taken for the one meant."""

    link: InvoiceLink
    fitting: tuple[Invoice, ...] = ()


def put(*, company: Company, arrived: Mapping[int, ReadInvoice]) -> None:
    """Keep what new invoices name, by their keys, and connect it both ways with what is here; in the caller's
    transaction.

    The order in which invoices arrive makes no difference: each arrival looks again at the links that name it.
    """
    naming = {pk: issued.links for pk, issued in arrived.items() if issued.links}
    links = (
        (company.pk, pk, position, link.kind, link.number, row_writes.as_day(link.issued_on), link.ksef_number)
        for pk, named in naming.items()
        for position, link in enumerate(named, start=1)
    )
    if naming:
        row_writes.insert(InvoiceLink, fields=COLUMNS, rows=links)
    found = _naming(
        company,
        numbers={issued.number for issued in arrived.values()},
        ksef_numbers={issued.ksef_number or "" for issued in arrived.values()},
        invoices=sorted(naming),
    )
    _connect(company, found)


def look_again(*, company: Company, numbers: set[str], ksef_numbers: set[str]) -> None:
    """Lead the links that name one of the numbers anew: invoices went out of the books. In the caller's transaction."""
    _connect(company, _naming(company, numbers=numbers, ksef_numbers=ksef_numbers))


def list_of(invoice: Invoice) -> tuple[NamedInvoice, ...]:
    """What the invoice names, in its order, with the invoices that are here."""
    found = InvoiceLink.objects.filter(company=invoice.company_id, invoice=invoice).select_related("target", "invoice")
    links = list(found.order_by("position"))
    waiting = [link for link in links if link.target is None]
    candidates = _candidates(invoice.company_id, waiting)
    return tuple(NamedInvoice(link, () if link.target else tuple(_fitting(link, candidates))) for link in links)


def list_to(invoice: Invoice) -> "QuerySet[InvoiceLink]":
    """What names the invoice: its corrections, and the final invoices of an advance; oldest first."""
    found = InvoiceLink.objects.filter(company=invoice.company_id, target=invoice)
    return found.select_related("invoice").order_by("invoice__issued_on", "invoice_id", "pk")


def _naming(
    company: Company, *, numbers: set[str], ksef_numbers: set[str], invoices: Sequence[int] = ()
) -> list[InvoiceLink]:
    """The links that may mean an invoice with one of the numbers, and those of the invoices.

    Asked for twice, by each kind of number: one query with OR walks through all links of the company.
    """
    links = InvoiceLink.objects.filter(company=company).select_related("invoice")
    found: dict[int, InvoiceLink] = {}
    for some in _in_parts(numbers):
        found |= {link.pk: link for link in links.filter(number__in=some)}
    for some in _in_parts(ksef_numbers):
        found |= {link.pk: link for link in links.filter(ksef_number__in=some)}
    for start in range(0, len(invoices), NAMES_IN_QUERY_MAX):
        own = links.filter(invoice__in=invoices[start : start + NAMES_IN_QUERY_MAX])
        found |= {link.pk: link for link in own}
    return list(found.values())


def _connect(company: Company, links: list[InvoiceLink]) -> None:
    """Lead each link to the invoice that it means, where there is one."""
    if not links:
        return
    candidates = _candidates(company.pk, links)
    moved = []
    for link in links:
        target = _meant(link, candidates)
        if link.target_id != (target.pk if target else None):
            link.target = target
            moved.append(link)
    if moved:
        InvoiceLink.objects.bulk_update(moved, ["target"], batch_size=NAMES_IN_QUERY_MAX)


def _candidates(company_pk: int, links: list[InvoiceLink]) -> list[Invoice]:
    invoices = Invoice.objects.filter(company=company_pk).defer("note", "warnings")
    found: dict[int, Invoice] = {}
    for numbers in _in_parts({link.number for link in links}):
        found |= {row.pk: row for row in invoices.filter(number__in=numbers)}
    for numbers in _in_parts({link.ksef_number for link in links}):
        found |= {row.pk: row for row in invoices.filter(ksef_number__in=numbers)}
    return list(found.values())


def _in_parts(numbers: set[str]) -> Iterator[list[str]]:
    known = sorted(numbers - {""})
    for start in range(0, len(known), NAMES_IN_QUERY_MAX):
        yield known[start : start + NAMES_IN_QUERY_MAX]


def _meant(link: InvoiceLink, candidates: list[Invoice]) -> Invoice | None:
    """The invoice that a link means; nothing is guessed where several fit alike."""
    fitting = _fitting(link, candidates)
    return fitting[0] if len(fitting) == 1 else None


def _fitting(link: InvoiceLink, candidates: list[Invoice]) -> list[Invoice]:
    """The invoices that a link can mean: by its KSeF number, else by seller, number and day."""
    others = [row for row in candidates if row.pk != link.invoice_id]
    by_ksef_number = [row for row in others if link.ksef_number and row.ksef_number == link.ksef_number]
    return by_ksef_number or [row for row in others if _is_named(link, row)]


def _is_named(link: InvoiceLink, row: Invoice) -> bool:
    """Whether seller, number and day fit. One that has another KSeF number than the link says is not it.

    An advance is named without its day: it is then one of the same buyer, and not of a later day than what names it.
    """
    own = link.invoice
    same_seller = (row.seller_country, row.seller_tax_id) == (own.seller_country, own.seller_tax_id)
    fitting_day = row.issued_on == link.issued_on if link.issued_on else row.issued_on <= own.issued_on
    other_ksef_number = bool(link.ksef_number and row.ksef_number)
    can_be = link.kind != LinkKind.SETTLES_ADVANCE or (row.type in ADVANCES and _buyer(row) == _buyer(own))
    return (
        bool(link.number)
        and row.number == link.number
        and same_seller
        and fitting_day
        and not other_ksef_number
        and can_be
    )


def _buyer(row: Invoice) -> tuple[str, str]:
    """Who bought: by tax id where there is one, else by name."""
    return row.buyer_country, row.buyer_tax_id or fold(row.buyer_name)
