"""Recording invoices from files."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company, Counterparty, Invoice, InvoiceLink
from saldo_desk.sources import importing, ksef_xml
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


def put(company: Company, content: bytes, name: str = "a.xml") -> importing.FileOutcome:
    return importing.import_file(company=company, name=name, load=lambda: content, operator=None, now=NOW)


def test_the_same_invoice_again_is_already_here(company: Company) -> None:
    content = samples.document(number="FV/7")
    assert put(company, content).outcome == "new"
    assert put(company, content, "b.xml").outcome == "already_here"
    assert Invoice.objects.count() == 1


def test_other_content_under_the_same_identity_is_a_conflict_that_names_the_other(company: Company) -> None:
    first = samples.document(number="FV/7", issued_on=date(2026, 10, 1))
    put(company, first)
    buyer = "Inny Nabywca"
    name = Invoice.objects.get().buyer_name
    outcome = put(company, first.replace(name.encode(), buyer.encode()))
    assert (outcome.outcome, outcome.code) == ("conflict", "conflict")
    assert "FV/7" in outcome.message
    assert "2026-10-01" in outcome.message
    assert Invoice.objects.get().buyer_name == name


def test_another_type_under_the_same_number_and_day_is_a_conflict(company: Company) -> None:
    put(company, samples.document(number="FV/7"))
    outcome = put(company, samples.document(number="FV/7", kind="ROZ"))
    assert (outcome.outcome, Invoice.objects.get().type) == ("conflict", "invoice")


def test_an_invoice_is_recorded_in_a_handful_of_queries(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    put(company, samples.document(number="FV/1"))
    lines = tuple(samples.Line(f"Donica {at}", Decimal(1), Decimal("10.00")) for at in range(30))
    terms = tuple(date(2026, 11, day) for day in range(1, 13))
    issued = ksef_xml.read(
        samples.document(number="FV/2", lines=lines, terms=terms, parts_paid=((Decimal("100.00"), date(2026, 10, 1)),)),
        name="FV2.xml",
    )
    with django_assert_max_num_queries(16):  # the savepoint included, whatever the invoice holds
        invoices.record(company=company, issued=issued, operator=None, now=NOW)


@pytest.mark.sqlite_only
def test_recording_walks_through_no_table_of_the_company(company: Company) -> None:
    """Each look-up has an index that narrows further than to the company: 10,000 files take ten times 1,000."""
    ksef = "9991001004-20260901-0A0B0C0D0E0F-36"
    named = (samples.Named("FV/1", date(2026, 9, 1), ksef),)
    content = samples.document(number="FK/1", kind="KOR", corrects=named)
    issued = ksef_xml.read(content, name=f"{ksef}.xml")
    with CaptureQueriesContext(connection) as captured:
        invoices.record(company=company, issued=issued, operator=None, now=NOW)
    for query in (query["sql"] for query in captured.captured_queries):
        if query.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query}")
                steps = [row[3] for row in cursor.fetchall()]
            assert [step for step in steps if "SCAN" in step or step.endswith("(company_id=?)")] == [], query


def test_factor_term_and_reason_stand_in_the_books(company: Company) -> None:
    content = samples.document(
        kind="KOR",
        before=(samples.Line("Donica", Decimal(2), Decimal("10.00")),),
        lines=(samples.Line("Donica", Decimal(1), Decimal("10.00")),),
        corrects=(samples.Named("FV/1"),),
        reason="Zwrot",
        factor=("Faktor S.A.", "73111111111111111111111111"),
        term_in_words=(14, "dni", "otrzymanie"),
    )
    put(company, content)
    row = Invoice.objects.get()
    assert (row.type, row.gross_minor, row.open_minor) == ("correction", -1230, -1230)
    assert (row.factor_name, row.factor_account) == ("Faktor S.A.", "PL73111111111111111111111111")
    assert (row.term_in_words, row.correction_reason) == ("14 dni otrzymanie", "Zwrot")
    assert list(row.lines.order_by("position").values_list("before", "net_minor")) == [(True, 2000), (False, 1000)]


def test_a_buyer_whom_a_simplified_invoice_named_by_number_gets_a_name_later(company: Company) -> None:
    put(company, samples.document(number="FU/1", kind="UPR"))
    first = Invoice.objects.get().counterparty
    assert first.name == first.tax_id
    put(company, samples.document(number="FV/1"))
    put(company, samples.document(number="FU/2", kind="UPR"))
    first.refresh_from_db()
    assert (first.name, Counterparty.objects.count()) == ("Hurtownia Świt Sławomir Wąs", 1)


def test_an_invoice_of_neither_side_is_refused() -> None:
    stranger = companies.add(nip="9999999999", name="Obca")
    outcome = put(stranger, samples.document())
    assert (outcome.outcome, outcome.code) == ("refused", "other_company")
    assert not Invoice.objects.exists()


def test_two_companies_on_one_desk_hold_their_own_books(company: Company) -> None:
    put(company, samples.document(number="FV/7"))
    buyer = Invoice.objects.get().buyer_tax_id
    other = companies.add(nip=buyer, name="Nabywca")
    assert put(other, samples.document(number="FV/7")).outcome == "new"
    assert list(Invoice.objects.order_by("pk").values_list("direction", flat=True)) == ["sales", "purchase"]


def test_the_whole_sample_folder_goes_in_but_for_its_error_files(company: Company, tmp_path: Path) -> None:
    samples.write(tmp_path)
    outcomes = list(importing.import_paths(company=company, paths=[tmp_path], operator=None, clock=lambda: NOW))
    refused = [row.file for row in outcomes if row.outcome != "new"]
    assert sorted(refused) == sorted(samples.ERROR_FILES)
    assert sum(row.open_minor < 0 for row in Invoice.objects.all()) == 2  # corrections that lower
    assert not InvoiceLink.objects.filter(target=None).exists()
    for row in Invoice.objects.prefetch_related("payments__settlements"):
        payments = list(row.payments.all())
        assert row.open_minor == sum(
            payment.amount_minor - sum(part.amount_minor for part in payment.settlements.all()) for payment in payments
        )
