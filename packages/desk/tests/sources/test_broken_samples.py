"""Twelve broken invoices from outside: each refused with its line, its element and its reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from saldo_desk.books import companies
from saldo_desk.books.tables import Invoice
from saldo_desk.sources import importing, ksef_xml
from saldo_desk.sources.documents import Unreadable
from tools.sample_names import POLISH_BUYERS, Party
from tools.samples import COMPANY_NIP, document

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

# The business errors that 06, 07, 11 and 15 are named for come with a schema error; further down without it.
BROKEN = {
    "01": ("schema_error", 43, {"problem": "missing", "element": "P_15", "parent": "Fa"}),
    "02": ("schema_error", 37, {"problem": "unexpected", "element": "P_2", "expected": "P_1"}),
    "03": ("schema_error", 14, {"problem": "unexpected", "element": "Nazw", "expected": "Nazwa"}),
    "06": ("schema_error", 23, {"problem": "unexpected", "element": "NrVatUE"}),
    "07": ("schema_error", 24, {"problem": "unexpected", "element": "NrVatUE"}),
    "09": (
        "schema_error",
        41,
        {"problem": "value", "element": "P_13_1", "value": "1000.123", "more": "5"},
    ),
    "11": ("schema_error", 44, {"problem": "unexpected", "element": "WalutaUmowna"}),
    "13": ("malformed_xml", 70, {}),
    "15": ("schema_error", 75, {"problem": "unexpected", "element": "TerminPlatnosci"}),
    "16": ("malformed_xml", 14, {}),
    "18": ("not_an_invoice", 3, {"found": "Faktura"}),
    "20": (
        "schema_error",
        8,
        {
            "problem": "value",
            "element": "DataWytworzeniaFa",
            "value": "2026-02-01",
            "more": "2",
        },
    ),
}


@pytest.mark.parametrize("sample", BROKEN)
def test_broken_sample_is_refused_with_line_and_reason(sample: str, broken: Callable[[str], Path]) -> None:
    path = broken(sample)
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(path.read_bytes(), name=path.name)
    code, line, arguments = BROKEN[sample]
    assert (caught.value.file, caught.value.code, caught.value.line) == (path.name, code, line)
    assert {name: caught.value.arguments[name] for name in arguments} == arguments


def test_broken_samples_are_all_expected(broken: Callable[[str], Path]) -> None:
    files = broken("01").parent.glob("*.xml")
    assert {path.name.partition("-")[0] for path in files} == BROKEN.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("sample", BROKEN)
def test_broken_sample_stays_out_of_the_books_with_a_sentence(sample: str, broken: Callable[[str], Path]) -> None:
    company = companies.add(nip="9999999999", name="ABC AGD")
    [outcome] = importing.import_paths(company=company, paths=[broken(sample)], operator=None, clock=lambda: NOW)
    code, line, _arguments = BROKEN[sample]
    assert (outcome.outcome, outcome.code, outcome.line) == ("refused", code, line)
    assert outcome.message.startswith(f"{broken(sample).name}, wiersz {line}: ")
    assert not Invoice.objects.exists()


NIP = POLISH_BUYERS[0].tax_id
EARLY = date(2026, 9, 15)
BUSINESS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "06, a foreign buyer at a wrong rate": (
        {
            "buyer": Party("German Client GmbH", "123456789", "Teststraße 1", "10115 Berlin", "DE"),
            "replacements": (("<P_14_1>238.28", "<P_14_1>0.00"), ("<P_15>1274.28", "<P_15>1036.00")),
        },
        ["vat_differs"],
    ),
    "07, a NIP in the field for EU numbers": (
        {"replacements": ((f"<NIP>{NIP}</NIP>", f"<KodUE>PL</KodUE><NrVatUE>{NIP}</NrVatUE>"),)},
        ["nip_as_eu_number"],
    ),
    "11, another currency without VAT in PLN": (
        {"currency": "USD"},
        ["vat_not_in_zlotys"],
    ),
    "15, a term before the day of issue": (
        {"terms": (EARLY,)},
        ["due_before_issue"],
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("error", BUSINESS)
def test_business_error_in_a_valid_file_goes_in_with_a_warning(error: str) -> None:
    overrides, codes = BUSINESS[error]
    content = document(**overrides)
    company = companies.add(nip=COMPANY_NIP, name="Firma")
    outcome = importing.import_file(company=company, name="a.xml", load=lambda: content, operator=None, now=NOW)
    assert (outcome.outcome, len(outcome.warnings)) == ("new", len(codes))
    assert [warning["code"] for warning in Invoice.objects.get().warnings] == codes
