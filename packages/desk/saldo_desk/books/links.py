"""Which invoice an invoice names: found when it is in the books, and found again whenever one that fits arrives."""

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from saldo_desk.books.issued import ReadLink
from saldo_desk.books.tables import Company, Invoice, InvoiceLink, LinkKind

ADVANCES = frozenset(("advance", "advance_correction"))
NAMES_IN_QUERY_MAX = 400


def put(*, company: Company, invoice: Invoice, named: Iterable[ReadLink]) -> None:
    """Keep what a new invoice names, and connect it both ways with what is here; in the caller's transaction.

    The order in which invoices arrive makes no difference: each arrival looks again at the links that name it.
    """
    made = InvoiceLink.objects.bulk_create(
        InvoiceLink(
            company=company,
            invoice=invoice,
            position=position,
            kind=link.kind,
            number=link.number,
            issued_on=link.issued_on,
            ksef_number=link.ksef_number,
        )
        for position, link in enumerate(named, start=1)
    )
    _connect(company, [*made, *_naming(company, invoice)])


def list_of(invoice: Invoice) -> "QuerySet[InvoiceLink]":
    """What the invoice names, in its order, with the invoices that are here."""
    return (
        InvoiceLink.objects.filter(company=invoice.company_id, invoice=invoice).select_related("target").order_by("pk")
    )


def list_to(invoice: Invoice) -> "QuerySet[InvoiceLink]":
    """What names the invoice: its corrections, and the final invoices of an advance; oldest first."""
    found = InvoiceLink.objects.filter(company=invoice.company_id, target=invoice)
    return found.select_related("invoice").order_by("invoice__issued_on", "invoice_id", "pk")


def _naming(company: Company, invoice: Invoice) -> Iterable[InvoiceLink]:
    """The links of other invoices that may mean this one.

    Asked for twice, by each of its numbers: one query with OR walks through all links of the company.
    """
    links = InvoiceLink.objects.filter(company=company).select_related("invoice")
    found = {link.pk: link for link in links.filter(number=invoice.number)}
    if invoice.ksef_number:
        found |= {link.pk: link for link in links.filter(ksef_number=invoice.ksef_number)}
    return [link for link in found.values() if link.invoice_id != invoice.pk]


def _connect(company: Company, links: list[InvoiceLink]) -> None:
    """Lead each link to the invoice that it means, where there is one."""
    if not links:
        return
    candidates = _candidates(company, links)
    moved = []
    for link in links:
        target = _meant(link, candidates)
        if link.target_id != (target.pk if target else None):
            link.target = target
            moved.append(link)
    if moved:
        InvoiceLink.objects.bulk_update(moved, ["target"], batch_size=NAMES_IN_QUERY_MAX)


def _candidates(company: Company, links: list[InvoiceLink]) -> list[Invoice]:
    invoices = Invoice.objects.filter(company=company).defer("note", "warnings")
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
    """The invoice that a link means: by its KSeF number, else by seller, number and day.

    One that has another KSeF number than the link says is not it. Of several (an advance is named without its
    day) the latest that the naming invoice can have known. Nothing is guessed where two fit alike.
    """
    others = [row for row in candidates if row.pk != link.invoice_id]
    fitting = [row for row in others if link.ksef_number and row.ksef_number == link.ksef_number]
    if not fitting:
        fitting = [row for row in others if _is_named(link, row)]
    if len(fitting) > 1:
        known = [row for row in fitting if row.issued_on <= link.invoice.issued_on]
        latest_on = max((row.issued_on for row in known), default=None)
        fitting = [row for row in known if row.issued_on == latest_on]
    return fitting[0] if len(fitting) == 1 else None


def _is_named(link: InvoiceLink, row: Invoice) -> bool:
    own = link.invoice
    same_seller = (row.seller_country, row.seller_tax_id) == (own.seller_country, own.seller_tax_id)
    same_day = link.issued_on is None or row.issued_on == link.issued_on
    other_ksef_number = bool(link.ksef_number and row.ksef_number)
    can_be = link.kind != LinkKind.SETTLES_ADVANCE or row.type in ADVANCES
    return (
        bool(link.number)
        and row.number == link.number
        and same_seller
        and same_day
        and not other_ksef_number
        and can_be
    )
