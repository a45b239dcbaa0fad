"""Keys that expire, are replaced by newer ones, are announced; programs that are too old; who used a key last."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from packages.platform.tests.conftest import NOW, logged_in
from packages.platform.tests.test_ingest import document, invoice, put
from saldo_core.refusals import Refusal
from saldo_platform.companies import keys, programs, rotation
from saldo_platform.companies.tables import AuditEvent, Company, ExchangeKey, Mail, Person
from saldo_platform.exchange.tables import Invoice
from saldo_protocol.keys import ExchangeKey as WholeKey

DAY = timedelta(days=1)


def code_at(key: WholeKey, at: object) -> str:
    """The code with which the key is refused, or „works”."""
    try:
        keys.authenticate(text=key.text, client_address="192.0.2.7", now=at)  # type: ignore[arg-type]
    except Refusal as refusal:
        return refusal.code
    return "works"


def rotate(company: Company, key: WholeKey, person: Person, **changes: object) -> WholeKey:
    values = {"overlap": timedelta(hours=1), "expires_at": None, "now": NOW, **changes}
    return rotation.rotate(company=company, identifier=key.identifier, person=person, **values)  # type: ignore[arg-type]


def test_a_key_works_until_it_expires_and_not_at_that_instant(company: Company, alice: Person) -> None:
    key = keys.issue(company=company, name="Desk", person=alice, now=NOW, expires_at=NOW + DAY)
    instants = (NOW + DAY - timedelta(seconds=1), NOW + DAY, NOW + 2 * DAY)
    assert [code_at(key, at) for at in instants] == ["works", "key_expired", "key_expired"]


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_a_key_expires_in_the_future_and_within_ten_years(days: int, company: Company, alice: Person) -> None:
    with pytest.raises(keys.ExpiryPast):
        keys.issue(company=company, name="Desk", person=alice, now=NOW, expires_at=NOW + days * DAY)
    assert not ExchangeKey.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30", "9999-12-31"])
@pytest.mark.parametrize("name", ["make-key", "rotate-key"])
def test_a_day_at_an_end_of_the_calendar_is_told_on_the_page(
    name: str, day: str, company: Company, key: WholeKey, alice: Person
) -> None:
    where = {"uid": company.uid} if name == "make-key" else {"uid": company.uid, "identifier": key.identifier}
    posted = {"name": "x", "overlap": "day", "expires": "date", "expires_on": day}
    told = logged_in(alice).post(reverse(name, kwargs=where), posted, follow=True).content.decode()
    assert "najdalej za dziesięć lat" in told
    assert ExchangeKey.objects.count() == 1


def test_both_keys_work_in_the_overlap_and_the_older_one_says_that_it_was_replaced(
    company: Company, key: WholeKey, alice: Person
) -> None:
    newer = rotate(company, key, alice)
    after = NOW + timedelta(hours=1)
    assert [code_at(key, NOW), code_at(newer, NOW)] == ["works", "works"]
    assert [code_at(key, after), code_at(newer, after)] == ["key_replaced", "works"]
    rows = ExchangeKey.objects.order_by("pk")
    assert rows[0].replaced_by == rows[1]
    assert rows[0].integration == rows[1].integration
    assert AuditEvent.objects.get(action="key_replaced").values["newer"] == newer.identifier


def test_a_replaced_key_names_the_newer_one_by_its_beginning_alone(
    company: Company, key: WholeKey, alice: Person
) -> None:
    newer = rotate(company, key, alice, overlap=timedelta(0))
    with pytest.raises(keys.KeyReplaced) as caught:
        keys.authenticate(text=key.text, client_address="", now=NOW)
    assert newer.identifier in caught.value.message
    assert newer.text not in caught.value.message


def test_a_key_is_replaced_once_and_then_the_newest_one(company: Company, key: WholeKey, alice: Person) -> None:
    newer = rotate(company, key, alice)
    with pytest.raises(rotation.KeyReplacedAlready):
        rotate(company, key, alice)
    newest = rotate(company, newer, alice)
    assert code_at(newest, NOW) == "works"
    assert ExchangeKey.objects.count() == 3


def test_an_expired_key_can_be_replaced_and_a_revoked_one_can_not(
    company: Company, key: WholeKey, alice: Person
) -> None:
    ExchangeKey.objects.update(expires_at=NOW - DAY)
    assert code_at(rotate(company, key, alice), NOW) == "works"
    other = keys.issue(company=company, name="Desk", person=alice, now=NOW)
    keys.revoke(company=company, identifier=other.identifier, person=alice, now=NOW)
    with pytest.raises(rotation.KeyNotReplaceable):
        rotate(company, other, alice)


def test_a_revoked_key_stays_revoked_whatever_else_ended_it(company: Company, key: WholeKey, alice: Person) -> None:
    rotate(company, key, alice)
    keys.revoke(company=company, identifier=key.identifier, person=alice, now=NOW)
    assert code_at(key, NOW + 30 * DAY) == "key_revoked"


def test_documents_go_on_under_the_newer_key(company: Company, key: WholeKey, alice: Person) -> None:
    put(key, document(invoice()))
    newer = rotate(company, key, alice)
    outcome = put(newer, document(invoice())).json()["outcomes"][0]["outcome"]
    assert (outcome, Invoice.objects.count()) == ("unchanged", 1)


def test_each_notice_is_mailed_once_and_only_the_latest_after_a_pause(company: Company, alice: Person) -> None:
    keys.issue(company=company, name="Desk", person=alice, now=NOW, expires_at=NOW + 40 * DAY)
    told = [rotation.notify_due(now=NOW + days * DAY) for days in (0, 9, 10, 11, 20, 20, 30, 31, 39, 41)]
    assert told == [0, 0, 1, 0, 1, 0, 1, 0, 0, 0]
    subjects = list(Mail.objects.order_by("pk").values_list("to", "subject"))
    assert subjects == [(alice.email, f"Saldo: klucz wymiany wygasa za {days} dni") for days in (30, 20, 10)]
    Mail.objects.all().delete()
    keys.issue(company=company, name="Late", person=alice, now=NOW, expires_at=NOW + 60 * DAY)
    assert [rotation.notify_due(now=NOW + 55 * DAY) for _look in range(2)] == [1, 0]
    assert Mail.objects.get().subject == "Saldo: klucz wymiany wygasa za 5 dni"


def test_no_notice_of_a_key_that_was_replaced_or_revoked(company: Company, alice: Person) -> None:
    soon = NOW + 5 * DAY
    first, second = (
        keys.issue(company=company, name="Desk", person=alice, now=NOW, expires_at=soon) for _key in range(2)
    )
    rotate(company, first, alice, overlap=7 * DAY)
    keys.revoke(company=company, identifier=second.identifier, person=alice, now=NOW)
    assert rotation.notify_due(now=NOW) == 0
    assert rotation.list_expiring(company=company, now=NOW) == []


def test_the_pages_say_that_a_key_expires_soon(company: Company, alice: Person) -> None:
    now = timezone.now()
    key = keys.issue(company=company, name="Desk", person=alice, now=now, expires_at=now + 12 * DAY)
    start = logged_in(alice).get(reverse("company", args=[company.uid])).content.decode()
    assert f'data-expiring="{key.identifier}"' in start and "wygasa za 12 dni" in start
    assert "Wygasa za 12 dni" in logged_in(alice).get(reverse("integrations", args=[company.uid])).content.decode()


def test_the_page_tells_when_from_where_and_by_which_program_a_key_was_used(
    company: Company, key: WholeKey, alice: Person
) -> None:
    put(key, document(invoice()))
    Client(headers={"authorization": f"Bearer {key.text}", "user-agent": "saldo-desk/0.1.0 (Linux)"}).get(
        "/api/v1/integration", REMOTE_ADDR="192.0.2.7"
    )
    page = logged_in(alice).get(reverse("integrations", args=[company.uid])).content.decode()
    assert "z adresu 192.0.2.7, saldo-desk 0.1.0 (" in page
    row = ExchangeKey.objects.get()
    assert (row.used_program, row.used_sender) == ("saldo-desk 0.1.0", "test 1")


def test_a_new_key_is_made_to_expire_at_the_end_of_a_day(company: Company, alice: Person) -> None:
    client, page = logged_in(alice), reverse("make-key", args=[company.uid])
    day = (timezone.localdate() + 5 * DAY).isoformat()
    assert "Podaj dzień" in client.post(page, {"expires": "date"}).content.decode()
    assert (
        "najdalej za dziesięć lat"
        in client.post(page, {"expires": "date", "expires_on": "2020-01-01"}, follow=True).content.decode()
    )
    assert not ExchangeKey.objects.exists()
    client.post(page, {"expires": "date", "expires_on": day})
    expires_at = ExchangeKey.objects.get().expires_at
    assert expires_at is not None
    assert timezone.localtime(expires_at).isoformat()[:19] == f"{timezone.localdate() + 6 * DAY}T00:00:00"


def test_replacing_a_key_on_the_page_shows_the_newer_one_once(company: Company, key: WholeKey, alice: Person) -> None:
    client = logged_in(alice)
    page = reverse("rotate-key", args=[company.uid, key.identifier])
    shown = client.post(page, {"overlap": "day", "expires": "365"})
    assert shown.headers["Cache-Control"] == "no-store"
    newer = ExchangeKey.objects.get(identifier=key.identifier).replaced_by
    assert newer is not None
    assert f"saldo_live_{newer.identifier}" in shown.content.decode()
    again = client.post(page, {"overlap": "now"}, follow=True).content.decode()
    assert "już wymieniono" in again
    assert "Wybierz poprawną wartość" in client.post(page, {"overlap": "year"}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("agent", "least", "old"),
    [
        ("saldo-desk/0.1.0", "0.2.0", True),
        ("saldo-desk/0.2.0 (Linux)", "0.2.0", False),
        ("saldo-desk/0.10.0", "0.9", False),
        ("saldo-desk/0.2.0rc1", "0.2.0", True),
        ("saldo-desk/0.1.0", "", False),
        ("saldo-desk/nonsense", "0.2.0", False),
        ("my-erp/0.1", "0.2.0", False),
        ("saldo-desktop/0.1", "0.2.0", False),
        ("", "0.2.0", False),
    ],
)
def test_only_a_desk_below_the_least_version_is_too_old(agent: str, least: str, old: bool) -> None:
    try:
        programs.check(agent=agent, desk_version_min=least)
    except programs.ProgramTooOld:
        assert old
    else:
        assert not old


def test_a_desk_that_is_too_old_is_told_everywhere_and_its_key_is_not_looked_at(
    settings: Settings, key: WholeKey
) -> None:
    settings.DESK_VERSION_MIN = "0.2.0"
    desk = Client(headers={"authorization": f"Bearer {key.text}", "user-agent": "saldo-desk/0.1.0"})
    for path in ("/api/v1/integration", "/api/v1/consents"):
        answer = desk.get(path)
        assert (answer.status_code, answer.json()["code"]) == (426, "program_too_old")
        assert "0.2.0" in answer.json()["detail"]
    assert ExchangeKey.objects.get().used_at is None
    assert Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/integration").status_code == 200
