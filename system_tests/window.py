"""A Desk as child processes, and what a person does in a real browser: log in, synchronise, look."""

import os
import subprocess
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page

from system_tests.processes import BIN, Platform, environment_of, free_port, wait_until_it_answers
from tools import samples

SCREENSHOTS = Path(__file__).parent / "screenshots"
LOGIN, PASSWORD = "anna", "saldo-demo-anna-2026"
ACCOUNT_PASSWORD = "bardzo-dlugie-haslo-2026"
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")


class Desk:
    """A Desk of its own: server and worker, with the sample company in it."""

    def __init__(self, home: Path, platform: Platform) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment_of(
            "desk", home, SALDO_DESK_PORT=str(self.port), SALDO_DESK_URL=self.url, SALDO_PLATFORM_URL=platform.url
        )
        self.call("operator", "add", "--login", LOGIN, "--name", "Anna", "--password-stdin", typed=PASSWORD + "\n")
        self.call("company", "add", "--nip", samples.COMPANY_NIP, "--name", samples.COMPANY_NAME)
        samples.write(home / "samples")
        self.call("import", str(home / "samples"))
        log = (home / "desk.log").open("ab")
        self.children = [
            subprocess.Popen([BIN / "saldo-desk", command], env=self.environment, stdout=log, stderr=log)
            for command in ("run", "work")
        ]
        wait_until_it_answers(f"{self.url}/login/", home / "desk.log")

    def call(self, *arguments: str, typed: str = "") -> None:
        done = subprocess.run(
            [BIN / "saldo-desk", *arguments], env=self.environment, input=typed, text=True, capture_output=True
        )
        assert done.returncode in {0, 1}, done.stderr

    def stop(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.wait(timeout=20)


def is_problem(message: ConsoleMessage) -> bool:
    """An error on the console; but for the style by which Playwright hides the caret, which the page's CSP blocks."""
    return message.type == "error" and "inline style" not in message.text


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page, to be looked at; only when ``SALDO_PICTURES`` asks for them: they take long."""
    if not os.environ.get("SALDO_PICTURES"):
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def log_in(page: Page, desk: Desk) -> None:
    """Open the Desk and log in as Anna."""
    page.goto(desk.url)
    page.fill("[name=username]", LOGIN)
    page.fill("[name=password]", PASSWORD)
    page.locator("main button").click()


def drop(page: Page, selector: str, *paths: Path) -> None:
    """Drop files and folders from the disk on a place of the page, as a person drags them from the file manager."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 200) / 2
    dragged = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    browser = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": step, "x": x, "y": y, "data": dragged})
    browser.detach()


def synchronise(page: Page) -> None:
    page.get_by_role("button", name="Usługi finansowe").click()
    page.get_by_role("menuitem", name="Faktury/płatności – synchronizuj").first.click()
