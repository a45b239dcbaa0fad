"""Synchronise, its windows, and the banner."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from saldo_core.ids import new_uid
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, key_files, link_states, registration, runs
from saldo_desk.exchange.tables import Registration, RegistrationState, Run, RunDocument, RunOutcome, RunStage, RunState
from saldo_desk.site.forms import AccountForm
from saldo_protocol import keys
from saldo_protocol.registration import ConsentText, ConsentTexts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"
HTMX = {"HX-Request": "true"}


def connect(company: Company) -> None:
    """A link that is kept, to a Platform that does not answer."""
    key = keys.make()
    key_files.write_key(company=company, key=key)
    connection.keep_link(company=company, platform_url=NOBODY_LISTENS, key=key)


@pytest.fixture
def waiting(window: Client, invoice: Invoice) -> Run:
    """A run that waits for a key."""
    window.post(reverse("synchronise"), {"invoice": str(invoice.uid)}, headers=HTMX)
    return Run.objects.get()


def test_synchronise_without_a_key_shows_the_two_ways(window: Client, invoice: Invoice) -> None:
    answer = window.post(reverse("synchronise"), {"invoice": str(invoice.uid)}, headers=HTMX)
    dialog = answer.content.decode()
    for text in ("Brak klucza wymiany", "Przejdź do konfiguracji", "Załóż konto", "Nie teraz", "Zrezygnuj z wysłania"):
        assert text in dialog, text
    assert answer["HX-Trigger"] == "run-changed, books-changed", "the list says now that it waits"
    run = Run.objects.get()
    assert (run.state, run.reason) == ("waiting", "no_key")
    assert [row.invoice for row in run.documents.all()] == [invoice]


def test_synchronise_as_a_whole_page_shows_them_too(window: Client, invoice: Invoice) -> None:
    page = window.post(reverse("synchronise"), {"invoice": str(invoice.uid)}).content.decode()
    assert "<html" in page and "Brak klucza wymiany" in page


def test_synchronise_with_nothing_marked_says_so(window: Client, invoice: Invoice) -> None:
    answer = window.post(reverse("synchronise"), headers=HTMX)
    assert "Nie zaznaczono żadnej faktury" in answer.content.decode()
    assert not Run.objects.exists()


def test_synchronise_takes_no_invoice_of_another_company(window: Client, company: Company, invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(
        company=Company.objects.create(nip="5260001246", name="ŻŻŻ, last by name")
    )
    assert "Nie zaznaczono" in window.post(reverse("synchronise"), {"invoice": str(invoice.uid)}).content.decode()


def test_cancel_stops_the_run(window: Client, waiting: Run) -> None:
    answer = window.post(reverse("run-stop", kwargs={"uid": waiting.uid}), headers=HTMX)
    assert answer["HX-Trigger"] == "dialog-close, run-changed, books-changed"
    waiting.refresh_from_db()
    assert waiting.state == "stopped"


def test_the_list_says_that_it_waits(window: Client, waiting: Run) -> None:
    assert 'data-sync-state="waiting"' in window.get(reverse("home")).content.decode()


def test_the_banner_asks_again_while_a_run_is_active(window: Client, waiting: Run) -> None:
    page = window.get(reverse("banner"), headers=HTMX).content.decode()
    assert "Brak klucza wymiany" in page and "every 1s" in page


def test_the_banner_is_quiet_without_a_run(window: Client, company: Company) -> None:
    page = window.get(reverse("banner"), headers=HTMX).content.decode()
    assert 'id="banner"' in page and 'aria-live="polite"' in page and "every" not in page


def test_the_banner_tells_the_result_until_it_is_dismissed(window: Client, invoice: Invoice, waiting: Run) -> None:
    RunDocument.objects.update(outcome=RunOutcome.SENT, payments=2)
    Run.objects.update(state=RunState.DONE, reason="", finished_at=NOW)
    answer = window.get(reverse("banner"), {"run": str(waiting.uid), "was": "running"}, headers=HTMX)
    assert "Wysłano 1 fakturę i 2 płatności." in answer.content.decode()
    assert answer["HX-Trigger"] == "books-changed"
    window.post(reverse("run-dismiss", kwargs={"uid": waiting.uid}), headers=HTMX)
    assert "Wysłano" not in window.get(reverse("banner"), headers=HTMX).content.decode()


@pytest.mark.parametrize(
    ("was", "state", "events"),
    [
        ("queued", "running", ""),
        ("running", "previewed", ""),
        ("running", "waiting", "books-changed, link-problem"),
        ("waiting", "waiting", ""),
        ("waiting", "queued", ""),
        ("waiting", "stopped", "books-changed"),
        ("running", "done", "books-changed"),
        ("done", "done", ""),
        ("", "done", ""),
    ],
)
def test_the_list_is_told_when_a_run_comes_to_a_stand(
    was: str, state: str, events: str, window: Client, waiting: Run
) -> None:
    Run.objects.update(state=state, reason="key_unknown" if state == "waiting" else "")
    answer = window.get(reverse("banner"), {"run": str(waiting.uid), "was": was}, headers=HTMX)
    assert answer.headers.get("HX-Trigger", "") == events
    another = window.get(reverse("banner"), {"run": str(new_uid()), "was": "done"}, headers=HTMX)
    assert another["HX-Trigger"] == "books-changed", "another run than the one that was shown"
    assert f"run={waiting.uid}&amp;was={state}&amp;" in another.content.decode()


def test_the_log_tells_why_a_document_was_refused(window: Client, waiting: Run) -> None:
    RunDocument.objects.update(outcome=RunOutcome.REFUSED, code="bad", message="Zły dokument")
    Run.objects.update(state=RunState.DONE, reason="")
    assert "1 odrzucona" in window.get(reverse("runs")).content.decode()
    assert "Zły dokument" in window.get(reverse("run", kwargs={"uid": waiting.uid})).content.decode()


@pytest.mark.parametrize("code", link_states.STATES)
def test_each_refusal_has_its_own_window(code: str, window: Client, waiting: Run) -> None:
    Run.objects.update(reason=code, reason_detail="szczegół", next_try_at=NOW)
    page = window.get(reverse("link-problem"), headers=HTMX).content.decode()
    assert f'data-link-state="{code}"' in page
    assert ("Spróbujemy ponownie o" in page) == link_states.STATES[code].by_itself
    assert ("Wyślij link ponownie" in page) == (code == "account_not_activated")


def test_what_the_platform_can_not_foresee_is_sent_unseen_only_when_a_person_says_so(
    window: Client, company: Company, waiting: Run
) -> None:
    connect(company)
    Run.objects.update(reason="preview_not_offered", stage=RunStage.PREVIEW, next_try_at=NOW)
    page = window.get(reverse("link-problem"), headers=HTMX).content.decode()
    assert "Wyślij bez podglądu" in page
    window.post(reverse("run-agree", kwargs={"uid": waiting.uid}), headers=HTMX)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.stage) == ("queued", "send")


@pytest.mark.parametrize("reason", ["unreachable", "key_expired"])
def test_a_preview_that_waits_for_something_else_is_not_agreed_to(reason: str, window: Client, waiting: Run) -> None:
    Run.objects.update(reason=reason, stage=RunStage.PREVIEW)
    window.post(reverse("run-agree", kwargs={"uid": waiting.uid}), headers=HTMX)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.stage) == ("waiting", "preview")


def test_the_window_is_there_also_while_it_is_tried_again(window: Client, waiting: Run) -> None:
    Run.objects.update(state=RunState.RUNNING, reason="integration_not_confirmed", next_try_at=NOW)
    page = window.get(reverse("link-problem"), headers=HTMX).content.decode()
    assert 'data-link-state="integration_not_confirmed"' in page
    Run.objects.update(reason="")
    assert window.get(reverse("link-problem"), headers=HTMX).status_code == 302


def test_no_two_refusals_share_a_window() -> None:
    titles = [str(state.title) for state in link_states.STATES.values()]
    assert len(set(titles)) == len(titles)


def test_a_run_that_finds_nobody_says_when_it_tries_again(window: Client, company: Company, waiting: Run) -> None:
    connect(company)
    Run.objects.update(state=RunState.QUEUED, next_try_at=NOW)
    assert runs.carry_out_due(clock=lambda: NOW)
    page = window.get(reverse("banner"), headers=HTMX).content.decode()
    assert "Platforma nie odpowiada" in page and "spróbujemy ponownie o" in page


@pytest.mark.parametrize(
    ("address", "key", "text"),
    [
        (NOBODY_LISTENS, "saldo_x", "To nie jest cały klucz wymiany"),
        (NOBODY_LISTENS, keys.make().text, "nie odpowiada"),
        ("http://example.com", keys.make().text, "zaczyna się od https://"),
    ],
)
def test_the_configuration_says_what_is_wrong(
    address: str, key: str, text: str, window: Client, company: Company
) -> None:
    answer = window.post(reverse("link"), {"platform_url": address, "key": key}, headers=HTMX)
    page = answer.content.decode()
    assert "errorlist" in page and text in page
    assert key not in page
    assert connection.get_link(company=company) is None


def test_a_key_that_is_kept_is_never_shown(window: Client, company: Company) -> None:
    connect(company)
    kept = key_files.read_key(company=company)
    assert kept is not None
    page = window.get(reverse("link")).content.decode()
    assert kept.identifier in page and kept.text not in page
    assert "Platforma nie odpowiada" in window.post(reverse("link-check")).content.decode()
    window.post(reverse("link-forget"))
    assert connection.get_link(company=company) is None


def test_registration_begins_with_the_person_and_says_that_nobody_answers(window: Client, company: Company) -> None:
    page = window.get(reverse("register"), headers=HTMX).content.decode()
    assert 'value="biuro@example.com"' in page and 'value="Anna Nowak"' in page
    refused = window.post(reverse("register"), {"email": "nonsense", "person_name": ""}, headers=HTMX).content.decode()
    assert refused.count("errorlist") == 2
    answer = window.post(reverse("register"), {"email": "a@example.com", "person_name": "Anna"}, headers=HTMX)
    assert 'data-link-state="unreachable"' in answer.content.decode()


def test_step_one_is_remembered_on_the_way_back(window: Client, company: Company) -> None:
    values = {"email": "a@example.com", "person_name": "Anna", "back": "1"}
    page = window.post(reverse("register-account"), values, headers=HTMX).content.decode()
    assert 'value="a@example.com"' in page and 'value="Anna"' in page


def opened(company: Company, state: RegistrationState) -> Registration:
    row = Registration.objects.create(
        company=company,
        platform_url=NOBODY_LISTENS,
        email="a@example.com",
        request=b"",
        state=state,
        started_at=NOW,
        next_check_at=NOW,
    )
    key_files.make_for_registration(company=company, uid=row.uid)
    return row


@pytest.mark.parametrize(
    ("state", "text", "told"),
    [
        (RegistrationState.STARTED, "Platforma jeszcze nie odpowiedziała", "Platforma nie odpowiada"),
        (RegistrationState.CODE_SENT, 'name="code"', "Czekamy na kod"),
        (RegistrationState.ACTIVATION_SENT, "Sprawdź pocztę: wysłaliśmy link aktywacyjny", "Konto nie jest aktywne"),
        (RegistrationState.ACTIVATED, "potwierdź integrację", "Integracja niepotwierdzona"),
    ],
)
def test_an_open_registration_opens_at_its_step(
    state: RegistrationState, text: str, told: str, window: Client, company: Company, invoice: Invoice
) -> None:
    opened(company, state)
    assert text in window.get(reverse("register"), headers=HTMX).content.decode()
    assert "every 5s" in window.get(reverse("banner"), headers=HTMX).content.decode()
    Run.objects.create(company=company, asked_at=NOW, state=RunState.WAITING, reason="no_key")
    assert told in window.get(reverse("banner"), headers=HTMX).content.decode()


def test_another_address_asks_for_the_address_alone(window: Client, company: Company) -> None:
    opened(company, RegistrationState.CODE_SENT)
    page = window.get(reverse("register-email"), headers=HTMX).content.decode()
    assert 'value="a@example.com"' in page and "company_name" not in page and "consent" not in page
    assert reverse("register-email") in window.get(reverse("register"), headers=HTMX).content.decode()
    for email in ("nonsense", ""):
        assert "errorlist" in window.post(reverse("register-email"), {"email": email}, headers=HTMX).content.decode()
    opened_later = window.post(reverse("register-email"), {"email": "b@example.com"}, headers=HTMX).content.decode()
    assert "nie odpowiada" in opened_later or "Sprawdź formularz" in opened_later
    Registration.objects.update(state=RegistrationState.ACTIVATION_SENT)
    assert "Sprawdź pocztę" in window.get(reverse("register-email"), headers=HTMX).content.decode()


def test_a_company_that_has_an_account_already_has_its_own_step(window: Client, company: Company) -> None:
    row = opened(company, RegistrationState.ACTIVATED)
    Registration.objects.filter(pk=row.pk).update(integration="none")
    page = window.get(reverse("register"), headers=HTMX).content.decode()
    assert 'data-state="not_made"' in page and "Firma ma już konto" in page
    assert window.get(reverse("register-status"), {"was": "not_made"}, headers=HTMX).status_code == 204
    Registration.objects.filter(pk=row.pk).update(integration="awaiting_confirmation")
    moved = window.get(reverse("register-status"), {"was": "not_made"}, headers=HTMX)
    assert "potwierdź integrację" in moved.content.decode()


@pytest.mark.parametrize("code", ["clock_wrong", "program_too_old", "key_expired", "integration_not_made"])
def test_while_a_registration_is_open_a_state_of_its_own_still_has_its_window(
    code: str, window: Client, company: Company, waiting: Run
) -> None:
    opened(company, RegistrationState.ACTIVATED)
    Run.objects.update(reason=code)
    page = window.get(reverse("banner"), headers=HTMX).content.decode()
    assert str(link_states.STATES[code].title) in page and reverse("link-problem") in page


def test_the_window_says_what_is_kept_and_has_the_technical_side_folded_away(window: Client, waiting: Run) -> None:
    Run.objects.update(reason="clock_wrong", reason_detail="Zegar mówi 12:00", next_try_at=NOW)
    page = window.get(reverse("link-problem"), headers=HTMX).content.decode()
    assert "1 faktura czeka tutaj; nic nie zginęło." in page
    assert "Zegar mówi 12:00" in page.split("<details")[0]
    technical = page.split("<details")[1]
    assert "<code>clock_wrong</code>" in technical and NOBODY_LISTENS in technical


@pytest.mark.parametrize("code", link_states.STATES)
def test_the_first_button_of_a_window_stands_out_and_is_the_only_one(code: str, window: Client, waiting: Run) -> None:
    Run.objects.update(reason=code, next_try_at=NOW)
    page = window.get(reverse("link-problem"), headers=HTMX).content.decode()
    assert page.count("button--primary") == 1


def test_without_a_run_there_is_nothing_to_try_again_and_another_button_stands_out(
    window: Client, company: Company
) -> None:
    connect(company)
    page = window.post(reverse("link-check"), headers=HTMX).content.decode()
    assert 'data-link-state="unreachable"' in page and "Spróbuj teraz" not in page
    assert page.count("button--primary") == 1


def test_a_code_that_is_none_is_refused_here(window: Client, company: Company) -> None:
    opened(company, RegistrationState.CODE_SENT)
    page = window.post(reverse("register-code"), {"code": "12"}, headers=HTMX).content.decode()
    assert "Kod ma sześć cyfr" in page
    page = window.post(reverse("register-code"), {"code": "123456"}, headers=HTMX).content.decode()
    assert "nie odpowiada" in page
    assert "nie odpowiada" in window.post(reverse("register-resend"), headers=HTMX).content.decode()


def test_the_last_step_comes_anew_only_when_it_has_moved(window: Client, company: Company) -> None:
    opened(company, RegistrationState.ACTIVATION_SENT)
    same = window.get(reverse("register-status"), {"was": "activation_sent"}, headers=HTMX)
    assert same.status_code == 204
    moved = window.get(reverse("register-status"), {"was": "code_sent"}, headers=HTMX)
    assert (moved.status_code, moved["HX-Trigger"]) == (200, "run-changed")
    assert registration.get_open(company=company) is not None


def test_a_consent_that_is_missing_is_marked_and_the_optional_one_is_not() -> None:
    texts = ConsentTexts(
        language="pl",
        consents=(
            ConsentText(code="terms", version="1", required=True, text="Regulamin", digest="0" * 64),
            ConsentText(code="marketing", version="1", required=False, text="Reklama", digest="0" * 64),
        ),
    )
    form = AccountForm({"consent": []})
    form.offer(texts)
    assert "Zaznacz" in str(form.errors["consent"])
    assert ["aria-invalid" in box.tag() for box in form["consent"]] == [True, False]
