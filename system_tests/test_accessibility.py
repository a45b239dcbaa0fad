"""Every page and dialog of both programs passes the accessibility gate; a route that is missing here fails."""

import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from saldo_desk.help.handbook import NO_WINDOW
from saldo_desk.urls import urlpatterns
from system_tests.accessibility import DESKTOP, LOOKS, problems, take
from system_tests.processes import Platform
from system_tests.window import ACCOUNT_PASSWORD, Desk, log_in, shoot, synchronise

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

EMAIL = "anna@example.com"
DESK_PAGES = {
    "home": "/",
    "company-add": "/company/add/",
    "invoice": "INVOICE",
    "settle": "/settle/?invoice=UID",
    "unsettle": "/unsettle/?invoice=UID",
    "cancel": "/cancel/?invoice=UID",
    "payments": "/payments/",
    "list-filter": "/list/filter/",
    "list-columns": "/list/columns/",
    "shortcuts": "/shortcuts/",
    "import": "/import/",
    "imports": "/imports/",
    "import-page": "/import/IMPORT/",
    "import-undo": "/import/IMPORT/undo/",
    "link": "/link/",
    "register": "/registration/",
    "runs": "/runs/",
    "schedule": "/schedule/",
    "help": "/help/?q=faktura",
    "help-article": "/help/link-states/",
    "help-votes": "/help/votes/",
}
"""Opened as a whole page."""
DESK_DIALOG_NAMES = (
    "settle", "unsettle", "cancel", "list-filter", "list-columns", "shortcuts", "import", "import-undo", "link",
    "register", "schedule",
)  # fmt: skip
DESK_DIALOGS = {name: DESK_PAGES[name] for name in DESK_DIALOG_NAMES}
DESK_ON_THE_WAY = {
    "login", "synchronise", "link-problem", "link-check", "register-account", "register-code", "register-resend",
    "register-email", "register-status", "run-preview", "run", "receipt", "withdraw", "restore", "help-vote",
}  # fmt: skip
"""Met by who registers and synchronises, below."""

PLATFORM_OPEN = {
    "home": "/",
    "login": "/login/",
    "register": "/register/",
    "password_reset": "/password-reset/",
    "password_reset_done": "/password-reset/sent/",
    "password_reset_complete": "/password-reset/done/",
    "password_reset_confirm": "/password-reset/x/set/",
    "mailbox": "/mailbox/",
    "help": "/help/",
    "help-article": "/help/integrations/",
    "api-page": "/api/",
}
PLATFORM_OF_COMPANY = {
    "company": "",
    "invoices": "invoices/",
    "payments-incoming": "payments/incoming/",
    "payments-outgoing": "payments/outgoing/",
    "services": "services/",
    "removed": "removed/",
    "integrations": "integrations/",
}
PLATFORM_ON_THE_WAY = {"activate", "register-code", "register-email", "make-key", "help-vote", "invoice"}
PLATFORM_ELSEWHERE = {
    "account", "account-password", "account-email", "account-email-confirm", "account-email-undo", "rotate-key",
    "claim",
}  # fmt: skip
"""Looked at in test_account_journey, by the same gate."""


def test_every_route_of_the_desk_is_looked_at() -> None:
    names, looked_at = {str(pattern.name) for pattern in urlpatterns}, set(DESK_PAGES) | DESK_ON_THE_WAY
    assert names - NO_WINDOW == looked_at


def test_every_page_of_the_platform_is_looked_at() -> None:
    ask = (
        "import django, json; django.setup(); from saldo_platform.site.urls import urlpatterns; "
        "from saldo_platform.help.handbook import NO_WINDOW; "
        "print(json.dumps([[str(pattern.name) for pattern in urlpatterns], sorted(NO_WINDOW)]))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "saldo_platform.settings"}
    done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    names, without_page = json.loads(done.stdout)
    looked_at = set(PLATFORM_OPEN) | set(PLATFORM_OF_COMPANY) | PLATFORM_ON_THE_WAY | PLATFORM_ELSEWHERE
    assert set(names) - set(without_page) == looked_at


def test_the_desk_is_accessible(page: Page, desk: Desk) -> None:
    found: list[str] = []
    page.goto(f"{desk.url}/login/")
    found += problems(page, name="login")
    page.locator("main button").click()
    found += problems(page, name="login with errors")
    log_in(page, desk)
    where = str(page.locator("tr[data-invoice]").first.get_attribute("data-url"))
    uid = where.strip("/").rpartition("/")[2]
    page.goto(f"{desk.url}/imports/")
    imported = str(page.locator("a[href^='/import/']").first.get_attribute("href")).strip("/").rpartition("/")[2]
    for name, path in DESK_PAGES.items():
        page.goto(desk.url + path.replace("INVOICE", where).replace("UID", uid).replace("IMPORT", imported))
        found += problems(page, name=name)
    page.goto(f"{desk.url}/company/add/")
    page.locator("main .card button").click()
    found += problems(page, name="company-add with errors")
    page.goto(desk.url)
    for name, path in DESK_DIALOGS.items():
        page.evaluate(
            "url => htmx.ajax('GET', url, '#dialog-body')", path.replace("UID", uid).replace("IMPORT", imported)
        )
        expect(page.locator("#dialog[open] h1")).to_be_visible()
        found += problems(page, name=f"dialog {name}")
        page.keyboard.press("Escape")
        expect(page.locator("#dialog[open]")).to_have_count(0)
    for name in ("Plik", "Faktura", "Usługi finansowe"):
        page.get_by_role("button", name=name, exact=True).click()
        found += problems(page, name=f"menu {name}", within=".menu-bar")
        page.keyboard.press("Escape")
    assert not found, "\n".join(found)


def test_registering_and_synchronising_is_accessible(page: Page, desk: Desk, own_platform: Platform) -> None:
    found: list[str] = []
    log_in(page, desk)
    page.locator("input[name=invoice]").first.check()
    synchronise(page)
    dialog = page.locator("#dialog[open]")
    expect(dialog.get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
    found += problems(page, name="synchronise")
    page.goto(f"{desk.url}/link/problem/")
    found += problems(page, name="link-problem")
    page.goto(desk.url)
    page.evaluate("htmx.ajax('GET', '/registration/', '#dialog-body')")
    page.fill("dialog [name=email]", EMAIL)
    dialog.get_by_role("button", name="Dalej").click()
    expect(dialog.get_by_text("Krok 2 z 3")).to_be_visible()
    found += problems(page, name="register-account")
    dialog.get_by_role("button", name="Dalej").click()
    expect(dialog.locator("[aria-invalid=true]").first).to_be_attached()
    found += problems(page, name="register-account with errors")
    for box in dialog.locator("[name=consent]").all():
        box.check()
    dialog.get_by_role("button", name="Dalej").click()
    expect(dialog.get_by_role("heading", name="Kod weryfikacyjny")).to_be_visible()
    found += problems(page, name="register-code")
    page.fill("dialog [name=code]", "12")
    dialog.get_by_role("button", name="Zatwierdź").click()
    expect(dialog.get_by_text("Kod ma sześć cyfr")).to_be_visible()
    found += problems(page, name="register-code with errors")
    dialog.get_by_role("link", name="Inny adres e-mail").click()
    expect(dialog.locator("[name=email]")).to_be_visible()
    found += problems(page, name="register-email")
    page.keyboard.press("Escape")
    page.evaluate("htmx.ajax('GET', '/registration/', '#dialog-body')")
    expect(dialog.locator("[name=code]")).to_be_visible()
    code = re.search(r"\b\d{6}\b", own_platform.mail_to(EMAIL, having=r"\b\d{6}\b"))
    assert code is not None
    page.fill("dialog [name=code]", code[0])
    dialog.get_by_role("button", name="Zatwierdź").click()
    expect(dialog.get_by_role("heading", name="Adres potwierdzony")).to_be_visible()
    found += problems(page, name="register-status")
    found += _on_the_platform(page, desk, own_platform)
    page.goto(desk.url)
    expect(page.locator(".banner__result")).to_be_visible(timeout=30_000)
    found += problems(page, name="home with the result")
    page.locator(".banner__result").click()
    expect(page.locator("[data-outcome]").first).to_be_visible()
    found += problems(page, name="run")
    page.goto(f"{desk.url}/link/")
    page.get_by_role("button", name="Sprawdź połączenie").click()
    expect(page.get_by_role("heading", name="Połączenie")).to_be_visible()
    found += problems(page, name="link-check")
    found += _what_came_to_the_platform(page, own_platform)
    found += _on_the_way_of_one_that_was_sent(page, desk)
    assert not found, "\n".join(found)


def _on_the_way_of_one_that_was_sent(page: Page, desk: Desk) -> list[str]:
    """Settled and previewed, its receipt, withdrawn, restored."""
    found: list[str] = []
    dialog = page.locator("#dialog[open]")
    page.goto(desk.url)
    sent = page.locator("tr:has(td[data-sync-state=sent])").first
    sent.locator("th a").click()
    page.get_by_role("link", name="Pokaż").first.click()
    expect(page.locator("pre.receipt")).to_be_visible()
    found += problems(page, name="receipt")
    page.goto(desk.url)
    page.locator("input[name=invoice]").nth(1).check()
    synchronise(page)
    expect(dialog.get_by_role("button", name="Wyślij")).to_be_visible(timeout=30_000)
    found += problems(page, name="run-preview")
    dialog.get_by_role("button", name="Zrezygnuj").click()
    page.goto(desk.url)
    page.locator("#marks [data-unmark-all]").click()
    expect(page.locator("#marked-count")).to_have_text("0")
    sent.locator("input[name=invoice]").check()
    expect(page.locator("#marked-count")).to_have_text("1")
    page.get_by_role("button", name="Usługi finansowe").click()
    page.get_by_role("menuitem", name="Wycofaj z Platformy…").first.click()
    expect(dialog.locator("[name=reason]")).to_be_visible()
    found += problems(page, name="withdraw")
    dialog.locator("[name=reason]").fill("omyłka")
    dialog.get_by_role("button", name="Wycofaj").click()
    expect(page.locator("td[data-sync-state=withdrawn]")).to_have_count(1, timeout=30_000)
    page.locator("tr:has(td[data-sync-state=withdrawn]) input[name=invoice]").check()
    page.get_by_role("button", name="Usługi finansowe").click()
    page.get_by_role("menuitem", name="Przywróć na Platformie…").first.click()
    expect(dialog.get_by_role("button", name="Wyślij ponownie")).to_be_visible()
    found += problems(page, name="restore")
    return found


def _what_came_to_the_platform(page: Page, platform: Platform) -> list[str]:
    """The list with a row, one that finds nothing, and the invoice's own page."""
    found: list[str] = []
    page.goto(platform.url)
    page.get_by_role("link", name="Faktury", exact=True).click()
    found += problems(page, name="platform invoices, with rows")
    page.fill("[name=q]", "czegoś takiego nie ma")
    page.get_by_role("button", name="Pokaż").click()
    expect(page.get_by_text("Nie ma takich faktur")).to_be_visible()
    found += problems(page, name="platform invoices, nothing found")
    page.get_by_role("link", name="Wyczyść").click()
    page.locator("tr[data-number] th a").first.click()
    expect(page.get_by_role("heading", name="Skąd pochodzi")).to_be_visible()
    found += problems(page, name="platform invoice")
    return found


def _on_the_platform(page: Page, desk: Desk, platform: Platform) -> list[str]:
    """Every page of the Platform: as anybody, then as Anna, who activates her account and confirms the program."""
    found: list[str] = []
    for name, path in PLATFORM_OPEN.items():
        page.goto(platform.url + path)
        found += problems(page, name=f"platform {name}")
    page.goto(f"{platform.url}/register/")
    page.locator("main .card button").click()
    found += problems(page, name="platform register with errors")
    values = {"email": "ewa@example.com", "person_name": "Ewa", "nip": "5260250995", "company_name": "Druga"}
    for name, value in values.items():
        page.fill(f"[name={name}]", value)
    for box in page.locator("[name=consent]").all():
        box.check()
    page.locator("main .card button").first.click()
    expect(page.locator("[name=code]")).to_be_visible()
    found += problems(page, name="platform register-code")
    page.get_by_role("link", name="Inny adres e-mail").click()
    expect(page.locator("[name=email]")).to_be_visible()
    found += problems(page, name="platform register-email")
    link = re.search(r"https?://\S+/activate/\S+", platform.mail_to(EMAIL, having="/activate/"))
    assert link is not None
    page.goto(link[0].rstrip(".)"))
    found += problems(page, name="platform activate")
    page.fill("[name=password1]", ACCOUNT_PASSWORD)
    page.fill("[name=password2]", ACCOUNT_PASSWORD)
    page.locator("main .card button").click()
    page.wait_for_url("**/companies/**")
    company = page.url
    found += problems(page, name="platform company, with a program that waits")
    page.get_by_role("button", name="Potwierdź").click()
    for name, path in PLATFORM_OF_COMPANY.items():
        page.goto(company + path)
        found += problems(page, name=f"platform {name}")
    page.get_by_role("button", name="Utwórz klucz").click()
    expect(page.locator("#new-key")).to_be_visible()
    found += problems(page, name="platform make-key")
    page.goto(platform.url + "/help/account/")
    page.get_by_role("button", name="Tak", exact=True).click()
    found += problems(page, name="platform help-vote")
    return found


def test_help_opens_above_a_dialog_keeps_what_was_typed_and_gives_the_focus_back(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    page.get_by_role("button", name="Usługi finansowe").click()
    page.get_by_role("menuitem", name="Konfiguracja wymiany").first.click()
    dialog, help_dialog = page.locator("#dialog[open]"), page.locator("#help-dialog[open]")
    page.fill("dialog [name=key]", "saldo_live_typed")
    page.locator("dialog [name=key]").focus()
    page.keyboard.press("F1")
    expect(help_dialog.get_by_role("heading", name="Konfiguracja wymiany i klucz")).to_be_focused()
    found = list(problems(page, name="help above a dialog"))
    assert not found, "\n".join(found)
    for look in LOOKS:
        take(page, look)
        shoot(page, f"help-{look.theme}-{look.width}")
    assert _focus_stays_in(page, "#help-dialog")
    page.fill("#help-dialog [name=q]", "unieważniono")
    page.keyboard.press("Enter")
    expect(help_dialog.locator(".help-found li").first).to_be_visible()
    help_dialog.get_by_role("link", name=re.compile("Stany połączenia")).first.click()
    expect(help_dialog.get_by_role("heading", name="Stany połączenia z Platformą")).to_be_visible()
    page.fill("#help-dialog [name=text]", "Jasne.")
    help_dialog.get_by_role("button", name="Tak", exact=True).click()
    expect(help_dialog.get_by_text("Dziękujemy, odpowiedź została policzona.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_dialog).to_have_count(0)
    expect(dialog.locator("[name=key]")).to_be_focused()
    expect(dialog.locator("[name=key]")).to_have_value("saldo_live_typed")
    dialog.locator("[data-help]").click()
    expect(help_dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog.locator("[data-help]")).to_be_focused()
    assert _focus_stays_in(page, "#dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.locator("[data-help]").first.focus()
    page.keyboard.press("F1")
    expect(help_dialog.get_by_role("heading", name="Lista faktur")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-help]").first).to_be_focused()
    take(page, DESKTOP)


def test_what_changes_by_itself_is_a_live_region(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    expect(page.locator("#banner")).to_have_attribute("aria-live", "polite")
    page.get_by_role("button", name="Plik", exact=True).click()
    page.get_by_role("menuitem", name="Importuj faktury…").click()
    page.locator("#dialog[open] .button--primary").click()
    expect(page.locator("#dialog[open] [role=alert]")).to_be_visible()


def _focus_stays_in(page: Page, dialog: str) -> bool:
    """Whether Tab, often enough to go round, never reaches the page behind; the browser's own bar is no page."""
    for _press in range(40):
        page.keyboard.press("Tab")
        inside = page.evaluate(
            "dialog => document.activeElement === document.body || !!document.activeElement.closest(dialog)", dialog
        )
        if not inside:
            return False
    return True
