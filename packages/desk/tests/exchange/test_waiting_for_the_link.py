"""Which refusals are looked at again by themselves, and what the command line says of each."""

import argparse
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.utils import translation

from saldo_core.refusals import Refusal
from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.commands import output
from saldo_desk.exchange import connection, link_states, runs
from saldo_desk.exchange import waiting as waiting_rules
from saldo_desk.exchange.platform_api import Declined, PreviewNotOffered
from saldo_desk.exchange.tables import Run, RunState
from saldo_protocol import problems
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EXIT = {"unreachable": 4, "gave_up_trying": 4}


@pytest.fixture
def company(db: None, settings: LazySettings, tmp_path: object) -> Company:
    settings.PROGRAM_HOME = tmp_path
    return companies.add(nip=samples.COMPANY_NIP, name="Zielona Łąka")


def waiting(company: Company, **values: object) -> Run:
    return Run.objects.create(company=company, asked_at=NOW, state=RunState.WAITING, **values)


def declined(code: str, status: int) -> Declined:
    return Declined(problems.problem(code=code, status=status, detail="d"))


@pytest.mark.parametrize(
    ("refusal", "pause_s"),
    [
        (connection.ClockWrong(here="1", there="2"), 60),
        (declined("program_too_old", 426), 60),
        (PreviewNotOffered(version="0.1.0"), 60),
        (declined("key_expired", 401), None),
        (declined("key_replaced", 401), None),
        (declined("integration_not_made", 403), None),
        (declined("busy", 503), 2),
    ],
)
def test_a_run_waits_as_long_as_its_reason_asks(refusal: Refusal, pause_s: int | None, company: Company) -> None:
    run = Run.objects.create(company=company, asked_at=NOW, state=RunState.RUNNING, tries=1)
    waiting_rules.put_off(run, refusal, NOW, draw=lambda: 1.0)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("waiting", refusal.code)
    assert run.next_try_at == (None if pause_s is None else NOW + timedelta(seconds=pause_s))


@pytest.mark.parametrize(
    ("reason", "ahead_s", "due"),
    [("clock_wrong", 30, False), ("clock_wrong", 61, True), ("unreachable", 3000, False), ("unreachable", 3601, True)],
)
def test_a_clock_that_was_put_back_leaves_no_run_waiting_for_hours(
    reason: str, ahead_s: int, due: bool, company: Company
) -> None:
    waiting(company, reason=reason, next_try_at=NOW + timedelta(seconds=ahead_s))
    assert (runs.claim_due(now=NOW) is not None) == due


@pytest.mark.parametrize("code", link_states.STATES)
def test_the_command_line_says_the_same_as_the_window(
    code: str, company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    class Said(Refusal):
        text = "szczegół"

    Said.code = code
    state = link_states.STATES[code]
    with translation.override("pl"):
        exit_code = output.refuse(argparse.Namespace(json=False), Said())
        expected = [str(state.title), str(state.happened), str(state.remedy)]
        labels = {str(label) for label in link_states.BUTTONS.values()}
    said = [line for line in capsys.readouterr().err.splitlines() if line != "szczegół"]
    assert said[:3] == expected
    assert {line.partition(": ")[0] for line in said[3:]} <= labels
    assert exit_code == EXIT.get(code, 3)


def test_the_texts_of_all_states_differ() -> None:
    for part in ("title", "happened"):
        texts = [str(getattr(state, part)) for state in link_states.STATES.values()]
        assert len(set(texts)) == len(texts)
