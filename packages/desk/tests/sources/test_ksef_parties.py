"""Seller, buyer and accounts: numbers normalised and checked, never a reason to refuse."""

from typing import Any

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadFactor, ReadInvoice
from tools.sample_names import POLISH_BUYERS, Party
from tools.samples import COMPANY_ACCOUNT, COMPANY_NIP, document

GERMAN = Party("Grünwerk GmbH", "123456789", "Lindenstraße 4", "10969 Berlin", "DE")
BUYER_NIP = f"<NIP>{POLISH_BUYERS[0].tax_id}</NIP>"


def invoice(**overrides: Any) -> ReadInvoice:
    return ksef_xml.read(document(**overrides), name="invoice.xml")


def remarks(read: ReadInvoice) -> list[tuple[str, dict[str, str]]]:
    return [(warning.code, dict(warning.arguments)) for warning in read.warnings]


def test_polish_parties_have_their_nip() -> None:
    read = invoice()
    assert (read.seller.country, read.seller.tax_id) == ("PL", COMPANY_NIP)
    assert read.seller.address == "ul. Żeglarska 14/3, 87-100 Toruń"
    assert read.buyer.email == "biuro@swit.example"


def test_nip_with_a_wrong_check_digit_is_kept_and_remarked_on() -> None:
    read = invoice(replacements=((BUYER_NIP, "<NIP>9992011001</NIP>"),))
    assert read.buyer.tax_id == "9992011001"
    assert remarks(read) == [("nip_checksum", {"role": "buyer", "nip": "9992011001"})]


def test_buyer_of_the_union_has_country_and_number_without_prefix() -> None:
    buyer = invoice(buyer=GERMAN).buyer
    assert (buyer.country, buyer.tax_id, buyer.email) == ("DE", "123456789", "")


@pytest.mark.parametrize(("prefix", "country"), [("EL", "GR"), ("XI", "GB"), ("FR", "FR")])
def test_prefix_of_a_vat_number_becomes_a_country(prefix: str, country: str) -> None:
    read = invoice(buyer=GERMAN, replacements=(("<KodUE>DE", f"<KodUE>{prefix}"),))
    assert read.buyer.country == country


def test_prefix_repeated_in_the_number_is_taken_off() -> None:
    read = invoice(buyer=GERMAN, replacements=(("<NrVatUE>123", "<NrVatUE>DE123"),))
    assert read.buyer.tax_id == "123456789"


def test_nip_in_the_field_for_numbers_of_the_union_is_a_nip() -> None:
    number = POLISH_BUYERS[0].tax_id
    eu = f"<KodUE>PL</KodUE><NrVatUE>PL{number}</NrVatUE>"
    read = invoice(replacements=((BUYER_NIP, eu),))
    assert (read.buyer.country, read.buyer.tax_id) == ("PL", number)
    assert remarks(read) == [("nip_as_eu_number", {"role": "buyer", "nip": number})]


def test_buyer_of_another_country_has_its_own_number() -> None:
    other = "<KodKraju>NO</KodKraju><NrID>MVA-88</NrID>"
    buyer = invoice(replacements=((BUYER_NIP, other),)).buyer
    assert (buyer.country, buyer.tax_id) == ("NO", "MVA-88")


def test_buyer_without_a_number_has_the_country_of_the_address() -> None:
    read = invoice(replacements=((BUYER_NIP, "<BrakID>1</BrakID>"),))
    assert (read.buyer.country, read.buyer.tax_id) == ("PL", "")
    assert remarks(read) == []


def test_buyer_without_anything_is_named_and_placed_by_assumption() -> None:
    whole = document().decode()
    start = whole.index("<Podmiot2>") + len("<Podmiot2>")
    identity = "<DaneIdentyfikacyjne><BrakID>1</BrakID></DaneIdentyfikacyjne>"
    replaced = ((whole[start : whole.index("<JST>")], identity),)
    read = invoice(replacements=replaced)
    assert (read.buyer.name, read.buyer.country, read.buyer.tax_id) == ("buyer", "PL", "")
    assert [code for code, _ in remarks(read)] == ["country_assumed", "name_missing"]


def test_account_becomes_an_iban() -> None:
    assert invoice().bank_accounts == (f"PL{COMPANY_ACCOUNT}",)


@pytest.mark.parametrize("written", ["DE89 3704 0044 0532 0130 00", "de89370400440532013000"])
def test_iban_loses_its_blanks(written: str) -> None:
    read = invoice(account=written)
    assert read.bank_accounts == ("DE89370400440532013000",)
    assert remarks(read) == []


@pytest.mark.parametrize("account", ["73111111111111111111111112", "DE88370400440532013000"])
def test_account_with_wrong_check_digits_is_kept_and_remarked_on(account: str) -> None:
    read = invoice(account=account)
    [kept] = read.bank_accounts
    assert kept.endswith(account)
    assert remarks(read) == [("bank_account_checksum", {"account": kept})]


def test_account_of_a_factor_stands_beside_the_sellers_own_and_is_remarked_on() -> None:
    read = invoice(factor=("Faktor S.A.", "73111111111111111111111111"))
    assert read.bank_accounts == (f"PL{COMPANY_ACCOUNT}",)
    assert read.factor == ReadFactor("Faktor S.A.", "PL73111111111111111111111111")
    assert remarks(read) == [("assigned_to_factor", {"factor": "Faktor S.A."})]


def test_third_party_in_the_role_of_a_factor_is_one_without_an_account() -> None:
    assert invoice(factor=("Faktor S.A.", "")).factor == ReadFactor("Faktor S.A.", "")


def test_third_party_in_another_role_is_no_factor() -> None:
    read = invoice(factor=("Odbiorca", ""), replacements=(("<Rola>1</Rola>", "<Rola>2</Rola>"),))
    assert (read.factor, remarks(read)) == (None, [])


def test_factor_known_by_an_account_alone_is_named_by_its_bank() -> None:
    at_bank = (
        "</RachunekBankowy><RachunekBankowyFaktora><NrRB>73111111111111111111111112</NrRB>"
        "<NazwaBanku>Bank Faktora</NazwaBanku></RachunekBankowyFaktora>"
    )
    read = invoice(replacements=(("</RachunekBankowy>", at_bank),))
    assert read.factor == ReadFactor("Bank Faktora", "PL73111111111111111111111112")
    assert [code for code, _ in remarks(read)] == ["assigned_to_factor", "bank_account_checksum"]


def test_a_control_character_that_the_platform_never_takes_is_made_visible() -> None:
    read = invoice(number="FV\x7f1", buyer=GERMAN._replace(name="Grün\x7fwerk"))
    assert (read.number, read.buyer.name) == ("FV\ufffd1", "Grün\ufffdwerk")
