"""A company whose NIP is taken: asked to be let in, decided by its administrators or by the operator."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from packages.platform.tests.conftest import NOW, logged_in
from packages.platform.tests.test_registration import PASSWORD, Erp, code, link
from saldo_platform import __main__ as command_line
from saldo_platform.companies import claims
from saldo_platform.companies.tables import (
    AuditEvent,
    Claim,
    Company,
    Integration,
    IntegrationState,
    Mail,
    Membership,
    Person,
    Registration,
    Role,
)
from saldo_protocol.keys import ExchangeKey as WholeKey

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
NOTE = "Odpis KRS 0000123456, pełnomocnictwo z 2026-11-20"


@pytest.fixture
def erp(company: Company) -> Erp:
    """Dora's ERP, registered and activated for Alice's company."""
    newcomer = Erp(email=DORA, nip=company.nip)
    newcomer.put()
    newcomer.post("verify", code=code())
    Client().post(link(), {"password1": PASSWORD, "password2": PASSWORD})
    return newcomer


@pytest.fixture
def dora(erp: Erp) -> Person:
    return Person.objects.get(email=DORA)


def asked(dora: Person, message: str = "") -> Claim:
    return claims.ask(person=dora, registration_uid=Registration.objects.get().uid, message=message, now=NOW)


def role_of(person: Person) -> str | None:
    return Membership.objects.filter(person=person).values_list("role", flat=True).first()


def page(dora: Person) -> str:
    return f"/claims/{Registration.objects.get().uid}/"


def test_the_whole_way_from_asking_to_a_program_that_awaits_confirmation(
    erp: Erp, dora: Person, company: Company, alice: Person
) -> None:
    client = logged_in(dora)
    home = client.get("/").content.decode()
    assert "Firma ma już konto" in home and page(dora) in home
    client.post(page(dora), {"ask": "1", "message": "Jestem nową księgową <b>"})
    assert "poprosi" not in Mail.objects.get(to=DORA, subject__contains="już konto").subject
    told = Mail.objects.filter(to=alice.email).order_by("-pk")[0]
    assert DORA in told.text and "nową księgową" not in told.text, "a stranger's words are not mailed"
    start = logged_in(alice).get(f"/companies/{company.uid}/").content.decode()
    assert "Jestem nową księgową &lt;b&gt;" in start
    assert erp.integration().json()["code"] == "integration_not_made"
    logged_in(alice).post(
        f"/companies/{company.uid}/claims/{Claim.objects.get().uid}/decide/", {"to": "accepted", "role": "accountant"}
    )
    assert role_of(dora) == "accountant"
    assert erp.client.get(erp.address()).json()["integration"] == "awaiting_confirmation"
    assert erp.integration().json()["code"] == "integration_not_confirmed"
    Integration.objects.update(state=IntegrationState.CONFIRMED)
    assert erp.integration().json()["company"]["nip"] == company.nip
    assert "dołączasz do konta" in Mail.objects.filter(to=DORA).order_by("-pk")[0].subject
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "claim_asked",
        "claim_accepted",
    ]


def test_nothing_about_the_company_is_shown_before_it_is_accepted(
    dora: Person, company: Company, alice: Person, key: WholeKey
) -> None:
    Company.objects.update(name="Tajna Nazwa", address="Tajny Adres")
    client = logged_in(dora)
    client.post(page(dora), {"ask": "1"})
    seen = [client.get(path).content.decode() for path in ("/", page(dora))]
    seen += [mail.text + mail.subject for mail in Mail.objects.filter(to=DORA)]
    for text in seen:
        assert re.search("Tajn|alice|Alice", text) is None, text
    assert client.get(f"/companies/{company.uid}/").status_code == 404


def test_asking_twice_or_in_two_tabs_is_one_request(dora: Person, alice: Person) -> None:
    before = Mail.objects.filter(to=alice.email).count()
    assert asked(dora) == asked(dora)
    assert (Claim.objects.count(), Mail.objects.filter(to=alice.email).count()) == (1, before + 1)


def test_who_did_not_register_for_it_can_ask_for_nothing(dora: Person, charlie: Person) -> None:
    for client in (logged_in(charlie), Client()):
        assert client.post(page(dora), {"ask": "1"}).status_code in {302, 404}
        assert client.post(page(dora) + "operator/").status_code in {302, 404}
    assert not Claim.objects.exists()


def test_the_operator_decides_on_what_was_asked_and_with_evidence_alone() -> None:
    with pytest.raises(claims.EvidenceMissing):
        claims.refuse_by_operator(uid=uuid4(), note=" ", now=NOW)
    with pytest.raises(claims.ClaimNotFound):
        claims.refuse_by_operator(uid=uuid4(), note="an extract from the register", now=NOW)


def test_after_seven_days_without_an_answer_the_operator_has_it(dora: Person, alice: Person) -> None:
    asked(dora)
    assert [claims.hand_over_due(now=NOW + timedelta(days=days)) for days in (6, 7, 8)] == [False, True, False]
    assert Claim.objects.get().state == "to_operator"
    assert "odpis z KRS" in Mail.objects.filter(to=DORA).order_by("-pk")[0].text
    assert "operator decyduje" in Mail.objects.filter(to=alice.email).order_by("-pk")[0].subject


def test_an_administrator_can_not_refuse_what_the_operator_has(dora: Person, company: Company, alice: Person) -> None:
    claim = asked(dora)
    claims.take_to_operator(person=dora, registration_uid=Registration.objects.get().uid, now=NOW)
    with pytest.raises(claims.ClaimWithOperator):
        claims.refuse(company=company, uid=claim.uid, person=alice, now=NOW)
    client, start = logged_in(alice), f"/companies/{company.uid}/"
    shown = client.get(start).content.decode()
    assert "nadal możesz ją przyjąć" in shown and 'value="accepted"' in shown and 'value="refused"' not in shown
    told = client.post(f"{start}claims/{claim.uid}/decide/", {"to": "refused"}, follow=True).content.decode()
    assert "o wszystkim innym rozstrzyga operator" in told
    assert claims.list_for_operator() == [claim]
    claims.hand_company_over(uid=claim.uid, note=NOTE, now=NOW)
    assert (role_of(dora), role_of(alice)) == ("administrator", None)


def test_an_administrator_can_still_let_in_another_while_the_operator_has_it(
    dora: Person, company: Company, alice: Person
) -> None:
    claim = asked(dora)
    claims.take_to_operator(person=dora, registration_uid=Registration.objects.get().uid, now=NOW)
    with pytest.raises(claims.ClaimWithOperator):
        claims.accept(company=company, uid=claim.uid, role=Role.VIEWER, person=alice, now=NOW)
    claims.accept(company=company, uid=claim.uid, role=Role.ADMINISTRATOR, person=alice, now=NOW)
    assert role_of(dora) == "administrator"
    with pytest.raises(claims.ClaimDecidedAlready):
        claims.accept_by_operator(uid=claim.uid, note=NOTE, now=NOW)


def test_a_refusal_can_be_taken_to_the_operator_once(dora: Person, company: Company, alice: Person) -> None:
    claim = asked(dora)
    claims.refuse(company=company, uid=claim.uid, person=alice, now=NOW)
    assert "Przekaż operatorowi" in logged_in(dora).get(page(dora)).content.decode()
    uid = Registration.objects.get().uid
    claims.take_to_operator(person=dora, registration_uid=uid, now=NOW)
    claims.refuse_by_operator(uid=claim.uid, note=NOTE, now=NOW)
    with pytest.raises(claims.ClaimDecidedAlready):
        claims.take_to_operator(person=dora, registration_uid=uid, now=NOW)
    assert role_of(dora) is None


def test_of_two_decisions_the_first_holds(dora: Person, company: Company, alice: Person) -> None:
    claim = asked(dora)
    claims.refuse(company=company, uid=claim.uid, person=alice, now=NOW)
    with pytest.raises(claims.ClaimDecidedAlready):
        claims.accept(company=company, uid=claim.uid, role=Role.ADMINISTRATOR, person=alice, now=NOW)
    assert role_of(dora) is None


def test_the_operator_decides_from_the_command_line_with_evidence(
    dora: Person, company: Company, alice: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = asked(dora, "To moja firma")

    def operate(*arguments: str) -> tuple[int, str]:
        done = command_line.operate(command_line.parser().parse_args(arguments))
        said = capsys.readouterr()
        return done, said.out + said.err

    assert "Żadna prośba" in operate("claims")[1]
    decide = ("claim", "decide", str(claim.uid), "accept", "--note")
    assert operate(*decide, NOTE)[0] == 1, "not before it is the operator's"
    claims.hand_over_due(now=NOW + timedelta(days=7))
    assert str(claim.uid) in operate("claims")[1] and '"To moja firma"' in operate("claims", "--json")[1]
    assert operate(*decide, "ok") == (1, "Zapisz, co sprawdzono, w co najmniej 10 znakach: --note.\n")
    assert operate("claim", "decide", "nonsense", "accept", "--note", NOTE)[0] == 1
    assert operate(*decide, NOTE)[0] == 0
    assert operate(*decide, NOTE)[0] == 1, "once"
    assert (role_of(dora), role_of(alice)) == ("administrator", "administrator")
    assert AuditEvent.objects.get(action="claim_accepted").values["note"] == NOTE
    assert "administratorem" in Mail.objects.filter(to=alice.email).order_by("-pk")[0].text


def test_a_company_that_was_held_wrongly_is_handed_over_whole(
    dora: Person, company: Company, alice: Person, bob: Person, key: WholeKey
) -> None:
    claim = asked(dora)
    claims.hand_over_due(now=NOW + timedelta(days=7))
    claims.hand_company_over(uid=claim.uid, note=NOTE, now=NOW)
    members = list(Membership.objects.values_list("person__email", "role"))
    assert members == [(DORA, "administrator")]
    answer = Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/integration")
    assert answer.json()["code"] == "integration_revoked"
    states = list(Integration.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["revoked", "awaiting_confirmation"]


def test_registering_answers_the_same_whether_or_not_the_company_is_here(company: Company) -> None:
    def answers(nip: str) -> list[Any]:
        newcomer = Erp(email=f"n{nip}@example.com", nip=nip)
        first = newcomer.put()
        second = newcomer.post("verify", code=code())
        hidden = {"uid", "email", "code_expires_at"}
        bodies = [{name: value for name, value in one.json().items() if name not in hidden} for one in (first, second)]
        page = Client().get(link()).content.decode()
        tokens = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
        return [bodies, tokens.sub("", page).replace(f"n{nip}@example.com", "X")]

    assert answers(company.nip) == answers("5260250995")
