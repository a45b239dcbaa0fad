"""Lists with their own columns need no scrolling sideways at 1440 px, in both languages; at 390 px rows are stacked."""

import pytest
from playwright.sync_api import Page, expect

from system_tests.window import Desk, log_in, synchronise

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LANGUAGES = {
    "pl": ("English", "korekta rozliczeniowej", "do zgody na Platformie"),
    "en": ("Polski", "correction of an advance", "to be allowed on the Platform"),
}
LISTS = ("/", "/payments/", "/imports/", "/runs/")
WIDE = "() => [...document.querySelectorAll('.table-scroll')].map((box) => box.scrollWidth - box.clientWidth)"
WIDEST = """([kind, state]) => {
  for (const name of ["net", "gross", "open"]) {
    for (const cell of document.querySelectorAll(`td.cell-${name}`)) {
      cell.textContent = "−1\\u00a0234\\u00a0567,89\\u00a0PLN";
    }
  }
  document.querySelector("td.cell-kind").textContent = kind;
  document.querySelector("td.cell-sync .badge").textContent = state;
}"""


def test_lists_fit_into_the_window(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    page.locator("input[name=invoice]").first.check()
    synchronise(page)
    expect(page.get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
    for language, (other, kind, state) in LANGUAGES.items():
        page.goto(desk.url)
        if page.locator("html").get_attribute("lang") != language:
            page.locator(f".window-bar button[lang={language}]").click()
        expect(page.get_by_role("button", name=other, exact=True)).to_be_visible()
        for path in LISTS:
            page.goto(desk.url + path)
            assert page.evaluate(WIDE) == [0], (language, path)
        page.goto(desk.url)
        page.evaluate(WIDEST, [kind, state])
        assert page.evaluate(WIDE) == [0], (language, "millions, a long kind and a long state")


def test_a_narrow_column_is_called_by_its_whole_name(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    head = page.get_by_role("link", name="Synchronizacja", exact=True)
    expect(head).to_have_text("Synchr.")
    expect(head).to_have_attribute("title", "Synchronizacja")


def test_the_menu_bar_stays_one_row_while_much_is_told_in_it(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    height = "() => document.querySelector('.window-bar').offsetHeight"
    plain = page.evaluate(height)
    page.locator("#banner").evaluate(
        "(banner) => banner.innerHTML = `<span class='banner__text'>${'12 zmienionych, '.repeat(9)}</span>"
        "<button type='button' class='button'>Pokaż podgląd</button>`"
    )
    assert page.evaluate(height) == plain


def test_rows_are_stacked_on_a_phone(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    page.locator("input[name=invoice]").first.check()
    synchronise(page)
    expect(page.get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.url}/runs/")
    run = str(page.locator("tr[data-run-state] a").first.get_attribute("href"))
    for path in ("/", "/payments/", "/imports/", run):
        page.goto(desk.url + path)
        assert page.evaluate(WIDE) == [0], path
    cells = page.locator("td[data-label]")
    assert [cells.nth(at).bounding_box()["width"] > 300 for at in range(cells.count())] == [True] * 3  # type: ignore[index]
