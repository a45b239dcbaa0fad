"""Lists of invoices and payments: searched, narrowed, summed, page by page."""

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from packages.platform.tests.conftest import ALICES_NIP, logged_in, make_company
from packages.platform.tests.test_ingest import document, invoice, put
from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange import searching
from saldo_protocol import documents
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db

NAMES = {"incoming": "payments-incoming", "invoices": "invoices"}


def party(name: str, tax_id: str = "1111111111") -> documents.Party:
    return documents.Party(name=name, tax_id=tax_id)


def payment(amount: int = 12300, *, days: int = 0, paid: int = 0) -> tuple[documents.Payment, ...]:
    day = timezone.localdate()
    parts = (documents.Settlement(external_id="s", amount_minor=paid, settled_on=day),) if paid else ()
    due = day + dt.timedelta(days=days)
    return (documents.Payment(external_id="p", amount_minor=amount, due_on=due, settlements=parts),)


def send(key: ExchangeKey, *sent: documents.Invoice) -> None:
    answer = put(key, *(document(content, external_id=content.number) for content in sent))
    assert {row["outcome"] for row in answer.json()["outcomes"]} == {"created"}


def page_of(company: Company, person: Person, name: str = "invoices", **asked: str) -> str:
    answer = logged_in(person).get(reverse(name, args=[company.uid]), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(company: Company, person: Person, name: str = "invoices", **asked: str) -> set[str]:
    return set(re.findall(r'<tr data-(?:number|payment)="([^"]*)"', page_of(company, person, name, **asked)))


@pytest.fixture
def three(key: ExchangeKey) -> None:
    send(
        key,
        invoice(number="FV/1", buyer=party("Żółta Łąka S.A.", "9993022016"), payments=payment(days=-1)),
        invoice(number="FV/2", buyer=party("ŁĄKA 100% spółka", "5260250995"), payments=payment(days=7, paid=300)),
        invoice(number="FV_3", currency="EUR", buyer=party("Nowak"), payments=payment(days=8, paid=12300)),
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"FV/1", "FV/2", "FV_3"}),
        ("łąka", {"FV/1", "FV/2"}),
        ("laka ZOLTA", {"FV/1"}),
        ("fv/2", {"FV/2"}),
        ("999-302-20-16", {"FV/1"}),
        ("PL5260250995", {"FV/2"}),
        ("laka nowak", set()),
        ("%", {"FV/2"}),
        ("_", {"FV_3"}),
        ("fv.", set()),
        (".*", set()),
        ("[", set()),
        ("\\", set()),
        ("\x00\x1f", {"FV/1", "FV/2", "FV_3"}),
    ],
)
def test_a_search_finds_words_without_case_and_accents_and_takes_signs_as_they_are(
    text: str, found: set[str], three: None, company: Company, alice: Person
) -> None:
    assert numbers(company, alice, q=text) == found


@pytest.mark.parametrize(("text", "found"), [("zolta", {"FV/1"}), ("fv/2", {"FV/2"}), ("%", {"FV/2"})])
def test_payments_are_searched_too(text: str, found: set[str], three: None, company: Company, alice: Person) -> None:
    assert numbers(company, alice, "payments-incoming", q=text) == found


def test_a_search_is_bounded() -> None:
    assert len(searching.words_of("a " * 1000)) == searching.WORDS_MAX
    assert sum(map(len, searching.words_of("a" * 1000))) == searching.TEXT_LENGTH_MAX


@pytest.mark.parametrize("name", NAMES.values())
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "to_pay"}, {"FV/1", "FV/2"}),
        ({"state": "open"}, {"FV/1"}),
        ({"state": "partly"}, {"FV/2"}),
        ({"state": "settled"}, {"FV_3"}),
        ({"due": "overdue"}, {"FV/1"}),
        ({"due": "7"}, {"FV/2"}),
        ({"due": "30"}, {"FV/2"}),
        ({"currency": "EUR"}, {"FV_3"}),
        ({"currency": "PLN", "state": "open", "q": "laka"}, {"FV/1"}),
    ],
)
def test_filters_narrow_both_lists(
    asked: dict[str, str], found: set[str], name: str, three: None, company: Company, alice: Person
) -> None:
    assert numbers(company, alice, name, **asked) == found


def test_invoices_are_told_apart_by_direction_and_by_what_the_state_says(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    bought: dict[str, Any] = {"direction": "purchase", "seller": party("Dostawca"), "buyer": invoice().seller}
    send(
        key,
        invoice(number="S/1"),
        invoice(number="Z/1", **bought),
        invoice(number="X/1", state="cancelled"),
        invoice(number="N/1", payments=()),
    )
    assert numbers(company, alice, direction="purchase") == {"Z/1"}
    assert numbers(company, alice, state="cancelled") == {"X/1"}
    assert numbers(company, alice, state="none") == {"N/1"}


def test_what_is_not_offered_is_told_and_does_not_narrow(three: None, company: Company, alice: Person) -> None:
    page = page_of(company, alice, state="lost")
    assert ("errorlist" in page, page.count("data-number=")) == (True, 3)
    assert page_of(company, alice, page="many").count("data-number=") == 3


def test_what_was_found_is_summed_by_direction_and_currency_and_what_is_cancelled_adds_nothing(
    key: ExchangeKey, three: None, company: Company, alice: Person
) -> None:
    send(key, invoice(number="X/1", state="cancelled"))
    told = re.findall(r'data-sum="(\w+ \w+)">(.*?)</li>', page_of(company, alice))
    plain = {where: re.sub(r"<[^>]*>", "", text).replace("\xa0", " ") for where, text in told}
    assert plain == {
        "sales EUR": "Sprzedaż: 1 faktura · brutto 123,00 EUR · nierozliczone 0,00 EUR",
        "sales PLN": "Sprzedaż: 3 faktury · brutto 246,00 PLN · nierozliczone 243,00 PLN",
    }
    paid = re.findall(r'data-sum="(\w+)">(.*?)</li>', page_of(company, alice, "payments-incoming", due="7"))
    assert [(where, re.sub(r"<[^>]*>", "", text).replace("\xa0", " ")) for where, text in paid] == [
        ("PLN", "1 płatność · kwota 123,00 PLN · rozliczone 3,00 PLN · nierozliczone 120,00 PLN")
    ]


def test_sums_are_of_all_pages_and_the_pager_keeps_the_search(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    send(key, *(invoice(number=f"N/{n}") for n in range(51)), invoice(number="INNA"))
    page = page_of(company, alice, q="n/", state="open")
    assert "51 faktur" in page
    assert 'href="?q=n%2F&amp;state=open&amp;page=2"' in page
    assert len(numbers(company, alice, q="n/", state="open", page="2")) == 1


def test_nothing_found_says_so_and_offers_to_clear(three: None, company: Company, alice: Person) -> None:
    page = page_of(company, alice, q="nikogo takiego")
    assert "Nie ma takich faktur" in page
    assert f'href="{reverse("invoices", args=[company.uid])}">Wyczyść' in page
    assert "Nie ma takich płatności" in page_of(company, alice, "payments-incoming", q="nikogo takiego")


def test_a_list_shows_nothing_of_another_company(three: None, company: Company, alice: Person, charlie: Person) -> None:
    other = make_company(charlie, "5260250995")
    theirs = keys.issue(company=other, name="x", person=charlie, now=timezone.now())
    put(theirs, document(invoice(number="OBCA", seller=party("Obca", other.nip), currency="USD")), nip=other.nip)
    page = page_of(company, alice)
    assert ("OBCA" in page, "USD" in page) == (False, False)
    assert numbers(other, charlie) == {"OBCA"}


@pytest.mark.parametrize("name", NAMES.values())
def test_a_narrowed_list_takes_as_many_queries_for_three_rows_as_for_one(
    name: str, key: ExchangeKey, company: Company, alice: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, page = logged_in(alice), reverse(name, args=[company.uid])
    asked = {"q": "nabywca fv", "state": "to_pay", "currency": "PLN"}
    send(key, invoice())
    client.get(page, asked)
    for more in (0, 2):
        if more:
            send(key, *(invoice(number=f"FV/{n}") for n in range(2, 2 + more)))
        with django_assert_num_queries(7):
            assert client.get(page, asked).content.decode().count("<tr data-") == 1 + more


def test_the_companys_own_nip_finds_nothing(three: None, company: Company, alice: Person) -> None:
    assert numbers(company, alice, q=ALICES_NIP) == set()
