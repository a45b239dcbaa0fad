"""The Ministry's 26 samples are read as they say: type, gross, payments, what is open, links."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from packages.desk.tests.sources.official_samples import SAMPLES, Due, Expected
from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadFactor, ReadPayment


def state_of(payments: tuple[ReadPayment, ...]) -> str:
    if not payments:
        return "none"
    if not any(payment.open_minor for payment in payments):
        return "settled"
    return "partly" if any(payment.paid for payment in payments) else "open"


@pytest.mark.parametrize("sample", SAMPLES)
def test_official_sample_is_read_as_issued(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    invoice = ksef_xml.read(path.read_bytes(), name=path.name)
    assert SAMPLES[sample] == Expected(
        invoice.type,
        invoice.number,
        invoice.currency,
        invoice.gross_minor,
        tuple(
            Due(row.amount_minor, row.due_on, row.due_on_assumed, row.form, row.open_minor) for row in invoice.payments
        ),
        state_of(invoice.payments),
        invoice.links,
    )
    assert invoice.due_amount_minor == sum(payment.amount_minor for payment in invoice.payments)
    assert invoice.ksef_number is None
    assert not invoice.split_payment


def test_official_samples_are_all_expected(official: Callable[[str], Path]) -> None:
    files = official("1").parent.glob("*.xml")
    assert {path.stem.rpartition("_")[2] for path in files} == SAMPLES.keys()


FACTOR = ReadFactor("Bank Bankowości Bankowej S. A.", "PL73111111111111111111111111")


def test_official_samples_name_a_factor(official: Callable[[str], Path]) -> None:
    read = {sample: ksef_xml.read(official(sample).read_bytes(), name=f"{sample}.xml") for sample in SAMPLES}
    named = {sample: invoice.factor for sample, invoice in read.items() if invoice.factor}
    bank = ReadFactor("Bank Bankowości Bankowej S. A. BBB Faktoring", FACTOR.account)
    assert named == {"4": bank, "20": FACTOR, "21": FACTOR}


REMARKS = {
    "1": [("gross_differs", {"issued": "2051.00 PLN", "counted": "2050.99 PLN"})],
    "4": [("assigned_to_factor", {"factor": "Bank Bankowości Bankowej S. A. BBB Faktoring"})],
    "8": [
        ("term_in_words", {"term": "30 Dzień Otrzymanie faktury"}),
        ("due_date_assumed", {"due_on": "2026-02-27"}),
    ],
    "2": [("due_date_assumed", {"due_on": "2026-03-15"})],
    "5": [],
    "9": [],
    "10": [],
    "11": [("vat_differs", {"issued": "1457.19 PLN", "counted": "1457.20 PLN", "rate": "8"})],
    "12": [("due_date_assumed", {"due_on": "2026-03-17"})],
    "14": [("instalment_amounts_assumed", {"count": "2"})],
    "15": [
        ("name_missing", {"role": "buyer", "name": "1111111111"}),
        ("due_date_assumed", {"due_on": "2026-02-15"}),
    ],
    "16": [
        ("name_missing", {"role": "buyer", "name": "1111111111"}),
        ("vat_counted_from_gross", {"rate": "23", "vat": "84.15 PLN"}),
        ("due_date_assumed", {"due_on": "2026-02-15"}),
    ],
    "18": [
        ("vat_differs", {"issued": "23.41 PLN", "counted": "23.40 PLN", "rate": "23"}),
        ("vat_differs", {"issued": "556.29 PLN", "counted": "556.28 PLN", "rate": "8"}),
        ("due_date_assumed", {"due_on": "2026-08-17"}),
    ],
    "19": [
        ("vat_differs", {"issued": "187.00 PLN", "counted": "186.99 PLN", "rate": "23"}),
        ("due_date_assumed", {"due_on": "2026-02-15"}),
    ],
    "21": [("assigned_to_factor", {"factor": "Bank Bankowości Bankowej S. A."})],
    "24": [],
}


@pytest.mark.parametrize("sample", REMARKS)
def test_official_sample_is_remarked_on(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    invoice = ksef_xml.read(path.read_bytes(), name=path.name)
    assert [(each.code, dict(each.arguments)) for each in invoice.warnings] == REMARKS[sample]


def test_official_sample_1_is_read_in_every_field(official: Callable[[str], Path]) -> None:
    path = official("1")
    invoice = ksef_xml.read(path.read_bytes(), name=path.name)
    assert (invoice.type, invoice.issued_on, invoice.sold_on) == (
        "invoice",
        date(2026, 2, 15),
        date(2026, 1, 27),
    )
    assert (invoice.seller.name, invoice.seller.tax_id) == ("ABC AGD sp. z o. o.", "9999999999")
    assert invoice.seller.email == "abc@abc.pl"
    assert (invoice.buyer.name, invoice.buyer.tax_id) == ("F.H.U. Jan Kowalski", "1111111111")
    assert invoice.buyer.address == "ul. Polna 1, 00-001 Warszawa"
    assert (invoice.net_minor, invoice.vat_minor) == (166761, 38338)
    assert [(row.rate, row.net_minor, row.vat_minor) for row in invoice.vat_totals] == [
        ("23", 166666, 38333),
        ("5", 95, 5),
    ]
    assert [(line.name, line.unit, line.net_minor, line.vat_rate) for line in invoice.lines] == [
        ("lodówka Zimnotech mk1", "szt.", 162601, "23"),
        ("wniesienie sprzętu", "szt.", 4065, "23"),
        ("promocja lodówka pełna mleka", "szt.", 95, "5"),
    ]
    assert invoice.note == "preferowane godziny dowozu: dni robocze 17:00 - 20:00"


def test_official_sample_2_shows_a_line_before_and_after(official: Callable[[str], Path]) -> None:
    invoice = ksef_xml.read(official("2").read_bytes(), name="2.xml")
    assert [(line.position, line.before, line.net_minor) for line in invoice.lines] == [
        (1, True, 162601),
        (2, False, 146341),
    ]
    assert invoice.correction_reason == "obniżka ceny o 200 zł z uwagi na uszkodzenia estetyczne"


def test_official_sample_10_has_the_lines_of_its_order(official: Callable[[str], Path]) -> None:
    invoice = ksef_xml.read(official("10").read_bytes(), name="10.xml")
    assert [(line.name, line.net_minor, line.gross_minor) for line in invoice.lines] == [
        ("mieszkanie 50m^2", 30000000, 36900000),
        ("usługi dodatkowe", 500000, 615000),
    ]


FOREIGN_BUYERS = {
    "22": ("EFG GmbH", "DE", "999999999"),
    "23": ("EFG Ltd.", "US", "999999999"),
}


@pytest.mark.parametrize("sample", FOREIGN_BUYERS)
def test_official_sample_has_a_foreign_buyer(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    buyer = ksef_xml.read(path.read_bytes(), name=path.name).buyer
    assert (buyer.name, buyer.country, buyer.tax_id) == FOREIGN_BUYERS[sample]
