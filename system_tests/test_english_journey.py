"""The same window in English, on a phone: a key, the preview, what was sent, the log, the help."""

import re

import pytest
from playwright.sync_api import Page, expect

from system_tests.conftest import make_key, register_on_the_web
from system_tests.processes import Platform, Visitor
from system_tests.window import Desk, log_in, shoot
from tools import samples

pytestmark = pytest.mark.browser

POLISH = re.compile("[ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]")


def test_a_key_a_preview_and_the_result_in_english_on_a_phone(page: Page, desk: Desk, own_platform: Platform) -> None:
    visitor = Visitor(own_platform.url)
    register_on_the_web(own_platform, visitor, email="anna@example.com", nip=samples.COMPANY_NIP)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.url}/login/")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    log_in(page, desk)

    page.get_by_role("button", name="Financial services").click()
    page.get_by_role("menuitem", name="Exchange configuration").first.click()
    dialog = page.locator("#dialog[open]")
    page.fill("dialog [name=key]", make_key(visitor))
    dialog.get_by_role("button", name="Check and keep").click()
    expect(dialog).to_have_count(0)

    page.locator("input[name=invoice]").first.check()
    expect(page.locator("#marks")).to_contain_text("Marked: 1")
    shoot(page, "english-1-list")
    page.get_by_role("button", name="Financial services").click()
    page.get_by_role("menuitem", name="Invoices/payments – synchronise").first.click()
    expect(dialog.get_by_role("heading", name="Preview before sending")).to_be_visible()
    send = dialog.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_visible(timeout=30_000)
    assert POLISH.search(dialog.locator("thead, form, ul").first.inner_text()) is None
    shoot(page, "english-2-preview")
    send.click()
    expect(page.locator("#banner")).to_contain_text("Sent 1 invoice and 1 payment", timeout=30_000)
    shoot(page, "english-3-banner")

    page.locator("#banner a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Synchronisation")
    expect(page.locator("td[data-outcome=sent]")).to_contain_text("sent, new there")
    shoot(page, "english-4-run")
    page.keyboard.press("F1")
    expect(page.locator("#help-dialog[open]").get_by_role("heading", name="Log of synchronisations")).to_be_visible()
    shoot(page, "english-5-help")
