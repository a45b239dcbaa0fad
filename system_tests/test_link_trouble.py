"""What happens to a synchronisation when the link itself gets into trouble: keys, answers, refusals, workers."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.utils import timezone

from saldo_desk.books import companies, settlements
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, key_files, outbox, runs
from saldo_desk.exchange.platform_api import Answer, NoAnswer
from saldo_desk.exchange.tables import OutboxBatch, Run, RunDocument
from saldo_protocol import digest
from system_tests.conftest import make_key, record
from system_tests.faults import FaultyTransport, Intercepting
from system_tests.processes import Platform, Visitor
from system_tests.test_synchronisation import settle, state_of, synchronise

pytestmark = pytest.mark.django_db(transaction=True)


def problem(status: int, code: str) -> Answer:
    body = {"type": "about:blank", "title": code, "status": status, "detail": code, "code": code}
    return Answer(status, json.dumps(body).encode())


def to_batches(answer: Answer, *, times: int = 1_000) -> Callable[[str, str], Answer | None]:
    left = [times]

    def before(method: str, url: str) -> Answer | None:
        if method == "PUT" and "/batches/" in url and left[0] > 0:
            left[0] -= 1
            return answer
        return None

    return before


def carry_on(run: Run, transport: Intercepting | FaultyTransport | None = None) -> Run:
    claimed = runs.claim(run=Run.objects.select_related("company").get(pk=run.pk), now=timezone.now())
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=timezone.now, transport=transport)


def test_a_new_key_goes_on_where_the_old_one_stopped(company: Company, platform: Platform, account: Visitor) -> None:
    sent = record(company, count=2)
    synchronise(company, sent)
    connection.configure(company=company, platform_url=platform.url, key_text=make_key(account), now=timezone.now())
    assert [state_of(row) for row in sent] == ["sent", "sent"]
    settle(company, sent[0])
    run = synchronise(company, [])
    assert [(row.invoice_id, row.result) for row in run.documents.all()] == [(sent[0].pk, "updated")]


def test_what_changed_while_a_batch_was_on_its_way_goes_in_the_same_run(company: Company) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    payment = settle(company, invoice)
    run = synchronise(company, [], FaultyTransport(["drop_before"]))
    settlements.unsettle(company=company, payment_uid=payment, operator=None, now=timezone.now())
    again = runs.ask(company=company, invoice_pks=[], operator=None, now=timezone.now())
    assert again.pk == run.pk
    done = carry_on(again)
    assert (done.state, state_of(invoice)) == ("done", "sent")
    assert OutboxBatch.objects.filter(run=done).count() == 2


def test_a_key_that_changes_while_a_batch_is_on_its_way_loses_no_change(
    company: Company, platform: Platform, account: Visitor
) -> None:
    invoice = record(company)[0]
    new_key = make_key(account)

    def reconnect(method: str, url: str) -> None:
        if method == "PUT":
            connection.configure(company=company, platform_url=platform.url, key_text=new_key, now=timezone.now())

    run = synchronise(company, [invoice], Intercepting(after=reconnect))
    assert (run.state, run.reason) == ("waiting", "link_changed")
    settle(company, invoice)
    done = carry_on(run)
    assert (done.state, state_of(invoice)) == ("done", "sent")
    assert done.documents.get().result == "updated"


@pytest.mark.parametrize(
    "answer", [Answer(502, b'{"type":"\xff"}'), Answer(200, b'{"batch_uid":"\xff"}'), Answer(200, b"[" * 100_000)]
)
def test_an_answer_that_no_platform_gives_is_no_answer(company: Company, answer: Answer) -> None:
    run = synchronise(company, record(company), Intercepting(before=to_batches(answer)))
    assert (run.state, run.reason) == ("waiting", "unreachable")
    assert run.next_try_at is not None
    assert carry_on(run).state == "done"


def test_a_mistake_of_ours_puts_the_run_off_and_lets_the_others_go_first(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    def fail(_method: str, _url: str) -> Answer | None:
        raise Broken

    run = synchronise(company, record(company), Intercepting(before=fail))
    assert (run.state, run.reason) == ("waiting", "internal_error")
    assert "Broken" in caplog.text
    other = companies.add(nip="1111111111", name="Inna")
    Run.objects.create(company=other, asked_at=timezone.now(), next_try_at=timezone.now() - timedelta(seconds=9))
    due = runs.claim_due(now=timezone.now() + timedelta(hours=1))
    assert due is not None
    assert due.company == other


@pytest.mark.parametrize(
    ("status", "code"), [(401, "key_expired"), (403, "company_blocked"), (404, "not_found"), (405, "x"), (415, "x")]
)
def test_a_refusal_for_a_person_keeps_the_batch(company: Company, status: int, code: str) -> None:
    run = synchronise(company, record(company), Intercepting(before=to_batches(problem(status, code))))
    assert (run.state, run.reason, run.next_try_at) == ("waiting", code, None)
    connection.check(company=company, now=timezone.now())
    run.refresh_from_db()
    assert run.next_try_at is not None, "a key that works again wakes the run"
    assert carry_on(run).state == "done"


def test_a_batch_that_is_too_large_for_somebody_on_the_way_goes_in_halves(company: Company) -> None:
    too_large = Intercepting(before=to_batches(problem(413, "body_too_large"), times=2))
    run = synchronise(company, record(company, count=4), too_large)
    assert (run.state, runs.counts_of(run).sent) == ("done", 4)
    assert OutboxBatch.objects.filter(run=run).exclude(receipt=b"").count() == 4


def test_a_used_uid_is_given_up_and_not_for_ever(company: Company) -> None:
    reused = problem(409, "batch_uid_reused")
    run = synchronise(company, record(company), Intercepting(before=to_batches(reused, times=1)))
    assert run.state == "done"
    run = synchronise(company, record(company), Intercepting(before=to_batches(reused)))
    assert (run.state, run.reason) == ("waiting", "batch_uid_reused")


def test_a_batch_that_is_not_as_the_protocol_says_tells_each_document_so(company: Company) -> None:
    invoice = record(company)[0]
    run = synchronise(company, [invoice], Intercepting(before=to_batches(problem(422, "invalid_body"))))
    assert (run.state, run.documents.get().code, state_of(invoice)) == ("done", "invalid_body", "refused")
    assert runs.counts_of(synchronise(company, [invoice])).sent == 1


def unsigning_status(company: Company) -> Answer:
    """What a Platform says of itself that signs no receipts."""
    with connection.api_of(company=company) as api:
        status = msgspec.structs.replace(api.get_integration(), capabilities=())
    return Answer(200, msgspec.json.encode(status))


def test_an_outcome_without_an_id_belongs_to_its_position_and_none_is_left_open(company: Company) -> None:
    def before(method: str, url: str) -> Answer | None:
        if url.endswith("/integration"):
            return unsigning_status(company)
        if method != "PUT":
            return None
        batch = OutboxBatch.objects.get()
        said = {"position": 1, "outcome": "refused", "code": "invalid_document", "message": "m"}
        receipt = {
            "batch_uid": str(batch.uid),
            "integration_uid": str(batch.integration_uid),
            "body_digest": digest.of_body(bytes(batch.body)),
            "received_at": "2026-11-24T12:00:00Z",
            "outcomes": [said],
        }
        return Answer(200, json.dumps(receipt).encode())

    run = synchronise(company, record(company, count=2), Intercepting(before=before))
    codes = list(RunDocument.objects.filter(run=run).order_by("invoice_id").values_list("code", flat=True))
    assert (run.state, codes) == ("done", ["no_outcome", "invalid_document"])


@pytest.mark.parametrize(("fault", "outcome"), [("drop_before", "pending"), ("drop_after", "sent")])
def test_of_a_stopped_run_nothing_goes_any_more_but_what_had_come_is_known(
    company: Company, fault: str, outcome: str
) -> None:
    invoice = record(company)[0]
    run = synchronise(company, [invoice], FaultyTransport([fault]))  # type: ignore[list-item]
    runs.stop(run=run, now=timezone.now())
    transport = FaultyTransport()
    synchronise(company, record(company), transport)
    assert len(transport.puts) == 1, "only the new one"
    assert run.documents.get().outcome == outcome
    assert not OutboxBatch.objects.filter(receipt=None).exists()


def test_a_second_worker_with_an_old_claim_does_nothing(company: Company) -> None:
    invoice = record(company)[0]
    asked = runs.ask(company=company, invoice_pks=[invoice.pk], operator=None, now=timezone.now())
    first = runs.claim(run=asked, now=timezone.now())
    assert first is not None
    second = runs.claim(run=first, now=timezone.now() + timedelta(seconds=1))
    assert second is not None
    assert runs.carry_out(run=second, clock=timezone.now).state == "done"
    transport = FaultyTransport()
    assert runs.carry_out(run=first, clock=timezone.now, transport=transport).state == "done"
    assert transport.puts == []


def test_a_damaged_key_is_told_and_a_new_one_mends_it(
    company: Company, platform: Platform, key_text: str, desk_home: Path
) -> None:
    (desk_home / "keys" / str(company.uid) / key_files.IN_USE).write_bytes(b"\xff\xfe")
    invoice = record(company)[0]
    run = synchronise(company, [invoice])
    assert (run.state, run.reason) == ("waiting", "key_malformed")
    connection.configure(company=company, platform_url=platform.url, key_text=key_text, now=timezone.now())
    assert carry_on(run).state == "done"


def test_a_document_too_large_to_send_is_refused_by_name(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    invoices = record(company, count=2)
    monkeypatch.setattr(outbox, "ENVELOPE_BYTES_PER_DOCUMENT", 1 << 20)
    run = synchronise(company, invoices)
    assert {row.code for row in run.documents.all()} == {"document_too_large"}
    assert [state_of(row) for row in invoices] == ["refused", "refused"]
    assert Invoice.objects.count() == 2


def test_a_run_that_waits_for_its_answer_can_be_asked_again_without_marks(company: Company) -> None:
    run = synchronise(company, record(company), FaultyTransport(["drop_after"]))
    assert runs.ask(company=company, invoice_pks=[], operator=None, now=timezone.now()).pk == run.pk


def test_a_transport_that_fails_is_put_off_longer_and_longer(company: Company) -> None:
    class Down(Intercepting):
        def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
            raise NoAnswer

    run = synchronise(company, record(company), Down())
    pauses = []
    for _try in range(4):
        assert run.next_try_at is not None
        before = timezone.now()
        run = carry_on(run, Down())
        assert run.next_try_at is not None
        pauses.append((run.next_try_at - before).total_seconds())
    longest = [4, 8, 16, 32]  # half of each is certain
    assert all(most / 2 <= pause < most + 1 for pause, most in zip(pauses, longest, strict=True)), pauses
