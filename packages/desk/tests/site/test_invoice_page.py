"""The page of one invoice."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from saldo_core.ids import new_uid
from saldo_desk.books import settlements
from saldo_desk.books.tables import HistoryEvent, Invoice, Operator
from saldo_desk.exchange.tables import OutboxBatch, Run, RunDocument, RunOutcome, RunState
from saldo_protocol.receipts import DocumentOutcome, Receipt

Record = Callable[[str], Invoice]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def page_of(window: Client, invoice: Invoice, **values: str) -> str:
    return window.get(reverse("invoice", kwargs={"uid": invoice.uid}), values).content.decode()


def send(invoice: Invoice, operator: Operator, *, outcome: str = RunOutcome.SENT) -> OutboxBatch:
    """A transmission of the invoice that the Platform has answered."""
    run = Run.objects.create(company=invoice.company, asked_by=operator, asked_at=NOW, state=RunState.DONE)
    uid = new_uid()
    said = DocumentOutcome(position=0, outcome="created", external_id=str(invoice.uid), revision="77")
    receipt = Receipt(batch_uid=uid, integration_uid=uid, body_digest="0" * 64, received_at=NOW, outcomes=(said,))
    batch = OutboxBatch.objects.create(
        company=invoice.company,
        uid=uid,
        integration_uid=uid,
        run=run,
        body=b"",
        made_at=NOW,
        receipt=msgspec.json.encode(receipt),
    )
    RunDocument.objects.create(
        run=run, invoice=invoice, marked=True, batch=batch, outcome=outcome, revision=77, result="created"
    )
    return batch


def test_history_tells_each_change_from_what_to_what(window: Client, anna: Operator, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    settlements.settle(
        company=invoice.company,
        payment_uid=payment.uid,
        amount_minor=100,
        settled_on=payment.due_on,
        operator=anna,
        now=NOW,
    )
    changes = HistoryEvent.objects.get(action="settled").values["changes"]
    assert changes == [
        {"field": "open_minor", "from": invoice.open_minor, "to": invoice.open_minor - 100},
        {"field": "settled_minor", "from": 0, "to": 100},
        {"field": "payment_state", "from": "open", "to": "partly"},
    ]
    settlements.unsettle(company=invoice.company, payment_uid=payment.uid, operator=anna, now=NOW)
    taken_back = HistoryEvent.objects.get(action="unsettled").values["changes"]
    assert taken_back == [{"field": row["field"], "from": row["to"], "to": row["from"]} for row in changes]
    page = re.sub(r"<[^>]+>", "", page_of(window, invoice))
    assert "Płatność: od nierozliczona → do częściowo" in page
    assert "Rozliczono: od 0,00\u00a0PLN → do 1,00\u00a0PLN" in page
    assert "Anna Nowak" in page


def test_an_event_of_before_changes_were_kept_is_told_without_them(window: Client, invoice: Invoice) -> None:
    HistoryEvent.objects.create(
        company=invoice.company, at=NOW, action="settled", invoice=invoice, values={"amount_minor": 100}
    )
    assert "płatność rozliczona: 1,00" in page_of(window, invoice)


def test_every_synchronisation_is_told_with_its_receipt(window: Client, anna: Operator, invoice: Invoice) -> None:
    assert "nie była jeszcze wysyłana" in page_of(window, invoice)
    batch = send(invoice, anna)
    RunDocument.objects.create(
        run=Run.objects.create(company=invoice.company, asked_at=NOW, state=RunState.DONE),
        invoice=invoice,
        marked=False,
        outcome=RunOutcome.REFUSED,
        message="Zły dokument",
    )
    page = page_of(window, invoice)
    assert page.count("<tr data-run=") == 2
    for text in (str(batch.uid), "2026-11-24 13:00:00", "Anna Nowak", "rewizja 77", "Zły dokument"):
        assert text in page, text


def test_the_receipt_is_shown_and_downloaded_as_it_came(window: Client, anna: Operator, invoice: Invoice) -> None:
    batch = send(invoice, anna)
    where = reverse("receipt", kwargs={"uid": batch.uid})
    assert "&quot;body_digest&quot;" in window.get(where).content.decode()
    answer = window.get(where, {"download": "1"})
    assert (answer.content, answer["Content-Type"]) == (bytes(batch.receipt or b""), "application/json")
    assert json.loads(answer.content)["batch_uid"] == str(batch.uid)
    OutboxBatch.objects.update(receipt=b"")  # the batch was given up
    assert window.get(where).status_code == 404
    assert page_of(window, invoice).count("<tr data-run=") == 1


def test_the_page_takes_as_many_queries_with_three_transmissions_as_with_one(
    window: Client, anna: Operator, invoice: Invoice
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(window, invoice)
        return len(captured)

    send(invoice, anna)
    with_one = queries()
    send(invoice, anna)
    send(invoice, anna)
    assert queries() == with_one


def test_the_invoices_before_and_after_follow_the_list_as_it_was_left(window: Client, record: Record) -> None:
    first, second, third = record("B/1"), record("A/2"), record("C/3")
    window.get(reverse("home"), {"sort": "number"})  # A/2, B/1, C/3
    page = page_of(window, first, at="2")
    assert f'id="invoice-before" rel="prev" href="/invoices/{second.uid}/?at=1"' in page
    assert f'id="invoice-after" rel="next" href="/invoices/{third.uid}/?at=3"' in page
    assert 'id="invoice-back" href="/?sort=number&amp;page=1"' in page
    assert "invoice-before" not in page_of(window, second, at="1")
    assert "invoice-after" not in page_of(window, third, at="3")


def test_an_invoice_that_stands_elsewhere_by_now_has_no_neighbours(window: Client, record: Record) -> None:
    first, _second = record("A/1"), record("A/2")
    for at in ("1", "99", "nonsense", "²"):
        page = page_of(window, first, at=at)
        assert "invoice-before" not in page and "invoice-after" not in page
    assert 'id="invoice-after"' not in page_of(window, first)


def test_from_the_schedule_one_goes_back_to_the_schedule(window: Client, invoice: Invoice) -> None:
    assert f'id="invoice-back" href="{reverse("payments")}"' in page_of(window, invoice, list="payments")
