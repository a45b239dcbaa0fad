"""The log of runs and the preview from a terminal: what is printed, and the exit codes that a script relies on."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from saldo_desk.__main__ import run as command
from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, key_files
from saldo_desk.exchange.tables import Run, RunDocument, RunOutcome, RunState, Withdrawal
from saldo_desk.sources import ksef_xml
from saldo_protocol import keys
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def company(db: None, settings: LazySettings, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Company:
    settings.PROGRAM_HOME = tmp_path
    monkeypatch.setenv("SALDO_LANGUAGE", "pl")
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


@pytest.fixture
def run(company: Company) -> Run:
    issued = ksef_xml.read(samples.document(number="FV/1"), name="sample.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    made = Run.objects.create(company=company, asked_at=NOW, state=RunState.DONE)
    RunDocument.objects.create(
        run=made,
        invoice_id=recorded.invoice_pk,
        marked=True,
        outcome=RunOutcome.REFUSED,
        code="clock_ahead",
        message="Ustaw zegar",
    )
    return made


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = command([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_log_and_one_run(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, log = said(capsys, "runs")
    assert (code, [row["uid"] for row in log["runs"]]) == (0, [str(run.uid)])
    code, shown = said(capsys, "run", "show", str(run.uid))
    assert (code, shown["documents"][0]["code"]) == (0, "clock_ahead")
    assert command(["runs"]) == 0
    assert "1 odrzucona" in capsys.readouterr().out
    assert command(["run", "show", str(run.uid)]) == 0
    assert "odrzucona: Ustaw zegar" in capsys.readouterr().out


def test_an_export_goes_to_standard_output(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "export", str(run.uid)]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("FV/1;")
    assert command(["runs", "--csv"]) == 0
    assert str(run.uid) in capsys.readouterr().out


def test_a_retry_without_a_key_is_kept_and_ends_with_3(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "run", "retry", str(run.uid))[1]["code"] == "no_key"
    again = Run.objects.latest("pk")
    assert (again.state, again.only_marked, again.documents.count()) == ("waiting", True, 1)
    assert said(capsys, "run", "retry", str(run.uid))[1]["code"] == "run_under_way"


def test_a_run_that_is_not_there(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "run", "show", str(uuid4()))[1]["code"] == "run_not_found"
    with pytest.raises(SystemExit) as ended:
        command(["run", "show", "nonsense"])
    assert ended.value.code == 2


def test_a_preview_that_nobody_answers_leaves_nothing_to_be_sent_later(
    run: Run, company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    code, refused = said(capsys, "sync", "FV/1", "--preview")
    assert (code, refused["code"]) == (3, "no_key")
    key = keys.make()
    key_files.write_key(company=company, key=key)
    connection.keep_link(company=company, platform_url=NOBODY_LISTENS, key=key)
    code, refused = said(capsys, "sync", "FV/1", "--preview")
    assert (code, refused["code"]) == (4, "unreachable")
    assert list(Run.objects.all()) == [run]


def test_cancelling_a_withdrawn_invoice_says_that_it_stays_withdrawn(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    invoice = run.documents.get().invoice
    Withdrawal.objects.create(company=run.company, invoice=invoice, revision=invoice.revision, asked_at=NOW)
    assert command(["cancel", "FV/1", "--reason", "pomyłka"]) == 0
    assert "Jest wycofana z Platformy i tak zostaje" in capsys.readouterr().out
