"""Our own samples: valid, the same for a seed, and of every kind that the Desk has to show."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from stdnum.pl import nip

from saldo_desk.sources import files, ksef_xml
from saldo_desk.sources.documents import ReadInvoice, Unreadable
from tools import samples

TODAY = date(2026, 10, 31)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return samples.write(tmp_path_factory.mktemp("samples"), today=TODAY)


@pytest.fixture(scope="module")
def invoices(paths: list[Path]) -> list[ReadInvoice]:
    good = [path for path in paths if path.name not in samples.ERROR_FILES]
    return [ksef_xml.read(files.load(path), name=path.name) for path in good]


def test_samples_are_all_valid_and_without_a_fault(invoices: list[ReadInvoice]) -> None:
    assert len(invoices) == samples.COUNT
    codes = {warning.code for invoice in invoices for warning in invoice.warnings}
    assert codes == {"instalment_amounts_assumed", "name_missing", "assigned_to_factor"}


def test_samples_have_invoices_of_several_types_with_what_they_name(invoices: list[ReadInvoice]) -> None:
    assert Counter(each.type for each in invoices) == {
        "invoice": 33,
        "correction": 2,
        "advance": 2,
        "final": 2,
        "simplified": 1,
    }
    numbers = {each.number for each in invoices}
    named = [link for each in invoices for link in each.links]
    assert [link.kind for link in named].count("corrects") == 2
    assert [link.kind for link in named].count("settles_advance") == 2
    own = {each.ksef_number for each in invoices}
    assert all(link.number in numbers or link.ksef_number in own for link in named)
    assert all(each.gross_minor < 0 for each in invoices if each.type == "correction")


def test_samples_are_the_same_for_a_seed(paths: list[Path], tmp_path: Path) -> None:
    again = samples.write(tmp_path, seed=samples.SEED, today=TODAY)
    assert [(path.name, path.read_bytes()) for path in again] == [(path.name, path.read_bytes()) for path in paths]


def test_samples_differ_for_another_seed(paths: list[Path], tmp_path: Path) -> None:
    other = samples.write(tmp_path, seed=8, today=TODAY)
    assert {path.name for path in other} != {path.name for path in paths}


def test_samples_are_three_quarters_sales(invoices: list[ReadInvoice]) -> None:
    sales = [each for each in invoices if each.seller.tax_id == samples.COMPANY_NIP]
    purchases = [each for each in invoices if each.buyer.tax_id == samples.COMPANY_NIP]
    assert (len(sales), len(purchases)) == (30, 10)


def test_samples_have_distinct_numbers_for_each_seller(invoices: list[ReadInvoice]) -> None:
    assert len({(each.seller.tax_id, each.number) for each in invoices}) == samples.COUNT


def test_samples_lie_in_the_period(invoices: list[ReadInvoice]) -> None:
    first = TODAY - timedelta(days=samples.PERIOD_DAYS)
    assert all(first < each.issued_on <= TODAY for each in invoices)


def test_samples_are_of_every_kind(invoices: list[ReadInvoice]) -> None:
    paid = [each for each in invoices if not any(one.open_minor for one in each.payments)]
    partly = [each for each in invoices if any(one.paid for one in each.payments)]
    assert sum(each.currency == "EUR" for each in invoices) == 6
    assert sum(len(each.payments) > 1 for each in invoices) == 8
    assert len(paid) >= 3
    assert len(partly) > len(paid)
    split = [each for each in invoices if each.split_payment]
    assert split
    assert all(each.gross_minor > 15_000_00 and each.currency == "PLN" for each in split)
    assert any(each.ksef_number for each in invoices)
    assert len({row.rate for each in invoices for row in each.vat_totals}) >= 5


@pytest.mark.parametrize("seed", range(5))
def test_samples_are_valid_for_any_seed_and_company(seed: int, tmp_path: Path) -> None:
    paths = samples.write(tmp_path, seed=seed, count=20, today=date(2026, 3, 1), company_nip="1111111111")
    good = [path for path in paths if path.name not in samples.ERROR_FILES]
    for path in good:
        read = ksef_xml.read(files.load(path), name=path.name)
        assert "1111111111" in (read.seller.tax_id, read.buyer.tax_id)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (samples.MALFORMED, "malformed_xml"),
        (samples.SCHEMA_ERROR, "schema_error"),
        (samples.OLD_FORM, "schema_version_not_supported"),
    ],
)
def test_sample_that_is_wrong_is_refused(name: str, code: str, paths: list[Path]) -> None:
    [path] = [path for path in paths if path.name == name]
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(files.load(path), name=path.name)
    assert caught.value.code == code


def test_sample_of_another_company_is_valid_but_not_ours(paths: list[Path]) -> None:
    [path] = [path for path in paths if path.name == samples.OTHER_COMPANY]
    read = ksef_xml.read(files.load(path), name=path.name)
    assert samples.COMPANY_NIP not in (read.seller.tax_id, read.buyer.tax_id)


def test_sample_company_has_a_valid_nip() -> None:
    assert nip.is_valid(samples.COMPANY_NIP)
