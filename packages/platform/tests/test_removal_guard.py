"""The guard: many removals need an administrator's yes, however they are split."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from packages.platform.tests.conftest import ALICES_NIP, NOW, logged_in, make_company, make_person
from packages.platform.tests.test_ingest import document, invoice, outcomes, put, revision
from packages.platform.tests.test_removals import tombstone
from saldo_platform.companies import keys, memberships
from saldo_platform.companies.tables import AuditEvent, Company, Mail, Person
from saldo_platform.exchange import guarding, removals
from saldo_platform.exchange.tables import Invoice, Removal, RemovalRequest, RemovalRequestState, RemovalWish
from saldo_protocol.keys import ExchangeKey
from saldo_protocol.removals import free_max

pytestmark = pytest.mark.django_db


def send(key: ExchangeKey, count: int, *, at: int = 0) -> None:
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}", revision_=at) for n in range(count)))


def remove(key: ExchangeKey, *which: int, at: int = 0) -> list[tuple[str, str]]:
    return outcomes(put(key, *(tombstone(external_id=f"n{n}", revision_=at) for n in which)))


def live() -> int:
    return Invoice.objects.filter(removed_at=None).count()


ASKED = ("refused", "removal_needs_consent")


@pytest.mark.parametrize(
    ("documents", "free"), [(0, 5), (10, 5), (119, 5), (120, 6), (999, 49), (1000, 50), (10**6, 50)]
)
def test_five_percent_may_go_but_five_at_least_and_fifty_at_most(documents: int, free: int) -> None:
    assert free_max(documents=documents) == free


class NeverMoreThanTheBound(TestCase):
    """A database for each example."""

    @settings(max_examples=15, deadline=None)
    @given(
        documents=st.integers(min_value=1, max_value=160),
        batches=st.lists(
            st.lists(st.integers(min_value=0, max_value=159), min_size=1, max_size=12, unique=True), max_size=6
        ),
    )
    def test_without_consent_never_more_go_than_the_bound(self, documents: int, batches: list[list[int]]) -> None:
        alice = make_person("alice@example.com")
        key = keys.issue(company=make_company(alice, ALICES_NIP), name="Desk", person=alice, now=NOW)
        send(key, documents)
        for batch in batches:
            before = live()
            told = remove(key, *batch)
            gone = told.count(("removed", ""))
            assert before - live() == gone
            assert gone == 0 or ASKED not in told, "those of a batch go together or not at all"
        assert documents - live() <= free_max(documents=documents)
        assert not RemovalRequest.objects.filter(decided_at__isnull=False).exists()


def test_a_batch_above_the_bound_removes_nothing_and_asks_once(
    key: ExchangeKey, company: Company, alice: Person, bob: Person
) -> None:
    send(key, 10)
    assert remove(key, *range(6)) == [ASKED] * 6
    assert remove(key, *range(7)) == [ASKED] * 7
    assert live() == 10
    assert [mail.to for mail in Mail.objects.all()] == ["alice@example.com"]
    page = logged_in(alice).get(reverse("company", args=[company.uid])).content.decode()
    assert "Program Desk chce usunąć 7 dokumentów" in page and "Zezwól na usunięcie 7 dokumentów" in page
    seen_by_bob = logged_in(bob).get(reverse("company", args=[company.uid])).content.decode()
    assert "chce usunąć 7" in seen_by_bob and "Zezwól na" not in seen_by_bob


def test_splitting_into_batches_does_not_evade(key: ExchangeKey) -> None:
    send(key, 10)
    assert remove(key, 0, 1, 2) == [("removed", "")] * 3
    assert remove(key, 3, 4, 5) == [ASKED] * 3
    assert remove(key, 3, 4) == [("removed", "")] * 2
    assert remove(key, 5) == [("refused", "removal_needs_consent")]


def test_the_bound_is_that_of_the_last_24_hours(key: ExchangeKey) -> None:
    send(key, 10)
    remove(key, *range(5))
    Removal.objects.update(at=Removal.objects.all()[0].at - dt.timedelta(hours=24))
    assert remove(key, 5) == [("removed", "")]


def test_what_was_restored_still_counts_as_removed_today(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, 10)
    remove(key, *range(5))
    for row in Removal.objects.all():
        removals.restore(company=company, invoice_uid=row.invoice_uid, person=alice, now=row.at)
    assert remove(key, 0, at=revision(50)) == [ASKED]


def seal(company: Company) -> str:
    return guarding.look(request=guarding.list_asked(company=company)[0]).seal


def decided(company: Company, person: Person, to: str, *, shown: str = "") -> str:
    """The page after a decision on what it shows now, or on what it ``shown`` before."""
    shown = shown or logged_in(person).get(reverse("company", args=[company.uid])).content.decode()
    ((action, sealed),) = re.findall(r'action="(/\S+/removals/\S+)">.*?name="seal" value="(\w+)"', shown, re.S)
    return logged_in(person).post(action, {"to": to, "seal": sealed}, follow=True).content.decode()


def test_what_was_allowed_goes_once_and_nothing_else(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, 20)
    remove(key, *range(8))
    assert "Zezwolono na 24 godziny" in decided(company, alice, "allowed")
    assert remove(key, *range(8), *range(10, 16)) == [("removed", "")] * 8 + [ASKED] * 6
    assert live() == 12
    assert remove(key, 16, 17) == [("removed", "")] * 2, "what was allowed does not use up what is free"
    event = AuditEvent.objects.get(action="removal_allowed")
    assert (event.person, event.values["documents"], event.values["program"]) == (alice, "8", "Desk")
    for row in Removal.objects.exclude(request_uid=None):
        removals.restore(company=company, invoice_uid=row.invoice_uid, person=alice, now=row.at)
    assert remove(key, *range(8), at=revision(50)) == [ASKED] * 8


def test_consent_ends_after_24_hours(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, 10)
    remove(key, *range(6))
    decided(company, alice, "allowed")
    RemovalRequest.objects.update(valid_until=RemovalRequest.objects.get().asked_at)
    assert remove(key, *range(6)) == [ASKED] * 6


def test_what_was_refused_stays_and_nobody_is_asked_again(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, 10)
    remove(key, *range(6))
    assert "Niczego nie usunięto" in decided(company, alice, "refused")
    assert remove(key, *range(6)) == [("refused", "removal_declined")] * 6
    assert (live(), Mail.objects.count(), RemovalRequest.objects.count()) == (10, 1, 1)


def send_anew(key: ExchangeKey, count: int, *, net_minor: int, at: int) -> set[tuple[str, str]]:
    """Of the invoices of ``send``; 10000 is what they had."""
    whole = (invoice(number=f"N/{n}", net_minor=net_minor) for n in range(count))
    return set(outcomes(put(key, *(document(one, external_id=f"n{n}", revision_=at) for n, one in enumerate(whole)))))


ANEW = pytest.mark.parametrize(("net_minor", "outcome"), [(1, "updated"), (10000, "unchanged")])


@ANEW
def test_what_is_sent_anew_needs_no_decision_any_more(
    net_minor: int, outcome: str, key: ExchangeKey, company: Company
) -> None:
    send(key, 10, at=revision())
    remove(key, *range(6), at=revision(10))
    assert send_anew(key, 6, net_minor=net_minor, at=revision(60)) == {(outcome, "")}
    assert not guarding.list_asked(company=company).exists()


@ANEW
def test_consent_ends_when_the_document_is_sent_anew(
    net_minor: int, outcome: str, key: ExchangeKey, company: Company, alice: Person
) -> None:
    send(key, 10, at=revision())
    remove(key, *range(6), at=revision(10))
    decided(company, alice, "allowed")
    assert send_anew(key, 6, net_minor=net_minor, at=revision(60)) == {(outcome, "")}
    assert remove(key, *range(6), at=revision(90)) == [ASKED] * 6


def test_the_same_revision_again_takes_nothing_back(key: ExchangeKey, company: Company, alice: Person) -> None:
    at = revision()
    send(key, 10, at=at)
    remove(key, *range(6), at=at + 1)
    decided(company, alice, "allowed")
    assert send_anew(key, 6, net_minor=10000, at=at) == {("unchanged", "")}
    assert remove(key, *range(6), at=at + 2) == [("removed", "")] * 6


@ANEW
def test_a_refusal_holds_its_day_whatever_is_sent(
    net_minor: int, outcome: str, key: ExchangeKey, company: Company, alice: Person
) -> None:
    send(key, 10, at=revision())
    remove(key, *range(6), at=revision(10))
    decided(company, alice, "refused")
    assert send_anew(key, 6, net_minor=net_minor, at=revision(60)) == {(outcome, "")}
    assert remove(key, *range(6), at=revision(90)) == [("refused", "removal_declined")] * 6


def test_a_request_is_decided_by_an_administrator_once(
    key: ExchangeKey, company: Company, alice: Person, bob: Person, charlie: Person
) -> None:
    send(key, 10)
    remove(key, *range(6))
    uid = RemovalRequest.objects.get().uid
    page, shown = reverse("decide-removal", args=[company.uid, uid]), seal(company)
    assert logged_in(charlie).post(page, {"to": "allowed"}).status_code == 404
    assert logged_in(alice).post(page, {"to": "nonsense"}).status_code == 404
    with pytest.raises(memberships.NotAnAdministrator):
        guarding.decide(company=company, uid=uid, to=RemovalRequestState.ALLOWED, seal=shown, person=bob, now=NOW)
    other = make_company(charlie, "1111111111")
    with pytest.raises(guarding.RemovalRequestNotFound):
        guarding.decide(company=other, uid=uid, to=RemovalRequestState.ALLOWED, seal=shown, person=charlie, now=NOW)
    for _twice in range(2):
        guarding.decide(company=company, uid=uid, to=RemovalRequestState.REFUSED, seal=shown, person=alice, now=NOW)
    with pytest.raises(guarding.RemovalDecidedAlready):
        guarding.decide(company=company, uid=uid, to=RemovalRequestState.ALLOWED, seal=shown, person=alice, now=NOW)
    assert AuditEvent.objects.filter(action__startswith="removal_").count() == 1


def test_a_wish_is_remembered_with_its_reason(key: ExchangeKey, company: Company) -> None:
    send(key, 10)
    remove(key, *range(6))
    wished = guarding.look(request=guarding.list_asked(company=company)[0])
    assert {note for _row, note in wished.shown} == {"wysłana omyłkowo"}
    assert RemovalWish.objects.count() == len(wished.shown) == wished.count == 6


@pytest.mark.parametrize("to", ["allowed", "refused"])
def test_a_decision_covers_what_the_page_showed_and_nothing_that_came_after(
    to: str, key: ExchangeKey, company: Company, alice: Person
) -> None:
    send(key, 80)
    remove(key, *range(6))
    page = logged_in(alice).get(reverse("company", args=[company.uid])).content.decode()
    assert "chce usunąć 6 dokumentów" in page
    remove(key, *range(6, 70))
    told = decided(company, alice, to, shown=page)
    assert "zmieniło się" in told and "chce usunąć 70 dokumentów" in told
    assert remove(key, *range(70)) == [ASKED] * 70
    assert not AuditEvent.objects.filter(action__startswith="removal_").exists()
    decided(company, alice, "allowed", shown=told)
    assert remove(key, *range(70)) == [("removed", "")] * 70


def test_as_many_others_are_not_what_the_page_showed(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, 20)
    remove(key, *range(6))
    request, shown = RemovalRequest.objects.get(), seal(company)
    put(key, document(invoice(number="N/0", net_minor=1), external_id="n0", revision_=revision(60)))
    remove(key, *range(1, 7))
    assert guarding.look(request=request).count == 6
    for sealed in (shown, "", "x" * 100_000):
        with pytest.raises(guarding.RemovalRequestChanged):
            guarding.decide(
                company=company, uid=request.uid, to=RemovalRequestState.ALLOWED, seal=sealed, person=alice, now=NOW
            )
    assert guarding.list_asked(company=company).exists()
