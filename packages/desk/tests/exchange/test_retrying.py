"""Pauses that double and are partly drawn, what the Platform asks for, and the end of trying."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from packages.desk.tests.exchange.conftest import NOBODY_LISTENS, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory, offline
from saldo_desk.__main__ import run as command
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import retrying, runs, standing
from saldo_desk.exchange.platform_api import Answer, NoAnswer, retry_after_s
from saldo_desk.exchange.tables import OutboxBatch, Run
from saldo_protocol import problems

Record = Callable[[str], Invoice]


def go(run: Run, platform: PlatformInMemory, *, at: datetime = NOW, drawn: float = 1.0) -> Run:
    run.refresh_from_db()
    claimed = runs.claim(run=run, now=at)
    assert claimed is not None
    platform.now = at
    return runs.carry_out(run=claimed, clock=lambda: at, transport=platform, draw=lambda: drawn)


def busy(retry_after_s: int) -> Callable[[str, str], Answer | None]:
    def say(_method: str, url: str) -> Answer | None:
        if "/batches/" not in url:
            return None
        told = problems.problem(code="busy", status=503, detail="zajęte", retry_after_s=retry_after_s)
        return Answer(503, json.dumps({name: getattr(told, name) for name in told.__struct_fields__}).encode())

    return say


@given(failures=st.integers(1, 5000), drawn=st.floats(0, 0.999))
def test_a_pause_doubles_up_to_a_bound_and_half_of_it_is_drawn(failures: int, drawn: float) -> None:
    def pause(at: float) -> float:
        return retrying.pause_s(failures=failures, retry_after_s=None, draw=lambda: at)

    longest = min(2 * 2 ** (min(failures, 40) - 1), 600)
    assert (pause(0), pause(1)) == (longest / 2, longest)
    assert longest / 2 <= pause(drawn) <= longest


@pytest.mark.parametrize(
    ("asked", "drawn", "pause"), [(120, 0.0, 120), (120, 0.5, 126), (3600, 0.9, 3600), (86_400, 0.0, 3600)]
)
def test_what_the_platform_asks_for_is_obeyed_and_bounded(asked: int, drawn: float, pause: float) -> None:
    assert retrying.pause_s(failures=9, retry_after_s=asked, draw=lambda: drawn) == pytest.approx(pause)


@pytest.mark.parametrize(
    ("failures", "hours", "over"),
    [(39, 9000, False), (40, 47, False), (40, 48, True), (999, -3, False), (1000, -3, True)],
)
def test_trying_ends_by_the_clock_and_by_count_so_that_neither_alone_can_be_wrong(
    failures: int, hours: int, over: bool
) -> None:
    assert retrying.is_over(failures=failures, since=NOW, now=NOW + timedelta(hours=hours)) == over


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("", None), (None, None), ("soon", None), ("-5", None), ("1" * 40, 111_111_111),
        ("Tue, 24 Nov 2026 12:02:00 GMT", 120), ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_the_header_retry_after_is_seconds_or_a_date_counted_by_the_answers_own_clock(
    asked: str | None, seconds: int | None
) -> None:
    assert retry_after_s(asked, sent_at="Tue, 24 Nov 2026 12:00:00 GMT") == seconds


def test_a_proxy_that_says_when_to_come_back_is_obeyed_too(company: Company, record: Record) -> None:
    platform = PlatformInMemory()
    platform.hook = lambda _method, _url: Answer(503, b"<html>", 600)
    run = runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    run = go(run, platform, drawn=0.0)
    assert (run.reason, run.next_try_at) == ("unreachable", NOW + timedelta(seconds=600))


def test_the_pauses_of_a_run_follow_what_was_drawn(company: Company, record: Record) -> None:
    platform = PlatformInMemory()
    platform.hook = offline
    run = runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    waits = []
    for drawn in (0.0, 1.0, 0.5):
        run = go(run, platform, drawn=drawn)
        assert run.next_try_at is not None
        waits.append((run.next_try_at - NOW).total_seconds())
    assert waits == [1, 4, 6]
    platform.hook = busy(90)
    again = go(run, platform, drawn=0.0)
    assert (again.reason, again.next_try_at, again.failures) == ("busy", NOW + timedelta(seconds=90), 4)


def test_after_two_days_a_person_must_look_and_the_outbox_is_kept(company: Company, record: Record) -> None:
    platform = PlatformInMemory()
    platform.hook = offline
    run = runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    for _try in range(retrying.GIVE_UP_FAILURES_MIN):
        run = go(run, platform)
    assert (run.state, run.reason) == ("waiting", "unreachable")
    late = NOW + timedelta(hours=48)
    run = go(run, platform, at=late)
    assert (run.state, run.reason, run.next_try_at) == ("waiting", "gave_up_trying", None)
    assert " 41" in run.reason_detail and NOBODY_LISTENS in run.reason_detail
    assert runs.claim_due(now=late + timedelta(days=30)) is None
    uid = OutboxBatch.objects.get(receipt=None).uid
    assert standing.of(company=company) == standing.Standing(
        batches=1, documents=1, reason="gave_up_trying", since=NOW, next_try_at=None, tries=41
    )
    platform.hook = lambda _method, _url: None
    again = runs.ask(company=company, invoice_pks=[], operator=None, now=late)
    assert (again.pk, again.failures) == (run.pk, 0)
    assert go(again, platform, at=late).state == "done"
    assert list(platform.receipts) == [str(uid)]


def test_a_run_that_was_given_up_is_tried_as_long_again_after_a_person_said_so(
    company: Company, record: Record
) -> None:
    platform = PlatformInMemory()
    platform.hook = offline
    run = runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    Run.objects.update(failures=retrying.GIVE_UP_FAILURES, waiting_since=NOW)
    assert go(run, platform).reason == "gave_up_trying"
    run = runs.ask(company=company, invoice_pks=[], operator=None, now=NOW)
    assert go(run, platform).reason == "unreachable"


def test_one_batch_that_went_right_begins_the_count_anew(
    company: Company, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saldo_desk.exchange.outbox.BATCH_DOCUMENTS_MAX", 1)
    both = [record("FV/1").pk, record("FV/2").pk]
    run = runs.ask(company=company, invoice_pks=both, operator=None, now=NOW)
    Run.objects.update(failures=900, waiting_since=NOW - timedelta(days=3))
    platform, came = PlatformInMemory(), 0

    def second_is_lost(method: str, _url: str) -> Answer | None:
        nonlocal came
        came += method == "PUT"
        if came == 2:
            raise NoAnswer("offline")
        return None

    platform.hook = second_is_lost
    run = go(run, platform)
    assert (run.reason, run.failures, run.waiting_since) == ("unreachable", 1, NOW)


def test_status_tells_what_waits_since_when_and_what_lies_in_the_outbox(
    company: Company, record: Record, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALDO_LANGUAGE", "en")
    platform = PlatformInMemory()
    platform.hook = offline
    run = go(runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW), platform)
    with translation.override("en"):
        command(["status"])
        said = capsys.readouterr().out
        command(["status", "--json"])
    assert "Waiting since 2026-11-24 13:00:00.\n1 try in a row failed.\n1 batch waits in the outbox" in said
    assert json.loads(capsys.readouterr().out)["waiting"] == {
        "batches": 1,
        "documents": 1,
        "reason": "unreachable",
        "since": "2026-11-24T12:00:00Z",
        "next_try_at": run.next_try_at.isoformat().replace("+00:00", "Z") if run.next_try_at else None,
        "tries": 1,
    }
