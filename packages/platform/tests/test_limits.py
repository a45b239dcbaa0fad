"""How often somebody may try, and that nobody locks somebody else out."""

import pytest
from django.test import Client

from packages.platform.tests.conftest import make_person
from saldo_core.client_address import client_of
from saldo_platform.companies.tables import Person

pytestmark = pytest.mark.django_db

PASSWORD = "bardzo-dlugie-haslo-2026"


@pytest.fixture
def anna() -> Person:
    person = make_person("anna@example.com")
    person.set_password(PASSWORD)
    person.save()
    return person


def log_in(password: str, *, address: str = "192.0.2.1", email: str = "anna@example.com") -> int:
    answer = Client(REMOTE_ADDR=address).post("/login/", {"username": email, "password": password})
    return answer.status_code


def test_after_ten_wrong_passwords_the_right_one_does_not_help_from_there_but_does_from_elsewhere(anna: Person) -> None:
    assert [log_in("wrong") for _try in range(10)] == [200] * 10
    assert log_in(PASSWORD) == 200
    assert log_in(PASSWORD, address="198.51.100.7") == 302


def test_a_right_password_is_not_counted(anna: Person) -> None:
    assert [log_in(PASSWORD) for _try in range(12)] == [302] * 12


def test_one_client_can_not_go_through_many_accounts(anna: Person) -> None:
    for number in range(50):
        log_in("wrong", email=f"person{number}@example.com")
    assert log_in(PASSWORD) == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_what_counts_as_one_client(one: str, other: str, same: bool) -> None:
    assert (client_of(one) == client_of(other)) == same


def test_registrations_in_a_persons_name_do_not_block_their_password_reset(anna: Person) -> None:
    from packages.platform.tests.test_registration import Erp

    assert [Erp().put().status_code for _try in range(6)] == [201] * 5 + [429]
    assert Client().post("/password-reset/", {"email": "anna@example.com"}).status_code == 302
