"""Tombstones over the API: removed once, never by silence, back only under a newer revision or by a person."""

import datetime as dt
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from packages.platform.tests.conftest import NOW, logged_in
from packages.platform.tests.test_ingest import document, invoice, outcomes, put, revision, settled
from saldo_platform.companies import keys
from saldo_platform.companies.tables import AuditEvent, Company, Person
from saldo_platform.exchange import removals
from saldo_platform.exchange.tables import Change, Invoice, Payment, Removal
from saldo_protocol import digest, documents
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db


def tombstone(*, external_id: str = "a", revision_: int = 0, **content: Any) -> documents.Document:
    values = {"reason": "withdrawn", "note": "wysłana omyłkowo", **content}
    return documents.Document(
        kind="tombstone",
        external_id=external_id,
        revision=str(revision_ or revision(9)),
        content=msgspec.Raw(digest.canonical(documents.Tombstone(**values))),
    )


def numbers(company: Company, person: Person, name: str = "invoices") -> bool:
    return "FV/1" in logged_in(person).get(reverse(name, args=[company.uid])).content.decode()


def test_a_tombstone_takes_an_invoice_out_of_every_list_and_keeps_it(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    assert outcomes(put(key, tombstone(revision_=at + 1))) == [("removed", "")]
    pages = ("invoices", "payments-incoming", "removed")
    assert [numbers(company, alice, name) for name in pages] == [False, False, True]
    assert not Payment.objects.exists()
    removal = Removal.objects.get()
    assert (removal.reason, removal.note, removal.n) == ("withdrawn", "wysłana omyłkowo", 2)
    assert list(Change.objects.order_by("n").values_list("kind", flat=True)) == ["invoice_created", "invoice_removed"]


def test_a_repeat_removes_nothing_twice_whatever_its_revision(key: ExchangeKey) -> None:
    at, uid = revision(), uuid4()
    put(key, document(invoice(), revision_=at))
    first = put(key, tombstone(revision_=at + 2), uid=uid)
    assert put(key, tombstone(revision_=at + 2), uid=uid).content == first.content
    again = [outcomes(put(key, tombstone(revision_=at + step))) for step in (2, 1, 3)]
    assert again == [[("unchanged", "")]] * 3
    assert (Removal.objects.count(), Invoice.objects.get().revision) == (1, at + 3)


@pytest.mark.parametrize("step", [-1, 0])
def test_a_tombstone_that_is_not_newer_is_stale(key: ExchangeKey, step: int) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    assert outcomes(put(key, tombstone(revision_=at + step))) == [("stale", "stale")]
    assert Invoice.objects.get().removed_at is None


def test_a_late_repeat_of_the_invoice_does_not_bring_it_back(key: ExchangeKey) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 2))
    for late in (document(invoice(), revision_=at), document(settled(), revision_=at + 1)):
        assert outcomes(put(key, late)) == [("stale", "stale")]
    assert Invoice.objects.get().removed_at is not None


@pytest.mark.parametrize("content", [invoice(), settled()])
def test_a_newer_revision_brings_it_back_also_with_the_same_content(
    content: documents.Invoice, key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    assert outcomes(put(key, document(content, revision_=at + 2))) == [("created", "")]
    assert [numbers(company, alice, name) for name in ("invoices", "removed")] == [True, False]
    assert (Payment.objects.count(), Invoice.objects.count()) == (1, 1)
    assert Change.objects.order_by("-n")[0].kind == "invoice_restored"
    assert outcomes(put(key, tombstone(revision_=at + 1))) == [("stale", "stale")]


@pytest.mark.parametrize("kind", ["unknown", "of another company"])
def test_a_tombstone_for_what_never_came_is_refused_by_name(
    kind: str, key: ExchangeKey, company: Company, charlie: Person
) -> None:
    from packages.platform.tests.conftest import make_company

    if kind == "unknown":
        assert outcomes(put(key, tombstone())) == [("refused", "nothing_to_remove")]
    else:
        put(key, document(invoice()))
        other = keys.issue(company=make_company(charlie, "1111111111"), name="x", person=charlie, now=NOW)
        assert outcomes(put(other, tombstone(), nip="1111111111")) == [("refused", "nothing_to_remove")]
    assert not Removal.objects.exists()


def test_a_new_key_removes_what_an_earlier_one_sent_only_when_it_names_the_number(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    put(key, document(invoice()))
    new = keys.issue(company=company, name="Desk 2", person=alice, now=NOW)
    for number in ("", "FV/2"):
        assert outcomes(put(new, tombstone(number=number))) == [("refused", "nothing_to_remove")]
    assert outcomes(put(new, tombstone(number="FV/1"))) == [("removed", "")]


def test_what_is_wrong_with_a_tombstone_is_named(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    raw = msgspec.Raw(b'{"reason": "gone"}')
    sent = documents.Document(kind="tombstone", external_id="a", revision=str(revision(9)), content=raw)
    answer = put(key, sent)
    assert outcomes(answer) == [("refused", "invalid_document")]
    assert answer.json()["outcomes"][0]["pointer"] == "/content/reason"


def test_the_number_is_free_once_its_invoice_is_removed_also_in_the_same_batch(key: ExchangeKey) -> None:
    at = revision()
    put(key, document(invoice(), external_id="old", revision_=at))
    answer = put(
        key, document(invoice(), external_id="new", revision_=at), tombstone(external_id="old", revision_=at + 1)
    )
    assert outcomes(answer) == [("created", ""), ("removed", "")]
    back = put(key, document(invoice(), external_id="old", revision_=at + 2))
    assert outcomes(back) == [("refused", "same_invoice_other_id")]


def test_silence_removes_nothing(key: ExchangeKey) -> None:
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}") for n in range(3)))
    put(key, document(invoice(number="N/0"), external_id="n0"))
    assert Invoice.objects.filter(removed_at=None).count() == 3


def test_an_administrator_restores_and_a_late_repeat_takes_nothing_away_again(
    key: ExchangeKey, company: Company, alice: Person, bob: Person
) -> None:
    at = revision()
    put(key, document(settled(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    page = reverse("restore", args=[company.uid, Invoice.objects.get().uid])
    logged_in(bob).post(page)
    assert Invoice.objects.get().removed_at is not None
    assert "FV/1 jest z powrotem" in logged_in(alice).post(page, follow=True).content.decode()
    row, payment = Invoice.objects.get(), Payment.objects.get()
    assert (row.removed_at, payment.amount_minor, payment.open_minor) == (None, 12300, 0)
    assert outcomes(put(key, tombstone(revision_=at + 1))) == [("stale", "stale")]
    assert AuditEvent.objects.get(action="invoice_restored").values["number"] == "FV/1"
    assert Change.objects.order_by("-n")[0].kind == "invoice_restored"
    assert "nie ma wśród usuniętych" in logged_in(alice).post(page, follow=True).content.decode()


@pytest.mark.parametrize("kind", ["invoice", "simplified"])
def test_what_came_again_under_another_id_is_not_restored_beside_it(
    key: ExchangeKey, company: Company, alice: Person, kind: str
) -> None:
    at = revision()
    put(key, document(invoice(), external_id="old", revision_=at))
    put(key, tombstone(external_id="old", revision_=at + 1))
    put(key, document(invoice(type=kind), external_id="new", revision_=at))
    removed = Removal.objects.get()
    with pytest.raises(removals.NumberTaken):
        removals.restore(company=company, invoice_uid=removed.invoice_uid, person=alice, now=removed.at)


def test_what_came_again_under_another_type_is_not_restored_beside_it(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), external_id="old", revision_=at))
    put(key, tombstone(external_id="old", revision_=at + 1))
    put(key, document(invoice(type="correction"), external_id="new", revision_=at))
    removed = Removal.objects.get()
    with pytest.raises(removals.NumberTaken):
        removals.restore(company=company, invoice_uid=removed.invoice_uid, person=alice, now=removed.at)


def test_a_stranger_restores_nothing(key: ExchangeKey, company: Company, charlie: Person) -> None:
    put(key, document(invoice()))
    put(key, tombstone())
    page = reverse("restore", args=[company.uid, Invoice.objects.get().uid])
    assert (logged_in(charlie).post(page).status_code, Client().post(page).status_code) == (404, 302)
    assert Invoice.objects.get().removed_at is not None


def test_after_thirty_days_the_content_goes_and_the_trace_stays(
    key: ExchangeKey, company: Company, alice: Person
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    put(key, tombstone(revision_=at + 1))
    removed_at = Removal.objects.get().at
    assert removals.purge(now=removed_at + dt.timedelta(days=30, seconds=-1)) == 0
    assert removals.purge(now=removed_at + dt.timedelta(days=30)) == 1
    assert removals.purge(now=removed_at + dt.timedelta(days=31)) == 0
    row = Invoice.objects.get()
    assert (bytes(row.content), row.number, row.counterparty_name, row.gross_minor) == (b"", "", "", 0)
    assert (row.external_id, row.revision, row.digest) == ("a", at + 1, digest.of(invoice()))
    assert Removal.objects.get().note == ""
    with pytest.raises(removals.RemovalNotFound):
        removals.restore(company=company, invoice_uid=row.uid, person=alice, now=removed_at)
    assert outcomes(put(key, document(invoice(), revision_=at))) == [("stale", "stale")]
    new = keys.issue(company=company, name="Desk 2", person=alice, now=NOW)
    assert outcomes(put(new, document(invoice(), revision_=at))) == [("stale", "stale")]
    assert outcomes(put(key, document(invoice(), revision_=at + 2))) == [("created", "")]
    assert (Invoice.objects.get().number, Removal.objects.get().ended_at is None) == ("FV/1", False)
