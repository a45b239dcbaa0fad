"""Registration over the API: states, codes, limits, and what no answer tells."""

import json
import re
import secrets
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from packages.platform.tests.conftest import NOW
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
    assert not Registration.objects.filter(code_digest__contains=code() if "kod" in last_mail() else "-").exists()


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
    assert answers == ["code_wrong"] * 5 + ["code_tries_used_up"]
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


def test_a_known_company_is_not_joined_its_administrator_is_asked() -> None:
    verified()
    set_password()
    newcomer = Erp(email="obcy@example.com")
    newcomer.put()
    newcomer.post("verify", code=code())
    address = link()
    Client().post(address, {"password1": PASSWORD, "password2": PASSWORD})
    assert Company.objects.count() == 1
    assert not Membership.objects.filter(person__email="obcy@example.com").exists()
    assert Mail.objects.order_by("-pk")[0].to == "anna@example.com"
    assert ExchangeKey.objects.get(identifier=newcomer.key.identifier).integration.state == "awaiting_confirmation"


def test_a_member_who_is_no_administrator_does_not_decide_alone() -> None:
    verified()
    set_password()
    viewer = Erp(email="ola@example.com")
    viewer.put()
    viewer.post("verify", code=code())
    person = Person(email="ola@example.com", joined_at=NOW)
    person.set_password(PASSWORD)
    person.save()
    Membership.objects.create(company=Company.objects.get(), person=person, role="viewer")
    assert Client().post(link(), {"password1": PASSWORD}).status_code == 302
    assert Mail.objects.order_by("-pk")[0].to == "anna@example.com"


def test_a_wrong_password_of_a_known_account_leaves_the_link() -> None:
    verified()
    set_password()
    again = Erp()
    again.put()
    again.post("verify", code=code())
    assert Client().post(link(), {"password1": "inne-haslo-inne-haslo"}).status_code == 200
    assert again.integration().json()["code"] == "account_not_activated"
    assert Client().post(link(), {"password1": PASSWORD}).status_code == 302
    assert again.integration().json()["code"] == "integration_not_confirmed"


def test_no_secret_lies_in_the_database() -> None:
    erp = Erp()
    erp.put()
    row = Registration.objects.get(uid=UUID(str(erp.uid)))
    stored = " ".join(str(getattr(row, field.attname)) for field in row._meta.concrete_fields)
    assert erp.secret not in stored
    assert erp.key.text not in stored
    assert code() not in stored.replace(str(row.uid), "")
