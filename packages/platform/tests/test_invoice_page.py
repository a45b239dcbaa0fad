"""An invoice's own page: parties, payments with settlements, where it came from, what happened to it."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from packages.platform.tests.conftest import logged_in, make_company
from packages.platform.tests.test_ingest import document, invoice, put, revision, settled
from packages.platform.tests.test_removals import tombstone
from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange import removals
from saldo_platform.exchange.tables import Invoice, Removal
from saldo_protocol import documents
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db


def address(company: Company) -> str:
    return reverse("invoice", args=[company.uid, Invoice.objects.get(company=company).uid])


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).replace("\xa0", " ").split())


def test_it_tells_all_that_came(key: ExchangeKey, company: Company, alice: Person) -> None:
    at = revision()
    rate = documents.VatTotal(rate="23", net_minor=10000, vat_minor=2300)
    line = documents.Line(name="Doniczka <duża>", quantity="2.5", unit="szt.", net_minor=10000, vat_rate="23")
    buyer = documents.Party(name="Łąka S.A.", tax_id="9993022016", address="ul. Polna 5")
    batch = uuid4()
    put(key, document(invoice(), external_id="FS-1", revision_=at))
    content = settled()
    sent = invoice(payments=content.payments, vat=(rate,), lines=(line,), buyer=buyer, ksef_number="KSEF-1")
    put(key, document(sent, external_id="FS-1", revision_=at + 1), uid=batch)
    page = logged_in(alice).get(address(company)).content.decode()
    told = text_of(page)
    for text in (
        "Sprzedawca Firma NIP 9999999999",
        "Nabywca Łąka S.A. NIP 9993022016 Adres ul. Polna 5",
        "2026-10-15 przelew 123,00 PLN 2026-10-20 · 123,00 PLN · inne 123,00 PLN 0,00 PLN",
        "23 % 100,00 PLN 23,00 PLN",
        "Doniczka &lt;duża&gt; 2,5 szt.",
        "Numer KSeF KSEF-1",
        "Program Desk Identyfikator w programie FS-1",
        f"Wersja {at + 1} ",
        str(batch),
        Invoice.objects.get().digest,
    ):
        assert text in told, text
    assert re.findall(r"przysłano(?: nowszą wersję)?", told[told.index("Historia") :]) == [
        "przysłano nowszą wersję",
        "przysłano",
    ]


def test_it_is_the_companys_own(
    key: ExchangeKey, company: Company, alice: Person, bob: Person, charlie: Person
) -> None:
    put(key, document(invoice()))
    page = address(company)
    assert [logged_in(person).get(page).status_code for person in (alice, bob, charlie)] == [200, 200, 404]
    assert Client().get(page).status_code == 302
    uid = Invoice.objects.get().uid
    theirs = make_company(charlie, "1111111111")
    answers = [logged_in(charlie).get(reverse("invoice", args=[theirs.uid, wanted])) for wanted in (uid, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({re.sub(r"nonce-\S+|value=\"[^\"]*\"", "", answer.content.decode()) for answer in answers}) == 1


def test_a_removed_one_is_shown_as_long_as_it_can_be_restored(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    client, page = logged_in(alice), address(company)
    told = text_of(client.get(page).content.decode())
    assert "Program wycofał tę fakturę" in told
    assert "wycofano, Desk: wysłana omyłkowo" in told
    assert page in client.get(reverse("removed", args=[company.uid])).content.decode()
    removals.purge(now=Removal.objects.get().at + dt.timedelta(days=31))
    assert client.get(page).status_code == 404


def test_it_takes_as_many_queries_for_three_payments_as_for_one(
    key: ExchangeKey, company: Company, alice: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    at = revision()
    client = logged_in(alice)
    for count in (1, 3):
        payments = tuple(
            documents.Payment(external_id=f"p{n}", amount_minor=4100, due_on=dt.date(2026, 10, 15))
            for n in range(count)
        )
        put(key, document(invoice(payments=payments), revision_=at + count))
        page = address(company)
        client.get(page)
        with django_assert_num_queries(7):
            assert client.get(page).content.decode().count("data-payment=") == count
