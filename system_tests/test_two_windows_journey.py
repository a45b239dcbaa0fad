"""Two tabs of one browser: the older one says that the newer one opened another company, and leads on."""

import pytest
from playwright.sync_api import Page, expect

from system_tests.window import Desk, log_in, shoot

pytestmark = pytest.mark.browser


@pytest.mark.console("status of 409")
def test_an_older_tab_says_that_another_company_is_open(desk: Desk, page: Page) -> None:
    desk.call("company", "add", "--nip", "5260001246", "--name", "Żółta")
    log_in(page, desk)
    shown = page.locator("#company-open option[selected]").inner_text()
    other = page.context.new_page()
    other.goto(desk.url)
    other.locator("#company-open").select_option(label="Żółta" if shown != "Żółta" else "Zielona Łąka")
    other.locator("form:has(#company-open) button").click()
    page.evaluate("htmx.ajax('GET', '/import/', {target: '#dialog-body'})")
    expect(page.locator("#dialog h1")).to_have_text("Otwarta jest inna firma")
    shoot(page, "two-windows")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "two-windows-phone")
    page.evaluate("htmx.trigger(document.body, 'run-changed')")
    expect(page.locator("#banner")).to_contain_text("Otwarta jest inna firma")
    page.get_by_role("button", name="Wróć do poprzedniej").click()
    expect(page.locator("#company-open option[selected]")).to_have_text(shown)
