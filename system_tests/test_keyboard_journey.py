"""The list by keyboard alone, in a real browser: the mouse is never used."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from system_tests.window import LOGIN, PASSWORD, Desk, shoot

pytestmark = pytest.mark.browser

TABS_MAX = 40
PICTURES = (("light", 1440, 900), ("dark", 1440, 900), ("light", 390, 844), ("dark", 390, 844))


def tab_to(page: Page, wanted: Locator) -> None:
    """Tab until it has the focus."""
    for _step in range(TABS_MAX):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def press(page: Page, *keys: str) -> None:
    """Press one key after the other, each on a page whose script has run: a key on the way there reaches nobody."""
    for key in keys:
        page.wait_for_load_state("load")
        page.keyboard.press(key)


def log_in(page: Page, desk: Desk) -> None:
    page.goto(desk.url)
    tab_to(page, page.locator("[name=username]"))
    page.keyboard.type(LOGIN)
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(page.locator("tr[data-row]").first).to_be_focused()


def picture(page: Page, name: str) -> None:
    """The page in both themes, wide and narrow."""
    for scheme, width, height in PICTURES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        shoot(page, f"keyboard-{name}-{scheme}-{width}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_the_whole_list_by_keyboard(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    rows, told = page.locator("tr[data-row]"), page.locator("#marks output")
    dialog = page.locator("dialog[open]")

    press(page, "f")  # filter: what is open
    expect(dialog.get_by_role("heading", name="Filtr")).to_be_visible()
    tab_to(page, page.locator("#filter-state-open"))
    press(page, "Space", "Enter")
    expect(page).to_have_url(re.compile(r"\?state=open$"))
    expect(page.locator(".chip")).to_have_text(re.compile("Płatność: nierozliczona"))
    expect(rows.first).to_be_focused()

    press(page, "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown")  # a range
    expect(told).to_have_attribute("data-marked", "3")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(3)
    picture(page, "range")
    page.reload()  # marks outlive the page
    expect(told).to_have_attribute("data-marked", "3")
    expect(rows.nth(3)).to_be_focused()

    press(page, "Control+a")
    count = page.locator("table.list-table").get_attribute("aria-rowcount")
    expect(told).to_have_attribute("data-marked", str(count))
    press(page, "Escape")
    expect(told).to_have_attribute("data-marked", "0")

    page.locator("#mark-all").click()  # the focus is in the head now: commands of the list work there too
    press(page, "Control+a")
    expect(told).to_have_attribute("data-marked", str(count))
    press(page, "k")
    expect(dialog).to_be_visible()
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    press(page, "Escape")
    expect(told).to_have_attribute("data-marked", "0")
    rows.nth(3).focus()

    number = rows.nth(3).locator("th a").inner_text()
    press(page, "Enter")  # the invoice
    expect(page.get_by_role("heading", name=number, exact=True)).to_be_visible()
    press(page, "Alt+ArrowDown")
    expect(page.get_by_role("heading", name=number, exact=True)).to_have_count(0)
    press(page, "Alt+ArrowUp")
    expect(page.get_by_role("heading", name=number, exact=True)).to_be_visible()
    picture(page, "invoice")
    press(page, "Escape")
    expect(rows.nth(3)).to_be_focused()


def test_settle_and_synchronise_by_keyboard_and_the_focus_comes_back(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    rows, dialog = page.locator("tr[data-row]"), page.locator("dialog[open]")
    press(page, "f")
    tab_to(page, page.locator("#filter-state-open"))
    press(page, "Space", "Enter")
    expect(rows.first).to_be_focused()
    number = rows.first.locator("th a").inner_text()
    press(page, "r")
    expect(dialog.get_by_role("heading", name="Rozlicz płatność")).to_be_visible()
    expect(dialog).to_contain_text(number)
    tab_to(page, dialog.get_by_role("button", name="Rozlicz", exact=True))
    press(page, "Enter")
    expect(dialog).to_have_count(0)
    expect(rows.first.locator("th a")).not_to_have_text(number)  # it is open no more
    expect(rows.first).to_be_focused()  # the row that took its place

    press(page, "ArrowDown", "Space")
    expect(page.locator("#marks output")).to_have_attribute("data-marked", "1")
    press(page, "F10")  # to the menus, and along them
    press(page, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown")
    expect(page.get_by_role("menuitem", name="Faktury/płatności – synchronizuj").first).to_be_focused()
    picture(page, "menu")
    press(page, "Enter")
    expect(dialog.get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
    picture(page, "no-key")
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("tr.is-current")).to_be_focused()
    page.reload()
    expect(page.locator("tr[aria-selected=true] td[data-sync-state=waiting]")).to_have_count(1)
    expect(page.locator("tr.is-current")).to_be_focused()

    press(page, "?")
    expect(dialog.get_by_role("heading", name="Skróty klawiszowe")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("tr.is-current")).to_be_focused()
    press(page, "/")
    page.keyboard.type("zielnik nic takiego")
    press(page, "r")  # a letter in a field is a letter
    expect(dialog).to_have_count(0)


def test_the_schedule_by_keyboard(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    press(page, "F10", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown")
    expect(page.get_by_role("menuitem", name="Preliminarz płatności")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Preliminarz płatności")).to_be_visible()
    expect(page.locator("tr[data-payment]").first).to_be_focused()
    press(page, "Space", "Shift+F10")
    expect(page.locator("#context-menu [role=menuitem]").first).to_be_focused()
    picture(page, "schedule")
    press(page, "Escape", "s")
    expect(page.locator("dialog[open]").get_by_role("heading", name="Brak klucza wymiany")).to_be_visible()
