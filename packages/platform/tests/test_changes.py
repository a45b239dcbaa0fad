"""What came back: told to the program whose document it was, and to no other; never an echo; page by page."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from packages.platform.tests.conftest import CHARLIES_NIP, NOW, logged_in, make_company
from packages.platform.tests.test_ingest import document, invoice, outcomes, put, revision, settled
from packages.platform.tests.test_removals import tombstone
from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Integration, IntegrationState, Person
from saldo_platform.exchange import coming_back
from saldo_platform.exchange.tables import Change, Feed, Invoice
from saldo_protocol import changes
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db


def get(key: ExchangeKey, after: str = "0") -> Any:
    return Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/changes", {"after": after})


def told(key: ExchangeKey, after: int = 0) -> tuple[list[tuple[str, str]], int, bool]:
    page = get(key, str(after)).json()
    return [(row["kind"], row["external_id"]) for row in page["changes"]], page["last"], page["more"]


def restore(company: Company, person: Person, external_id: str = "a") -> None:
    uid = Invoice.objects.get(company=company, external_id=external_id).uid
    logged_in(person).post(reverse("restore", args=[company.uid, uid]))


@pytest.fixture
def other(company: Company, alice: Person) -> ExchangeKey:
    """Another program of the same company."""
    return keys.issue(company=company, name="Inny program", person=alice, now=NOW)


def test_what_a_program_did_itself_is_not_told_and_the_position_moves_past_it(key: ExchangeKey) -> None:
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}") for n in range(9)))
    put(key, tombstone(external_id="n0"))
    assert told(key) == ([], 10, False)


def test_a_document_that_a_person_brought_back_is_told_with_the_revision_it_has(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    restore(company, alice)
    assert told(key) == ([("invoice_restored", "a")], 3, False)
    assert get(key).json()["changes"][0]["revision"] == str(at + 1)
    assert told(key, 3) == ([], 3, False)


def test_a_program_is_told_when_another_one_sends_its_document_or_removes_it(
    key: ExchangeKey, other: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at), document(invoice(number="B"), external_id="b", revision_=at))
    put(key, document(invoice(number="C"), external_id="c", revision_=at))
    put(other, document(settled(), revision_=at + 1))
    put(other, document(invoice(number="C"), external_id="c", revision_=at))
    gone = put(other, tombstone(external_id="b", revision_=at + 2, number="B"))
    assert outcomes(gone) == [("removed", "")]
    mine = [("invoice_taken_over", "a"), ("invoice_taken_over", "c"), ("invoice_removed", "b")]
    assert told(key)[0] == mine
    assert told(other)[0] == []
    restore(company, alice, "b")
    assert told(key)[0] == [*mine, ("invoice_restored", "b")]
    assert told(other)[0] == [("invoice_restored", "b")]


def test_a_preview_and_a_refused_document_tell_nobody(key: ExchangeKey, other: ExchangeKey) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(other, document(settled(), revision_=at - 1))
    put(other, document(invoice(), external_id="z", revision_=at + 1))
    assert told(key) == ([], 1, False)


def test_a_program_that_can_not_ask_any_more_is_told_nothing(key: ExchangeKey, other: ExchangeKey) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    Integration.objects.filter(name="Desk").update(state=IntegrationState.REVOKED)
    put(other, document(settled(), revision_=at + 1))
    assert not Change.objects.exclude(told_to=None).exists()


def test_the_invoices_page_tells_a_removal_once(
    key: ExchangeKey, other: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(other, tombstone(revision_=at + 2, number="FV/1"))
    page = reverse("invoice", args=[company.uid, Invoice.objects.get().uid])
    assert logged_in(alice).get(page).content.decode().count("<li><time") == 2


def test_pages_follow_each_other_without_a_gap(
    key: ExchangeKey, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAGE_CHANGES_MAX", 2)
    put(key, document(invoice()))
    row, feed = Invoice.objects.get(), Feed.objects.get()
    one = coming_back.ToldChange(
        kind="invoice_restored", invoice_uid=row.uid, told_to_id=row.integration_id, revision=1
    )
    coming_back.append(feed=feed, told=[one] * 5, at=NOW)
    pages = [get(key, str(after)).json() for after in (0, 3, 5, 6)]
    assert [[change["n"] for change in page["changes"]] for page in pages] == [[2, 3], [4, 5], [6], []]
    assert [(page["last"], page["more"]) for page in pages] == [(3, True), (5, True), (6, False), (6, False)]


def test_another_company_has_another_feed(key: ExchangeKey, company: Company, alice: Person, charlie: Person) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    restore(company, alice)
    stranger = keys.issue(company=make_company(charlie, CHARLIES_NIP), name="Obcy", person=charlie, now=NOW)
    assert told(stranger) == ([], 0, False)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣", "9007199254740993", "1" * 400])
def test_what_is_no_position_is_refused(key: ExchangeKey, after: str) -> None:
    answer = get(key, after)
    assert (answer.status_code, answer.json()["code"]) == (422, "after_unclear")


def test_a_position_that_this_platform_never_reached_is_refused(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    answer = get(key, "2")
    assert (answer.status_code, answer.json()["code"]) == (409, "changes_ahead")


def test_the_feed_is_read_by_key_alone() -> None:
    assert Client().get("/api/v1/changes").json()["code"] == "key_missing"


def test_reading_looks_only_at_what_is_told(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    integration = Integration.objects.get()
    with CaptureQueriesContext(connection) as captured:
        coming_back.read(integration=integration, after="0")
    (sql,) = [query["sql"] for query in captured if "told_to_id" in query["sql"] and "ORDER BY" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        plan = str(cursor.fetchall())
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of one page whole
        assert "change_that_is_told" in plan
