"""What joins a run that waits, marks that outlive it, and what must never come back by itself."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory, losing_batch, offline
from saldo_desk.books import companies, marks, settlements
from saldo_desk.books.tables import Company, Invoice, ListName, Operator
from saldo_desk.exchange import connection, key_files, outbox, previewing, runs, withdrawing
from saldo_desk.exchange.platform_api import Answer
from saldo_desk.exchange.summaries import summary_of
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.exchange.tables import Forecast, Run
from saldo_protocol import keys

pytestmark = pytest.mark.django_db(transaction=True)

Record = Callable[[str], Invoice]
Send = Callable[[int], list[Invoice]]
ANOTHER = UUID("018f0000-0000-7000-8000-000000000002")


@pytest.fixture
def anna(db: None) -> Operator:
    return companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")


def go(run: Run, platform: PlatformInMemory) -> Run:
    run.refresh_from_db()
    claimed = runs.claim(run=run, now=NOW)
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)


def change(invoice: Invoice) -> None:
    payment = invoice.payments.order_by("position")[0]
    settlements.settle(
        company=invoice.company,
        payment_uid=payment.uid,
        amount_minor=100,
        settled_on=date(2026, 11, 24),
        operator=None,
        now=NOW,
    )


def mark(operator: Operator, *some: Invoice) -> None:
    uids = [row.uid for row in some]
    marks.change(company=some[0].company, operator=operator, name=ListName.INVOICES, mark=uids, unmark=[])


def ask_marked(company: Company, operator: Operator) -> Run:
    """„Synchronise”: what is marked, and what changed."""
    marked = marks.marked_invoice_pks(company=company, operator=operator, name=ListName.INVOICES)
    return runs.ask(company=company, invoice_pks=marked, operator=operator, now=NOW)


def withdraw(operator: Operator | None, *some: Invoice) -> Run:
    return withdrawing.withdraw(
        company=some[0].company,
        invoice_pks=[row.pk for row in some],
        reason="pomyłka",
        confirmed_count=len(some),
        operator=operator,
        now=NOW,
    )


def state_of(invoice: Invoice) -> str:
    return str(with_sync_state(Invoice.objects.filter(pk=invoice.pk)).get().sync_state)  # type: ignore[attr-defined]


def connect(company: Company, platform: PlatformInMemory, port: int = 9) -> None:
    url, key = f"http://127.0.0.1:{port}", keys.make().text
    connection.configure(company=company, platform_url=url, key_text=key, now=NOW, transport=platform)


@pytest.mark.parametrize("who", ["anna", "bob"])
def test_what_is_withdrawn_into_a_run_that_waits_is_not_brought_back_by_a_mark(
    company: Company, send: Send, anna: Operator, who: str
) -> None:
    bob = companies.add_operator(login="bob", name="Bob", password="zielone-jablko-i-kot")
    operator = anna if who == "anna" else bob
    changed, other = send(2)
    platform = PlatformInMemory(changed, other)
    platform.hook = offline
    change(changed)
    run = runs.ask(company=company, invoice_pks=[other.pk], operator=anna, now=NOW)
    assert go(run, platform).state == "waiting"
    mark(operator, changed)
    platform.hook = lambda _method, _url: None
    go(withdraw(operator, changed), platform)
    assert state_of(changed) == "withdrawn"
    go(ask_marked(company, operator), platform)
    assert state_of(changed) == "withdrawn"


def test_asking_again_for_a_withdrawal_that_waits_brings_nothing_back(
    company: Company, send: Send, anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 2)
    sent = send(3)
    platform = PlatformInMemory(*sent)
    mark(anna, *sent)
    platform.hook = losing_batch(2)
    assert go(withdraw(anna, *sent), platform).state == "waiting"
    current_row = [sent[0].pk]  # nothing is marked any more, so the command takes the row
    go(runs.ask(company=company, invoice_pks=current_row, operator=anna, now=NOW), platform)
    assert [state_of(row) for row in sent] == ["withdrawn"] * 3


def test_what_joined_as_changed_and_was_refused_goes_again_when_it_is_marked(
    company: Company, send: Send, anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 1)
    refused, lost = send(2)
    change(refused)
    change(lost)
    platform = PlatformInMemory(refused, lost, refuse={refused.number})
    platform.hook = losing_batch(2)
    assert go(runs.ask(company=company, invoice_pks=[], operator=anna, now=NOW), platform).state == "waiting"
    platform.refuse = set()
    run = go(runs.ask(company=company, invoice_pks=[refused.pk], operator=anna, now=NOW), platform)
    assert run.documents.get(invoice=refused).outcome == "sent"


def test_a_retry_leaves_out_what_was_withdrawn_since(company: Company, record: Record) -> None:
    first, second = record("FV/1"), record("FV/2")
    platform = PlatformInMemory(refuse={"FV/1", "FV/2"})
    both = [first.pk, second.pk]
    run = go(runs.ask(company=company, invoice_pks=both, operator=None, now=NOW), platform)
    platform.refuse = {"FV/2"}
    go(runs.ask(company=company, invoice_pks=[first.pk], operator=None, now=NOW), platform)
    go(withdraw(None, first), platform)
    platform.refuse = set()
    again = go(runs.retry(run=run, operator=None, now=NOW), platform)
    assert [row.invoice for row in again.documents.all()] == [second]
    assert state_of(first) == "withdrawn"


def test_of_a_run_that_died_and_was_stopped_nothing_goes_any_more(company: Company, record: Record) -> None:
    platform = PlatformInMemory()

    def die(method: str, _url: str) -> Answer | None:
        if method == "PUT":
            raise KeyboardInterrupt
        return None

    platform.hook = die
    run = runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        go(run, platform)
    platform.hook = lambda _method, _url: None
    runs.stop(run=run, now=NOW)
    run.refresh_from_db()
    assert (run.state, runs.claim_due(now=NOW + timedelta(seconds=1))) == ("stopped", None)
    go(runs.ask(company=company, invoice_pks=[], operator=None, now=NOW), platform)
    assert platform.put == []


def test_an_answer_on_its_way_while_the_key_changes_is_not_kept(
    company: Company, record: Record, anna: Operator
) -> None:
    platform = PlatformInMemory()

    def connect_elsewhere(method: str, _url: str) -> Answer | None:
        if method == "PUT" and platform.integration == INTEGRATION:
            platform.integration = ANOTHER
            connect(company, platform)
        return None

    platform.hook = connect_elsewhere
    run = runs.ask_for_preview(company=company, invoice_pks=[record("FV/1").pk], operator=anna, now=NOW)
    assert (go(run, platform).reason, Forecast.objects.count()) == ("link_changed", 0)
    assert (go(run, platform).state, platform.previews) == ("previewed", 2)


def test_a_preview_by_a_platform_that_was_forgotten_is_asked_for_again(
    company: Company, record: Record, anna: Operator
) -> None:
    run = runs.ask_for_preview(company=company, invoice_pks=[record("FV/1").pk], operator=anna, now=NOW)
    assert go(run, PlatformInMemory()).state == "previewed"
    connection.forget(company=company)
    connect(company, PlatformInMemory(integration=ANOTHER), port=10)
    run.refresh_from_db()
    assert (run.state, Forecast.objects.count()) == ("queued", 0)


def test_the_summary_of_a_preview_counts_what_is_to_be_withdrawn(company: Company, send: Send, anna: Operator) -> None:
    (sent,) = send(1)
    runs.stop(run=withdraw(anna, sent), now=NOW)
    run = go(runs.ask_for_preview(company=company, invoice_pks=[], operator=anna, now=NOW), PlatformInMemory(sent))
    assert summary_of(run) == "Podgląd: 1 do wycofania. Jeszcze nic nie wysłano."


def test_a_withdrawal_whose_answer_was_lost_is_not_undone_by_marking_again(
    company: Company, send: Send, anna: Operator
) -> None:
    (sent,) = send(1)
    platform = PlatformInMemory(sent)
    platform.answers_lost = 1
    run = go(withdraw(anna, sent), platform)
    assert run.state == "waiting"
    runs.stop(run=run, now=NOW)
    go(runs.ask(company=company, invoice_pks=[sent.pk], operator=anna, now=NOW), platform)
    assert (state_of(sent), platform.held) == ("withdrawn", {})


@pytest.mark.parametrize("how", ["marked", "restored"])
def test_a_run_that_brings_back_and_is_stopped_leaves_it_withdrawn(
    company: Company, send: Send, anna: Operator, how: str
) -> None:
    back, other = send(2)
    platform = PlatformInMemory(back, other)
    go(withdraw(anna, back), platform)
    platform.hook = offline
    ask = runs.ask if how == "marked" else withdrawing.restore
    run = go(ask(company=company, invoice_pks=[back.pk], operator=anna, now=NOW), platform)
    runs.stop(run=run, now=NOW)
    assert state_of(back) == "withdrawn"
    platform.hook = lambda _method, _url: None
    change(other)
    go(runs.ask(company=company, invoice_pks=[other.pk], operator=anna, now=NOW), platform)
    assert (state_of(back), list(platform.held)) == ("withdrawn", [str(other.uid)])
    go(ask(company=company, invoice_pks=[back.pk], operator=anna, now=NOW), platform)
    assert (state_of(back), str(back.uid) in platform.held) == ("sent", True)
    assert back.history.filter(action="withdrawal_ended").count() == 1


def test_what_a_waiting_run_has_withdrawn_is_brought_back_in_it_by_a_restore(
    company: Company, send: Send, anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 1)
    first, second = send(2)
    platform = PlatformInMemory(first, second)
    platform.hook = losing_batch(2)
    assert go(withdraw(anna, first, second), platform).state == "waiting"
    run = withdrawing.restore(company=company, invoice_pks=[first.pk], operator=anna, now=NOW)
    go(run, platform)
    assert [state_of(first), state_of(second)] == ["sent", "withdrawn"]


def test_withdrawing_what_a_waiting_run_was_to_bring_back_withdraws_it(
    company: Company, send: Send, anna: Operator
) -> None:
    (sent,) = send(1)
    platform = PlatformInMemory(sent)
    go(withdraw(anna, sent), platform)
    platform.hook = offline
    go(withdrawing.restore(company=company, invoice_pks=[sent.pk], operator=anna, now=NOW), platform)
    platform.hook = lambda _method, _url: None
    go(withdraw(anna, sent), platform)
    assert (state_of(sent), platform.held) == ("withdrawn", {})


def test_a_yes_is_for_the_preview_that_was_seen(company: Company, record: Record, anna: Operator) -> None:
    first, second = record("FV/1"), record("FV/2")
    platform = PlatformInMemory()
    run = go(runs.ask_for_preview(company=company, invoice_pks=[first.pk], operator=anna, now=NOW), platform)
    seen = previewing.seal_of(run)
    go(runs.ask_for_preview(company=company, invoice_pks=[second.pk], operator=anna, now=NOW), platform)
    with pytest.raises(runs.PreviewChanged):
        runs.agree(run=run, now=NOW, seal=seen)
    runs.agree(run=run, now=NOW, seal=previewing.seal_of(run))
    go(run, platform)
    assert set(platform.held) == {str(first.uid), str(second.uid)}


def test_other_rows_than_those_shown_are_not_restored(company: Company, send: Send, anna: Operator) -> None:
    shown, another = send(2)
    go(withdraw(anna, shown, another), PlatformInMemory(shown, another))
    both = [shown.pk, another.pk]
    with pytest.raises(withdrawing.MarksChanged):
        withdrawing.restore(
            company=company, invoice_pks=both, operator=anna, now=NOW, seal=withdrawing.seal_of([shown.pk])
        )
    assert {state_of(shown), state_of(another)} == {"withdrawn"}


def test_a_run_ends_together_with_its_marks(
    company: Company, record: Record, anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, platform = record("FV/1"), PlatformInMemory()
    mark(anna, invoice)

    def die(**_values: object) -> None:
        raise KeyboardInterrupt

    run = ask_marked(company, anna)
    with monkeypatch.context() as dying:
        dying.setattr(marks, "unmark", die)
        with pytest.raises(KeyboardInterrupt):
            go(run, platform)
    run.refresh_from_db()
    assert run.state == "running"
    assert go(run, platform).state == "done"
    assert marks.marked_invoice_pks(company=company, operator=anna, name=ListName.INVOICES) == []


def test_a_key_is_never_sent_to_the_address_of_another(company: Company) -> None:
    key_files.write_key(company=company, key=keys.make())  # and the process died before it kept the new address
    with pytest.raises(connection.KeyMalformed):
        connection.require_key(company=company)
