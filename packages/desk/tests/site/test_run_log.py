"""The log of runs: filters, one run, export, retry; and the preview's window."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from packages.desk.tests.site.test_synchronising import HTMX, connect
from saldo_core.ids import new_uid
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.exchange import previewing
from saldo_desk.exchange.tables import (
    Forecast,
    OutboxBatch,
    Run,
    RunDocument,
    RunOutcome,
    RunStage,
    RunState,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTLED = {
    "pointer": "/payments/0/settlements/0",
    "from": None,
    "to": {"external_id": "S", "amount_minor": 12300, "settled_on": "2026-11-02", "kind": "other"},
}


def run_of(company: Company, *invoices: Invoice, outcome: str = RunOutcome.SENT, **values: Any) -> Run:
    made = {"asked_at": NOW, "state": RunState.DONE, "started_at": NOW, "finished_at": NOW + timedelta(seconds=75)}
    run = Run.objects.create(company=company, **{**made, **values})
    batch = OutboxBatch.objects.create(
        company=company, run=run, integration_uid=new_uid(), body=b"x", receipt=b"{}", made_at=NOW, received_at=NOW
    )
    for invoice in invoices:
        RunDocument.objects.create(run=run, invoice=invoice, marked=True, batch=batch, outcome=outcome, revision=1)
    return run


def shown(window: Client, **filters: str) -> int:
    return window.get(reverse("runs"), filters).content.decode().count("data-run-state=")


def test_the_log_is_filtered_by_day_outcome_person_and_number(
    window: Client, company: Company, anna: Operator, record: Callable[[str], Invoice]
) -> None:
    first, second = record("FV/1"), record("ABC/2")
    run_of(company, first, asked_by=anna)
    run_of(company, second, outcome=RunOutcome.REFUSED, asked_at=NOW - timedelta(days=2))
    run_of(company, second, outcome=RunOutcome.PENDING, state=RunState.STOPPED, asked_at=NOW - timedelta(days=2))
    assert shown(window) == 3
    assert [shown(window, since=day) for day in ("2026-11-22", "2026-11-23", "2026-11-25")] == [3, 1, 0]
    assert [shown(window, until=day) for day in ("2026-11-21", "2026-11-22", "2026-11-24")] == [0, 2, 3]
    assert [shown(window, result=word) for word in ("done", "failed", "stopped", "active")] == [1, 2, 1, 0]
    assert [shown(window, by=who) for who in ("anna", "-")] == [1, 2]
    assert [shown(window, number=part) for part in ("bc/2", "FV", "%")] == [2, 1, 0]
    assert "nie spełnia filtra" in window.get(reverse("runs"), {"number": "%"}).content.decode()
    wrong = window.get(reverse("runs"), {"since": "nonsense", "result": "nonsense"}).content.decode()
    assert wrong.count("errorlist") == 2 and wrong.count("data-run-state=") == 3


def test_the_log_takes_as_many_queries_for_three_runs_as_for_one(
    window: Client, company: Company, invoice: Invoice
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connections["default"]) as captured:
            window.get(reverse("runs"))
        return len(captured)

    run_of(company, invoice)
    one = queries()
    run_of(company, invoice)
    run_of(company, invoice)
    assert queries() == one


def test_a_run_takes_as_many_queries_for_three_documents_as_for_one(
    window: Client, company: Company, record: Callable[[str], Invoice]
) -> None:
    runs = [run_of(company, record("1")), run_of(company, *(record(number) for number in "234"))]
    counts = []
    for run in runs:
        with CaptureQueriesContext(connections["default"]) as captured:
            window.get(reverse("run", kwargs={"uid": run.uid}))
        assert not any('"body"' in query["sql"] for query in captured.captured_queries), "bodies are not fetched"
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_run_tells_duration_tries_and_receipts(window: Client, company: Company, invoice: Invoice) -> None:
    run = run_of(company, invoice, tries=3)
    page = window.get(reverse("run", kwargs={"uid": run.uid})).content.decode()
    batch = OutboxBatch.objects.get()
    assert "1 min 15 s" in page and "<dd>3</dd>" in page and str(batch.uid) in page
    assert "Ponów tylko nieudane" not in page
    run = run_of(company, invoice, outcome=RunOutcome.REFUSED)
    assert "Ponów tylko nieudane" in window.get(reverse("run", kwargs={"uid": run.uid})).content.decode()


def test_the_times_of_a_run_and_its_duration_fit_together(window: Client, company: Company, invoice: Invoice) -> None:
    begun, ended = NOW + timedelta(seconds=1.9), NOW + timedelta(seconds=64.1)
    run = run_of(company, invoice, started_at=begun, finished_at=ended)
    page = window.get(reverse("run", kwargs={"uid": run.uid})).content.decode()
    shown_at = [f"<dd>2026-11-24 13:{time}</dd>" for time in ("00:00", "00:01", "01:04")]
    assert [text in page for text in (*shown_at, "<dd>1 min 3 s</dd>")] == [True] * 4


def test_an_active_run_tells_how_far_it_is_and_reloads_when_it_ends(
    window: Client, company: Company, invoice: Invoice
) -> None:
    run = run_of(company, invoice, outcome=RunOutcome.PENDING, state=RunState.RUNNING, finished_at=None)
    address = reverse("run", kwargs={"uid": run.uid})
    assert "every 1s" in window.get(address, {"was": "active"}, headers=HTMX).content.decode()
    Run.objects.update(state=RunState.DONE)
    assert window.get(address, {"was": "active"}, headers=HTMX)["HX-Refresh"] == "true"


def test_an_export_for_a_spreadsheet_runs_no_formula_and_opens_as_utf8(
    window: Client, company: Company, record: Callable[[str], Invoice]
) -> None:
    invoice = record("=HYPERLINK(1)")
    Invoice.objects.filter(pk=invoice.pk).update(number="=HYPERLINK(1)")
    invoice.counterparty.name = " +Żółć; i wspólnicy"
    invoice.counterparty.save()
    run = run_of(company, invoice)
    answer = window.get(reverse("run-export", kwargs={"uid": run.uid, "form": "csv"}))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert (
        content.startswith(b"\xef\xbb\xbf") and 'filename="saldo-2026-11-24-1300.csv"' in answer["Content-Disposition"]
    )
    heading, row = content.decode("utf-8-sig").splitlines()
    assert heading.startswith("Faktura;Kontrahent;")
    assert row.startswith("'=HYPERLINK(1);\"'+Żółć; i wspólnicy\";")
    assert ";2026-11-24 13:00:00;" in row
    log = window.get(reverse("runs-export", kwargs={"form": "csv"}))
    row = b"".join(log.streaming_content).decode("utf-8-sig").splitlines()[1]  # type: ignore[attr-defined]
    assert row.startswith("2026-11-24 13:00:00;") and ";2026-11-24 13:00:00;2026-11-24 13:01:15;" in row
    assert window.get(reverse("run-export", kwargs={"uid": run.uid, "form": "exe"})).status_code == 404


def test_an_export_for_a_program_is_whole(window: Client, company: Company, invoice: Invoice) -> None:
    run = run_of(company, invoice, outcome=RunOutcome.REFUSED)
    answer = window.get(reverse("run-export", kwargs={"uid": run.uid, "form": "json"}))
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert (told["run"]["uid"], told["run"]["refused"]) == (str(run.uid), 1)
    assert [(row["number"], row["outcome"]) for row in told["documents"]] == [(invoice.number, "refused")]
    assert told["documents"][0]["received_at"] == "2026-11-24T12:00:00+00:00"
    log = window.get(reverse("runs-export", kwargs={"form": "json"}), {"result": "failed"})
    assert [row["uid"] for row in json.loads(b"".join(log.streaming_content))["runs"]] == [str(run.uid)]  # type: ignore[attr-defined]
    log = window.get(reverse("runs-export", kwargs={"form": "csv"}), {"result": "done"})
    assert len(b"".join(log.streaming_content).decode("utf-8-sig").splitlines()) == 1  # type: ignore[attr-defined]


def test_nothing_failed_is_said_and_makes_no_run(window: Client, company: Company, invoice: Invoice) -> None:
    run = run_of(company, invoice)
    answer = window.post(reverse("run-retry", kwargs={"uid": run.uid}), headers=HTMX)
    assert "wszystko się udało" in answer.content.decode()
    assert Run.objects.count() == 1


def test_a_retry_shows_the_preview_of_only_what_failed(
    window: Client, company: Company, record: Callable[[str], Invoice]
) -> None:
    connect(company)
    good, bad = record("1"), record("2")
    run = run_of(company, good)
    RunDocument.objects.create(run=run, invoice=bad, marked=False, outcome=RunOutcome.REFUSED)
    answer = window.post(reverse("run-retry", kwargs={"uid": run.uid}), headers=HTMX)
    assert 'data-preview="asking"' in answer.content.decode()
    again = Run.objects.latest("pk")
    assert (again.stage, again.only_marked) == ("preview", True)
    assert [row.invoice for row in again.documents.all()] == [bad]
    refused = window.post(reverse("run-retry", kwargs={"uid": run.uid}), headers=HTMX)
    assert "Trwa synchronizacja" in refused.content.decode()


@pytest.fixture
def previewed(company: Company, record: Callable[[str], Invoice], anna: Operator) -> Run:
    connect(company)
    run = Run.objects.create(
        company=company, asked_at=NOW, asked_by=anna, state=RunState.PREVIEWED, stage=RunStage.PREVIEW
    )
    told = {"1": ("updated", "", [SETTLED]), "2": ("created", "", []), "3": ("refused", "Zły dokument", [])}
    for number, (outcome, message, changes) in told.items():
        row = RunDocument.objects.create(run=run, invoice=record(number), marked=True)
        Forecast.objects.create(document=row, revision=1, outcome=outcome, message=message, changes=changes)
    return run


def test_the_preview_tells_each_change_in_words(window: Client, previewed: Run) -> None:
    page = window.get(reverse("run-preview", kwargs={"uid": previewed.uid}), headers=HTMX).content.decode()
    told = [page.index(text) for text in ("Zły dokument", "płatność 1, rozliczenie", "nowa na Platformie")]
    assert told == sorted(told), "refused first, then changed, then new"
    assert '123,00\xa0PLN, <span class="when">2026-11-02</span>' in page and "Nie pytaj ponownie" in page
    assert "every" not in page, "a preview that is ready is not asked for again"
    banner = window.get(reverse("banner"), headers=HTMX).content.decode()
    assert "Podgląd: 1 nowa, 1 zmieniona, 1 zostanie odrzucona" in banner and "Pokaż podgląd" in banner


def test_the_preview_counts_payments_as_the_result_does(window: Client, previewed: Run) -> None:
    changed = previewed.documents.get(forecast__outcome="updated").invoice
    changed.payments.create(
        company=changed.company, position=9, due_on=NOW.date(), amount_minor=100, settled_minor=0, form="transfer"
    )
    page = window.get(reverse("run-preview", kwargs={"uid": previewed.uid}), headers=HTMX).content.decode()
    assert "Wysłanie obejmie 2 faktury i 3 płatności:" in page


def test_a_yes_sends_and_may_be_for_ever(window: Client, previewed: Run, company: Company, anna: Operator) -> None:
    address = reverse("run-agree", kwargs={"uid": previewed.uid})
    assert window.post(address, {"skip": "1"}, headers=HTMX)["HX-Trigger"].startswith("dialog-close, run-changed")
    previewed.refresh_from_db()
    assert (previewed.state, previewed.stage) == ("queued", "send")
    assert previewing.is_skipped(company=company, operator=anna)
    assert "Ten podgląd jest nieaktualny" in window.post(address, headers=HTMX).content.decode()
    assert "Pokazuj podgląd ponownie" in window.get(reverse("link"), headers=HTMX).content.decode()
    window.post(reverse("preview-again"), headers=HTMX)
    assert not previewing.is_skipped(company=company, operator=anna)


def test_synchronise_with_a_link_shows_how_far_the_platform_was_asked(
    window: Client, company: Company, invoice: Invoice
) -> None:
    connect(company)
    answer = window.post(reverse("synchronise"), {"invoice": str(invoice.uid)}, headers=HTMX)
    assert 'data-preview="asking"' in answer.content.decode() and "0 z 1" in answer.content.decode()
    run = Run.objects.get()
    address = reverse("run-preview", kwargs={"uid": run.uid})
    assert window.get(address, {"was": "0"}, headers=HTMX).status_code == 204
    Run.objects.update(state=RunState.WAITING, reason="unreachable")
    assert window.get(address, headers=HTMX)["Location"] == reverse("link-problem")
    Run.objects.update(state=RunState.STOPPED)
    assert "dialog-close" in window.get(address, headers=HTMX)["HX-Trigger"]
