"""The flow in a real browser, in Polish: from the empty list to the second banner, logged in to both programs."""

import re

import pytest
from playwright.sync_api import Page, expect

from system_tests.processes import Platform
from system_tests.window import ACCOUNT_PASSWORD, Desk, log_in, shoot, synchronise
from tools import samples

pytestmark = pytest.mark.browser


def test_from_no_key_to_the_second_banner(page: Page, desk: Desk, own_platform: Platform) -> None:
    log_in(page, desk)
    expect(page).to_have_title(re.compile(re.escape(samples.COMPANY_NAME)))
    for box in page.locator("input[name=invoice]").all()[:3]:
        box.check()
    shoot(page, "01-list")
    synchronise(page)
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
    shoot(page, "02-no-key")

    dialog.get_by_role("link", name="Załóż konto").click()
    page.fill("dialog [name=email]", "anna@example.com")
    page.fill("dialog [name=person_name]", "Anna Nowak")
    shoot(page, "03-person")
    dialog.get_by_role("button", name="Dalej").click()
    boxes = dialog.locator("input[name=consent]")
    expect(boxes).to_have_count(3)
    dialog.get_by_role("button", name="Dalej").click()  # without consents
    expect(dialog.locator(".errorlist")).to_be_visible()
    boxes.nth(0).check()
    boxes.nth(1).check()
    shoot(page, "04-consents")
    dialog.get_by_role("button", name="Dalej").click()
    code = re.search(r"\b\d{6}\b", own_platform.mail_to("anna@example.com", having=r"\b\d{6}\b"))
    assert code is not None
    expect(dialog.locator("[name=code]")).to_be_focused()
    page.fill("dialog [name=code]", "000000" if code[0] != "000000" else "111111")
    dialog.get_by_role("button", name="Zatwierdź").click()
    expect(dialog.locator(".errorlist")).to_contain_text("Pozostało prób: 4")
    shoot(page, "05-wrong-code")
    page.fill("dialog [name=code]", code[0])
    dialog.get_by_role("button", name="Zatwierdź").click()
    expect(dialog.locator("[data-state=activation_sent]")).to_be_visible()
    shoot(page, "06-success")

    link = re.search(r"https?://\S+/activate/\S+", own_platform.mail_to("anna@example.com", having="/activate/"))
    assert link is not None
    other = page.context.new_page()
    other.goto(link[0])
    other.fill("[name=password1]", ACCOUNT_PASSWORD)
    other.fill("[name=password2]", ACCOUNT_PASSWORD)
    shoot(other, "07-password")
    other.get_by_role("button", name="Ustaw hasło").click()
    shoot(other, "08-confirm")
    other.get_by_role("button", name="Potwierdź").click()

    expect(page.locator("#banner")).to_contain_text("3 faktury", timeout=30_000)
    dialog.get_by_role("button", name="Zamknij").first.click()
    expect(page.locator("td[data-sync-state=sent]")).to_have_count(3)
    shoot(page, "09-banner")
    other.get_by_role("link", name="Faktury", exact=True).click()
    expect(other.locator("tr[data-number]")).to_have_count(3)
    shoot(other, "10-platform-invoices")
    other.get_by_role("link", name="Lista wpływów").click()
    shoot(other, "11-platform-incoming")
    other.goto(f"{own_platform.url}/mailbox/")
    shoot(other, "12-mailbox")
    assert other.locator(".mail-code").first.is_visible()

    sent = page.locator("tr:has(td[data-sync-state=sent]):not(:has-text('rozliczona'))").first
    row = sent if sent.count() else page.locator("tr:has(td[data-sync-state=sent])").first
    row.click(button="right")
    shoot(page, "13-context-menu")
    page.locator("#context-menu").get_by_role("menuitem", name="Rozlicz płatność").click()
    shoot(page, "14-settle")
    dialog.get_by_role("button", name="Rozlicz", exact=True).click()
    expect(page.locator("td[data-sync-state=changed]")).to_have_count(1)
    synchronise(page)
    expect(dialog.locator("[data-preview=ready]")).to_be_visible(timeout=30_000)
    expect(dialog.locator("[data-forecast=updated]")).to_have_count(1)
    expect(dialog.locator(".changes")).to_contain_text("rozliczenie")
    shoot(page, "14b-preview")
    dialog.get_by_role("button", name="Wyślij").click()
    expect(page.locator("#banner")).to_contain_text("1 fakturę", timeout=30_000)
    shoot(page, "15-second-banner")
    page.locator("#banner a").click()
    expect(page.locator("td[data-outcome=sent]")).to_have_count(1)
    shoot(page, "16-run")
    other.goto(f"{own_platform.url}/")  # still logged in there
    expect(other.get_by_role("button", name="Wyloguj")).to_be_visible()
