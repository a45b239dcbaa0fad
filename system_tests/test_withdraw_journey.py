"""Withdrawing in a real browser: three go, one comes back on the Platform, many wait for an administrator."""

import pytest
from playwright.sync_api import Page, expect

from system_tests.conftest import PASSWORD as ACCOUNT_PASSWORD
from system_tests.conftest import make_key, register_on_the_web
from system_tests.processes import Platform, Visitor
from system_tests.window import Desk, log_in, shoot, synchronise
from tools import samples

pytestmark = pytest.mark.browser

EMAIL = "anna@example.com"


def connect(desk: Desk, platform: Platform) -> None:
    """Register on the Platform's pages and give the Desk a key made there."""
    visitor = Visitor(platform.url)
    register_on_the_web(platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    desk.call("key", "set", typed=make_key(visitor) + "\n")


def open_platform(page: Page, platform: Platform) -> Page:
    """The Platform in a second tab, logged in."""
    tab = page.context.new_page()
    tab.goto(f"{platform.url}/login/")
    tab.fill("[name=username]", EMAIL)
    tab.fill("[name=password]", ACCOUNT_PASSWORD)
    tab.locator("main button").click()
    return tab


def mark(page: Page, count: int) -> None:
    """Mark the first invoices of the list, and no others."""
    if page.locator("#marks [data-unmark-all]").count():
        page.locator("#marks [data-unmark-all]").click()
        expect(page.locator("#marked-count")).to_have_text("0")
    for box in page.locator("input[name=invoice]").all()[:count]:
        box.check()
    expect(page.locator("#marked-count")).to_have_text(str(count))


def choose(page: Page, command: str) -> None:
    """A command of the menu „Usługi finansowe”."""
    page.get_by_role("button", name="Usługi finansowe").click()
    page.get_by_role("menuitem", name=command).first.click()


def withdraw_many(page: Page, reason: str) -> None:
    """Withdraw the first eight, which takes their number."""
    dialog = page.locator("dialog[open]")
    mark(page, 8)
    choose(page, "Wycofaj z Platformy…")
    dialog.locator("[name=reason]").fill(reason)
    dialog.get_by_role("button", name="Wycofaj").click()
    expect(dialog.get_by_role("alert")).to_contain_text("To dużo naraz: 8 faktur")
    expect(dialog.locator("[name=count]")).to_be_focused()
    page.keyboard.type("8")
    shoot(page, "withdraw-4-number")
    dialog.get_by_role("button", name="Wycofaj").click()


def test_withdraw_three_restore_one_then_ask_for_many(page: Page, desk: Desk, own_platform: Platform) -> None:
    connect(desk, own_platform)
    log_in(page, desk)
    dialog = page.locator("dialog[open]")
    mark(page, 8)
    synchronise(page)
    dialog.get_by_role("button", name="Wyślij").click()
    expect(page.locator("td[data-sync-state=sent]")).to_have_count(8, timeout=30_000)
    other = open_platform(page, own_platform)

    mark(page, 3)
    choose(page, "Wycofaj z Platformy…")
    expect(dialog.get_by_role("heading", name="Wycofanie z Platformy")).to_be_visible()
    expect(dialog.locator("[name=reason]")).to_be_focused()
    page.keyboard.type("wysłane omyłkowo")
    shoot(page, "withdraw-1-dialog")
    page.keyboard.press("Enter")
    expect(page.locator("td[data-sync-state=withdrawn]")).to_have_count(3, timeout=30_000)
    expect(page.locator("#banner")).to_contain_text("Wycofano 3 faktury")
    shoot(page, "withdraw-2-list")

    other.get_by_role("link", name="Faktury", exact=True).click()
    expect(other.locator("tr[data-number]")).to_have_count(5)
    other.get_by_role("link", name="Usunięte").click()
    expect(other.locator("tr[data-removed]")).to_have_count(3)
    shoot(other, "withdraw-3-removed")
    other.get_by_role("button", name="Przywróć").first.click()
    expect(other.locator(".notice")).to_contain_text("jest z powrotem")
    expect(other.locator("tr[data-removed]")).to_have_count(2)

    withdraw_many(page, "zmiana księgowości")
    expect(page.locator("#banner")).to_contain_text("6 odrzuconych", timeout=30_000)
    expect(page.locator("td[data-sync-state=refused]")).to_have_count(6)
    shoot(page, "withdraw-5-refused")

    other.get_by_role("link", name="Start").click()
    expect(other.get_by_role("heading", name="chce usunąć 6 dokumentów")).to_be_visible()
    shoot(other, "withdraw-6-asked")
    other.get_by_role("button", name="Zezwól na usunięcie").click()
    expect(other.locator(".notice")).to_contain_text("Zezwolono na 24 godziny")

    withdraw_many(page, "zmiana księgowości")
    expect(page.locator("td[data-sync-state=withdrawn]")).to_have_count(8, timeout=30_000)
    expect(page.locator("#banner")).to_contain_text("Wycofano 8 faktur")
    mark(page, 1)
    choose(page, "Przywróć na Platformie…")
    shoot(page, "withdraw-7-restore")
    dialog.get_by_role("button", name="Wyślij ponownie").click()
    expect(page.locator("td[data-sync-state=sent]")).to_have_count(1, timeout=30_000)
    expect(page.locator("td[data-sync-state=withdrawn]")).to_have_count(7)
