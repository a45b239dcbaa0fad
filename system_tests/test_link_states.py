"""Each state of the link made real against a real Platform: the code, what waits, and that it goes on by itself."""

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from lxml import html

from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, key_files, link_states, registration, runs
from saldo_desk.exchange.platform_api import Answer, Declined
from saldo_desk.exchange.tables import Link, RegistrationState, Run, RunState
from saldo_protocol import keys
from saldo_protocol.registration import GivenConsent
from system_tests.conftest import EMAIL, PASSWORD, make_key, record, register_on_the_web
from system_tests.faults import FaultyTransport, Intercepting
from system_tests.processes import BIN, Platform, Visitor, environment_of
from system_tests.test_synchronisation import settle, state_of, synchronise
from tools import samples

pytestmark = pytest.mark.django_db(transaction=True)

CONSENTS = tuple(GivenConsent(code=code, version="2026-11") for code in ("terms", "data"))
_numbers = iter(range(1000))


@pytest.fixture
def clock(platform: Platform) -> Iterator[Callable[[int], None]]:
    """Puts the Platform's clock ahead; right again after the test."""
    yield platform.set_clock_ahead
    platform.set_clock_ahead(0)


def carry_on(run: Run) -> Run:
    claimed = runs.claim(run=Run.objects.select_related("company").get(pk=run.pk), now=timezone.now())
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=timezone.now)


def waits(run: Run, reason: str) -> None:
    """The run waits for this reason, its invoices with it; the link remembers it."""
    assert (run.state, run.reason) == (RunState.WAITING, reason)
    assert runs.counts_of(run).pending == run.documents.count() > 0
    assert reason in link_states.STATES
    link = connection.get_link(company=run.company)
    assert link is not None
    assert link.problem == reason


def press_for_key(visitor: Visitor, key: str, path: str, **values: str) -> str:
    """Send the form of one key on the page of keys; the text of the page that comes."""
    visitor.open("/")
    visitor.open(visitor.page.xpath("//a[contains(@href, '/integrations/')]/@href")[0])
    form = next(form for form in visitor.page.forms if f"/keys/{keys.parse(key).identifier}/{path}/" in form.action)
    filled = {**dict(form.form_values()), **values}
    response = visitor.session.post(
        visitor.url.split("/companies/")[0] + form.action, data=filled, headers={"Referer": visitor.url}
    )
    assert response.text is not None
    visitor.page = html.document_fromstring(response.text)
    return str(visitor.page.text_content())


def new_key_of(visitor: Visitor) -> str:
    """The key that the page shows once."""
    return str(visitor.page.xpath("//*[@id='new-key']")[0].text_content())


def test_a_replaced_key_is_told_and_the_newer_one_goes_on_without_resending(
    company: Company, platform: Platform, account: Visitor
) -> None:
    old = make_key(account)
    connection.configure(company=company, platform_url=platform.url, key_text=old, now=timezone.now())
    first = record(company, count=2)
    assert synchronise(company, first).state == RunState.DONE
    press_for_key(account, old, "rotate", overlap="now", expires="")
    newer = new_key_of(account)
    settle(company, first[0])
    run = synchronise(company, record(company))
    waits(run, "key_replaced")
    assert keys.parse(newer).identifier in run.reason_detail
    connection.configure(company=company, platform_url=platform.url, key_text=newer, now=timezone.now())
    run.refresh_from_db()
    assert run.next_try_at is not None, "a key that works wakes the run"
    transport = FaultyTransport()
    claimed = runs.claim(run=Run.objects.select_related("company").get(pk=run.pk), now=timezone.now())
    assert claimed is not None
    done = runs.carry_out(run=claimed, clock=timezone.now, transport=transport)
    assert (done.state, done.documents.count()) == (RunState.DONE, 2), "the new one and the settled one, no other"
    assert [state_of(row) for row in first] == ["sent", "sent"]


def test_a_batch_that_was_on_its_way_when_the_key_was_replaced_goes_under_its_own_uid(
    company: Company, platform: Platform, account: Visitor
) -> None:
    old = make_key(account)
    connection.configure(company=company, platform_url=platform.url, key_text=old, now=timezone.now())
    lost = FaultyTransport(["drop_after"])
    run = synchronise(company, record(company), lost)
    press_for_key(account, old, "rotate", overlap="now", expires="")
    newer = new_key_of(account)
    connection.configure(company=company, platform_url=platform.url, key_text=newer, now=timezone.now())
    again = FaultyTransport()
    claimed = runs.claim(run=Run.objects.select_related("company").get(pk=run.pk), now=timezone.now())
    assert claimed is not None
    assert runs.carry_out(run=claimed, clock=timezone.now, transport=again).state == RunState.DONE
    assert again.puts == lost.puts


def test_both_keys_work_in_the_overlap(company: Company, platform: Platform, account: Visitor) -> None:
    old = make_key(account)
    press_for_key(account, old, "rotate", overlap="hour", expires="90")
    connection.configure(company=company, platform_url=platform.url, key_text=old, now=timezone.now())
    assert synchronise(company, record(company)).state == RunState.DONE


def test_of_two_rotations_at_once_one_shows_a_key(account: Visitor) -> None:
    old = make_key(account)
    visitors = []
    for _tab in range(2):
        visitor = Visitor(account.url.split("/companies/")[0])
        visitor.log_in(EMAIL, PASSWORD)
        visitors.append(visitor)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda visitor: press_for_key(visitor, old, "rotate", overlap="day"), visitors))
    shown = ["Twój nowy klucz wymiany" in page for page in pages]
    assert sorted(shown) == [False, True]
    assert "już wymieniono" in pages[shown.index(False)]


def test_an_expired_key_is_told(own_platform: Platform, desk_home: Path) -> None:
    """On a Platform of its own: three months later it has ended everybody's sessions."""
    visitor = Visitor(own_platform.url)
    register_on_the_web(own_platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    visitor.open(visitor.page.xpath("//a[contains(@href, '/integrations/')]/@href")[0])
    visitor.press("Utwórz klucz", name="Krótki", expires="90")
    company = companies.add(nip=samples.COMPANY_NIP, name="Firma")
    connection.configure(
        company=company, platform_url=own_platform.url, key_text=new_key_of(visitor), now=timezone.now()
    )
    own_platform.set_clock_ahead(91 * 24 * 3600)
    waits(synchronise(company, record(company)), "key_expired")


@pytest.mark.parametrize("ahead_s", [3600, -3600])
def test_a_wrong_clock_is_told_with_both_times_and_checked_again(
    ahead_s: int, company: Company, clock: Callable[[int], None]
) -> None:
    clock(ahead_s)
    run = synchronise(company, record(company))
    waits(run, "clock_wrong")
    there = timezone.localtime(timezone.now() + timedelta(seconds=ahead_s))
    assert f"{there:%Y-%m-%d %H:}" in run.reason_detail
    assert run.next_try_at is not None
    clock(0)
    assert carry_on(run).state == RunState.DONE


@pytest.mark.parametrize("ahead_s", [540, -540])
def test_nine_minutes_of_difference_are_allowed(ahead_s: int, company: Company, clock: Callable[[int], None]) -> None:
    clock(ahead_s)
    assert synchronise(company, record(company)).state == RunState.DONE


def test_a_key_of_another_company_that_got_into_the_file_sends_nothing(company: Company, platform: Platform) -> None:
    other = Visitor(platform.url)
    register_on_the_web(platform, other, email="inna@example.com", nip="5260001246")
    key = keys.parse(make_key(other))
    key_files.write_key(company=company, key=key)
    Link.objects.update(key_identifier=key.identifier)
    transport = FaultyTransport()
    waits(synchronise(company, record(company), transport), "other_company")
    assert transport.puts == []


def test_a_desk_that_is_too_old_waits_and_goes_on_by_itself(company: Company) -> None:
    body = {"type": "t", "title": "t", "status": 426, "detail": "za stara", "code": "program_too_old"}
    old = Intercepting(before=lambda _method, _url: Answer(426, json.dumps(body).encode()))
    run = synchronise(company, record(company), old)  # type: ignore[arg-type]
    waits(run, "program_too_old")
    assert run.next_try_at is not None
    assert carry_on(run).state == RunState.DONE


def start(company: Company, platform: Platform, email: str) -> registration.Registration:
    return registration.start(
        company=company,
        platform_url=platform.url,
        email=email,
        person_name="Ewa",
        company_name="Nowa",
        company_address="",
        consents=CONSENTS,
        language="pl",
        now=timezone.now(),
    )


def test_another_address_goes_into_the_same_registration(
    platform: Platform, desk_home: Path, clock: Callable[[int], None]
) -> None:
    company = companies.add(nip="5260250995", name="Nowa")
    row = start(company, platform, "zly@example.com")
    key = key_files.read_key(company=company)
    with pytest.raises(Declined) as caught:
        registration.change_email(registration=row, email="dobry@example.com", now=timezone.now())
    assert caught.value.code == "too_many_requests", "a minute between two mails"
    clock(70)
    changed = registration.change_email(registration=row, email="dobry@example.com", now=timezone.now())
    assert (changed.uid, changed.email, changed.state) == (row.uid, "dobry@example.com", "code_sent")
    assert key_files.read_key(company=company) == key
    assert b"Nowa" in bytes(changed.request) and b"dobry@example.com" in bytes(changed.request)
    code = platform.mail_to("dobry@example.com", having=r"\b\d{6}\b").split("\n\n")
    digits = next(part.strip() for part in code if part.strip().isdecimal())
    assert registration.enter_code(registration=changed, code=digits, now=timezone.now()).state == "activation_sent"
    with pytest.raises(Declined) as caught:
        registration.change_email(registration=changed, email="x@example.com", now=timezone.now())
    assert caught.value.code == "already_verified"


def test_a_lost_answer_to_another_address_is_found_out_by_asking(
    platform: Platform, desk_home: Path, clock: Callable[[int], None]
) -> None:
    company = companies.add(nip="5260250995", name="Nowa")
    row = start(company, platform, "zly2@example.com")
    clock(70)
    body = bytes(row.request).replace(b"zly2@", b"dobry2@")
    with registration._api(row, None) as api:
        api.put_registration(row.uid, body)  # it arrived; its answer did not
    known = registration.refresh(registration=row, now=timezone.now())
    assert (known.email, known.state) == ("dobry2@example.com", RegistrationState.CODE_SENT)


def cli(desk_home: Path, platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = environment_of("desk", desk_home, SALDO_PLATFORM_URL=platform.url, SALDO_LANGUAGE="pl")
    return subprocess.run([BIN / "saldo-desk", *arguments], env=environment, text=True, capture_output=True)


def test_the_command_line_tells_title_what_happened_and_what_to_do(platform: Platform, tmp_path: Path) -> None:
    cli(tmp_path, platform, "company", "add", "--nip", samples.COMPANY_NIP, "--name", "Firma")
    samples.write(tmp_path / "samples")
    cli(tmp_path, platform, "import", str(tmp_path / "samples"))
    done = cli(tmp_path, platform, "sync", "--all")
    assert done.returncode == 3
    assert done.stderr.splitlines()[:2] == ["Brak klucza wymiany", "Ta firma nie jest jeszcze połączona z Platformą."]
    status = cli(tmp_path, platform, "status").stdout
    assert "Brak klucza wymiany" in status and "faktur czeka tutaj; nic nie zginęło." in status
    assert json.loads(cli(tmp_path, platform, "status", "--json").stdout)["problem"] == "no_key"
    assert json.loads(cli(tmp_path, platform, "key", "test", "--json").stdout)["code"] == "no_key"
