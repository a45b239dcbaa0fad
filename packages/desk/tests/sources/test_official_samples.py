"""The Ministry's 26 samples: expectations written by hand from the files, not by the reader."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadPayment, Unreadable


class Expected(NamedTuple):
    """One invoice with one payment, as all official samples of kind VAT have."""

    number: str
    currency: str
    gross_minor: int
    amount_minor: int
    due_on: date
    assumed: bool
    form: str
    open_minor: int
    state: str


MARCH = date(2026, 3, 15)
ISSUED = date(2026, 2, 15)
FV = "FV2026/02/150"

# Amount to pay differs from gross in 4 (a deduction of 1000) and 26 (a deposit of 5).
VAT_SAMPLES = {
    "1": Expected(FV, "PLN", 205100, 205100, date(2026, 1, 27), False, "transfer", 0, "settled"),
    "4": Expected(FV, "PLN", 6427992, 6327992, MARCH, False, "transfer", 6327992, "open"),
    "8": Expected(
        "FM2026/02/150",
        "PLN",
        1500000,
        1500000,
        date(2026, 2, 27),
        True,
        "transfer",
        500000,
        "partly settled",
    ),
    "9": Expected(FV, "PLN", 276000, 276000, MARCH, False, "transfer", 276000, "open"),
    "19": Expected("FM2026/02/150", "PLN", 300000, 300000, ISSUED, True, "other", 300000, "open"),
    "20": Expected(FV, "EUR", 1667880, 1667880, MARCH, False, "transfer", 1667880, "open"),
    "21": Expected(FV, "EUR", 1667880, 1667880, MARCH, False, "transfer", 1667880, "open"),
    "22": Expected(FV, "EUR", 400000, 400000, ISSUED, True, "other", 400000, "open"),
    "23": Expected(FV, "USD", 800000, 800000, date(2026, 6, 15), True, "other", 800000, "open"),
    "24": Expected(FV, "PLN", 5363, 5363, MARCH, False, "transfer", 5363, "open"),
    "25": Expected(FV, "PLN", 5363, 5363, MARCH, False, "transfer", 5363, "open"),
    "26": Expected("FA/2026/02/999", "PLN", 3150, 3650, date(2026, 2, 1), True, "other", 3650, "open"),
}

OTHER_KINDS = {
    "2": ("KOR", "FK2026/03/200"),
    "3": ("KOR", "FK2026/03/200"),
    "5": ("KOR", "FK2026/04/23"),
    "6": ("KOR", "FK2026/07/243"),
    "7": ("KOR", "FK2026/07/243"),
    "10": ("ZAL", "FZ2026/02/150"),
    "11": ("KOR_ZAL", "FK2026/03/5"),
    "12": ("KOR_ZAL", "FK2026/03/7"),
    "13": ("KOR_ZAL", "FK2026/03/7"),
    "14": ("ROZ", "FV2026/08/12"),
    "15": ("UPR", FV),
    "16": ("UPR", FV),
    "17": ("ROZ", "FV2026/08/12"),
    "18": ("KOR_ROZ", "FK2026/09/1"),
}


def state_of(payment: ReadPayment) -> str:
    if payment.open_minor == 0:
        return "settled"
    return "partly settled" if payment.paid else "open"


@pytest.mark.parametrize("sample", VAT_SAMPLES)
def test_official_sample_of_kind_vat_is_read_as_issued(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    invoice = ksef_xml.read(path.read_bytes(), name=path.name)
    [payment] = invoice.payments
    assert VAT_SAMPLES[sample] == Expected(
        invoice.number,
        invoice.currency,
        invoice.gross_minor,
        payment.amount_minor,
        payment.due_on,
        payment.due_on_assumed,
        payment.form,
        payment.open_minor,
        state_of(payment),
    )
    assert invoice.due_amount_minor == payment.amount_minor
    assert invoice.ksef_number is None
    assert not invoice.split_payment


@pytest.mark.parametrize("sample", OTHER_KINDS)
def test_official_sample_of_another_kind_is_refused_by_name(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(path.read_bytes(), name=path.name)
    kind, number = OTHER_KINDS[sample]
    assert caught.value.code == "invoice_kind_not_supported"
    assert caught.value.file == path.name
    assert caught.value.arguments == {"kind": kind, "number": number}


def test_official_samples_are_all_expected(official: Callable[[str], Path]) -> None:
    files = official("1").parent.glob("*.xml")
    assert {path.stem.rpartition("_")[2] for path in files} == VAT_SAMPLES.keys() | OTHER_KINDS


REMARKS = {
    "1": [("gross_differs", {"issued": "2051.00 PLN", "counted": "2050.99 PLN"})],
    "4": [("assigned_to_factor", {"factor": "Bank Bankowości Bankowej S. A. BBB Faktoring"})],
    "8": [
        ("term_in_words", {"term": "30 Dzień Otrzymanie faktury"}),
        ("due_date_assumed", {"due_on": "2026-02-27"}),
    ],
    "9": [],
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
    assert (invoice.kind, invoice.issued_on, invoice.sold_on) == (
        "VAT",
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


FOREIGN_BUYERS = {
    "22": ("EFG GmbH", "DE", "999999999"),
    "23": ("EFG Ltd.", "US", "999999999"),
}


@pytest.mark.parametrize("sample", FOREIGN_BUYERS)
def test_official_sample_has_a_foreign_buyer(sample: str, official: Callable[[str], Path]) -> None:
    path = official(sample)
    buyer = ksef_xml.read(path.read_bytes(), name=path.name).buyer
    assert (buyer.name, buyer.country, buyer.tax_id) == FOREIGN_BUYERS[sample]
