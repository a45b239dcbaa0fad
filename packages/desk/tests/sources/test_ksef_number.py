"""The KSeF number comes from the file name; a wrong one is a remark, never a refusal."""

import pytest

from saldo_desk.sources import ksef_number, ksef_xml
from tools.samples import COMPANY_NIP, document

# The example of the KSeF documentation.
DOCUMENTED = "5265877635-20250826-0100001AF629-AF"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        (f"{DOCUMENTED}.xml", DOCUMENTED),
        (f"FV_2026_10_0001_{DOCUMENTED}.xml", DOCUMENTED),
        (f"{DOCUMENTED.lower()}.XML", DOCUMENTED),
        ("5265877635-20250826-010000-1AF629-AF.xml", DOCUMENTED),
        ("FV_2026_10_0001.xml", None),
        (f"7{DOCUMENTED}.xml", None),
        (f"{DOCUMENTED}0.xml", None),
    ],
)
def test_ksef_number_is_found_in_a_file_name(name: str, number: str | None) -> None:
    assert ksef_number.find(name) == number


def test_ksef_number_of_the_documentation_is_valid() -> None:
    assert ksef_number.is_valid(DOCUMENTED)


def test_ksef_number_with_a_changed_digit_is_not_valid() -> None:
    assert not ksef_number.is_valid(DOCUMENTED.replace("0100001", "0100002"))


def own_number(*, sender: str = COMPANY_NIP, check: str | None = None) -> str:
    body = f"{sender}-20261001-0A0B0C0D0E0F"
    return f"{body}-{check or ksef_number.checksum(body)}"


def test_ksef_number_of_the_invoice_is_read_from_its_name() -> None:
    read = ksef_xml.read(document(), name=f"{own_number()}.xml")
    assert (read.ksef_number, read.warnings) == (own_number(), ())


def test_ksef_number_with_a_wrong_checksum_is_kept_and_remarked_on() -> None:
    number = own_number(check="00")
    assert number != own_number()
    read = ksef_xml.read(document(), name=f"{number}.xml")
    assert read.ksef_number == number
    assert [warning.code for warning in read.warnings] == ["ksef_number_checksum"]


def test_ksef_number_of_another_seller_is_kept_and_remarked_on() -> None:
    read = ksef_xml.read(document(), name=f"{DOCUMENTED}.xml")
    assert read.ksef_number == DOCUMENTED
    assert [warning.code for warning in read.warnings] == ["ksef_number_of_another"]


def test_numbers_of_other_invoices_inside_a_file_are_not_its_own() -> None:
    content = document(remarks=(("NrKSeF", own_number()),))
    assert ksef_xml.read(content, name="invoice.xml").ksef_number is None
