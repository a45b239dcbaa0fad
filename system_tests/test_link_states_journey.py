"""Every state of the link in a real browser, made real on a real Platform, one Desk: its window and a screenshot."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import niquests
import pytest
from django.utils import translation
from playwright.sync_api import Page, expect

from saldo_desk.exchange import link_states
from saldo_protocol import keys, signing
from system_tests.conftest import PASSWORD, make_key, register_on_the_web
from system_tests.processes import Platform, Visitor
from system_tests.test_link_states import new_key_of, press_for_key
from system_tests.window import Desk, log_in, shoot, synchronise

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ANNA, EWA = "anna@example.com", "ewa@example.com"
STAYS_IN_THE_REGISTRATION = {"account_not_activated", "integration_not_confirmed"}
"""What the button in the banner leads to is the step of the registration; the window is opened as the page does."""


class Story:
    """What happens to one Desk, state after state."""

    def __init__(self, page: Page, desk: Desk, platform: Platform) -> None:
        self.page, self.desk, self.platform = page, desk, platform
        self.seen: list[str] = []
        self.dialog = page.locator("dialog[open]")

    @property
    def key_file(self) -> Path:
        """Where the Desk keeps its key."""
        (found,) = Path(self.desk.environment["SALDO_HOME"]).glob("desk/keys/*/exchange-key")
        return found

    def change_key(self, text: str) -> None:
        """Another key, as if it had been configured here: its file, and which one the link says that it is."""
        self.key_file.write_text(text)
        self.write("UPDATE saldo_desk_link SET key_identifier = ?", keys.parse(text).identifier)

    def write(self, statement: str, *values: str) -> None:
        """Into the Desk's database, past the Desk."""
        with closing(sqlite3.connect(self.key_file.parents[2] / "saldo.sqlite3", timeout=30)) as books, books:
            books.execute(statement, values)

    def ask(self) -> None:
        """Mark all invoices and synchronise."""
        self.close()
        if not self.page.locator("#mark-all").is_checked():
            self.page.locator("#mark-all").check()
        synchronise(self.page)

    def close(self) -> None:
        """Close the dialog if one is open."""
        if self.dialog.count():
            self.page.keyboard.press("Escape")
            expect(self.dialog).to_have_count(0)

    def see(self, code: str) -> None:
        """The banner names the state; its window says it all; one button stands out. Take a picture."""
        state = link_states.STATES[code]
        with translation.override("pl"):
            title = str(state.title)
        expect(self.page.locator("#banner")).to_contain_text(title, timeout=30_000)
        window = self.dialog.locator(f"[data-link-state={code}]")
        if code in STAYS_IN_THE_REGISTRATION or not window.count():
            self.page.evaluate("htmx.ajax('GET', '/link/problem/', '#dialog-body')")
        expect(window).to_be_visible()
        expect(window.get_by_role("heading", name=title)).to_be_visible()
        expect(window.locator("[data-kept]")).to_contain_text("nic nie zginęło")
        expect(window.locator(".button--primary")).to_have_count(1)
        if state.by_itself:
            expect(window).to_contain_text("Spróbujemy ponownie o")
        if code == "unreachable":
            window.locator("summary").click()
        shoot(self.page, f"link-{code}")
        self.seen.append(code)
        self.close()

    def use(self, key: str) -> None:
        """Enter a key, as `saldo-desk key set` does."""
        self.desk.call("key", "set", "--platform", self.platform.url, typed=key + "\n")

    def register(self, email: str) -> Visitor:
        """Register from the Desk's command line up to the mail with the link; a visitor who has opened the link."""
        self.desk.call("registration", "start", "--email", email, "--person", "Anna Nowak",
                       "--consent", "terms", "--consent", "data")  # fmt: skip
        code = re.search(r"\b\d{6}\b", self.platform.mail_to(email, having=r"\b\d{6}\b"))
        assert code is not None
        self.desk.call("registration", "code", code[0])
        link = re.search(r"https?://\S+/activate/\S+", self.platform.mail_to(email, having="/activate/"))
        assert link is not None
        visitor = Visitor(self.platform.url)
        visitor.open(link[0])
        return visitor


def test_every_state_has_its_own_window(page: Page, desk: Desk, own_platform: Platform) -> None:
    story = Story(page, desk, own_platform)
    log_in(page, desk)
    anna = while_registering(story)
    with_keys(story, anna)
    with_time(story, anna)
    with_the_integration(story, anna)
    with_the_platform(story)
    assert sorted(story.seen) == sorted(link_states.STATES)


def while_registering(story: Story) -> Visitor:
    """No key, not activated, not confirmed, refused; then a key that was made on the Platform works."""
    story.ask()
    story.see("no_key")
    anna = story.register(ANNA)
    story.see("account_not_activated")
    anna.press("Ustaw hasło", password1=PASSWORD, password2=PASSWORD)
    story.see("integration_not_confirmed")
    anna.press("Odrzuć")
    story.see("integration_refused")
    with_a_receipt(story, make_key(anna))
    return anna


def with_a_receipt(story: Story, key: str) -> None:
    """The Desk knows the Platform's key as another one, so its receipts do not check; then as the right one."""
    (published,) = niquests.get(f"{story.platform.url}{signing.KEYS_PATH}").json()["keys"]
    story.write(
        "INSERT INTO saldo_desk_platformkey (company_id, platform_url, kid, public_key, signs_from, learned_at)"
        " SELECT id, ?, ?, ?, ?, ? FROM saldo_desk_company",
        story.platform.url,
        published["kid"],
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        *[published["saldo_from"]] * 2,
    )
    story.use(key)
    story.see("receipt_not_genuine")
    story.write("DELETE FROM saldo_desk_platformkey")
    story.page.get_by_role("button", name="Co zrobić").click()
    story.dialog.get_by_role("button", name="Spróbuj teraz").click()
    expect(story.page.locator("#banner")).to_contain_text("Wysłano", timeout=30_000)


def with_keys(story: Story, anna: Visitor) -> None:
    """Unknown, damaged, another company's, revoked, replaced."""
    good = story.key_file.read_text()
    story.change_key(keys.make().text)
    story.ask()
    story.see("key_unknown")
    story.key_file.write_text(good[:-1])
    story.ask()
    story.see("key_malformed")
    other = Visitor(story.platform.url)
    register_on_the_web(story.platform, other, email="inna@example.com", nip="5260001246")
    story.change_key(make_key(other))
    story.ask()
    story.see("other_company")
    story.change_key(good)
    press_for_key(anna, good, "revoke")
    story.ask()
    story.see("key_revoked")
    newer = make_key(anna)
    story.use(newer)
    expect(story.page.locator("#banner")).to_contain_text("bez zmian", timeout=30_000)
    press_for_key(anna, newer, "rotate", overlap="now", expires="90")
    expiring = new_key_of(anna)
    story.ask()
    story.see("key_replaced")
    story.use(expiring)


def with_time(story: Story, anna: Visitor) -> None:
    """The key expires; the clocks differ, and once they don't the Desk goes on by itself."""
    expect(story.page.locator("#banner")).to_contain_text("bez zmian", timeout=30_000)
    lasting = make_key(anna)
    story.platform.set_clock_ahead(91 * 24 * 3600)
    story.ask()
    story.see("key_expired")
    story.platform.set_clock_ahead(0)
    story.use(lasting)
    expect(story.page.locator("#banner")).to_contain_text("bez zmian", timeout=30_000)
    story.platform.set_clock_ahead(3600)
    story.ask()
    story.see("clock_wrong")
    story.platform.set_clock_ahead(0)
    story.page.get_by_role("button", name="Co zrobić").click()
    story.dialog.get_by_role("button", name="Spróbuj teraz").click()
    expect(story.page.locator("#banner")).to_contain_text("bez zmian", timeout=30_000)


def with_the_integration(story: Story, anna: Visitor) -> None:
    """Revoked; and somebody else registers anew for the company that is here."""
    anna.log_in(ANNA, PASSWORD)
    anna.open(anna.page.xpath("//a[contains(@href, '/integrations/')]/@href")[0])
    for _integration in range(anna.page.text_content().count("Odłącz integrację…")):
        anna.press("Odłącz integrację")
        anna.open(anna.page.xpath("//a[contains(@href, '/integrations/')]/@href")[0])
    story.ask()
    story.see("integration_revoked")
    story.desk.call("key", "forget")
    ewa = story.register(EWA)
    ewa.press("Ustaw hasło", password1=PASSWORD, password2=PASSWORD)
    story.see("integration_not_made")


def with_the_platform(story: Story) -> None:
    """It is down; then it is back, and wants a newer Desk. What an older Platform would bring about is written: no
    Platform of today is one."""
    story.platform.stop()
    story.ask()
    story.see("unreachable")
    story.write(  # as after two days
        "UPDATE saldo_desk_run SET failures = ?, next_try_at = '2026-01-01 00:00:00' WHERE state = 'waiting'", "1000"
    )
    story.see("gave_up_trying")
    story.platform.start(SALDO_DESK_VERSION_MIN="99")
    story.ask()
    story.see("program_too_old")
    story.write(
        "UPDATE saldo_desk_run SET reason = ?, stage = 'preview' WHERE state = 'waiting'", "preview_not_offered"
    )
    story.see("preview_not_offered")
