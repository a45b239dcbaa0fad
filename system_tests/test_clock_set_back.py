"""The clock is set back, or was ahead: nothing goes stale, nothing is lost, no run storms or sleeps for ever."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from saldo_desk.books import settlements
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import runs
from saldo_desk.exchange.tables import Run, RunState
from system_tests.agreement import assert_agree
from system_tests.conftest import record
from system_tests.faulty_wire import FaultyWire
from system_tests.processes import Platform, environment_of
from system_tests.sides import desk_side
from system_tests.sides.console import Console
from system_tests.test_synchronisation import state_of

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = timedelta(minutes=9)
"""As far as the clocks may be apart."""
FAR = timedelta(hours=2)
TRIES_MAX = 5


@pytest.fixture
def console(platform: Platform) -> Iterator[Console]:
    """The inside of the Platform."""
    opened = Console("platform_side", environment_of("platform", platform.home))
    yield opened
    opened.close()


def settle(company: Company, invoice: Invoice, *, now: datetime) -> UUID:
    payment = invoice.payments.order_by("position")[0]
    settlements.settle(
        company=company,
        payment_uid=payment.uid,
        amount_minor=1,
        settled_on=date(2026, 10, 20),
        operator=None,
        now=now,
    )
    return payment.uid


def revision_of(invoice: Invoice) -> int:
    return Invoice.objects.get(pk=invoice.pk).revision


def synchronise(company: Company, marked: list[Invoice], *, shift: timedelta, wire: FaultyWire | None = None) -> Run:
    """One try, by a clock that is wrong by so much."""
    run = runs.ask(company=company, invoice_pks=[row.pk for row in marked], operator=None, now=timezone.now() + shift)
    claimed = runs.claim(run=run, now=timezone.now() + shift)
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=lambda: timezone.now() + shift, transport=wire)


def results_of(run: Run) -> list[str]:
    return [row.result for row in run.documents.exclude(result="").order_by("invoice_id")]


@pytest.mark.parametrize(("before", "after"), [(timedelta(), -WITHIN), (WITHIN, timedelta()), (WITHIN, -WITHIN)])
def test_what_changes_after_the_clock_was_set_back_is_newer_all_the_same(
    company: Company, console: Console, before: timedelta, after: timedelta
) -> None:
    [invoice] = record(company)
    settle(company, invoice, now=timezone.now() + before)
    assert results_of(synchronise(company, [invoice], shift=before)) == ["created"]
    first = revision_of(invoice)
    payment = settle(company, invoice, now=timezone.now() + after)
    second = revision_of(invoice)
    assert results_of(synchronise(company, [], shift=after)) == ["updated"]
    settlements.unsettle(company=company, payment_uid=payment, operator=None, now=timezone.now() + after)
    assert results_of(synchronise(company, [], shift=after)) == ["updated"]
    assert first < second < revision_of(invoice)
    held = console("look", nip=company.nip)["held"][str(invoice.uid)]
    assert held == desk_side.look(company.nip)["sent"][str(invoice.uid)]


def test_both_clocks_set_back_by_hours_wait_and_then_go_on(
    company: Company, platform: Platform, console: Console
) -> None:
    """Both were ahead, as on one machine whose clock was wrong. What was sent meanwhile has revisions of the future."""
    [invoice] = record(company)
    platform.set_clock_ahead(int(FAR.total_seconds()))
    try:
        settle(company, invoice, now=timezone.now() + FAR)
        assert results_of(synchronise(company, [invoice], shift=FAR)) == ["created"]
    finally:
        platform.set_clock_ahead(0)
    settle(company, invoice, now=timezone.now())
    run = synchronise(company, [], shift=timedelta())
    row = run.documents.get()
    assert (row.result, row.code) == ("refused", "clock_ahead"), "said, and not lost"
    assert state_of(invoice) == "refused"
    platform.set_clock_ahead(int(FAR.total_seconds()))
    try:
        assert results_of(synchronise(company, [invoice], shift=FAR)) == ["updated"]
    finally:
        platform.set_clock_ahead(0)
    assert state_of(invoice) == "sent"
    held = console("look", nip=company.nip)["held"][str(invoice.uid)]
    assert held == desk_side.look(company.nip)["sent"][str(invoice.uid)]


def test_a_receipt_from_before_the_clock_was_set_back_is_taken(company: Company, console: Console) -> None:
    [invoice] = record(company)
    wire = FaultyWire()
    wire.follow(["drop_after"])
    run = synchronise(company, [invoice], shift=WITHIN, wire=wire)
    assert run.state == RunState.WAITING
    again = runs.claim(run=run, now=timezone.now() - WITHIN)
    assert again is not None
    assert runs.carry_out(run=again, clock=lambda: timezone.now() - WITHIN).state == RunState.DONE
    assert state_of(invoice) == "sent"
    platform, desk = console("look", nip=company.nip), desk_side.look(company.nip)
    assert platform["held"][str(invoice.uid)] == desk["sent"][str(invoice.uid)]
    assert desk["receipts"].items() <= platform["receipts"].items()


@pytest.mark.parametrize("back", [timedelta(hours=1, minutes=1), timedelta(days=3), timedelta(days=400)])
def test_a_run_that_waits_is_due_when_the_clock_was_set_back_far(company: Company, back: timedelta) -> None:
    wire = FaultyWire()
    wire.follow(["drop_before"])
    run = synchronise(company, record(company), shift=timedelta(), wire=wire)
    assert run.state == RunState.WAITING
    claimed = runs.claim_due(now=timezone.now() - back)
    assert claimed is not None
    assert claimed.pk == run.pk


def test_a_clock_that_jumps_ahead_tries_once_and_not_on_and_on(company: Company) -> None:
    wire = FaultyWire()
    wire.follow(["drop_before"] * TRIES_MAX)
    run = synchronise(company, record(company), shift=timedelta(), wire=wire)
    ahead = timezone.now() + timedelta(days=2)
    tries = 0
    while tries < TRIES_MAX and runs.carry_out_due(clock=lambda: ahead, transport=wire):
        tries += 1
    assert tries == 1
    run.refresh_from_db()
    assert run.state == RunState.WAITING
    assert run.next_try_at is not None and run.next_try_at > ahead


def test_all_agrees_after_a_day_of_jumping_clocks(company: Company, console: Console) -> None:
    rows = record(company, count=4)
    for minutes in (0, 8, -8, 3, -5):
        shift = timedelta(minutes=minutes)
        for row in rows:
            settle(company, row, now=timezone.now() + shift)
        assert synchronise(company, rows, shift=shift).state == RunState.DONE
    assert {state_of(row) for row in rows} == {"sent"}
    platform, desk = console("look", nip=company.nip), desk_side.look(company.nip)
    for row in rows:
        assert platform["held"][str(row.uid)] == desk["sent"][str(row.uid)]
    assert_agree({**desk, "sent": platform["held"]}, platform, withdrawn=True, restored=True)
