"""The samples of kind VAT in the books of their seller: each alone, and the whole folder into one company."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from packages.desk.tests.sources.test_official_samples import VAT_SAMPLES
from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources import importing

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATES = {"open": "open", "settled": "settled", "partly settled": "partly"}


@pytest.fixture
def seller() -> Company:
    """All samples have the same seller."""
    return companies.add(nip="9999999999", name="ABC AGD")


@pytest.mark.parametrize("sample", VAT_SAMPLES)
def test_a_sample_stands_in_empty_books_as_issued(
    sample: str, official: Callable[[str], Path], seller: Company
) -> None:
    [outcome] = importing.import_paths(company=seller, paths=[official(sample)], operator=None, clock=lambda: NOW)
    assert outcome.outcome == "new"
    expected, row = VAT_SAMPLES[sample], Invoice.objects.get()
    payment = row.payments.get()
    assert (row.number, row.currency, row.gross_minor, row.direction) == (
        expected.number,
        expected.currency,
        expected.gross_minor,
        "sales",
    )
    assert (payment.amount_minor, payment.due_on, payment.form) == (
        expected.amount_minor,
        expected.due_on,
        expected.form,
    )
    assert (row.open_minor, row.payment_state, row.due_on) == (
        expected.open_minor,
        STATES[expected.state],
        expected.due_on,
    )


def test_the_whole_folder_into_one_company_names_every_conflict(
    official: Callable[[str], Path], seller: Company
) -> None:
    """Six share number and date, two more do: six identities among the twelve. Other kinds are refused by name."""
    folder = official("1").parent
    outcomes = list(importing.import_paths(company=seller, paths=[folder], operator=None, clock=lambda: NOW))
    assert Counter(row.outcome for row in outcomes) == {"new": 6, "conflict": 6, "refused": 14}
    for row in outcomes:
        if row.outcome == "conflict":
            assert "FV2026/02/150" in row.message
            assert row.file in row.message
    again = importing.import_paths(company=seller, paths=[folder], operator=None, clock=lambda: NOW)
    assert Counter(row.outcome for row in again) == {"already_here": 6, "conflict": 6, "refused": 14}
