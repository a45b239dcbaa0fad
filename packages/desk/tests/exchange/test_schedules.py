"""The schedule: one run at a time, missed times made up for once, clocks set back, and no row for nothing."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from packages.desk.tests.exchange.conftest import NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory, offline
from packages.desk.tests.exchange.test_runs_that_wait import anna, change, state_of, withdraw
from saldo_desk.__main__ import run as command
from saldo_desk.books import cancelling
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, Operator
from saldo_desk.exchange import connection, run_log, runs, schedule_words, scheduled, schedules
from saldo_desk.exchange.platform_api import Answer, NoAnswer
from saldo_desk.exchange.schedules import Plan
from saldo_desk.exchange.tables import OutboxBatch, Run, RunStage, RunState, Schedule
from saldo_protocol import changes

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["anna"]

Record = Callable[[str], Invoice]
Send = Callable[[int], list[Invoice]]
EVERY = Plan(mode="every", every_minutes=15)
ALL = Plan(mode="every", every_minutes=15, approved_from=date(2026, 1, 1), directions=("sales", "purchase"))


def set_plan(company: Company, plan: Plan = EVERY, *, at: datetime = NOW, by: Operator | None = None) -> Schedule:
    return schedules.set_plan(company=company, plan=plan, operator=by, now=at)


def work(platform: PlatformInMemory, at: datetime) -> bool:
    """A round of the worker; whether the schedule asked for a run."""
    platform.now = at
    asked = schedules.ask_due(now=at)
    runs.carry_out_due(clock=lambda: at, transport=platform)
    return asked


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_what_changed_goes_when_the_time_comes_and_not_before(company: Company, send: Send) -> None:
    invoice, other = send(2)
    platform = PlatformInMemory(invoice, other)
    set_plan(company)
    change(invoice)
    assert not work(platform, later(14))
    assert work(platform, later(15))
    assert platform.put == [("invoice", str(invoice.uid))]
    run = Run.objects.get()
    assert (run.by_schedule, run.asked_by, run.state) == (True, None, "done")
    schedule = Schedule.objects.get()
    assert (schedule.found, schedule.looked_at, schedule.next_at) == ("sent", later(15), later(30))


def test_a_look_that_finds_nothing_leaves_no_row_but_reads_what_came_back(company: Company, send: Send) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    platform.tell(changes.TAKEN_OVER, invoice, invoice.revision)
    set_plan(company)
    assert work(platform, later(15))
    assert (Run.objects.count(), Schedule.objects.get().found, platform.put) == (0, "nothing", [])
    assert state_of(invoice) == "taken_over"


def test_never_sent_invoices_go_from_their_day_on_once_and_not_refused_ones_again_and_again(
    company: Company, record: Record
) -> None:
    good, refused, cancelled = record("FV/1"), record("FV/2"), record("FV/3")
    cancelling.cancel(company=company, invoice=cancelled, reason="pomyłka", operator=None, now=NOW)
    platform = PlatformInMemory(refuse={"FV/2"})
    set_plan(company, ALL)
    assert work(platform, later(15))
    assert sorted(uid for _kind, uid in platform.put) == sorted([str(good.uid), str(refused.uid)])
    assert work(platform, later(30))
    assert len(platform.put) == 2
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "directions", "goes"),
    [
        (date(2026, 1, 1), ("sales",), True),
        (date(2026, 1, 1), ("purchase",), False),
        (date(2099, 1, 1), ("sales", "purchase"), False),
        (None, (), False),
    ],
)
def test_only_what_the_schedule_says_goes(
    company: Company, record: Record, day: date | None, directions: tuple[str, ...], goes: bool
) -> None:
    invoice = record("FV/1")
    assert invoice.direction == "sales"
    platform = PlatformInMemory()
    set_plan(company, Plan(mode="every", every_minutes=5, approved_from=day, directions=directions))
    work(platform, later(5))
    assert bool(platform.put) == goes


def test_what_was_withdrawn_is_not_sent_again(company: Company, send: Send) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    claimed = runs.claim(run=withdraw(None, invoice), now=NOW)
    assert claimed is not None
    runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)
    change(invoice)
    platform.put.clear()
    set_plan(company, ALL)
    work(platform, later(15))
    assert (platform.put, state_of(invoice)) == ([], "withdrawn")


def test_times_that_were_missed_are_made_up_for_once(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1))
    set_plan(company)
    monday = NOW + timedelta(days=3)
    assert [work(platform, monday), work(platform, monday + timedelta(seconds=1))] == [True, False]
    assert Schedule.objects.get().next_at == monday + timedelta(minutes=15)


def test_a_clock_set_back_neither_silences_the_schedule_nor_makes_it_storm(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1))
    set_plan(company)
    back = NOW - timedelta(days=300)
    assert [work(platform, back), work(platform, back + timedelta(minutes=14))] == [False, False]
    assert work(platform, back + timedelta(minutes=15))


def test_a_clock_set_forward_and_back_goes_on(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1))
    set_plan(company, Plan(mode="at", at_times=("08:00", "14:00")))
    assert work(platform, NOW + timedelta(days=300))
    assert not work(platform, NOW)
    assert Schedule.objects.get().next_at == datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_a_time_goes_to_one_worker(company: Company, send: Send) -> None:
    send(1)
    set_plan(company)
    asked = [schedules.ask_due(now=later(15)) for _worker in range(2)]
    assert (asked, Run.objects.count()) == ([True, False], 1)


def test_a_time_that_falls_into_another_run_is_left_out_and_said_once(company: Company, record: Record) -> None:
    platform = PlatformInMemory()
    platform.hook = offline
    runs.ask(company=company, invoice_pks=[record("FV/1").pk], operator=None, now=NOW)
    set_plan(company)
    for at in (15, 30, 45):
        assert not work(platform, later(at))
    schedule = Schedule.objects.get()
    assert (schedule.found, schedule.skipped, Run.objects.count()) == ("run_under_way", 3, 1)
    (event,) = HistoryEvent.objects.filter(action=scheduled.SKIPPED)
    with translation.override("en"):
        assert schedule_words.event_of(event) == (
            "a look was left out: another synchronisation was under way, or waited"
        )
        assert "3 looks in a row were left out" in schedule_words.stands_of(schedule)[0]
    platform.hook, platform.now = lambda _method, _url: None, later(59)
    runs.carry_out_due(clock=lambda: later(59), transport=platform)
    assert work(platform, later(60))
    assert Schedule.objects.get().skipped == 0


@pytest.mark.parametrize(("minutes", "stopped"), [(59, False), (60, True)])
def test_a_preview_is_left_alone_for_an_hour(company: Company, send: Send, minutes: int, stopped: bool) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    preview = Run.objects.create(
        company=company, asked_at=NOW, claimed_at=NOW, state=RunState.PREVIEWED, stage=RunStage.PREVIEW
    )
    set_plan(company, Plan(mode="every", every_minutes=minutes))
    assert work(platform, later(minutes)) == stopped
    preview.refresh_from_db()
    assert preview.state == ("stopped" if stopped else "previewed")


def test_a_look_that_fails_waits_like_any_run_and_leaves_no_row_once_it_found_nothing(
    company: Company, send: Send
) -> None:
    platform = PlatformInMemory(*send(1))

    def away(_method: str, _url: str) -> Answer | None:
        raise NoAnswer("offline")

    platform.hook = away
    set_plan(company)
    work(platform, later(15))
    run = Run.objects.get()
    assert (run.state, run.reason, run.by_schedule) == ("waiting", "unreachable", True)
    platform.hook = lambda _method, _url: None
    runs.carry_out_due(clock=lambda: later(20), transport=platform)
    assert (Run.objects.count(), Schedule.objects.get().found) == (0, "nothing")


def test_without_a_key_nothing_is_asked_for_and_it_is_said(company: Company) -> None:
    connection.forget(company=company)
    set_plan(company)
    assert not schedules.ask_due(now=later(15))
    assert (Run.objects.count(), Schedule.objects.get().found) == (0, "no_key")


def test_a_person_who_asks_sees_a_preview_though_a_run_of_the_schedule_waits(
    company: Company, send: Send, record: Record, anna: Operator
) -> None:
    (sent,) = send(1)
    platform = PlatformInMemory(sent)
    platform.hook = offline
    set_plan(company)
    change(sent)
    work(platform, later(15))
    own = record("FV/9")
    run = runs.ask_for_preview(company=company, invoice_pks=[own.pk], operator=anna, now=later(16))
    assert (run.stage, run.by_schedule, run.asked_by) == (RunStage.PREVIEW, False, anna)
    platform.hook = lambda _method, _url: None
    platform.now = later(17)
    runs.carry_out_due(clock=lambda: later(17), transport=platform)
    run.refresh_from_db()
    assert run.state == "previewed"
    assert set(run.documents.values_list("invoice_id", flat=True)) == {own.pk, sent.pk}
    assert not OutboxBatch.objects.filter(receipt=None).exists()
    assert platform.put == []


def test_a_run_of_the_schedule_that_a_program_joins_is_kept(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1))
    set_plan(company)
    assert schedules.ask_due(now=later(15))
    run = runs.ask(company=company, invoice_pks=[], operator=None, now=later(15))
    assert not run.by_schedule
    platform.now = later(15)
    runs.carry_out_due(clock=lambda: later(15), transport=platform)
    assert Run.objects.get().state == "done"


def test_the_log_is_filtered_by_the_schedule(company: Company) -> None:
    for by_schedule in (True, False):
        Run.objects.create(company=company, asked_at=NOW, state=RunState.DONE, by_schedule=by_schedule)
    for who, expected in ((run_log.SCHEDULE, [True]), (run_log.NOBODY, [False])):
        found = run_log.list_runs(company=company, filters=run_log.Filters(by=who))
        assert [run.by_schedule for run in found] == expected


def test_the_history_says_who_set_it_to_what(company: Company, anna: Operator) -> None:
    set_plan(company, ALL, by=anna)
    set_plan(company, Plan(), at=later(1))
    events = schedules.list_events(company=company)
    with translation.override("en"):
        assert [(schedule_words.event_of(event), event.operator) for event in events] == [
            ("off", None),
            (
                "every 15 minutes; what changed since it was sent, and approved invoices from 2026-01-01 on: "
                "sales, purchases",
                anna,
            ),
        ]
    assert not schedules.ask_due(now=later(999))


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(mode="every", every_minutes=4), "schedule_every"),
        (Plan(mode="every", every_minutes=1441), "schedule_every"),
        (Plan(mode="at"), "schedule_times"),
        (Plan(mode="every", approved_from=date(2026, 1, 1)), "schedule_directions"),
        (Plan(mode="every", approved_from=date(2026, 1, 1), directions=("x",)), "schedule_directions"),
    ],
)
def test_a_plan_that_can_not_be_is_refused(company: Company, plan: Plan, code: str) -> None:
    kinds = (schedules.EveryOutOfBounds, schedules.TimesUnclear, schedules.DirectionsMissing)
    with pytest.raises(kinds) as refused:
        set_plan(company, plan)
    assert refused.value.code == code
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("text", ["", "8", "24:00", "08:60", "8:5", "rano", "-1:00", "٨:٠٠x", ",".join(
    f"{hour}:{minute:02}" for hour in range(5) for minute in range(5)
)])  # fmt: skip
def test_what_are_no_times_of_day_is_refused(text: str) -> None:
    with pytest.raises(schedules.TimesUnclear):
        schedules.read_times(text)


def test_times_are_read_as_people_type_them() -> None:
    assert schedules.read_times("14.30, 8:00;8:00 23:59") == ("08:00", "14:30", "23:59")


def test_the_schedule_is_set_and_shown_from_a_terminal(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALDO_LANGUAGE", "en")
    with translation.override("en"):
        command(["schedule", "show"])
        command(["schedule", "at", "8:00,14:30", "--from", "2026-11-01", "--sales"])
        said = capsys.readouterr().out
        command(["schedule", "off", "--json"])
        values = json.loads(capsys.readouterr().out)
        assert command(["schedule", "every", "3"]) == 1
        for wrong in (["every", "15", "--sales"], ["every", "15", "--from", "soon"]):
            with pytest.raises(SystemExit):
                command(["schedule", *wrong])
    assert said.splitlines()[:3] == [
        "Schedule: off",
        "Schedule: every day at 08:00, 14:30",
        "Sent: what changed since it was sent, and approved invoices from 2026-11-01 on: sales",
    ]
    assert (values["mode"], values["at_times"], values["next_at"]) == ("off", ["08:00", "14:30"], None)
