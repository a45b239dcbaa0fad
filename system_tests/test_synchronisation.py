"""One synchronisation over real HTTP: what the Desk says was sent is what the Platform holds."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from django.utils import timezone

from saldo_core.ids import new_uid
from saldo_desk.books import settlements
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, documents, runs
from saldo_desk.exchange.platform_api import Declined, Transport
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.exchange.tables import OutboxBatch, Run, SentDocument
from saldo_protocol import batches, keys
from saldo_protocol.documents import Document
from system_tests.conftest import record
from system_tests.faults import FaultyTransport
from system_tests.processes import Platform

pytestmark = pytest.mark.django_db(transaction=True)


def synchronise(company: Company, marked: list[Invoice], transport: Transport | None = None) -> Run:
    run = runs.ask(company=company, invoice_pks=[row.pk for row in marked], operator=None, now=timezone.now())
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=timezone.now, transport=transport)


def state_of(invoice: Invoice) -> str:
    found = with_sync_state(Invoice.objects.filter(pk=invoice.pk)).get()
    return str(found.sync_state)  # type: ignore[attr-defined]


def settle(company: Company, invoice: Invoice) -> UUID:
    payment = invoice.payments.order_by("position")[0]
    settlements.settle(
        company=company,
        payment_uid=payment.uid,
        amount_minor=None,
        settled_on=date(2026, 11, 2),
        operator=None,
        now=timezone.now(),
    )
    return payment.uid


def test_marked_invoices_go_then_nothing_goes_then_only_the_settled_one(company: Company) -> None:
    marked = record(company, count=3)
    left_out = record(company)[0]

    first = runs.counts_of(synchronise(company, marked))
    assert (first.sent, first.payments, first.refused) == (3, 3, 0)
    assert [state_of(row) for row in [*marked, left_out]] == ["sent", "sent", "sent", "never"]

    transport = FaultyTransport()
    second = runs.counts_of(synchronise(company, marked, transport))
    assert (second.sent, second.unchanged, transport.puts) == (0, 3, [])

    settle(company, marked[1])
    assert state_of(marked[1]) == "changed"
    third = synchronise(company, [])
    assert [row.invoice_id for row in third.documents.all()] == [marked[1].pk]
    assert third.documents.get().result == "updated"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_lost_answer_loses_nothing_and_doubles_nothing(company: Company, fault: str) -> None:
    marked = record(company, count=2)
    transport = FaultyTransport([fault])  # type: ignore[list-item]
    run = synchronise(company, marked, transport)
    assert (run.state, run.reason) == ("waiting", "unreachable")
    assert run.next_try_at is not None

    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    again = runs.carry_out(run=claimed, clock=timezone.now, transport=transport)
    assert again.state == "done"
    assert transport.puts[0] == transport.puts[1], "the same uid goes again"
    assert {row.result for row in again.documents.all()} == {"created"}
    assert not OutboxBatch.objects.filter(receipt=None).exists()


def test_the_same_batch_twice_gets_the_same_receipt(company: Company) -> None:
    run = synchronise(company, record(company, count=2), FaultyTransport(["twice"]))
    assert {row.result for row in run.documents.all()} == {"created"}


def test_the_same_batch_twice_at_once_gets_one_receipt_and_is_stored_once(company: Company) -> None:
    sent = tuple(row.document for row in documents.read([row.pk for row in record(company, count=100)]))
    uid = new_uid()
    body = batches.encode(uid=uid, nip=company.nip, sender=batches.Sender(program="test", version="1"), documents=sent)
    apis = [connection.api_of(company=company) for _sender in range(4)]
    with ThreadPoolExecutor(max_workers=4) as senders:
        answers = {raw for _receipt, raw in senders.map(lambda api: api.put_batch(uid, body), apis)}
    assert len(answers) == 1
    again = new_uid()
    body = body.replace(str(uid).encode(), str(again).encode())
    receipt, _raw = apis[0].put_batch(again, body)
    assert {row.outcome for row in receipt.outcomes} == {"unchanged"}


def test_another_content_under_a_used_uid_is_refused(company: Company) -> None:
    synchronise(company, record(company))
    batch = OutboxBatch.objects.get()
    api = connection.api_of(company=company)
    with pytest.raises(Declined) as caught:
        api.put_batch(batch.uid, bytes(batch.body).replace(b"saldo-desk", b"saldo-desX"))
    assert (caught.value.code, caught.value.status) == ("batch_uid_reused", 409)


def test_499_good_documents_are_stored_beside_a_bad_one(company: Company) -> None:
    good = [row.document for row in documents.read([row.pk for row in record(company, count=499)])]
    bad = Document(kind="invoice", external_id="bad", revision=good[0].revision, content=good[0].content)
    broken = bytes(bad.content).replace(b'"currency":"PLN"', b'"currency":"zlote"')
    bad = Document(kind="invoice", external_id="bad", revision=bad.revision, content=type(bad.content)(broken))
    uid = new_uid()
    body = batches.encode(
        uid=uid,
        nip=company.nip,
        sender=batches.Sender(program="test", version="1"),
        documents=(*good[:250], bad, *good[250:]),
    )
    receipt, _raw = connection.api_of(company=company).put_batch(uid, body)
    refused = [row for row in receipt.outcomes if row.outcome == "refused"]
    assert [row.outcome for row in receipt.outcomes].count("created") == 499
    assert [(row.position, row.code, row.pointer) for row in refused] == [
        (250, "invalid_document", "/content/currency")
    ]


def test_an_unsettled_payment_goes_back_and_a_late_old_revision_does_not_return(company: Company) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    payment = settle(company, invoice)
    synchronise(company, [])
    settled_batch = OutboxBatch.objects.order_by("pk").last()
    assert settled_batch is not None
    settlements.unsettle(company=company, payment_uid=payment, operator=None, now=timezone.now())
    synchronise(company, [])

    uid = new_uid()
    late = bytes(settled_batch.body).replace(str(settled_batch.uid).encode(), str(uid).encode())
    receipt, _raw = connection.api_of(company=company).put_batch(uid, late)
    assert [row.outcome for row in receipt.outcomes] == ["stale"]


def test_the_platform_down_and_back(company: Company, platform: Platform) -> None:
    marked = record(company, count=2)
    platform.stop(signal.SIGKILL)
    try:
        run = synchronise(company, marked)
        assert (run.state, run.reason) == ("waiting", "unreachable")
        assert [state_of(row) for row in marked] == ["waiting", "waiting"]
    finally:
        platform.start()
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    assert runs.carry_out(run=claimed, clock=timezone.now).state == "done"
    assert SentDocument.objects.filter(company=company, sent_revision__isnull=False).count() == 2


def test_a_wrong_key_is_told_apart_and_not_kept(company: Company, platform: Platform) -> None:
    with pytest.raises(connection.KeyMalformed):
        connection.configure(company=company, platform_url=platform.url, key_text="saldo_live_x", now=timezone.now())
    with pytest.raises(Declined) as caught:
        connection.configure(company=company, platform_url=platform.url, key_text=keys.make().text, now=timezone.now())
    assert caught.value.code == "key_unknown"
    assert connection.check(company=company, now=timezone.now()).company.nip == company.nip


def test_the_same_books_under_other_ids_are_refused_by_name(company: Company) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    SentDocument.objects.all().delete()
    first_uid = invoice.uid
    invoice.uid = new_uid()
    invoice.save(update_fields=["uid"])
    run = synchronise(company, [invoice])
    row = run.documents.get()
    assert (row.outcome, row.code) == ("refused", "same_invoice_other_id")
    assert invoice.number in row.message
    assert str(first_uid) in row.message
    assert state_of(invoice) == "refused"


def test_a_stopped_run_keeps_what_was_sent_and_sends_the_rest_when_asked_again(company: Company) -> None:
    marked = record(company, count=3)
    run = runs.ask(company=company, invoice_pks=[row.pk for row in marked], operator=None, now=timezone.now())
    runs.stop(run=run, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, runs.counts_of(run).pending) == ("stopped", 3)
    assert [state_of(row) for row in marked] == ["never"] * 3
    again = synchronise(company, marked)
    assert [row.message for row in again.documents.all()] == [""] * 3
    assert runs.counts_of(again).sent == 3
