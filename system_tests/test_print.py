"""What is printed: the whole list or document, the company's name, and nothing that can be pressed."""

import pytest
from playwright.sync_api import Page, expect

from system_tests.window import Desk, log_in
from tools import samples

pytestmark = pytest.mark.browser

PAPER_PX = {"list": (1031, 703), "document": (703, 1031)}
"""A4 less margins of 12 mm at 96 px an inch; a list lies across."""
CUT = """() => [...document.querySelectorAll('main *')]
  .filter((part) => part.offsetParent && !part.matches('.visually-hidden, .visually-hidden *'))
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 || (part.scrollWidth > part.clientWidth + 1
    && getComputedStyle(part).overflowX !== 'visible'))
  .map((part) => part.outerHTML.slice(0, 200))"""


def test_a_list_and_an_invoice_are_printed_whole_and_without_buttons(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    where = str(page.locator("tr[data-invoice]").first.get_attribute("data-url"))
    for path, paper in (("/?direction=sales", "list"), ("/payments/", "list"), (where, "document")):
        page.emulate_media(media="screen")
        page.goto(desk.url + path)
        expect(page.locator(".print-head")).to_be_hidden()
        width, height = PAPER_PX[paper]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="print")
        expect(page.locator(".print-head")).to_have_text(f"{samples.COMPANY_NAME}, NIP {samples.COMPANY_NIP}")
        expect(page.locator(".print-head")).to_be_visible()
        for part in ("button", "input", "select", "nav.menu-bar", "#marks", ".list-hint", "#dialog"):
            expect(page.locator(part).filter(visible=True)).to_have_count(0)
        assert page.evaluate(CUT) == [], path
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Historia")).to_be_visible()
