"""How often somebody may try, and that nobody locks somebody else out."""

from typing import ClassVar

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from packages.platform.tests.conftest import make_person
from packages.platform.tests.test_registration import Erp, code, link
from saldo_core.client_address import client_of
from saldo_core.passwords import OwaspArgon2Hasher
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


def activate(password: str, *, address: str = "192.0.2.1") -> int:
    return Client(REMOTE_ADDR=address).post(link(), {"password1": password, "password2": password}).status_code


def ask_for_a_link() -> None:
    erp = Erp()
    erp.put()
    erp.post("verify", code=code())


def test_an_activation_link_is_no_way_to_try_more_passwords(anna: Person) -> None:
    ask_for_a_link()
    assert [activate("wrong") for _try in range(10)] == [200] * 10
    assert (activate(PASSWORD), log_in(PASSWORD)) == (200, 200)
    assert activate(PASSWORD, address="198.51.100.7") == 302


class WatchedHasher(OwaspArgon2Hasher):
    """Notes how deep in transactions each password is hashed."""

    depths: ClassVar[list[int]] = []

    def encode(self, password: str, salt: str) -> str:
        self.depths.append(len(connection.savepoint_ids))
        return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        self.depths.append(len(connection.savepoint_ids))
        return bool(super().verify(password, encoded))


@pytest.mark.parametrize("known", [True, False])
def test_no_password_is_hashed_while_the_database_is_written(
    known: bool, settings: Settings, request: pytest.FixtureRequest
) -> None:
    if known:
        request.getfixturevalue("anna")
    ask_for_a_link()
    settings.PASSWORD_HASHERS = [f"{__name__}.WatchedHasher"]
    WatchedHasher.depths.clear()
    assert activate(PASSWORD) == 302
    assert WatchedHasher.depths == [len(connection.savepoint_ids)]


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
