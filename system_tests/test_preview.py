"""The preview over real HTTP: what it says of each document is what the run then does."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saldo_core.ids import new_uid
from saldo_desk.books import companies, settlements
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.exchange import connection, outbox, previewing, run_states, runs, waiting
from saldo_desk.exchange.platform_api import Answer, Transport
from saldo_desk.exchange.tables import Forecast, Link, OutboxBatch, Run, RunDocument, RunStage, RunState, SentDocument
from system_tests.conftest import record
from system_tests.faults import FaultyTransport, Intercepting
from system_tests.test_link_trouble import carry_on, problem
from system_tests.test_synchronisation import settle, state_of, synchronise

pytestmark = pytest.mark.django_db(transaction=True)

FAR_AHEAD = 2**62
CONTENTS = ("as it is", "settled", "unsettled")
BEFORE = ("never sent", "sent", "sent, then settled", "settled, sent, taken back", "refused before")
WRONG = ("", "", "", "other id", "stale", "clock ahead")


@pytest.fixture
def anna(db: None) -> Operator:
    return companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")


def previewed(company: Company, marked: list[Invoice], anna: Operator, transport: Transport | None = None) -> Run:
    pks = [row.pk for row in marked]
    run = runs.ask_for_preview(company=company, invoice_pks=pks, operator=anna, now=timezone.now())
    return carry_on(run, transport)  # type: ignore[arg-type]


def agreed(run: Run, transport: Transport | None = None) -> Run:
    runs.agree(run=run, now=timezone.now())
    return carry_on(run, transport)  # type: ignore[arg-type]


def foreseen(run: Run) -> dict[int, tuple[str, str]]:
    rows = Forecast.objects.filter(document__run=run)
    return {pk: (outcome, code) for pk, outcome, code in rows.values_list("document__invoice", "outcome", "code")}


def done(run: Run) -> dict[int, tuple[str, str]]:
    rows = run.documents.exclude(result="")
    return {pk: (result, code) for pk, result, code in rows.values_list("invoice", "result", "code")}


def test_it_shows_what_changes_sends_nothing_and_does_it_after_a_yes(company: Company, anna: Operator) -> None:
    sent, new = record(company, count=2)
    synchronise(company, [sent])
    payment = settle(company, sent)
    run = previewed(company, [new], anna)
    assert (run.state, OutboxBatch.objects.filter(run=run).count()) == ("previewed", 0)
    assert foreseen(run) == {sent.pk: ("updated", ""), new.pk: ("created", "")}
    (change,) = Forecast.objects.get(document__invoice=sent).changes
    assert (change["pointer"], change["from"], change["to"]["settled_on"]) == (
        "/payments/0/settlements/0",
        None,
        "2026-11-02",
    )
    assert state_of(new) == "waiting"
    assert agreed(run).state == "done"
    assert done(run) == {sent.pk: ("updated", ""), new.pk: ("created", "")}
    assert payment


def test_what_changes_after_the_preview_is_sent_as_it_is_then(company: Company, anna: Operator) -> None:
    invoice, other = record(company, count=2)
    synchronise(company, [other])
    run = previewed(company, [invoice], anna)
    settle(company, invoice)
    settle(company, other)
    finished = agreed(run)
    assert done(finished) == {invoice.pk: ("created", ""), other.pk: ("updated", "")}
    assert SentDocument.objects.get(invoice=invoice).sent_revision == Invoice.objects.get(pk=invoice.pk).revision


def test_a_no_sends_nothing_and_a_second_yes_is_refused(company: Company, anna: Operator) -> None:
    invoice = record(company)[0]
    run = previewed(company, [invoice], anna)
    runs.stop(run=run, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, state_of(invoice)) == ("stopped", "never")
    with pytest.raises(runs.NotPreviewed):
        runs.agree(run=run, now=timezone.now())


def test_a_preview_that_was_cut_off_goes_on_where_it_was(
    company: Company, anna: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 2)
    marked = record(company, count=5)
    transport = FaultyTransport(["none", "drop_before"])
    run = previewed(company, marked, anna, transport)
    assert (run.state, run.reason, run.stage, len(foreseen(run))) == ("waiting", "unreachable", "preview", 2)
    again = FaultyTransport()
    assert carry_on(run, again).state == "previewed"
    assert (len(again.puts), len(foreseen(run))) == (2, 5)


@pytest.mark.parametrize("count", [1, 3])
def test_a_stop_takes_effect_after_the_batch_of_a_preview_that_is_under_way(
    company: Company, anna: Operator, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", 1)

    def stop(_method: str, url: str) -> None:
        if "/batches/" in url:
            runs.stop(run=Run.objects.get(), now=timezone.now())

    run = previewed(company, record(company, count=count), anna, Intercepting(after=stop))
    assert (run.state, len(foreseen(run))) == ("stopped", 1)


def test_what_moves_while_the_platform_is_asked_is_asked_about_again(company: Company, anna: Operator) -> None:
    invoice = record(company)[0]
    moved: list[str] = []

    def move_once(_method: str, url: str) -> None:
        if "/batches/" in url and not moved:
            moved.append(url)
            settle(company, invoice)

    run = previewed(company, [invoice], anna, Intercepting(after=move_once))
    assert run.state == "previewed"
    assert Forecast.objects.get().revision == Invoice.objects.get(pk=invoice.pk).revision


def test_a_preview_by_another_integration_is_asked_for_again(company: Company, anna: Operator) -> None:
    run = previewed(company, record(company, count=2), anna)
    Link.objects.update(integration_uid=new_uid())  # it was connected with another key when this was foreseen
    connection.check(company=company, now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.stage, len(foreseen(run))) == ("queued", "preview", 0)
    again = carry_on(run)
    assert (again.state, len(foreseen(again))) == ("previewed", 2)


def test_nothing_that_travels_needs_no_yes(company: Company, anna: Operator) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    run = previewed(company, [invoice], anna)
    assert (run.state, runs.counts_of(run).unchanged) == ("done", 1)


def test_who_does_not_want_to_be_asked_is_not_asked_until_wanted_again(company: Company, anna: Operator) -> None:
    previewing.skip(company=company, operator=anna, now=timezone.now())
    assert previewed(company, record(company), anna).state == "done"
    assert previewing.ask_again(company=company, operator=anna)
    assert previewed(company, record(company), anna).state == "previewed"


def test_what_waits_to_be_connected_goes_on_without_a_preview(
    company: Company, anna: Operator, platform: Any, key_text: str
) -> None:
    connection.forget(company=company)
    invoice = record(company)[0]
    run = runs.ask_for_preview(company=company, invoice_pks=[invoice.pk], operator=anna, now=timezone.now())
    assert (run.state, run.reason, run.stage) == ("waiting", "no_key", "send")
    connection.configure(company=company, platform_url=platform.url, key_text=key_text, now=timezone.now())
    assert carry_on(run).state == "done"


@pytest.mark.parametrize(("code", "stage"), [("integration_not_confirmed", "send"), ("busy", "preview")])
def test_only_what_waits_for_a_person_to_connect_counts_as_a_yes(
    code: str, stage: str, company: Company, anna: Operator
) -> None:
    def before(_method: str, _url: str) -> Answer | None:
        return problem(403 if code.startswith("integration") else 503, code)

    run = previewed(company, record(company), anna, Intercepting(before=before))
    assert (run.state, run.reason, run.stage) == ("waiting", code, stage)


class OlderPlatform(Intercepting):
    """The real Platform, but its answers name no capabilities and its log of batches is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[str] = []

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        if "/batches/" in url:
            self.batches.append(method)
        answer = super().send(method, url, headers=headers, body=body)
        if not url.endswith("/integration"):
            return answer
        told = msgspec.json.decode(answer.body)
        del told["capabilities"]
        return Answer(answer.status, msgspec.json.encode(told))


def test_an_older_platform_is_never_asked_for_a_preview_that_it_would_store(company: Company, anna: Operator) -> None:
    invoice, older = record(company)[0], OlderPlatform()
    run = previewed(company, [invoice], anna, older)
    assert (run.state, run.reason, run.stage) == ("waiting", "preview_not_offered", "preview")
    assert (older.batches, state_of(invoice), OutboxBatch.objects.count()) == ([], "waiting", 0)
    assert agreed(Run.objects.get(pk=run.pk), older).state == "done"
    assert (older.batches, state_of(invoice)) == (["PUT"], "sent")


def test_a_look_at_an_older_platform_ends_with_the_reason(company: Company) -> None:
    invoice, older = record(company)[0], OlderPlatform()
    with runs.looking(company=company, invoice_pks=[invoice.pk], clock=timezone.now, transport=older) as look:
        assert (look.state, look.reason) == ("stopped", "preview_not_offered")
        assert "Nic nie wysłano" in look.reason_detail
    assert (older.batches, state_of(invoice)) == ([], "never")


def test_a_preview_that_could_not_be_had_goes_on_once_the_platform_offers_it(company: Company, anna: Operator) -> None:
    invoice = record(company)[0]
    run = previewed(company, [invoice], anna, OlderPlatform())
    assert run.state == "waiting"
    assert (carry_on(run).state, foreseen(run)) == ("previewed", {invoice.pk: ("created", "")})


def test_a_program_that_sends_stops_a_preview_that_nobody_answered(company: Company, anna: Operator) -> None:
    first, second = record(company, count=2)
    run = previewed(company, [first], anna)
    assert runs.counts_of(synchronise(company, [second])).sent == 1
    run.refresh_from_db()
    assert (run.state, state_of(first)) == ("stopped", "never")


def test_a_look_leaves_no_run_and_no_trace(company: Company) -> None:
    invoice = record(company)[0]
    with runs.looking(company=company, invoice_pks=[invoice.pk], clock=timezone.now) as run:
        assert (run.state, foreseen(run)) == ("previewed", {invoice.pk: ("created", "")})
        with pytest.raises(runs.RunUnderWay):
            runs.ask(company=company, invoice_pks=[invoice.pk], operator=None, now=timezone.now())
    assert not Run.objects.exists()
    assert state_of(invoice) == "never"


def test_a_look_of_a_program_that_died_is_removed_by_whoever_comes_next(company: Company) -> None:
    values = {"company": company, "stage": RunStage.LOOK, "state": RunState.RUNNING}
    Run.objects.create(asked_at=timezone.now(), **values)
    assert runs.claim_due(now=timezone.now()) is None
    assert not Run.objects.exists()
    Run.objects.create(asked_at=timezone.now(), **values)
    assert runs.counts_of(synchronise(company, record(company))).sent == 1


def test_only_what_failed_is_tried_again(company: Company, anna: Operator) -> None:
    good, ahead = record(company, count=2)
    right = ahead.revision
    Invoice.objects.filter(pk=ahead.pk).update(revision=FAR_AHEAD)
    run = synchronise(company, [good, ahead])
    assert done(run) == {good.pk: ("created", ""), ahead.pk: ("refused", "clock_ahead")}
    Invoice.objects.filter(pk=ahead.pk).update(revision=right)
    settle(company, good)
    again = carry_on(runs.retry(run=run, operator=anna, now=timezone.now()))
    assert foreseen(again) == {ahead.pk: ("created", "")}, "what changed meanwhile doesn't join"
    assert done(agreed(again)) == {ahead.pk: ("created", "")}
    with pytest.raises(runs.NothingFailed):
        runs.retry(run=again, operator=anna, now=timezone.now())


def test_a_batch_that_is_too_large_for_somebody_is_foreseen_in_halves(company: Company, anna: Operator) -> None:
    left = [1]

    def before(_method: str, url: str) -> Answer | None:
        if "/batches/" in url and left[0]:
            left[0] -= 1
            return problem(413, "body_too_large")
        return None

    run = previewed(company, record(company, count=4), anna, Intercepting(before=before))
    assert set(foreseen(run).values()) == {("created", "")}


def test_the_statements_of_a_run_do_not_grow_with_its_documents(company: Company) -> None:
    def statements(marked: list[Invoice]) -> int:
        with CaptureQueriesContext(connections["default"]) as queries:
            assert runs.counts_of(synchronise(company, marked)).sent == len(marked)
        return len(queries)

    statements(record(company, count=1))  # the first run also learns the Platform's keys
    assert statements(record(company, count=1)) == statements(record(company, count=40))


def test_every_state_has_its_row_and_the_last_ones_stay() -> None:
    assert set(run_states.TRANSITIONS) == set(RunState)
    assert [run_states.TRANSITIONS[state] for state in (RunState.DONE, RunState.STOPPED)] == [frozenset()] * 2


def prepare(company: Company, invoice: Invoice, before: str) -> None:
    """What happened to the invoice in the time before."""
    if before == "settled, sent, taken back":
        payment = settle(company, invoice)
        synchronise(company, [invoice])
        settlements.unsettle(company=company, payment_uid=payment, operator=None, now=timezone.now())
    elif before == "refused before":
        right = invoice.revision
        Invoice.objects.filter(pk=invoice.pk).update(revision=FAR_AHEAD)
        synchronise(company, [invoice])
        Invoice.objects.filter(pk=invoice.pk).update(revision=right)
    elif before != "never sent":
        synchronise(company, [invoice])
        if before == "sent, then settled":
            settle(company, invoice)


def spoil(invoice: Invoice, wrong: str) -> None:
    """What is wrong with it now."""
    if wrong == "other id":  # a second set of books
        SentDocument.objects.filter(invoice=invoice).delete()
        Invoice.objects.filter(pk=invoice.pk).update(uid=new_uid())
    elif wrong == "stale":  # books restored from a backup, then changed
        SentDocument.objects.filter(invoice=invoice).delete()
        Invoice.objects.filter(pk=invoice.pk).update(revision=1, split_payment=True)
    elif wrong == "clock ahead":
        Invoice.objects.filter(pk=invoice.pk).update(revision=FAR_AHEAD, split_payment=True)


_invoices = st.tuples(st.sampled_from(BEFORE), st.sampled_from(WRONG), st.booleans())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(books=st.lists(_invoices, min_size=1, max_size=6), batch=st.integers(1, 4))
def test_a_preview_is_what_the_run_then_does(
    company: Company, anna: Operator, books: list[tuple[str, str, bool]], batch: int
) -> None:
    rows = record(company, count=len(books))
    for invoice, (before, _wrong, _marked) in zip(rows, books, strict=True):
        prepare(company, invoice, before)
    for invoice, (_before, wrong, _marked) in zip(rows, books, strict=True):
        spoil(invoice, wrong)
    usual, outbox.BATCH_DOCUMENTS_MAX = outbox.BATCH_DOCUMENTS_MAX, batch
    try:
        marked = [row for row, (_before, _wrong, is_marked) in zip(rows, books, strict=True) if is_marked] or rows[:1]
        run = previewed(company, marked, anna)
        said = foreseen(run)
        if run.state == RunState.PREVIEWED:
            assert set(said) == set(run.documents.filter(outcome="pending").values_list("invoice", flat=True))
            run = agreed(run)
        assert run.state == RunState.DONE
        assert done(run) == said
    finally:
        outbox.BATCH_DOCUMENTS_MAX = usual
        Invoice.objects.filter(revision=FAR_AHEAD).update(revision=1)


def test_a_run_put_off_says_when_it_goes_again(company: Company, anna: Operator) -> None:
    run = previewed(company, record(company), anna, FaultyTransport(["drop_after"]))
    assert run.next_try_at is not None and run.next_try_at > timezone.now() - timedelta(seconds=1)
    assert run.reason not in waiting.FOR_A_PERSON
    assert not RunDocument.objects.exclude(outcome="pending").exists()
