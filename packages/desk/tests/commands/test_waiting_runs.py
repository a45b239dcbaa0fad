"""A run that waits, from a terminal: look, agree, stop; what else is refused says how."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import translation

from saldo_desk.__main__ import run as command
from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.commands.runs import lines_of, preview_said
from saldo_desk.exchange import connection, key_files, link_states, run_lock
from saldo_desk.exchange.previewing import Forecasts
from saldo_desk.exchange.summaries import forecast_summary_of
from saldo_desk.exchange.tables import (
    Forecast,
    Link,
    Registration,
    RegistrationState,
    Run,
    RunDocument,
    RunStage,
    RunState,
)
from saldo_desk.sources import ksef_xml
from saldo_protocol import keys
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def company(db: None, settings: LazySettings, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Company:
    settings.PROGRAM_HOME = tmp_path
    monkeypatch.setenv("SALDO_LANGUAGE", "en")
    added = companies.add(nip=samples.COMPANY_NIP, name="Firma")
    key = keys.make()
    key_files.write_key(company=added, key=key)
    connection.keep_link(company=added, platform_url=NOBODY_LISTENS, key=key)
    return added


@pytest.fixture
def invoice(company: Company) -> Invoice:
    issued = ksef_xml.read(samples.document(number="FV/1"), name="sample.xml")
    return Invoice.objects.get(pk=invoices.record(company=company, issued=issued, operator=None, now=NOW).invoice_pk)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Carries a command out: its exit code, what it printed, what it complained of."""

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        with translation.override("en"):
            code = command(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return carry_out


def made(company: Company, invoice: Invoice, **values: Any) -> Run:
    run = Run.objects.create(company=company, asked_at=NOW, **values)
    RunDocument.objects.create(run=run, invoice=invoice, marked=True)
    return run


def previewed(company: Company, invoice: Invoice) -> Run:
    run = made(company, invoice, state=RunState.PREVIEWED, stage=RunStage.PREVIEW)
    Forecast.objects.create(document=run.documents.get(), revision=invoice.revision, outcome="created")
    return run


def test_a_preview_beside_a_waiting_run_is_refused_with_the_ways_on(
    company: Company, invoice: Invoice, said: Said
) -> None:
    run = made(company, invoice, state=RunState.WAITING, reason="integration_not_confirmed")
    code, _out, err = said("sync", "--preview")
    assert code == 1
    with translation.override("en"):
        why = link_states.under_way_of(run)
    assert err.splitlines() == [why, "Look at it: saldo-desk run show", "Stop it: saldo-desk run stop"]
    assert "Integration not confirmed" in err
    assert json.loads(said("sync", "--preview", "--json")[1])["code"] == "run_under_way"


def test_a_preview_that_waits_for_a_yes_is_shown_and_can_be_agreed_to(
    company: Company, invoice: Invoice, said: Said
) -> None:
    run = previewed(company, invoice)
    assert "Agree to it: saldo-desk run agree" in said("sync", "--preview")[2].splitlines()
    code, out, _err = said("run", "show")
    assert code == 0
    assert "FV/1" in out
    assert "new there" in out
    assert "Agree to it: saldo-desk run agree" in out.splitlines()
    code, out, _err = said("run", "agree")
    run.refresh_from_db()
    assert (code, run.stage, run.state, run.reason) == (4, "send", "waiting", "unreachable")
    assert said("run", "agree", str(run.uid))[0] == 4, "nothing to agree to: it says what it waits for"


def test_what_can_not_be_foreseen_is_sent_unseen_by_the_command_that_is_named(
    company: Company, invoice: Invoice, said: Said
) -> None:
    waits = {"state": RunState.WAITING, "stage": RunStage.PREVIEW, "reason": "preview_not_offered"}
    run = made(company, invoice, **waits)
    assert "Send without a preview: saldo-desk run agree" in said("run", "show")[1].splitlines()
    code, _out, _err = said("run", "agree")
    run.refresh_from_db()
    assert (code, run.stage, run.reason) == (4, "send", "unreachable")


def test_a_preview_is_agreed_to_once(company: Company, invoice: Invoice, said: Said) -> None:
    run = made(company, invoice, state=RunState.DONE)
    assert json.loads(said("run", "agree", str(run.uid), "--json")[1])["code"] == "not_previewed"


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.QUEUED, RunState.PREVIEWED, RunState.RUNNING])
def test_a_run_is_stopped_and_the_next_can_be_looked_at(
    state: RunState, company: Company, invoice: Invoice, said: Said
) -> None:
    run = made(company, invoice, state=state, reason="unreachable" if state == RunState.WAITING else "")
    code, out, _err = said("run", "stop")
    run.refresh_from_db()
    assert (code, run.state) == (0, "stopped")
    assert "1 not sent" in out
    assert said("sync", "--preview")[0] == 4, "it asks the Platform"
    code, out, _err = said("run", "stop", "--json")
    assert (code, json.loads(out)["code"]) == (1, "nothing_under_way")
    assert json.loads(said("run", "stop", str(run.uid), "--json")[1])["code"] == "nothing_under_way"


def test_a_run_that_is_being_sent_is_asked_to_stop(company: Company, invoice: Invoice, said: Said) -> None:
    run = made(company, invoice, state=RunState.RUNNING)
    with run_lock.of(company=company):
        code, out, _err = said("run", "stop")
    run.refresh_from_db()
    assert (code, run.state, run.stop_requested) == (0, "running", True)
    assert out == "It stops after the batch that is on its way.\n"


def test_a_waiting_run_is_shown_with_its_buttons_as_commands(company: Company, invoice: Invoice, said: Said) -> None:
    run = made(company, invoice, state=RunState.WAITING, reason="account_not_activated")
    code, out, _err = said("run", "show")
    assert code == 0
    state = link_states.STATES["account_not_activated"]
    with translation.override("en"):
        assert out.splitlines()[:7] == [
            str(state.title),
            str(state.happened),
            "1 invoice waits here; nothing is lost.",
            str(state.remedy),
            "Send the link again: saldo-desk registration resend",
            "Try again now: saldo-desk sync",
            "Send nothing: saldo-desk run stop",
        ]
        assert out.splitlines()[:7] == lines_of(run)


def test_nothing_to_look_at_is_said(company: Company, said: Said) -> None:
    assert json.loads(said("run", "show", "--json")[1])["code"] == "nothing_under_way"


def test_a_preview_without_documents_says_that_there_is_nothing_to_send(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.objects.create(company=company, asked_at=NOW, state=RunState.DONE, stage=RunStage.LOOK)
    with translation.override("pl"):
        assert preview_said(argparse.Namespace(json=False), run) == 0
    assert capsys.readouterr().out.startswith("Nie ma nic do wysłania")


def test_a_preview_of_what_is_there_already_says_so_and_one_of_withdrawals_counts_them(company: Company) -> None:
    run = Run(company=company, state=RunState.DONE, stage=RunStage.LOOK)
    none = {"pending": 0, "created": 0, "updated": 0, "unchanged": 0, "refused": 0}
    with translation.override("en"):
        unchanged = forecast_summary_of(run, Forecasts(total=3, **{**none, "unchanged": 3}))
        run.state = RunState.PREVIEWED
        removed = forecast_summary_of(run, Forecasts(total=2, **none, removed=2))
    assert unchanged == "Nothing to send: the Platform holds all 3 invoices as they are."
    assert removed == "Preview: 2 to be withdrawn. Nothing was sent yet."


def test_status_speaks_as_the_window_and_tells_programs_the_codes(
    company: Company, invoice: Invoice, said: Said
) -> None:
    Link.objects.update(problem="account_not_activated")
    Registration.objects.create(
        company=company,
        platform_url=NOBODY_LISTENS,
        email="jan@example.com",
        request=b"",
        started_at=NOW,
        state=RegistrationState.ACTIVATION_SENT,
    )
    code, out, _err = said("status")
    state = link_states.STATES["account_not_activated"]
    with translation.override("en"):
        assert out.splitlines()[2:] == [
            str(state.title),
            str(state.happened),
            str(state.remedy),
            "Send the link again: saldo-desk registration resend",
            "A link was sent to jan@example.com: open it and set the password.",
        ]
    assert (code, "account_not_activated" in out, "activation_sent" in out) == (0, False, False)
    values = json.loads(said("status", "--json")[1])
    assert (values["problem"], values["registration"]) == ("account_not_activated", "activation_sent")
