"""Two thousand invoices in a real browser: the progress, a stop half-way, what was left, and the rest sent."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from system_tests.conftest import EMAIL, make_key, register_on_the_web
from system_tests.gate import Gate
from system_tests.processes import Platform, Visitor
from system_tests.window import Desk, log_in, shoot
from tools import samples

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[1]
FILL_AND_ASK = """
import django; django.setup()
from django.utils import timezone
from saldo_desk.books.tables import Company, Operator
from saldo_desk.exchange import runs
from system_tests.bulk import fill
company = Company.objects.get()
pks = fill(company, 2000)
runs.ask_for_preview(company=company, invoice_pks=pks, operator=Operator.objects.get(), now=timezone.now())
"""


@pytest.fixture
def gate(own_platform: Platform) -> Iterator[Gate]:
    """Stands between the Desk and its Platform."""
    made = Gate(own_platform.url)
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, own_platform: Platform, gate: Gate) -> Iterator[Desk]:
    """A Desk that reaches its Platform through the gate, connected."""
    visitor = Visitor(own_platform.url)
    register_on_the_web(own_platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    home = tmp_path / "desk"
    home.mkdir()
    started = Desk(home, own_platform)
    started.call("key", "set", "--platform", gate.url, typed=make_key(visitor) + "\n")
    yield started
    started.stop()


def test_two_thousand_invoices_stopped_half_way_and_resumed(page: Page, desk: Desk, gate: Gate) -> None:
    log_in(page, desk)
    gate.hold_after(2)
    subprocess.run([sys.executable, "-c", FILL_AND_ASK], env=desk.environment, cwd=ROOT, check=True)
    banner = page.locator("#banner")
    page.reload()
    expect(banner).to_contain_text("Podgląd: 2000 nowych", timeout=60_000)
    banner.get_by_role("button", name="Pokaż podgląd").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("[data-forecast=created]")).to_have_count(50)
    shoot(page, "20-preview-of-2000")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "20b-preview-narrow")
    page.set_viewport_size({"width": 1440, "height": 900})
    dialog.get_by_role("link", name="Następna").click()
    expect(dialog.locator(".pager")).to_contain_text("2 / 40")
    dialog.get_by_role("button", name="Wyślij").click()

    expect(banner).to_contain_text("800 z 2000", timeout=60_000)
    shoot(page, "21-progress")
    banner.get_by_role("button", name="Zatrzymaj").click()
    gate.open()
    expect(banner).to_contain_text("zatrzymano, 800 niewysłanych", timeout=30_000)
    shoot(page, "22-stopped")

    banner.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Synchronizacja")
    expect(page.locator("td[data-outcome=sent], td[data-outcome=pending]")).to_have_count(50)
    page.get_by_label("Wynik").select_option("pending")
    page.get_by_role("button", name="Filtruj").click()
    expect(page.locator("td[data-outcome=pending]")).to_have_count(50)
    shoot(page, "23-stopped-run")
    page.get_by_role("button", name="Ponów tylko nieudane").click()
    expect(dialog.locator("[data-preview=ready]")).to_be_visible(timeout=30_000)
    expect(dialog.locator(".tallies")).to_contain_text(re.compile(r"Nowe\s+800"))
    dialog.get_by_label("Nie pytaj ponownie").check()
    dialog.get_by_role("button", name="Wyślij").click()
    expect(banner).to_contain_text("Wysłano 800 faktur i 800 płatności.", timeout=60_000)
    shoot(page, "24-resumed")

    page.goto(f"{desk.url}/runs/")
    expect(page.locator("tr[data-run-state]")).to_have_count(2)
    shoot(page, "25-log")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "26-log-narrow-dark")
    page.locator("tr[data-run-state] a").last.click()
    shoot(page, "27-run-narrow-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{desk.url}/link/")
    page.get_by_role("button", name="Pokazuj podgląd ponownie").click()
    expect(page.get_by_role("heading", name="Podgląd przed wysłaniem")).to_be_visible()
