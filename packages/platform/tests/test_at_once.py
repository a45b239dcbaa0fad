"""Batches of one company that come at once: one after the other under its lock, or „busy” and nothing stored."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from packages.platform.tests.test_ingest import document, invoice, outcomes, put, revision
from saldo_platform.companies.tables import Company
from saldo_platform.exchange.tables import Batch, Change, Feed, Invoice, Payment
from saldo_protocol.keys import ExchangeKey

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgresql_only,  # SQLite has one writer at a time
]

AT_ONCE = 4


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What ``AT_ONCE`` threads get, each with a connection of its own, all let go together."""
    ready = threading.Barrier(AT_ONCE)

    def run(number: int) -> Any:
        try:
            connection.ensure_connection()
            ready.wait()
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


@contextmanager
def locked(company: Company) -> Iterator[None]:
    """Another connection holds the company's lock."""
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Feed.objects.select_for_update().get(company=company)
                held.set()
                enough.wait()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        held.wait()
        try:
            yield
        finally:
            enough.set()
            holding.result()


def test_the_first_batches_of_a_company_all_get_in(key: ExchangeKey, company: Company) -> None:
    answers = at_once(
        lambda n: put(key, *(document(invoice(number=f"{n}/{i}"), external_id=f"{n}-{i}") for i in range(20)))
    )
    assert [outcomes(answer) for answer in answers] == [[("created", "")] * 20] * AT_ONCE
    count = 20 * AT_ONCE
    assert [kind.objects.count() for kind in (Invoice, Payment)] == [count] * 2  # type: ignore[attr-defined]
    assert list(Change.objects.order_by("n").values_list("n", flat=True)) == list(range(1, count + 1))
    assert Feed.objects.get(company=company).last_n == count


def test_one_invoice_sent_at_once_under_several_ids_is_taken_once(key: ExchangeKey) -> None:
    answers = at_once(lambda n: put(key, document(invoice(), external_id=f"id{n}")))
    told = sorted(outcomes(answer)[0] for answer in answers)
    assert told == [("created", ""), *[("refused", "same_invoice_other_id")] * (AT_ONCE - 1)]


def test_one_batch_sent_at_once_gets_one_receipt(key: ExchangeKey) -> None:
    uid, sent = uuid4(), document(invoice(), revision_=revision())
    answers = at_once(lambda _n: put(key, sent, uid=uid))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert (Batch.objects.count(), Invoice.objects.count(), Change.objects.count()) == (1, 1, 1)


def test_a_lock_that_is_held_for_too_long_is_busy_and_nothing_is_stored(key: ExchangeKey, company: Company) -> None:
    at, uid = revision(), uuid4()
    put(key, document(invoice(), revision_=at))
    changed = document(invoice(number="FV/2"), revision_=at + 1)
    with locked(company):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = put(key, changed, uid=uid)
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "busy")
    assert (Batch.objects.count(), Invoice.objects.get().number) == (1, "FV/1")
    assert outcomes(put(key, changed, uid=uid)) == [("updated", "")]
