"""A Desk in this process, the Platform as a child process; one account, one exchange key for the session."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright
from pytest_django import Settings

from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection
from saldo_desk.sources import importing
from system_tests.processes import Platform, Visitor
from system_tests.window import CHROMIUM, Desk, is_problem
from tools import browser, samples

EMAIL = "anna@example.com"
PASSWORD = "bardzo-dlugie-haslo-2026"


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A Platform that runs for the whole session. A test that stops it starts it again."""
    started = Platform(tmp_path_factory.mktemp("platform"))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def account(platform: Platform) -> Visitor:
    """Anna, logged in, whose company registered on the Platform's own pages; its company page is open."""
    visitor = Visitor(platform.url)
    register_on_the_web(platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    return visitor


@pytest.fixture(scope="session")
def key_text(account: Visitor) -> str:
    """An exchange key that was made on the Platform and shown once."""
    return make_key(account)


def register_on_the_web(platform: Platform, visitor: Visitor, *, email: str, nip: str) -> None:
    """Fill in the form, enter the code, follow the link, set the password."""
    visitor.open("/register/")
    fields = {"email": email, "person_name": "Anna Nowak", "nip": nip, "company_name": "Firma", "company_address": ""}
    form = next(form for form in visitor.page.forms if "email" in form.fields)
    values = {**dict(form.form_values()), **fields}
    for box in form.xpath(".//input[@type='checkbox']"):
        values.setdefault(box.get("name"), box.get("value", "on"))
    boxes = [box.get("value", "on") for box in form.xpath(".//input[@type='checkbox']")]
    names = {box.get("name") for box in form.xpath(".//input[@type='checkbox']")}
    button = form.xpath(".//button")[-1].text_content().strip()
    extra = dict.fromkeys(names, boxes) if len(names) == 1 else {}
    visitor.press(button, **{**values, **extra})  # type: ignore[arg-type]
    code = re.search(r"\b\d{6}\b", platform.mail_to(email, having=r"\b\d{6}\b"))
    assert code is not None
    visitor.press("Zatwierdź", code=code[0])
    link = re.search(r"https?://\S+/activate/\S+", platform.mail_to(email, having="/activate/"))
    assert link is not None
    visitor.open(link[0].rstrip(".)"))
    visitor.press("Ustaw hasło", password1=PASSWORD, password2=PASSWORD)


def make_key(visitor: Visitor) -> str:
    """Make a key on the page of the only company; its text."""
    visitor.open("/")
    link = visitor.page.xpath("//a[contains(@href, '/integrations/')]/@href")[0]
    visitor.open(link)
    text = visitor.press("Utwórz klucz")
    key = re.search(r"saldo_(?:live|test)_[0-9A-Za-z]{46}", text)
    assert key is not None, text
    return key[0]


@pytest.fixture
def company(db: None, platform: Platform, key_text: str, desk_home: Path) -> Company:
    """The company on this Desk, connected."""
    added = companies.add(nip=samples.COMPANY_NIP, name="Firma")
    connection.configure(company=added, platform_url=platform.url, key_text=key_text, now=timezone.now())
    return added


@pytest.fixture
def desk_home(settings: Settings, tmp_path: Path) -> Path:
    """A folder for this test's keys."""
    settings.PROGRAM_HOME = tmp_path
    return tmp_path


@pytest.fixture
def own_platform(tmp_path: Path) -> Iterator[Platform]:
    """A Platform of this test alone."""
    home = tmp_path / "platform"
    home.mkdir()
    started = Platform(home)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def desk(tmp_path: Path, own_platform: Platform) -> Iterator[Desk]:
    """A Desk of this test alone, with the sample company."""
    home = tmp_path / "desk"
    home.mkdir()
    started = Desk(home, own_platform)
    yield started
    started.stop()


@pytest.fixture
def page(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser of 1440 × 900 in Polish; an error in its console fails the test, but for what its ``console`` mark
    names."""
    mark = request.node.get_closest_marker("console")
    meant: str | None = mark.args[0] if mark else None
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=list(CHROMIUM))
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="pl-PL")
        context.set_default_timeout(15_000)
        opened = context.new_page()
        problems: list[str] = []
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
        yield opened
        chromium.close()
        assert [problem for problem in problems if meant is None or meant not in problem] == []


_numbers = iter(range(1, 1_000_000))


def record(company: Company, *, count: int = 1) -> list[Invoice]:
    """New sales invoices through the real import, each with a number never used before."""
    made = []
    for number in (f"T/{next(_numbers)}/{id(company)}" for _ in range(count)):
        seller = samples.COMPANY._replace(tax_id=company.nip)
        content = samples.document(number=number, issued_on=date(2026, 10, 5), seller=seller)
        outcome = importing.import_file(
            company=company, name="test.xml", load=lambda content=content: content, operator=None, now=timezone.now()
        )
        assert outcome.outcome == "new", outcome
        made.append(invoices.get(company=company, number=number))
    return made
