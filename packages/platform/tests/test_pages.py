"""The Platform's pages: registration on the web, lists, keys, the mailbox of the demonstration."""

import datetime as dt
import re
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from packages.platform.tests.conftest import NOW, logged_in, make_person
from packages.platform.tests.test_ingest import document, invoice, put
from saldo_platform.companies import consents, integrations, keys, mail
from saldo_platform.companies.tables import (
    Company,
    ExchangeKey,
    IntegrationState,
    Mail,
    Membership,
    Person,
    Registration,
)
from saldo_protocol import documents
from saldo_protocol.keys import ExchangeKey as NewKey

pytestmark = pytest.mark.django_db

PASSWORD = "bardzo-dlugie-haslo-2026"
FORM = {"email": "Ewa@Example.com", "person_name": "Ewa", "nip": "5260250995", "company_name": "Ewa i syn"}


def newest_text() -> str:
    return Mail.objects.order_by("-pk")[0].text


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[0]


def register(client: Client, **changes: str) -> None:
    given = [f"{text.code}:{text.version}" for text in consents.TEXTS if text.required]
    answer = client.post("/register/", {**FORM, "consent": given, **changes})
    assert answer.headers.get("Location") == "/register/code/", answer.content.decode()
    answer = client.post("/register/code/", {"code": found(r"\b\d{6}\b", newest_text())})
    assert "Sprawdź pocztę" in answer.content.decode()


def test_registering_on_the_web_ends_in_a_company_of_ones_own() -> None:
    client = Client()
    register(client)
    link = found(r"/activate/\S+", newest_text())
    page = client.post(link, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    company = Company.objects.get()
    assert page.redirect_chain == [(reverse("company", args=[company.uid]), 302)]
    assert (company.nip, Person.objects.get().email) == ("5260250995", "ewa@example.com")
    assert not ExchangeKey.objects.exists()
    assert client.get("/register/code/").headers["Location"] == "/"


def test_the_form_says_what_is_missing() -> None:
    page = Client().post("/register/", FORM).content.decode()
    assert "Brakuje wymaganej zgody: „Zakładam konto" in page
    assert not Mail.objects.exists()


def test_a_consent_that_is_missing_is_marked_and_the_optional_one_is_not() -> None:
    page = Client().post("/register/", FORM).content.decode()
    for text in consents.TEXTS:
        box = found(rf'<input type="checkbox" name="consent" value="{text.code}:[^>]+>', page)
        assert ("aria-invalid" in box) == text.required, text.code


def test_who_registers_for_a_known_company_joins_nothing_and_its_administrator_is_told(company: Company) -> None:
    client = Client()
    register(client, nip=company.nip)
    link = found(r"/activate/\S+", newest_text())
    page = client.post(link, {"password1": PASSWORD, "password2": PASSWORD}, follow=True).content.decode()
    assert "przeczytaj wiadomość" in page
    assert "do niej nie należy" in Mail.objects.get(to="alice@example.com").text


def test_a_forgotten_password_is_set_by_the_link(alice: Person) -> None:
    alice.set_password("dawne-haslo-dawne-haslo")
    alice.save()
    client = Client()
    assert (
        client.post("/password-reset/", {"email": "ALICE@example.com"}).headers["Location"] == "/password-reset/sent/"
    )
    page = client.get(found(r"/password-reset/\S+", newest_text()), follow=True)
    page = client.post(page.redirect_chain[-1][0], {"new_password1": PASSWORD, "new_password2": PASSWORD}, follow=True)
    assert "Hasło ustawiono" in page.content.decode()
    answer = client.post("/login/", {"username": "Alice@Example.com", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_asking_for_a_reset_does_not_tell_who_has_an_account(alice: Person) -> None:
    answers = [Client().post("/password-reset/", {"email": email}) for email in (alice.email, "nobody@example.com")]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, "/password-reset/sent/")}
    assert [mail.to for mail in Mail.objects.all()] == [alice.email]
    for email in (alice.email, "nobody@example.com"):
        pages = [Client().post("/password-reset/", {"email": email}).status_code for _ask in range(5)]
        assert pages == [302] * 4 + [200]


@pytest.mark.parametrize("name", ["invoices", "payments-incoming", "company"])
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(
    name: str, key: NewKey, company: Company, alice: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, page = logged_in(alice), reverse(name, args=[company.uid])
    put(key, document(invoice()))
    client.get(page)
    queries = {"invoices": 7, "payments-incoming": 7, "company": 11}[name]
    with django_assert_num_queries(queries):
        client.get(page)
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}") for n in range(2)))
    with django_assert_num_queries(queries):
        assert client.get(page).status_code == 200


def test_payments_stand_in_the_list_of_their_direction(key: NewKey, company: Company, alice: Person) -> None:
    seller, buyer = documents.Party(name="Dostawca", tax_id="1111111111"), invoice().seller
    put(
        key,
        document(invoice(number="SPRZEDAŻ/1"), external_id="s"),
        document(invoice(direction="purchase", number="ZAKUP/1", seller=seller, buyer=buyer), external_id="p"),
    )
    client = logged_in(alice)
    incoming = client.get(reverse("payments-incoming", args=[company.uid])).content.decode()
    outgoing = client.get(reverse("payments-outgoing", args=[company.uid])).content.decode()
    assert ("SPRZEDAŻ/1" in incoming, "ZAKUP/1" in incoming) == (True, False)
    assert ("SPRZEDAŻ/1" in outgoing, "ZAKUP/1" in outgoing) == (False, True)


def test_a_page_holds_fifty_rows(key: NewKey, company: Company, alice: Person) -> None:
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}") for n in range(51)))
    pages = [logged_in(alice).get(reverse("invoices", args=[company.uid]), {"page": page}) for page in (1, 2)]
    assert [page.content.decode().count("data-number=") for page in pages] == [50, 1]


def test_a_new_key_is_shown_once_and_works(company: Company, alice: Person) -> None:
    client = logged_in(alice)
    page = client.post(reverse("make-key", args=[company.uid]), {"name": "Kadry"})
    text = found(r"saldo_live_[0-9A-Za-z]{46}", page.content.decode())
    assert page.headers["Cache-Control"] == "no-store"
    assert text not in client.get(reverse("integrations", args=[company.uid])).content.decode()
    answer = Client(headers={"authorization": f"Bearer {text}"}).get("/api/v1/integration")
    assert answer.json()["company"]["nip"] == company.nip


def test_who_is_no_administrator_sees_no_buttons_that_would_be_refused(
    company: Company, key: NewKey, alice: Person, bob: Person
) -> None:
    company.integrations.update(state=IntegrationState.AWAITING_CONFIRMATION)
    for name in ("company", "integrations"):
        page = reverse(name, args=[company.uid])
        buttons = ["Potwierdź" in logged_in(person).get(page).content.decode() for person in (alice, bob)]
        assert buttons == [True, False]


def test_a_decision_moves_the_integration_once(company: Company, key: NewKey, alice: Person) -> None:
    integration = company.integrations.get()
    company.integrations.update(state=IntegrationState.REFUSED)
    with pytest.raises(integrations.DecidedAlready):
        integrations.decide(company=company, uid=integration.uid, to=IntegrationState.CONFIRMED, person=alice, now=NOW)
    other = make_person("d@example.com")
    Membership.objects.create(company=company, person=other, role="administrator")
    again = integrations.decide(
        company=company, uid=integration.uid, to=IntegrationState.REFUSED, person=other, now=NOW
    )
    assert (again.state, again.decided_by) == ("refused", alice)


def test_the_mailbox_shows_codes_and_links_newest_first(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.MAIL_FOLDER, settings.EMAIL_FILE_PATH = True, tmp_path, tmp_path
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    client = Client()
    register(client)
    assert mail.send_due(now=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    page = client.get("/mailbox/").content.decode()
    assert re.search(r'<code class="mail-code">\d{6}</code>', page)
    assert re.search(r'<a href="http://127.0.0.1:\d+/activate/', page)
    assert page.index("aktywuj konto") < page.index("kod weryfikacyjny")
    assert re.search(r" · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d</p>", page)


def test_the_mailbox_tells_local_time(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.MAIL_FOLDER = True, tmp_path
    dates = ("Wed, 25 Nov 2026 09:15:02 -0000", "Wed, 25 Nov 2026 10:15:03 +0100")
    text = f"\n{'-' * 79}\n".join(f"Subject: S\nTo: a@example.com\nDate: {date}\n\nText\n" for date in dates)
    (tmp_path / "a.log").write_text(text)
    page = Client().get("/mailbox/").content.decode()
    assert "2026-11-25 10:15:02" in page and "2026-11-25 10:15:03" in page


@pytest.mark.parametrize("zone", ["-0000", "+0000", "GMT"])
def test_the_mailbox_shows_local_time(zone: str, settings: Settings, tmp_path: Path) -> None:
    settings.DEMO, settings.MAIL_FOLDER = True, tmp_path
    text = f"Subject: Kod\nTo: a@example.com\nDate: Wed, 25 Nov 2026 08:15:00 {zone}\n\ntreść\n" + "-" * 79 + "\n"
    (tmp_path / "1.log").write_bytes(text.encode())
    assert "a@example.com · 2026-11-25 09:15" in Client().get("/mailbox/").content.decode()


def test_a_mail_is_stamped_with_local_time() -> None:
    from django.core.mail import EmailMessage

    assert str(EmailMessage("a", "b", to=["a@example.com"]).message()["Date"])[-5:] in {"+0100", "+0200"}


def test_the_language_is_remembered() -> None:
    client = Client()
    assert "Załóż konto" in client.get("/").content.decode()
    client.post("/language/", {"language": "en"})
    page = client.get("/").content.decode()
    assert 'lang="en"' in page
    assert "Create an account" in page


def test_a_page_that_is_not_there_says_so() -> None:
    answer = Client().get("/nothing/")
    assert (answer.status_code, "Nie ma tu takiej strony" in answer.content.decode()) == (404, True)


def test_no_page_has_scripts_or_styles_of_its_own(company: Company, key: NewKey, alice: Person) -> None:
    client = logged_in(alice)
    names = ("company", "invoices", "payments-incoming", "services", "integrations")
    pages = [client.get(reverse(name, args=[company.uid])) for name in names] + [Client().get("/register/")]
    for page in pages:
        assert re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", page.content.decode()) is None
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_receipt_is_its_companys_own(key: NewKey, charlie: Person) -> None:
    from packages.platform.tests.conftest import make_company

    uid = UUID("018f0000-0000-7000-8000-000000000001")
    put(key, document(invoice()), uid=uid)
    other = keys.issue(company=make_company(charlie, "1111111111"), name="x", person=charlie, now=NOW)
    answer = Client(headers={"authorization": f"Bearer {other.text}"}).get(f"/api/v1/batches/{uid}")
    assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")


@pytest.mark.parametrize("page", ["/login/", "/register/", "/password-reset/"])
def test_a_form_in_another_encoding_or_with_too_many_fields_is_told_so_on_a_page(page: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get(page)
    form = f"csrfmiddlewaretoken={client.cookies['saldo_platform_csrf'].value}&email=a"
    kind = "application/x-www-form-urlencoded"
    for body, content_type in ((form, f"{kind}; charset=utf-7"), (form + "&a=1" * 6000, kind)):
        answer = client.post(page, body.encode(), content_type=content_type)
        assert (answer.status_code, "<h1>Nie można przyjąć" in answer.content.decode()) == (400, True)


def test_the_address_is_changed_while_the_code_is_awaited_and_all_else_stays() -> None:
    client = Client()
    given = [f"{text.code}:{text.version}" for text in consents.TEXTS if text.required]
    client.post("/register/", {**FORM, "consent": given})
    first_code = found(r"\b\d{6}\b", newest_text())
    assert "/register/email/" in client.get("/register/code/").content.decode()
    assert "Zbyt wiele prób" in client.post("/register/email/", {"email": "inna@example.com"}).content.decode()
    Registration.objects.update(mailed_at=Registration.objects.get().mailed_at - dt.timedelta(minutes=2))
    answer = client.post("/register/email/", {"email": "Inna@Example.com"})
    assert answer.headers["Location"] == "/register/code/"
    row, newest = Registration.objects.get(), Mail.objects.order_by("-pk")[0]
    assert (row.email, row.company_name, newest.to) == ("inna@example.com", FORM["company_name"], "inna@example.com")
    assert row.consents.count() == 2
    code = found(r"\b\d{6}\b", newest.text)
    if code != first_code:
        assert "errorlist" in client.post("/register/code/", {"code": first_code}).content.decode()
    client.post("/register/code/", {"code": code})
    assert client.post("/register/email/", {"email": "x@example.com"}).headers["Location"] == "/register/code/"
    assert Registration.objects.get().email == "inna@example.com", "a verified address stays"
