"""The window that compares what was sent with what the Platform holds."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from packages.desk.tests.site.conftest import NOW
from packages.desk.tests.site.test_withdraw_dialogs import HTMX, sent, text
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.tables import Difference, DifferenceKind, Run, RunStage, RunState, SentDocument

Record = Callable[[str], Invoice]


@pytest.fixture
def compared(company: Company) -> Run:
    return Run.objects.create(
        company=company, asked_at=NOW, finished_at=NOW, state=RunState.DONE, stage=RunStage.VERIFY, compared=3
    )


def differ(run: Run, kind: DifferenceKind, invoice: Invoice | None, *, held: int = 1) -> Difference:
    return Difference.objects.create(
        run=run,
        external_id=str(invoice.uid) if invoice else "obcy",
        kind=kind,
        invoice=invoice,
        number=invoice.number if invoice else "FV/OBCA",
        issued_on=date(2026, 10, 1),
        held_revision=held,
    )


def test_asking_shows_that_it_is_under_way_and_keeps_asking(window: Client, company: Company) -> None:
    page = text(window.post(reverse("verify"), headers=HTMX))
    run = Run.objects.get(stage=RunStage.VERIFY)
    where = reverse("verification", kwargs={"uid": run.uid})
    assert f'hx-get="{where}?was=queued"' in page and "Porównywanie z Platformą" in page
    assert window.get(f"{where}?was=queued", headers=HTMX).status_code == 204


def test_without_a_difference_it_says_so(window: Client, compared: Run) -> None:
    page = text(window.get(reverse("verification", kwargs={"uid": compared.uid})))
    assert "Zgodne: Platforma ma wszystkie 3 wysłane dokumenty" in page
    assert "<table" not in page.partition("<main")[2]
    assert "Zgodne" in text(window.get(reverse("banner")))
    assert window.get(reverse("run", kwargs={"uid": compared.uid})).status_code == 302


def test_each_difference_says_what_to_do(window: Client, compared: Run, record: Record) -> None:
    differ(compared, DifferenceKind.MISSING, record("FV/1"))
    newer = record("FV/2")
    differ(compared, DifferenceKind.DIFFERENT, newer, held=newer.revision + 1)
    differ(compared, DifferenceKind.EXTRA, None)
    page = text(window.get(reverse("verification", kwargs={"uid": compared.uid})))
    for sentence in (
        "3 dokumenty różnią się", "brak tam", "Wyślij ją ponownie", "inna treść", "Platforma ma nowszą wersję",
        "tylko tam", "FV/OBCA", "Zaimportuj fakturę jeszcze raz",
        "Wyślij ponownie 1 dokument", "Obowiązują te księgi (1)",
    ):  # fmt: skip
        assert sentence in page


def test_mending_sends_what_was_shown_and_no_newer_version_unless_told(
    window: Client, compared: Run, record: Record
) -> None:
    lost, newer = sent(record("FV/1")), sent(record("FV/2"))
    differ(compared, DifferenceKind.MISSING, lost)
    differ(compared, DifferenceKind.DIFFERENT, newer, held=newer.revision + 1)
    answer = window.post(reverse("mend", kwargs={"uid": compared.uid}), headers=HTMX)
    assert answer["HX-Trigger"] == "dialog-close, run-changed, books-changed"
    run = Run.objects.get(stage=RunStage.SEND)
    assert list(run.documents.values_list("invoice__number", flat=True)) == ["FV/1"]
    assert list(SentDocument.objects.values_list("invoice__number", flat=True)) == ["FV/2"]


def test_nothing_to_mend_says_so(window: Client, compared: Run) -> None:
    differ(compared, DifferenceKind.EXTRA, None)
    assert "nie naprawi wysłanie" in text(window.post(reverse("mend", kwargs={"uid": compared.uid}), headers=HTMX))
