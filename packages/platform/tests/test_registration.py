"""Registration over the API: states, codes, limits, and what no answer tells."""

import json
import re
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from saldo_platform.companies import consents
from saldo_platform.companies.tables import (
    ActivationLink,
    Company,
    Consent,
    ExchangeKey,
    Integration,
    Mail,
    Membership,
    Person,
    Registration,
)
from saldo_protocol import keys

pytestmark = pytest.mark.django_db

PASSWORD = "bardzo-dlugie-haslo-2026"


class Erp:
    """An ERP that registers."""

    def __init__(self, email: str = "anna@example.com", nip: str = "9999999999") -> None:
        self.uid, self.secret, self.key = uuid4(), secrets.token_urlsafe(32), keys.make()
        self.client = Client(headers={"authorization": f"Bearer {self.secret}"})
        self.body: dict[str, Any] = {
            "email": email,
            "person_name": "Anna Nowak",
            "company": {"nip": nip, "name": "Firma"},
            "consents": [{"code": text.code, "version": text.version} for text in consents.TEXTS if text.required],
            "language": "pl",
            "key": {"identifier": self.key.identifier, "digest": self.key.digest},
            "sender": {"program": "test", "version": "1"},
        }

    def put(self) -> Any:
        return self.client.put(self.address(), json.dumps(self.body), content_type="application/json")

    def post(self, what: str, **body: str) -> Any:
        return self.client.post(f"{self.address()}/{what}", json.dumps(body), content_type="application/json")

    def address(self) -> str:
        return f"/api/v1/registrations/{self.uid}"

    def integration(self) -> Any:
        return Client(headers={"authorization": f"Bearer {self.key.text}"}).get("/api/v1/integration")


def last_mail() -> str:
    return Mail.objects.order_by("-pk")[0].text


def code() -> str:
    found = re.search(r"\b\d{6}\b", last_mail())
    assert found
    return found[0]


def link() -> str:
    found = re.search(r"/activate/\S+", last_mail())
    assert found
    return found[0]


def set_password(password: str = PASSWORD) -> Any:
    return Client().post(link(), {"password1": password, "password2": password})


def verified() -> Erp:
    erp = Erp()
    erp.put()
    assert erp.post("verify", code=code()).json()["state"] == "activation_sent"
    return erp


def test_the_whole_way_to_a_key_that_works() -> None:
    erp = Erp()
    first = erp.put()
    assert (first.status_code, first.json()["state"]) == (201, "code_sent")
    assert erp.integration().json()["code"] == "account_not_activated"
    erp.post("verify", code=code())
    set_password()
    assert erp.client.get(erp.address()).json()["integration"] == "awaiting_confirmation"
    assert erp.integration().json()["code"] == "integration_not_confirmed"
    Integration.objects.update(state="confirmed")
    assert erp.integration().json()["company"]["nip"] == "9999999999"
    assert Consent.objects.filter(person__email="anna@example.com").count() == 2


def test_the_same_registration_again_changes_nothing() -> None:
    erp = Erp()
    erp.put()
    assert (erp.put().status_code, Mail.objects.count()) == (200, 1)


def test_another_secret_finds_nothing() -> None:
    erp = Erp()
    erp.put()
    erp.client = Client(headers={"authorization": f"Bearer {secrets.token_urlsafe(32)}"})
    answers = [erp.put(), erp.client.get(erp.address()), erp.post("verify", code=code()), erp.post("code/resend")]
    assert [answer.json()["code"] for answer in answers] == ["registration_not_found"] * 4


def test_five_wrong_codes_and_the_right_one_does_not_help() -> None:
    erp = Erp()
    erp.put()
    right = code()
    wrong = "000000" if right != "000000" else "111111"
    answers = [erp.post("verify", code=wrong).json()["code"] for _try in range(6)]
    assert answers == ["code_wrong"] * 4 + ["code_tries_used_up"] * 2
    assert erp.post("verify", code=right).json()["code"] == "code_tries_used_up"


def test_sending_again_must_wait_a_minute() -> None:
    erp = Erp()
    erp.put()
    answer = erp.post("code/resend")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 60


def test_the_sixth_code_in_an_hour_for_one_address_is_refused() -> None:
    codes = [Erp().put().status_code for _try in range(6)]
    assert codes == [201] * 5 + [429]


def test_the_twenty_first_code_in_an_hour_from_one_client_is_refused() -> None:
    codes = [Erp(email=f"person{number}@example.com").put().status_code for number in range(21)]
    assert codes == [201] * 20 + [429]


def test_a_missing_consent_is_named_by_a_pointer() -> None:
    erp = Erp()
    erp.body["consents"] = erp.body["consents"][:1]
    assert erp.put().json() | {} == erp.put().json()
    assert (erp.put().json()["code"], erp.put().json()["pointer"]) == ("consent_missing", "/consents")
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("email", "nobody", "/email"),
        ("language", "de", "/language"),
        ("company", {"nip": "1", "name": "x"}, "/company/nip"),
    ],
)
def test_a_bad_body_is_told_with_its_place(member: str, value: object, pointer: str) -> None:
    erp = Erp()
    erp.body[member] = value
    answer = erp.put()
    assert (answer.status_code, answer.json()["code"], answer.json()["pointer"]) == (422, "invalid_body", pointer)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_wrong_nip_is_told() -> None:
    assert Erp(nip="1234567890").put().json()["code"] == "nip_invalid"


def test_answers_do_not_tell_that_an_account_or_a_company_exists() -> None:
    first = verified()
    set_password()
    known, unknown = Erp(), Erp(email="new@example.com", nip="1111111111")
    left, right = known.put(), unknown.put()
    hidden = {"uid", "email", "code_expires_at"}
    assert left.status_code == right.status_code
    assert {k: v for k, v in left.json().items() if k not in hidden} == {
        k: v for k, v in right.json().items() if k not in hidden
    }
    assert "Masz już konto" in Mail.objects.order_by("pk")[2].text
    assert first.uid != known.uid


def test_looking_at_the_link_consumes_nothing_and_using_it_consumes_it() -> None:
    verified()
    address = link()
    assert [Client().get(address).status_code for _look in range(3)] == [200] * 3
    assert not Person.objects.exists()
    assert set_password().status_code == 302
    assert Client().get(address).status_code == 404
    assert ActivationLink.objects.get().used_at is not None


def test_a_short_password_is_refused_and_the_link_stays() -> None:
    verified()
    assert set_password("krotkie").status_code == 200
    assert not Person.objects.exists()
    assert set_password().status_code == 302


def test_a_known_company_is_not_joined_and_receives_nothing_of_the_newcomers() -> None:
    """Whoever registered a NIP first may not be its owner: nothing is connected, both sides get a mail."""
    verified()
    set_password()
    newcomer = Erp(email="obcy@example.com")
    newcomer.put()
    newcomer.post("verify", code=code())
    address = link()
    Client().post(address, {"password1": PASSWORD, "password2": PASSWORD})
    assert Company.objects.count() == 1
    assert not Membership.objects.filter(person__email="obcy@example.com").exists()
    assert sorted(Mail.objects.order_by("-pk").values_list("to", flat=True)[:2]) == [
        "anna@example.com",
        "obcy@example.com",
    ]
    assert not ExchangeKey.objects.filter(identifier=newcomer.key.identifier).exists()
    assert newcomer.integration().json()["code"] == "integration_not_made"
    assert newcomer.client.get(newcomer.address()).json()["integration"] == "none"


def test_a_nip_with_a_line_end_is_not_another_company() -> None:
    answer = Erp(nip="9999999999\n").put()
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/company/nip")


@pytest.mark.parametrize("name", ["Wygrałeś! http://evil.example", "www.evil.example", "Anna\n\nkliknij"])
def test_a_name_carries_no_link_and_no_line_into_our_mails(name: str) -> None:
    erp = Erp()
    erp.body["person_name"] = name
    answer = erp.put()
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/person_name")
    assert not Mail.objects.exists()


def test_a_used_uid_with_other_content_is_refused_and_only_the_address_may_change() -> None:
    erp = Erp()
    erp.put()
    erp.body["company"] = {"nip": "1111111111", "name": "Inna"}
    assert (erp.put().status_code, erp.put().json()["code"]) == (409, "registration_uid_reused")
    erp.body["company"] = {"nip": "9999999999", "name": "Firma"}
    erp.body["email"] = "inny@example.com"
    assert erp.put().json()["code"] == "too_many_requests"  # not within a minute of the last mail
    Registration.objects.update(mailed_at=Registration.objects.get().mailed_at - timedelta(minutes=2))
    assert erp.put().json()["email"] == "inny@example.com"
    assert Mail.objects.order_by("-pk")[0].to == "inny@example.com"


def test_sending_a_link_before_the_code_or_after_activation_is_refused() -> None:
    erp = Erp()
    erp.put()
    assert erp.post("activation/resend").json()["code"] == "not_verified"
    erp.post("verify", code=code())
    set_password()
    assert erp.post("activation/resend").json()["code"] == "already_activated"
    assert erp.post("code/resend").json()["code"] == "already_verified"


def test_a_key_that_is_in_use_and_a_secret_that_is_too_short_are_refused() -> None:
    verified()
    set_password()
    second = Erp(email="b@example.com", nip="1111111111")
    second.body["key"] = {"identifier": ExchangeKey.objects.get().identifier, "digest": "0" * 64}
    assert second.put().json()["code"] == "key_taken"
    third = Erp(email="c@example.com", nip="1111111111")
    third.client = Client(headers={"authorization": "Bearer short"})
    assert third.put().json()["code"] == "secret_too_short"


def test_no_secret_lies_in_the_database() -> None:
    erp = Erp()
    erp.put()
    row = Registration.objects.get(uid=UUID(str(erp.uid)))
    stored = " ".join(str(getattr(row, field.attname)) for field in row._meta.concrete_fields)
    assert erp.secret not in stored
    assert erp.key.text not in stored
    assert code() not in stored.replace(str(row.uid), "")
