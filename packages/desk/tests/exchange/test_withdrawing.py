"""Withdrawing: tombstones only for what a person marked, through the same outbox, and a way back."""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from saldo_core.ids import new_uid
from saldo_desk.books import companies, settlements
from saldo_desk.books.cancelling import ReasonMissing
from saldo_desk.books.tables import Company, HistoryEvent, Invoice
from saldo_desk.exchange import choosing, outbox, runs, withdrawing, withdrawn
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.exchange.tables import Link, OutboxBatch, Run, RunDocument, RunState, SentDocument, Withdrawal
from saldo_protocol import batches, documents, receipts

Send = Callable[[int], list[Invoice]]


def withdraw(company: Company, *marked: Invoice, count: int | None = None, reason: str = "pomyłka") -> Run:
    return withdrawing.withdraw(
        company=company,
        invoice_pks=[row.pk for row in marked],
        reason=reason,
        confirmed_count=count,
        operator=None,
        now=NOW,
    )


def choose(run: Run) -> None:
    """Which documents a run is for, as it is found out when the run is carried out."""
    withdrawn.take_up_again(run=run, now=NOW)
    choosing.add_changed(run)
    choosing.settle_unneeded(run)


def put(run: Run) -> OutboxBatch:
    """The next batch on disk, after what changed has joined as in a run."""
    choose(run)
    batch = outbox.put(run=run, integration_uid=INTEGRATION, documents_max=200, now=NOW)
    assert batch is not None
    return batch


def kinds(batch: OutboxBatch) -> list[str]:
    body = msgspec.json.decode(bytes(batch.body), type=batches.Batch)
    return [msgspec.json.decode(raw, type=documents.Document).kind for raw in body.documents]


def answer(batch: OutboxBatch, *outcomes: tuple[receipts.Outcome, str]) -> None:
    body = msgspec.json.decode(bytes(batch.body), type=batches.Batch)
    sent = [msgspec.json.decode(raw, type=documents.Document) for raw in body.documents]
    said = tuple(
        receipts.DocumentOutcome(
            position=at, outcome=outcome, external_id=row.external_id, revision=row.revision, code=code
        )
        for at, (row, (outcome, code)) in enumerate(zip(sent, outcomes, strict=True))
    )
    receipt = receipts.Receipt(
        batch_uid=batch.uid, integration_uid=INTEGRATION, body_digest="", received_at=NOW, outcomes=said
    )
    outbox.acknowledge(batch=batch, receipt=receipt, raw=b"{}", is_signed=False, now=NOW)


def end(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE)


def states(*invoices: Invoice) -> list[str]:
    rows = with_sync_state(Invoice.objects.filter(pk__in=[row.pk for row in invoices])).order_by("pk")
    return [row.sync_state for row in rows]  # type: ignore[attr-defined]


def gone(company: Company, *marked: Invoice) -> Run:
    """Withdrawn and answered."""
    run = withdraw(company, *marked)
    answer(put(run), *[("removed", "")] * len(marked))
    end(run)
    return run


def change(company: Company, invoice: Invoice) -> None:
    settlements.settle(
        company=company,
        payment_uid=invoice.payments.order_by("position")[0].uid,
        amount_minor=100,
        settled_on=date(2026, 11, 24),
        operator=None,
        now=NOW,
    )


def test_a_marked_invoice_goes_as_a_tombstone_and_stays_in_the_books(company: Company, send: Send) -> None:
    marked, kept = send(2)
    run = withdraw(company, marked)
    assert states(marked, kept) == ["waiting", "sent"]
    batch = put(run)
    assert kinds(batch) == ["tombstone"]
    answer(batch, ("removed", ""))
    end(run)
    assert states(marked, kept) == ["withdrawn", "sent"]
    assert (runs.counts_of(run).removed, runs.counts_of(run).sent) == (1, 0)
    assert Invoice.objects.count() == 2
    sent = SentDocument.objects.get(invoice=marked)
    assert (sent.sent_revision, sent.outcome, RunDocument.objects.get().tombstone) == (None, "removed", True)
    assert HistoryEvent.objects.get(action="withdrawn").values == {"reason": "pomyłka"}


def test_the_tombstone_says_why_and_which_number(company: Company, send: Send) -> None:
    (marked,) = send(1)
    body = msgspec.json.decode(bytes(put(withdraw(company, marked)).body), type=batches.Batch)
    sent = msgspec.json.decode(body.documents[0], type=documents.Document)
    content = msgspec.json.decode(sent.content, type=documents.Tombstone)
    assert content == documents.Tombstone(reason="withdrawn", note="pomyłka", number=marked.number)
    assert (sent.external_id, int(sent.revision) > marked.revision) == (str(marked.uid), True)


def test_more_than_a_person_can_mean_is_refused_whole(company: Company) -> None:
    many = range(withdrawing.AT_ONCE_MAX + 1)
    with pytest.raises(withdrawing.TooManyAtOnce):
        withdrawing.plan(company=company, invoice_pks=many, now=NOW)
    with pytest.raises(withdrawing.TooManyAtOnce):
        withdrawing.restore(company=company, invoice_pks=many, operator=None, now=NOW)


def test_an_empty_read_makes_no_tombstone(company: Company, send: Send) -> None:
    """Neither an empty run nor invoices that are gone from the books remove anything from the Platform."""
    first, second = send(2)
    Invoice.objects.filter(pk=first.pk).delete()
    run = runs.ask(company=company, invoice_pks=[second.pk], operator=None, now=NOW)
    choose(run)
    assert outbox.put(run=run, integration_uid=INTEGRATION, documents_max=200, now=NOW) is None
    assert not Withdrawal.objects.exists()
    for pks in ([], [10**9]):
        with pytest.raises(withdrawing.NothingToWithdraw):
            withdrawing.withdraw(
                company=company, invoice_pks=pks, reason="x", confirmed_count=None, operator=None, now=NOW
            )


def test_a_withdrawn_invoice_that_changes_does_not_travel(company: Company, send: Send) -> None:
    marked, other = send(2)
    gone(company, marked)
    change(company, marked)
    change(company, other)
    run = runs.ask(company=company, invoice_pks=[], operator=None, now=NOW)
    assert kinds(put(run)) == ["invoice"]
    assert [row.invoice for row in run.documents.all()] == [other]
    assert states(marked) == ["withdrawn"]


def test_marked_and_synchronised_again_it_goes_as_an_ordinary_document(company: Company, send: Send) -> None:
    (marked,) = send(1)
    gone(company, marked)
    tombstone = Withdrawal.objects.get().revision
    run = runs.ask(company=company, invoice_pks=[marked.pk], operator=None, now=NOW)
    batch = put(run)
    assert kinds(batch) == ["invoice"]
    assert Invoice.objects.get(pk=marked.pk).revision > tombstone
    answer(batch, ("created", ""))
    end(run)
    assert (states(marked), Withdrawal.objects.exists()) == (["sent"], False)


@pytest.mark.parametrize("said", [("unchanged", ""), ("refused", "nothing_to_remove")])
def test_what_is_not_there_any_more_counts_as_withdrawn(
    said: tuple[receipts.Outcome, str], company: Company, send: Send
) -> None:
    (marked,) = send(1)
    run = withdraw(company, marked)
    answer(put(run), said)
    end(run)
    assert states(marked) == ["withdrawn"]


def test_a_refused_withdrawal_is_tried_again_by_withdrawing_or_marking(company: Company, send: Send) -> None:
    (marked,) = send(1)
    run = withdraw(company, marked)
    answer(put(run), ("refused", "removal_needs_consent"))
    end(run)
    assert states(marked) == ["refused"]
    again = runs.ask(company=company, invoice_pks=[marked.pk], operator=None, now=NOW)
    assert kinds(put(again)) == ["tombstone"]
    runs.stop(run=again, now=NOW)
    end(again)
    third = withdraw(company, marked)
    assert kinds(put(third)) == ["tombstone"]


def test_a_refused_withdrawal_of_an_invoice_that_changes_is_still_one(company: Company, send: Send) -> None:
    (marked,) = send(1)
    run = withdraw(company, marked)
    answer(put(run), ("refused", "removal_needs_consent"))
    end(run)
    change(company, marked)
    assert states(marked) == ["to_withdraw"]
    assert kinds(put(runs.ask(company=company, invoice_pks=[], operator=None, now=NOW))) == ["tombstone"]


def test_an_answer_to_what_went_before_is_not_the_answer(company: Company, send: Send) -> None:
    """The invoice is on its way as a document when it is withdrawn: it goes once more, as a tombstone."""
    (marked,) = send(1)
    change(company, marked)
    run = runs.ask(company=company, invoice_pks=[marked.pk], operator=None, now=NOW)
    batch = put(run)
    assert kinds(batch) == ["invoice"]
    withdraw(company, marked)
    answer(batch, ("unchanged", ""))
    assert kinds(put(run)) == ["tombstone"]


def test_a_stopped_withdrawal_stays_to_be_carried_out_until_it_is_taken_back(company: Company, send: Send) -> None:
    (marked,) = send(1)
    runs.stop(run=withdraw(company, marked), now=NOW)
    assert states(marked) == ["to_withdraw"]
    run = withdrawing.restore(company=company, invoice_pks=[marked.pk], operator=None, now=NOW)
    assert kinds(put(run)) == ["invoice"]


def test_restoring_sends_it_again_within_thirty_days(company: Company, send: Send) -> None:
    marked, other = send(2)
    gone(company, marked)
    with pytest.raises(withdrawing.NothingWithdrawn):
        withdrawing.restore(company=company, invoice_pks=[other.pk], operator=None, now=NOW)
    with pytest.raises(withdrawing.RestoreTooLate):
        withdrawing.restore(
            company=company, invoice_pks=[marked.pk], operator=None, now=NOW + timedelta(days=30, seconds=1)
        )
    run = withdrawing.restore(company=company, invoice_pks=[marked.pk], operator=None, now=NOW + timedelta(days=29))
    assert kinds(put(run)) == ["invoice"]


def test_one_that_was_never_sent_is_left_out(company: Company, send: Send, record: Callable[[str], Invoice]) -> None:
    (sent,) = send(1)
    never = record("NIGDY/1")
    plan = withdrawing.plan(company=company, invoice_pks=[sent.pk, never.pk], now=NOW)
    assert (plan.pks, plan.left_out, plan.needs_count) == ((sent.pk,), 1, False)
    with pytest.raises(withdrawing.NothingToWithdraw):
        withdraw(company, never)


def test_many_at_once_need_their_number_typed(company: Company, send: Send) -> None:
    marked = send(8)
    for typed in (None, 5, 9):
        with pytest.raises(withdrawing.CountNotConfirmed):
            withdraw(company, *marked, count=typed)
    assert not Withdrawal.objects.exists()
    assert not Run.objects.exists()
    withdraw(company, *marked, count=8)
    assert Withdrawal.objects.count() == 8


def test_withdrawing_a_few_at_a_time_does_not_evade_the_question(company: Company, send: Send) -> None:
    marked = send(8)
    gone(company, *marked[:5])
    with pytest.raises(withdrawing.CountNotConfirmed):
        withdraw(company, marked[5])


def test_it_needs_a_reason(company: Company, send: Send) -> None:
    with pytest.raises(ReasonMissing):
        withdraw(company, *send(1), reason="  ")


def test_invoices_of_another_company_are_not_touched(company: Company, send: Send) -> None:
    (marked,) = send(1)
    other = companies.add(nip="5260001246", name="Inna")
    for verb in (withdraw, lambda *given: withdrawing.restore(
        company=given[0], invoice_pks=[given[1].pk], operator=None, now=NOW
    )):  # fmt: skip
        with pytest.raises((withdrawing.NothingToWithdraw, withdrawing.NothingWithdrawn)):
            verb(other, marked)
    assert not Withdrawal.objects.exists()


def test_another_platform_knows_nothing_of_what_was_withdrawn_here(company: Company, send: Send) -> None:
    (marked,) = send(1)
    gone(company, marked)
    Link.objects.update(platform_url="https://elsewhere.example", integration_uid=new_uid())
    outbox.follow_link(link=Link.objects.get())
    assert (states(marked), Withdrawal.objects.exists()) == (["never"], False)
