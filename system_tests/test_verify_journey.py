"""Comparing with the Platform in a real browser: no difference, two of them, mended, none again."""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from system_tests.accessibility import problems
from system_tests.processes import Platform, environment_of
from system_tests.test_verifying import BEHIND_ITS_BACK
from system_tests.test_withdraw_journey import choose, connect
from system_tests.window import Desk, log_in, shoot

pytestmark = pytest.mark.browser

ALL_FITS = "Zgodne: Platforma ma wszystkie"


def test_what_differs_is_shown_and_mended(page: Page, desk: Desk, own_platform: Platform) -> None:
    connect(desk, own_platform)
    desk.call("sync", "--all")
    log_in(page, desk)
    dialog = page.locator("dialog[open]")
    choose(page, "Sprawdź zgodność…")
    expect(dialog.locator("[data-verification=done]")).to_contain_text(ALL_FITS, timeout=30_000)
    expect(page.locator("#banner")).to_contain_text(ALL_FITS)
    shoot(page, "verify-1-fits")
    found = list(problems(page, name="verification, no difference"))
    page.keyboard.press("Escape")

    environment = environment_of("platform", own_platform.home)
    subprocess.run([sys.executable, "-c", BEHIND_ITS_BACK], env=environment, check=True)
    choose(page, "Sprawdź zgodność…")
    expect(dialog.locator("tr[data-difference]")).to_have_count(2, timeout=30_000)
    expect(dialog.locator("tr[data-difference=missing]")).to_contain_text("brak tam")
    expect(dialog.locator("tr[data-difference=different]")).to_contain_text("inna treść")
    shoot(page, "verify-2-differences")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "verify-3-narrow")
    found += problems(page, name="verification, narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    found += problems(page, name="verification, differences")
    dialog.get_by_role("button", name="Obowiązują te księgi").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#banner")).to_contain_text("Wysłano 2 faktury", timeout=30_000)

    choose(page, "Sprawdź zgodność…")
    expect(dialog.locator("[data-verification=done]")).to_contain_text(ALL_FITS, timeout=30_000)
    page.goto(f"{desk.url}/runs/")
    expect(page.get_by_text(ALL_FITS).first).to_be_visible()
    shoot(page, "verify-4-log")
    assert not found, "\n".join(found)
