"""„Moje konto”: name, password, e-mail, consents; with the hostile steps."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from packages.platform.tests.conftest import NOW, logged_in, make_person
from packages.platform.tests.test_registration import Erp, code
from packages.platform.tests.test_registration import link as activation_link
from saldo_platform.companies import email_change, people
from saldo_platform.companies.tables import Consent, EmailChange, Mail, Person

pytestmark = pytest.mark.django_db

OLD, NEW = "dawne-haslo-dawne-haslo", "zielone-jablko-i-kot"


@pytest.fixture
def ewa(db: None) -> Person:
    person = make_person("ewa@example.com")
    person.set_password(OLD)
    person.save()
    return person


def mail_to(address: str) -> str:
    return Mail.objects.filter(to=address).order_by("-pk")[0].text


def path_in(text: str, start: str) -> str:
    found = re.search(rf"/account/email/{start}/\S+", text)
    assert found, text
    return found[0]


def change(client: Client, email: str = "nowa@example.com", password: str = OLD) -> Any:
    return client.post("/account/email/", {"email": email, "password": password})


def log_in(email: str, password: str) -> int:
    """302 when it works."""
    return Client().post("/login/", {"username": email, "password": password}).status_code


def test_name_and_language_are_kept_and_the_page_follows(ewa: Person) -> None:
    page = logged_in(ewa).post("/account/", {"name": "Ewa Nowak", "language": "en"}, follow=True).content.decode()
    ewa.refresh_from_db()
    assert (ewa.name, ewa.language) == ("Ewa Nowak", "en")
    assert 'lang="en"' in page and "Saved." in page
    refused = logged_in(ewa).post("/account/", {"name": "www.evil.example", "language": "pl"}).content.decode()
    assert "errorlist" in refused


def test_another_password_ends_the_other_sessions_and_not_this_one(ewa: Person) -> None:
    here, elsewhere = logged_in(ewa), logged_in(ewa)
    answer = here.post("/account/password/", {"old_password": OLD, "password1": NEW, "password2": NEW})
    assert answer.headers["Location"] == "/account/"
    assert [client.get("/account/").status_code for client in (here, elsewhere)] == [200, 302]
    assert [log_in(ewa.email, password) for password in (OLD, NEW)] == [200, 302]
    assert "hasło zostało zmienione" in Mail.objects.get().subject


@pytest.mark.parametrize(
    ("old", "new", "again", "text"),
    [
        ("wrong", NEW, NEW, "Hasło jest nieprawidłowe"),
        (OLD, NEW, NEW + "x", "różnią się"),
        (OLD, "krotkie", "krotkie", "zbyt krótkie"),
    ],
)
def test_a_password_is_not_changed_by(old: str, new: str, again: str, text: str, ewa: Person) -> None:
    page = logged_in(ewa).post("/account/password/", {"old_password": old, "password1": new, "password2": again})
    assert "errorlist" in page.content.decode()
    assert log_in(ewa.email, OLD) == 302
    assert not Mail.objects.exists()


def test_a_found_session_can_not_guess_the_password_without_end(ewa: Person) -> None:
    client = logged_in(ewa)
    for _guess in range(10):
        change(client, password="wrong")
    assert "Zbyt wiele prób" in change(client).content.decode()
    assert not EmailChange.objects.exists()


def test_the_new_address_counts_once_its_link_was_opened_by_the_same_person(ewa: Person) -> None:
    client = logged_in(ewa)
    assert "Sprawdź pocztę" in change(client, "Nowa@Example.com").content.decode()
    link = path_in(mail_to("nowa@example.com"), "confirm")
    assert log_in("ewa@example.com", OLD) == 302
    assert client.get(link).status_code == 200
    ewa.refresh_from_db()
    assert ewa.email == "ewa@example.com", "looking changes nothing: mail scanners look too"
    client.post(link)
    assert [log_in(email, OLD) for email in ("ewa@example.com", "nowa@example.com")] == [200, 302]
    assert client.post(link).status_code == 404, "once"
    assert "nowa@example.com" in mail_to("ewa@example.com")


def test_a_link_to_a_new_address_is_no_use_to_anybody_else(ewa: Person, charlie: Person) -> None:
    change(logged_in(ewa))
    link = path_in(mail_to("nowa@example.com"), "confirm")
    assert Client().post(link).status_code == 302, "to the log-in"
    assert [logged_in(charlie).get(link).status_code, logged_in(charlie).post(link).status_code] == [404, 404]
    ewa.refresh_from_db()
    charlie.refresh_from_db()
    assert (ewa.email, charlie.email) == ("ewa@example.com", "charlie@example.com")


def test_the_answer_is_the_same_byte_for_byte_when_the_address_has_an_account(ewa: Person, charlie: Person) -> None:
    free, taken = "wolna@example.com", charlie.email
    pages = [change(logged_in(ewa), email).content.decode() for email in (free, taken)]
    tokens = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    plain = [tokens.sub("", page).replace(email, "X") for page, email in zip(pages, (free, taken), strict=True)]
    assert plain[0] == plain[1]
    assert "confirm" not in mail_to(taken) and "własne konto" in mail_to(taken)
    assert [Mail.objects.filter(to=email).count() for email in (ewa.email, free, taken)] == [2, 1, 1]


def test_an_address_that_got_an_account_meanwhile_is_not_taken_over(ewa: Person) -> None:
    client = logged_in(ewa)
    change(client)
    link = path_in(mail_to("nowa@example.com"), "confirm")
    make_person("nowa@example.com")
    assert client.post(link).status_code == 409
    assert EmailChange.objects.get().confirmed_at is None
    token = link.rstrip("/").rpartition("/")[2]
    with pytest.raises(email_change.EmailTaken):
        email_change.confirm(person=ewa, token=token, now=timezone.now())


def test_a_link_to_a_new_address_is_good_for_a_day_and_a_newer_one_replaces_it(ewa: Person) -> None:
    client = logged_in(ewa)
    change(client, "pierwsza@example.com")
    first = path_in(mail_to("pierwsza@example.com"), "confirm")
    change(client, "druga@example.com")
    second = path_in(mail_to("druga@example.com"), "confirm")
    assert client.post(first).status_code == 404
    EmailChange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(second).status_code == 404


def test_undoing_gives_the_old_address_back_and_shuts_out_who_knows_the_password(ewa: Person) -> None:
    thief = logged_in(ewa)
    change(thief, "zlodziej@example.com")
    undo = path_in(mail_to("ewa@example.com"), "undo")
    thief.post(path_in(mail_to("zlodziej@example.com"), "confirm"))
    ewa.refresh_from_db()
    change(thief, "drugi@example.com")  # covering tracks
    later_undo = path_in(mail_to("zlodziej@example.com"), "undo")
    thief.post(path_in(mail_to("drugi@example.com"), "confirm"))
    owner = Client()
    assert owner.get(undo).status_code == 200
    ewa.refresh_from_db()
    assert ewa.email == "drugi@example.com"
    assert "Zmianę adresu cofnięto" in owner.post(undo).content.decode()
    ewa.refresh_from_db()
    assert ewa.email == "ewa@example.com"
    assert thief.get("/account/").status_code == 302, "the thief's session has ended"
    assert log_in("ewa@example.com", OLD) == 200, "the password works no more"
    assert Client().post(later_undo).status_code == 404, "nor does the thief's own link to undo"
    assert Client().post(undo).status_code == 404, "once"


def test_undoing_before_it_was_confirmed_makes_the_link_void_and_changes_nothing_else(ewa: Person) -> None:
    client = logged_in(ewa)
    change(client)
    Client().post(path_in(mail_to("ewa@example.com"), "undo"))
    assert client.post(path_in(mail_to("nowa@example.com"), "confirm")).status_code == 404
    assert log_in("ewa@example.com", OLD) == 302


def test_undoing_is_possible_for_seven_days(ewa: Person) -> None:
    change(logged_in(ewa))
    token = path_in(mail_to("ewa@example.com"), "undo").split("/")[-2]
    with pytest.raises(email_change.ChangeNotValid):
        email_change.undo(token=token, now=timezone.now() + timedelta(days=7, seconds=1))
    email_change.undo(token=token, now=timezone.now() + timedelta(days=6))


def test_the_same_address_is_refused_and_many_in_an_hour_too(ewa: Person) -> None:
    client = logged_in(ewa)
    with pytest.raises(email_change.EmailUnchanged):
        email_change.ask(person=ewa, email=ewa.email, password=OLD, client_address="::1", now=NOW)
    assert "już się logujesz" in change(client, "EWA@example.com").content.decode()
    answers = [change(client, f"a{n}@example.com").content.decode() for n in range(6)]
    assert ["errorlist" in answer for answer in answers] == [False] * 5 + [True]


def test_a_reset_link_works_once_ends_the_sessions_and_is_void_after_a_change_of_address(ewa: Person) -> None:
    session = logged_in(ewa)
    Client().post("/password-reset/", {"email": ewa.email})
    found = re.search(r"/password-reset/\S+", mail_to(ewa.email))
    assert found
    browser = Client()
    page = browser.get(found[0], follow=True).redirect_chain[-1][0]
    browser.post(page, {"new_password1": NEW, "new_password2": NEW})
    assert log_in(ewa.email, NEW) == 302
    assert session.get("/account/").status_code == 302
    assert "hasło zostało zmienione" in Mail.objects.order_by("-pk")[0].subject
    again = Client()
    answer = again.get(found[0], follow=True)
    assert answer.redirect_chain == []
    assert "new_password1" not in answer.content.decode()


def test_consents_are_shown_as_given_and_the_optional_one_is_withdrawn_and_given_again() -> None:
    erp = Erp()
    erp.put()
    erp.post("verify", code=code())
    Client().post(activation_link(), {"password1": NEW, "password2": NEW})
    anna = Person.objects.get()
    client = logged_in(anna)
    page = client.get("/account/").content.decode()
    assert [page.count(text) for text in ("wyrażona</span>", "niewyrażona", "wersja 2026-11")] == [3, 1, 2]
    client.post("/account/consents/marketing/", {"give": "1"})
    client.post("/account/consents/marketing/", {"give": "1"})
    assert Consent.objects.filter(code="marketing", withdrawn_at=None, registration=None).count() == 1
    client.post("/account/consents/marketing/")
    assert "wycofana" in client.get("/account/").content.decode()
    client.post("/account/consents/marketing/", {"give": "1"})
    assert Consent.objects.filter(code="marketing").count() == 2, "evidence stays"
    for required in ("terms", "nonsense"):
        refused = client.post(f"/account/consents/{required}/", follow=True).content.decode()
        assert "nie można tu wycofać" in refused
    assert not Consent.objects.filter(code="terms").exclude(withdrawn_at=None).exists()


def test_a_consent_that_the_account_rests_on_can_not_be_withdrawn(ewa: Person) -> None:
    with pytest.raises(people.ConsentRequired):
        people.withdraw_consent(person=ewa, code="terms", now=NOW)


def test_a_consent_of_somebody_else_is_not_touched(ewa: Person, charlie: Person) -> None:
    people.give_consent(person=charlie, code="marketing", language="pl", client_address="", now=NOW)
    logged_in(ewa).post("/account/consents/marketing/")
    assert Consent.objects.get().withdrawn_at is None


@pytest.mark.parametrize("path", ["/account/", "/account/password/", "/account/email/", "/account/email/confirm/x/"])
def test_an_account_page_is_for_who_is_logged_in(path: str) -> None:
    assert Client().get(path).headers["Location"] == f"/login/?next={path}"
