"""The account on the Platform in a real browser; and a company whose NIP is taken, to the banner."""

import re

import pytest
from playwright.sync_api import Page, expect

from system_tests.accessibility import problems
from system_tests.conftest import PASSWORD, register_on_the_web
from system_tests.processes import Platform, Visitor
from system_tests.window import Desk, log_in, shoot, synchronise
from tools import samples

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANNA, EWA, NEW = "anna@example.com", "ewa@example.com", "anna.nowak@example.com"
OTHER_PASSWORD = "czerwona-gruszka-i-pies"


def enter(page: Page, platform: Platform, email: str, password: str) -> None:
    """Log in to the Platform."""
    page.goto(f"{platform.url}/login/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", password)
    page.get_by_role("main").get_by_role("button", name="Zaloguj").click()


def look(page: Page, name: str) -> None:
    """A picture, and the accessibility gate."""
    shoot(page, name)
    assert list(problems(page, name=name)) == []


def mailed(platform: Platform, address: str, pattern: str) -> str:
    """What matches in the newest mail to the address."""
    found = re.search(pattern, platform.mail_to(address, having=pattern))
    assert found is not None
    return found[0]


def test_the_account_its_password_address_consents_and_keys(page: Page, own_platform: Platform) -> None:
    register_on_the_web(own_platform, Visitor(own_platform.url), email=ANNA, nip=samples.COMPANY_NIP)
    enter(page, own_platform, ANNA, PASSWORD)
    page.get_by_role("link", name="Moje konto").click()
    marketing = page.locator("[data-consent=marketing]")
    for button, state in (("Wycofaj", "wycofana"), ("Wyraź tę zgodę", "wyrażona")):
        marketing.get_by_role("button", name=button).click()
        expect(marketing).to_contain_text(state)
    look(page, "account")
    change_password(page)
    change_email(page, own_platform)
    replace_a_key(page)


def change_password(page: Page) -> None:
    """A wrong old password is told; the right one changes it and this session goes on."""
    page.get_by_role("link", name="Zmień hasło").click()
    for old in ("nie-to-haslo", PASSWORD):
        page.fill("[name=old_password]", old)
        page.fill("[name=password1]", OTHER_PASSWORD)
        page.fill("[name=password2]", OTHER_PASSWORD)
        page.get_by_role("button", name="Zmień hasło").click()
        if old != PASSWORD:
            expect(page.locator(".errorlist")).to_contain_text("Hasło jest nieprawidłowe")
            look(page, "account-password")
    expect(page.get_by_role("status")).to_contain_text("Hasło zmienione")


def change_email(page: Page, platform: Platform) -> None:
    """The link to the new address makes it count; the one to the old address undoes it, and shuts everybody out."""
    page.get_by_role("link", name="Zmień adres e-mail").click()
    look(page, "account-email")
    page.fill("[name=email]", NEW)
    page.fill("[name=password]", OTHER_PASSWORD)
    page.get_by_role("button", name="Wyślij link na nowy adres").click()
    expect(page.get_by_role("heading", name="Sprawdź pocztę")).to_be_visible()
    page.goto(mailed(platform, NEW, r"https?://\S+/confirm/\S+"))
    look(page, "account-email-confirm")
    page.get_by_role("button", name="Od teraz loguj mnie tym adresem").click()
    expect(page.locator("main")).to_contain_text(NEW)
    page.goto(mailed(platform, ANNA, r"https?://\S+/undo/\S+"))
    page.get_by_role("button", name="Cofnij zmianę").click()
    expect(page.get_by_role("heading", name="Zmianę adresu cofnięto")).to_be_visible()
    look(page, "account-email-undone")
    page.get_by_role("link", name="Ustaw nowe hasło").click()
    page.fill("[name=email]", ANNA)
    page.get_by_role("button", name="Wyślij link").click()
    page.goto(mailed(platform, ANNA, r"https?://\S+/password-reset/\S+"))
    for name in ("new_password1", "new_password2"):
        page.fill(f"[name={name}]", PASSWORD)
    page.get_by_role("button", name="Ustaw hasło").click()
    enter(page, platform, ANNA, PASSWORD)
    expect(page.get_by_role("button", name="Wyloguj")).to_be_visible()


def replace_a_key(page: Page) -> None:
    """A key that expires is made, announced and replaced; both are on the page with their states."""
    page.get_by_role("link", name="Integracje").click()
    page.select_option("[name=expires]", "date")
    page.get_by_role("button", name="Utwórz klucz").click()
    expect(page.locator(".errorlist")).to_contain_text("Podaj dzień")
    soon = page.evaluate("new Date(Date.now() + 15 * 864e5).toISOString().slice(0, 10)")
    page.fill("#id_expires_on", soon)
    page.get_by_role("button", name="Utwórz klucz").click()
    first = page.locator("#new-key").inner_text()
    expect(page.locator("[data-key-state=works]")).to_contain_text("Wymień go na czas")
    page.get_by_text("Wymień klucz…").click()
    page.locator("[data-key]").locator("[name=overlap]").select_option("week")
    shoot(page, "keys-replace")
    page.get_by_role("button", name="Wymień klucz").click()
    expect(page.locator("#new-key")).not_to_have_text(first)
    expect(page.locator("[data-key-state=replaced_soon]")).to_have_count(1)
    expect(page.locator("[data-key-state=works]")).to_have_count(1)
    look(page, "keys")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "keys-390")


def test_a_company_whose_nip_is_taken_lets_the_newcomer_in(page: Page, desk: Desk, own_platform: Platform) -> None:
    register_on_the_web(own_platform, Visitor(own_platform.url), email=ANNA, nip=samples.COMPANY_NIP)
    log_in(page, desk)
    for box in page.locator("input[name=invoice]").all()[:3]:
        box.check()
    synchronise(page)
    register_from_the_desk(page, own_platform)
    browser = page.context.browser
    assert browser is not None
    newcomer = browser.new_context(locale="pl-PL").new_page()
    newcomer.goto(mailed(own_platform, EWA, r"https?://\S+/activate/\S+"))
    own_platform.set_clock_ahead(0)
    for name in ("password1", "password2"):
        newcomer.fill(f"[name={name}]", PASSWORD)
    newcomer.get_by_role("button", name="Ustaw hasło").click()
    expect(page.locator("dialog [data-state=not_made]")).to_be_visible(timeout=30_000)
    shoot(page, "claim-desk")
    expect(newcomer.get_by_role("heading", name="Firma ma już konto")).to_be_visible()
    look(newcomer, "claim-home")
    newcomer.get_by_role("link", name="Poproś o dołączenie").click()
    newcomer.fill("[name=message]", "Prowadzę księgowość tej firmy od listopada.")
    newcomer.get_by_role("button", name="Poproś o dołączenie").click()
    expect(newcomer.locator("[data-claim-state=asked]")).to_be_visible()
    look(newcomer, "claim-asked")
    administrator = browser.new_context(locale="pl-PL").new_page()
    enter(administrator, own_platform, ANNA, PASSWORD)
    expect(administrator.locator("[data-claim]")).to_contain_text("Prowadzę księgowość")
    look(administrator, "claim-decide")
    administrator.locator("[data-claim]").get_by_role("button", name="Przyjmij").click()
    administrator.get_by_role("button", name="Potwierdź").click()
    expect(page.locator("#banner")).to_contain_text("3 faktury", timeout=60_000)
    newcomer.goto(own_platform.url)
    expect(newcomer.locator("main")).to_contain_text("3")


def register_from_the_desk(page: Page, platform: Platform) -> None:
    """The form; a typing error in the address is mended in the step of the code, all else stays."""
    dialog = page.locator("dialog[open]")
    dialog.get_by_role("link", name="Załóż konto").click()
    page.fill("dialog [name=email]", "eva@example.com")
    page.fill("dialog [name=person_name]", "Ewa Zielińska")
    dialog.get_by_role("button", name="Dalej").click()
    for at in range(2):
        dialog.locator("input[name=consent]").nth(at).check()
    dialog.get_by_role("button", name="Dalej").click()
    mailed(platform, "eva@example.com", r"\b\d{6}\b")
    platform.set_clock_ahead(70)  # a minute must pass between two mails
    dialog.get_by_role("link", name="Inny adres e-mail").click()
    expect(dialog.get_by_role("heading", name="Inny adres e-mail")).to_be_visible()
    expect(dialog.locator("input:not([type=hidden])")).to_have_count(1)
    shoot(page, "register-email")
    page.fill("dialog [name=email]", EWA)
    page.evaluate("document.querySelector('dialog [data-countdown]').disabled = false")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text(EWA)
    page.fill("dialog [name=code]", mailed(platform, EWA, r"\b\d{6}\b"))
    dialog.get_by_role("button", name="Zatwierdź").click()
    expect(dialog.locator("[data-state=activation_sent]")).to_be_visible()
