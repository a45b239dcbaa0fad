"""The official samples in the books of their seller: each alone, and the whole folder into one company."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from packages.desk.tests.sources.official_samples import SAMPLES, Due, Expected
from saldo_desk.books import companies, links
from saldo_desk.books.tables import Company, Invoice, InvoiceLink
from saldo_desk.sources import importing, ksef_xml
from saldo_desk.sources.documents import ReadLink

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def seller() -> Company:
    """All samples have the same seller."""
    return companies.add(nip="9999999999", name="ABC AGD")


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_stands_in_empty_books_as_issued(
    sample: str, official: Callable[[str], Path], seller: Company
) -> None:
    [outcome] = importing.import_paths(company=seller, paths=[official(sample)], operator=None, clock=lambda: NOW)
    assert outcome.outcome == "new"
    expected, row = SAMPLES[sample], Invoice.objects.get()
    found = Expected(
        row.type,
        row.number,
        row.currency,
        row.gross_minor,
        tuple(
            Due(each.amount_minor, each.due_on, each.due_on_assumed, each.form, each.open_minor)
            for each in row.payments.order_by("position")
        ),
        row.payment_state,
        tuple(
            ReadLink(link.kind, link.number, link.issued_on, link.ksef_number)  # type: ignore[arg-type]
            for link in (named.link for named in links.list_of(row))
        ),
    )
    assert found == expected
    assert row.open_minor == sum(payment.open_minor for payment in expected.payments)
    assert row.direction == "sales"


def test_the_whole_folder_into_one_company_names_every_conflict(
    official: Callable[[str], Path], seller: Company
) -> None:
    """Eight share number and day, two simplified ones among them; five other pairs do."""
    folder = official("1").parent
    outcomes = list(importing.import_paths(company=seller, paths=[folder], operator=None, clock=lambda: NOW))
    assert Counter(row.outcome for row in outcomes) == {"new": 14, "conflict": 12}
    for row in outcomes:
        if row.outcome == "conflict":
            other = Invoice.objects.get(number=row.number, issued_on=day_of(folder / row.file))
            assert other.number in row.message
            assert other.issued_on.isoformat() in row.message
            assert row.file in row.message
    again = importing.import_paths(company=seller, paths=[folder], operator=None, clock=lambda: NOW)
    assert Counter(row.outcome for row in again) == {"already_here": 14, "conflict": 12}


def test_the_whole_folder_is_linked_within_itself(official: Callable[[str], Path], seller: Company) -> None:
    """Which of two conflicting files goes in depends on the order of their names; what is named is there either way."""
    folder = official("1").parent
    list(importing.import_paths(company=seller, paths=[folder], operator=None, clock=lambda: NOW))
    named = InvoiceLink.objects.exclude(target=None).order_by("invoice__number", "position")
    assert [(link.invoice.number, link.kind, link.target.number) for link in named if link.target] == [
        ("FK2026/03/200", "corrects", "FV2026/02/150"),
        ("FK2026/03/5", "corrects", "FZ2026/02/150"),
        ("FK2026/03/7", "corrects", "FZ2026/02/150"),
        ("FK2026/04/23", "corrects", "FV2026/02/150"),
        ("FK2026/07/243", "corrects", "FV2026/02/150"),
        ("FK2026/09/1", "corrects", "FV2026/08/12"),
    ]


def day_of(path: Path) -> date:
    return ksef_xml.read(path.read_bytes(), name=path.name).issued_on
