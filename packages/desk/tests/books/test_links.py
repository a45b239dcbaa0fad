"""Corrections and advances find what they name: whichever comes first, and never in another company's books."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from saldo_desk.books import companies, invoices, links
from saldo_desk.books.tables import Company, Invoice, InvoiceLink
from saldo_desk.sources import ksef_number, ksef_xml
from tools import sample_names, samples
from tools.samples import Line, Named

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, LATER = date(2026, 9, 1), date(2026, 9, 20)
BEFORE, AFTER = (Line("Donica", Decimal(2), Decimal("100.00")),), (Line("Donica", Decimal(2), Decimal("90.00")),)


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


def own_number(at: int) -> str:
    body = f"{samples.COMPANY_NIP}-20260901-{at:012X}"
    return f"{body}-{ksef_number.checksum(body)}"


Sample = tuple[bytes, str]
"""A file's content and name."""


def plain(number: str, *, issued_on: date = DAY, ksef: str = "", **values: object) -> Sample:
    return samples.document(number=number, issued_on=issued_on, **values), f"{ksef or 'file'}.xml"


def correction(number: str, *named: Named, issued_on: date = LATER, ksef: str = "") -> Sample:
    content = samples.document(
        number=number, issued_on=issued_on, kind="KOR", before=BEFORE, lines=AFTER, corrects=named
    )
    return content, f"{ksef or 'file'}.xml"


def advance(number: str, *, issued_on: date = DAY, ksef: str = "") -> Sample:
    return plain(number, issued_on=issued_on, ksef=ksef, kind="ZAL", advance=Decimal("123.00"))


def final(number: str, *named: Named, issued_on: date = LATER) -> Sample:
    return plain(number, issued_on=issued_on, kind="ROZ", settles=named)


def put(company: Company, *files: Sample) -> list[Invoice]:
    made = []
    for content, name in files:
        issued = ksef_xml.read(content, name=name)
        recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
        made.append(Invoice.objects.get(pk=recorded.invoice_pk))
    return made


def linked() -> list[tuple[str, str | None]]:
    """Who names whom, by their numbers; None: not in the books."""
    rows = InvoiceLink.objects.order_by("invoice__number", "position").select_related("invoice", "target")
    return [(row.invoice.number, row.target.number if row.target else None) for row in rows]


def in_every_order(company: Company, files: Iterable[Sample], expected: list[tuple[str, str | None]]) -> None:
    for order in permutations(files):
        Invoice.objects.all().delete()
        put(company, *order)
        assert linked() == expected


def test_a_correction_is_linked_to_what_it_corrects_in_either_order(company: Company) -> None:
    in_every_order(company, [plain("FV/1"), correction("FK/1", Named("FV/1", DAY))], [("FK/1", "FV/1")])


def test_links_are_listed_from_both_ends(company: Company) -> None:
    corrected, first, second = put(
        company, plain("FV/1"), correction("FK/1", Named("FV/1", DAY)), correction("FK/2", Named("FV/1", DAY))
    )
    assert [named.link.target for named in links.list_of(first)] == [corrected]
    assert [link.invoice for link in links.list_to(corrected)] == [first, second]
    assert not links.list_to(first).exists()


def test_a_correction_of_something_unknown_waits_for_it(company: Company) -> None:
    put(company, correction("FK/1", Named("FV/1", DAY)))
    assert linked() == [("FK/1", None)]
    put(company, plain("FV/2"))
    assert linked() == [("FK/1", None)]
    put(company, plain("FV/1"))
    assert linked() == [("FK/1", "FV/1")]


def test_a_correction_of_several_is_linked_to_each(company: Company) -> None:
    files = [plain("FV/1"), plain("FV/2"), correction("FK/1", Named("FV/2", DAY), Named("FV/1", DAY))]
    in_every_order(company, files, [("FK/1", "FV/2"), ("FK/1", "FV/1")])


def test_a_correction_of_a_correction_is_linked_to_it(company: Company) -> None:
    files = [plain("FV/1"), correction("FK/1", Named("FV/1", DAY)), correction("FK/2", Named("FK/1", LATER))]
    in_every_order(company, files, [("FK/1", "FV/1"), ("FK/2", "FK/1")])


def test_the_ksef_number_goes_before_number_and_day(company: Company) -> None:
    files = [
        plain("FV/1"),
        plain("FV/2", ksef=own_number(2)),
        correction("FK/1", Named("FV/1", DAY, own_number(2))),
    ]
    in_every_order(company, files, [("FK/1", "FV/2")])


def test_an_invoice_without_a_ksef_number_is_found_by_number_and_day(company: Company) -> None:
    in_every_order(company, [plain("FV/1"), correction("FK/1", Named("FV/1", DAY, own_number(1)))], [("FK/1", "FV/1")])


def test_an_invoice_with_another_ksef_number_is_not_meant(company: Company) -> None:
    files = [plain("FV/1", ksef=own_number(9)), correction("FK/1", Named("FV/1", DAY, own_number(1)))]
    in_every_order(company, files, [("FK/1", None)])


def test_an_invoice_of_another_day_is_not_meant(company: Company) -> None:
    in_every_order(company, [plain("FV/1", issued_on=LATER), correction("FK/1", Named("FV/1", DAY))], [("FK/1", None)])


def test_an_invoice_of_another_seller_is_not_meant(company: Company) -> None:
    bought = plain("FV/1", seller=sample_names.SUPPLIERS[0], buyer=sample_names.COMPANY)
    in_every_order(company, [bought, correction("FK/1", Named("FV/1", DAY))], [("FK/1", None)])


def test_an_invoice_of_another_company_is_never_linked(company: Company) -> None:
    buyer = companies.add(nip=sample_names.POLISH_BUYERS[0].tax_id, name="Nabywca")
    put(buyer, plain("FV/1", ksef=own_number(1)))
    put(company, correction("FK/1", Named("FV/1", DAY, own_number(1))))
    assert linked() == [("FK/1", None)]
    put(buyer, correction("FK/2", Named("FV/1", DAY)))
    assert linked() == [("FK/1", None), ("FK/2", "FV/1")]


def test_a_final_invoice_is_linked_to_its_advances(company: Company) -> None:
    files = [
        advance("FZ/1", ksef=own_number(1)),
        advance("FZ/2"),
        final("FR/1", Named("", ksef_number=own_number(1)), Named("FZ/2")),
    ]
    in_every_order(company, files, [("FR/1", "FZ/1"), ("FR/1", "FZ/2")])


def test_a_plain_invoice_under_the_number_of_an_advance_is_not_meant(company: Company) -> None:
    in_every_order(company, [plain("FZ/1"), final("FR/1", Named("FZ/1"))], [("FR/1", None)])


def test_of_two_advances_of_one_number_none_is_guessed_and_both_are_shown(company: Company) -> None:
    files = [
        advance("FZ/1", issued_on=date(2025, 9, 1)),
        advance("FZ/1", issued_on=DAY),
        advance("FZ/1", issued_on=date(2026, 12, 1)),
        final("FR/1", Named("FZ/1")),
    ]
    for order in permutations(files):
        Invoice.objects.all().delete()
        put(company, *order)
        (named,) = links.list_of(Invoice.objects.get(number="FR/1"))
        assert named.link.target is None
        assert {row.issued_on for row in named.fitting} == {date(2025, 9, 1), DAY}


def test_an_advance_that_another_buyer_paid_is_not_meant(company: Company) -> None:
    own, other = sample_names.POLISH_BUYERS[:2]
    files = [
        plain("FZ/1", kind="ZAL", advance=Decimal("123.00"), buyer=own),
        plain("FZ/1", issued_on=LATER, kind="ZAL", advance=Decimal("50.00"), buyer=other),
        plain("FR/1", issued_on=LATER, kind="ROZ", settles=(Named("FZ/1"),), buyer=own),
    ]
    for order in permutations(files):
        Invoice.objects.all().delete()
        put(company, *order)
        target = InvoiceLink.objects.get().target
        assert target is not None
        assert (target.buyer_tax_id, target.issued_on) == (own.tax_id, DAY)


def test_an_advance_of_a_later_day_is_not_meant(company: Company) -> None:
    in_every_order(
        company, [advance("FZ/1", issued_on=date(2026, 12, 1)), final("FR/1", Named("FZ/1"))], [("FR/1", None)]
    )


def test_a_link_waits_again_when_what_it_meant_is_gone(company: Company) -> None:
    corrected, _ = put(company, plain("FV/1"), correction("FK/1", Named("FV/1", DAY)))
    corrected.delete()
    assert linked() == [("FK/1", None)]
    put(company, plain("FV/1"))
    assert linked() == [("FK/1", "FV/1")]


def test_an_invoice_that_names_itself_is_not_linked(company: Company) -> None:
    put(company, correction("FK/1", Named("FK/1", LATER)))
    assert linked() == [("FK/1", None)]
