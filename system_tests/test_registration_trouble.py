"""A registration that is declined, given up or begun anew takes nothing with it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, key_files, registration
from saldo_desk.exchange.platform_api import Answer, Declined, Unreachable
from saldo_desk.exchange.tables import Registration, RegistrationState
from saldo_protocol.registration import GivenConsent
from system_tests.faults import Intercepting
from system_tests.processes import Platform, free_port

pytestmark = pytest.mark.django_db(transaction=True)

CONSENTS = tuple(GivenConsent(code=code, version="2026-11") for code in ("terms", "data"))
_addresses = iter(f"trouble{number}@example.com" for number in range(1000))


@pytest.fixture
def company(desk_home: Path) -> Company:
    return companies.add(nip="5260250995", name="Nowa")


def start(
    company: Company,
    url: str,
    *,
    consents: tuple[GivenConsent, ...] = CONSENTS,
    transport: Intercepting | None = None,
) -> Registration:
    return registration.start(
        company=company,
        platform_url=url,
        email=next(_addresses),
        person_name="Ewa",
        company_name="Nowa",
        company_address="",
        consents=consents,
        language="pl",
        now=timezone.now(),
        transport=transport,
    )


def test_one_that_is_declined_leaves_the_open_one_and_its_key(company: Company, platform: Platform) -> None:
    first = start(company, platform.url)
    key = key_files.read_key(company=company)
    with pytest.raises(Declined) as caught:
        start(company, platform.url, consents=())
    assert caught.value.code == "consent_missing"
    opened = registration.get_open(company=company)
    assert opened is not None
    assert opened.pk == first.pk
    assert key_files.read_key(company=company) == key
    assert registration.refresh(registration=opened, now=timezone.now()).state == RegistrationState.CODE_SENT


def test_one_that_is_taken_replaces_the_open_one_and_its_key(
    company: Company, platform: Platform, desk_home: Path
) -> None:
    first = start(company, platform.url)
    key = key_files.read_key(company=company)
    second = start(company, platform.url)
    first.refresh_from_db()
    assert (first.state, second.state) == (RegistrationState.ABANDONED, RegistrationState.CODE_SENT)
    assert key_files.read_key(company=company) != key
    left = sorted(path.name for path in (desk_home / "keys" / str(company.uid)).iterdir())
    assert left == [key_files.IN_USE, f"registration-{second.uid}", f"registration-{second.uid}-key"]


def test_one_that_could_not_be_sent_goes_by_itself(company: Company, platform: Platform) -> None:
    with pytest.raises(Unreachable):
        start(company, platform.url, transport=Intercepting(before=lambda _method, _url: Answer(502, b"")))
    row = registration.get_open(company=company)
    assert row is not None
    assert row.state == RegistrationState.STARTED
    assert key_files.read_key(company=company) is None, "no key is used that the Platform doesn't know"
    later = timezone.now() + timedelta(seconds=registration.CHECK_UNREACHABLE_S + 1)
    assert registration.check_due(now=later)
    row.refresh_from_db()
    assert row.state == RegistrationState.CODE_SENT
    assert key_files.read_key(company=company) is not None


def test_one_that_is_declined_later_ends_and_says_why(company: Company) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable):
        start(company, url)
    problem = {
        "type": "t",
        "title": "t",
        "status": 422,
        "detail": "Treść zgody się zmieniła.",
        "code": "consent_outdated",
    }
    declining = Intercepting(before=lambda _method, _url: Answer(422, json.dumps(problem).encode()))
    later = timezone.now() + timedelta(seconds=registration.CHECK_UNREACHABLE_S + 1)
    assert registration.check_due(now=later, transport=declining)
    row = Registration.objects.get()
    assert (row.state, row.message) == (RegistrationState.ABANDONED, problem["detail"])
    assert not registration.check_due(now=later + timedelta(hours=1))


def test_one_of_a_desk_that_is_too_old_waits_for_the_newer_desk(company: Company, platform: Platform) -> None:
    row = start(company, platform.url)
    problem = {"type": "t", "title": "t", "status": 426, "detail": "za stara", "code": "program_too_old"}
    old = Intercepting(before=lambda _method, _url: Answer(426, json.dumps(problem).encode()))
    with pytest.raises(Declined):
        registration.refresh(registration=row, now=timezone.now(), transport=old)
    assert registration.get_open(company=company) == row
    assert registration.refresh(registration=row, now=timezone.now()).state == RegistrationState.CODE_SENT


def test_forgetting_the_key_gives_the_registration_up(company: Company, platform: Platform) -> None:
    start(company, platform.url)
    assert connection.forget(company=company)
    assert registration.get_open(company=company) is None
    assert connection.get_link(company=company) is None
