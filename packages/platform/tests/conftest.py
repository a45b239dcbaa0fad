"""Alice owns a company, Bob is its viewer, Charlie is a stranger with a company of his own."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Membership, Person, Role
from saldo_protocol.keys import ExchangeKey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALICES_NIP, CHARLIES_NIP = "9999999999", "1111111111"


def make_person(email: str) -> Person:
    person = Person(email=email, name=email.partition("@")[0].title(), joined_at=NOW)
    person.set_unusable_password()
    person.save()
    return person


def make_company(owner: Person, nip: str) -> Company:
    company = Company.objects.create(nip=nip, name=f"Firma {nip}", joined_at=NOW)
    Membership.objects.create(company=company, person=owner, role=Role.ADMINISTRATOR)
    return company


def logged_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def alice(db: None) -> Person:
    return make_person("alice@example.com")


@pytest.fixture
def charlie(db: None) -> Person:
    return make_person("charlie@example.com")


@pytest.fixture
def company(alice: Person) -> Company:
    return make_company(alice, ALICES_NIP)


@pytest.fixture
def bob(company: Company) -> Person:
    person = make_person("bob@example.com")
    Membership.objects.create(company=company, person=person, role=Role.VIEWER)
    return person


@pytest.fixture
def key(company: Company, alice: Person) -> ExchangeKey:
    return keys.issue(company=company, name="Desk", person=alice, now=NOW)


@pytest.fixture(autouse=True)
def _answers_are_described(settings: Settings) -> None:
    """Every answer of the API in any test is compared with its description."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "packages.platform.tests.described.CheckAnswers"]
