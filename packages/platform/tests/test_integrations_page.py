"""What a person needs to know of a program before deciding on it, and of its keys."""

import re

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from packages.platform.tests.conftest import NOW, logged_in
from packages.platform.tests.test_ingest import document, invoice, put
from packages.platform.tests.test_registration import Erp, code, set_password, verified
from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Integration, IntegrationState, Membership, Person, Registration
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db


def told(person: Person, company: Company, name: str) -> str:
    page = logged_in(person).get(reverse(name, args=[company.uid])).content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.mark.parametrize("name", ["integrations", "company"])
def test_a_program_that_waits_says_what_it_is_who_asked_when_from_where_and_for_which_company(name: str) -> None:
    verified()
    set_password()
    person, company, asked = Person.objects.get(), Company.objects.get(), Registration.objects.get()
    Registration.objects.update(client_address="192.0.2.17", started_at=NOW)
    page = told(person, company, name)
    for text in (
        f"Program {asked.program}",
        f"Dla firmy {company.name}, NIP {company.nip}",
        f"Poproszono przez {asked.person_name}, {asked.email}",
        "Kiedy 2026-11-24 13:00",
        "Skąd adres 192.0.2.17",
        "Ostatnie użycie jeszcze nieużyty",
    ):
        assert text in page, text


def test_a_key_does_not_work_as_long_as_its_program_is_not_confirmed(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    states = {}
    for state in (IntegrationState.AWAITING_CONFIRMATION, IntegrationState.REVOKED, IntegrationState.CONFIRMED):
        Integration.objects.update(state=state)
        page = told(alice, company, "integrations")
        states[str(state)] = page[page.index("saldo_live_") :].split("Utworzono")[0].partition("… ")[2].strip()
    assert states == {
        "awaiting_confirmation": "zadziała po potwierdzeniu programu",
        "revoked": "nie działa",
        "confirmed": "działa",
    }


def test_the_last_use_names_the_program_and_its_address(key: ExchangeKey, company: Company, alice: Person) -> None:
    put(key, document(invoice()))
    page = told(alice, company, "integrations")
    assert "Program test 1" in page
    assert re.search(r"Ostatnie użycie \d{4}-\d\d-\d\d \d\d:\d\d z adresu 127.0.0.1, test 1", page)


def test_the_page_takes_as_many_queries_for_three_integrations_as_for_one(
    key: ExchangeKey, company: Company, alice: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, page = logged_in(alice), reverse("integrations", args=[company.uid])
    client.get(page)
    for more in (0, 2):
        for _key in range(more):
            keys.issue(company=company, name="x", person=alice, now=NOW)
        with django_assert_num_queries(7):
            assert client.get(page).content.decode().count("data-key=") == 1 + more


def test_what_an_erp_says_of_itself_is_text(company: Company, alice: Person) -> None:
    erp = Erp(nip=company.nip)
    erp.body["sender"] = {"program": "<b>erp</b>", "version": "1"}
    erp.put()
    erp.post("verify", code=code())
    row = Registration.objects.get()
    person = Membership.objects.get(company=company).person
    row.integration = Integration.objects.create(
        company=company, state="awaiting_confirmation", name=row.program, asked_by=row.email, made_at=NOW
    )
    row.save()
    page = logged_in(person).get(reverse("integrations", args=[company.uid])).content.decode()
    assert ("<b>erp" in page, "&lt;b&gt;erp" in page) == (False, True)
