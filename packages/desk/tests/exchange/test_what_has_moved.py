"""What has moved since it was answered is found behind the last revision that is known to be answered."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory, losing_batch
from saldo_desk.books import revisions
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import choosing, coming_back, runs
from saldo_desk.exchange.tables import Link, Run, RunDocument, RunState
from saldo_protocol import changes

Send = Callable[[int], list[Invoice]]


def carry_out(run: Run, platform: PlatformInMemory) -> Run:
    claimed = runs.claim(run=run, now=NOW)
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)


def synchronise(company: Company, platform: PlatformInMemory, *invoices: Invoice) -> Run:
    pks = [invoice.pk for invoice in invoices]
    return carry_out(runs.ask(company=company, invoice_pks=pks, operator=None, now=NOW), platform)


def touch(company: Company, *invoices: Invoice) -> None:
    """As a verb does that changes them."""
    revision = revisions.take(company=company, now=NOW)
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in invoices]).update(revision=revision)


def through(company: Company) -> int:
    return Link.objects.get(company=company).answered_through


def moved(company: Company) -> set[int]:
    """By looking at all of the books."""
    rows = Invoice.objects.filter(company=company, sent__answered_revision__lt=F("revision"))
    return set(rows.values_list("pk", flat=True))


def test_a_run_that_ends_says_how_far_all_is_answered_and_the_next_change_lies_behind(
    company: Company, send: Send
) -> None:
    invoices = send(3)
    platform = PlatformInMemory(*invoices)
    touch(company, invoices[0])
    synchronise(company, platform)
    assert through(company) == revisions.last_of(company=company)
    touch(company, invoices[1])
    assert synchronise(company, platform).documents.get().invoice == invoices[1]
    assert moved(company) == set()


def test_a_run_that_does_not_end_says_nothing(company: Company, send: Send) -> None:
    invoices = send(1)
    platform = PlatformInMemory(*invoices)
    platform.hook = losing_batch(1)
    touch(company, *invoices)
    assert synchronise(company, platform).state == RunState.WAITING
    assert through(company) == 0


def test_trying_only_the_failed_again_says_nothing(company: Company, send: Send) -> None:
    invoices = send(2)
    platform = PlatformInMemory(*invoices, refuse={invoices[0].number})
    touch(company, invoices[0])
    run = synchronise(company, platform)
    known = through(company)
    touch(company, invoices[1])
    again = runs.retry(run=run, operator=None, now=NOW)
    carry_out(again, platform)
    assert through(company) == known
    assert moved(company) == {invoices[1].pk}


def test_what_comes_back_is_looked_for_everywhere(company: Company, send: Send) -> None:
    invoices = send(2)
    synchronise(company, PlatformInMemory(*invoices))
    Link.objects.update(answered_through=1 << 62)
    page = changes.Changes(
        changes=(changes.DocumentChange(5, changes.RESTORED, str(invoices[0].uid), str(invoices[0].revision), NOW),),
        last=5,
        more=False,
    )
    assert coming_back.keep(company=company, integration_uid=INTEGRATION, after=0, page=page, now=NOW)
    assert through(company) == 0


def test_all_invoices_are_marked_by_the_database_in_a_fixed_number_of_statements(
    company: Company, record: Callable[[str], Invoice]
) -> None:
    counts = []
    for size in (1, 4):
        for at in range(size):
            record(f"ALL/{size}/{at}")
        with CaptureQueriesContext(connection) as captured:
            run = runs.ask_for_all(company=company, operator=None, now=NOW)
        counts.append(len(captured))
        assert RunDocument.objects.filter(run=run, marked=True).count() == Invoice.objects.count()
        run.refresh_from_db()
        runs.stop(run=run, now=NOW)
    assert counts[0] == counts[1]


@pytest.mark.sqlite_only
def test_what_has_moved_is_found_along_an_index(company: Company, send: Send) -> None:
    send(1)
    run = Run.objects.create(company=company, asked_at=NOW)
    with CaptureQueriesContext(connection) as captured:
        choosing.add_changed(run)
    for query in captured.captured_queries:
        if "INSERT" in query["sql"] or "saldo_desk_invoice" not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        assert any("invoice_by_revision" in step for step in steps), steps
