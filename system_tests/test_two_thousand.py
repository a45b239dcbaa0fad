"""Two thousand invoices, stopped half-way and resumed: exactly the rest goes, and nothing twice."""

from collections import Counter

import msgspec
import pytest
from django.utils import timezone

from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, outbox, run_log, runs
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.exchange.tables import OutboxBatch, Run, RunDocument
from saldo_protocol.batches import Batch
from saldo_protocol.documents import Document
from system_tests.bulk import fill
from system_tests.faults import Intercepting
from system_tests.test_link_trouble import carry_on

pytestmark = pytest.mark.django_db(transaction=True)

COUNT, BATCHES_BEFORE_STOP = 2000, 5


def sent_ids() -> list[str]:
    """The external id of every document of every batch that was answered."""
    batches = (msgspec.json.decode(bytes(row.body), type=Batch) for row in OutboxBatch.objects.all())
    return [msgspec.json.decode(raw, type=Document).external_id for batch in batches for raw in batch.documents]


def states(company: Company) -> Counter[str]:
    return Counter(with_sync_state(Invoice.objects.filter(company=company)).values_list("sync_state", flat=True))


def test_two_thousand_invoices_stopped_half_way_and_resumed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 200)
    pks = fill(company, COUNT)
    puts = []

    def stop_after_five(method: str, url: str) -> None:
        puts.extend([url] if method == "PUT" and "/batches/" in url else [])
        if len(puts) == BATCHES_BEFORE_STOP:
            runs.stop(run=Run.objects.get(), now=timezone.now())

    asked = runs.ask(company=company, invoice_pks=pks, operator=None, now=timezone.now())
    first = carry_on(asked, Intercepting(after=stop_after_five))
    counts = runs.counts_of(first)
    assert (first.state, counts.total, counts.sent, counts.pending) == ("stopped", 2000, 1000, 1000)
    assert states(company) == {"sent": 1000, "never": 1000}
    not_sent = set(first.documents.filter(outcome="pending").values_list("invoice_id", flat=True))

    second = carry_on(runs.retry(run=first, operator=None, now=timezone.now()))
    counts = runs.counts_of(second)
    assert (second.state, counts.total, counts.sent, counts.unchanged) == ("done", 1000, 1000, 0)
    assert set(second.documents.values_list("invoice_id", flat=True)) == not_sent
    assert states(company) == {"sent": 2000}
    ids = sent_ids()
    assert (len(ids), len(set(ids))) == (2000, 2000)
    assert set(RunDocument.objects.filter(outcome="sent").values_list("result", flat=True)) == {"created"}
    assert [run_log.list_batches(run=run).count() for run in (first, second)] == [5, 5]
    assert not run_log.has_failed(second)
    with connection.api_of(company=company) as api:
        receipts = [api.get_batch(batch.uid)[0] for batch in OutboxBatch.objects.all()]
    assert Counter(row.outcome for receipt in receipts for row in receipt.outcomes) == {"created": 2000}


def test_asking_anew_for_all_sends_the_rest_too(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 200)
    pks = fill(company, 450)

    def stop(method: str, url: str) -> None:
        if method == "PUT" and "/batches/" in url:
            runs.stop(run=Run.objects.get(), now=timezone.now())

    asked = runs.ask(company=company, invoice_pks=pks, operator=None, now=timezone.now())
    assert runs.counts_of(carry_on(asked, Intercepting(after=stop))).sent == 200
    again = carry_on(runs.ask(company=company, invoice_pks=pks, operator=None, now=timezone.now()))
    counts = runs.counts_of(again)
    assert (counts.sent, counts.unchanged) == (250, 200)
