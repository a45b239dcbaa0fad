"""Undo of an import: all of it, or nothing; by name what stands in the way."""

from datetime import timedelta

import pytest

from packages.desk.tests.sources import import_files as files
from saldo_desk.books import settlements
from saldo_desk.books.tables import Company, Counterparty, HistoryEvent, Invoice, Line, Payment
from saldo_desk.exchange.tables import Run, RunDocument, RunOutcome, RunState, SentDocument
from saldo_desk.sources import imports, recording, undoing
from saldo_desk.sources.import_refusals import ImportBuiltOn, ImportBusy, ImportMovedOn
from saldo_desk.sources.tables import Import, ImportState

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(company: Company) -> Import:
    return files.record(company, [(f"{at}.xml", files.document(f"FV/{at}")) for at in (1, 2)])


def undo(found: Import) -> int:
    return undoing.undo(found=found, operator=None, now=files.NOW + timedelta(hours=1))


def refused(found: Import) -> str:
    held = Invoice.objects.count()
    with pytest.raises(ImportBuiltOn) as caught:
        undo(found)
    assert Invoice.objects.count() == held
    assert files.again(found).state == ImportState.DONE
    return str(caught.value.values["invoices"])


def settle(number: str) -> None:
    payment = Payment.objects.get(invoice__number=number)
    settlements.settle(
        company=payment.invoice.company,
        payment_uid=payment.uid,
        amount_minor=None,
        settled_on=files.NOW.date(),
        operator=None,
        now=files.NOW,
    )


def test_undo_leaves_nothing_but_the_history_of_it(found: Import, company: Company) -> None:
    assert undo(found) == 2
    for table in (Invoice, Line, Payment, Counterparty):
        assert not table.objects.exists()
    event = HistoryEvent.objects.get()
    assert (event.action, event.values) == ("import_undone", {"import": str(found.uid), "invoices": 2})
    stored = files.again(found)
    assert (stored.state, stored.undone_at) == (ImportState.UNDONE, files.NOW + timedelta(hours=1))
    assert imports.counts_of(stored).new == 2


def test_after_an_undo_the_same_files_go_in_again_and_can_be_undone_again(found: Import, company: Company) -> None:
    undo(found)
    once_more = files.record(company, [("1.xml", files.document("FV/1"))])
    assert [row[1] for row in files.outcomes(once_more)] == ["new"]
    assert undo(once_more) == 1


def test_undo_twice_is_refused(found: Import) -> None:
    undo(found)
    with pytest.raises(ImportMovedOn):
        undo(found)


def test_undo_of_a_preview_is_refused(company: Company) -> None:
    with pytest.raises(ImportMovedOn):
        undo(files.preview(company, [("1.xml", files.document("FV/1"))]))


def test_undo_while_somebody_works_on_it_is_refused(found: Import) -> None:
    with imports.worked_on(found), pytest.raises(ImportBusy):
        undo(found)


def test_counterparties_that_others_use_or_that_were_there_before_stay(company: Company) -> None:
    before = files.record(company, [("1.xml", files.document("FV/1"))])
    found = files.record(company, [("2.xml", files.document("FV/2")), ("3.xml", files.other_document("FV/3"))])
    files.record(company, [("4.xml", files.other_document("FV/4"))])
    undo(found)
    assert Counterparty.objects.count() == 2
    undo(before)
    assert list(Counterparty.objects.values_list("name", flat=True)) == [files.ANOTHER_BUYER.name]


def test_a_settlement_since_stands_in_the_way(found: Import) -> None:
    settle("FV/2")
    assert refused(found) == "FV/2 (rozliczona później)"


def test_what_was_settled_and_taken_back_stands_in_the_way_too(found: Import, company: Company) -> None:
    settle("FV/2")
    payment = Payment.objects.get(invoice__number="FV/2")
    settlements.unsettle(company=company, payment_uid=payment.uid, operator=None, now=files.NOW)
    assert refused(found).startswith("FV/2 (")


def test_an_invoice_that_was_sent_stands_in_the_way(found: Import, company: Company) -> None:
    SentDocument.objects.create(
        invoice=Invoice.objects.get(number="FV/1"),
        company=company,
        platform_url="https://platform.example",
        answered_revision=1,
        answered_at=files.NOW,
        outcome=RunOutcome.SENT,
    )
    assert refused(found) == "FV/1 (wysłana na Platformę)"


def test_an_invoice_in_a_synchronisation_stands_in_the_way(found: Import, company: Company) -> None:
    run = Run.objects.create(company=company, asked_at=files.NOW)
    RunDocument.objects.create(run=run, invoice=Invoice.objects.get(number="FV/1"), marked=True)
    assert refused(found) == "FV/1 (w synchronizacji)"


def test_a_preview_that_was_declined_stands_in_nobodys_way(found: Import, company: Company) -> None:
    run = Run.objects.create(company=company, asked_at=files.NOW, state=RunState.STOPPED)
    RunDocument.objects.create(run=run, invoice=Invoice.objects.get(number="FV/1"), marked=True)
    assert undo(found) == 2


def test_an_invoice_that_was_changed_stands_in_the_way(found: Import) -> None:
    invoice = Invoice.objects.get(number="FV/1")
    Invoice.objects.filter(pk=invoice.pk).update(revision=invoice.revision + 1)
    assert refused(found) == "FV/1 (zmieniona później)"


def test_what_a_stopped_import_put_in_can_be_undone(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "SLICE_FILES", 20)
    found = files.preview(company, [(f"{at:02}.xml", files.document(f"FV/{at}")) for at in range(25)])
    imports.ask_recording(found=found)
    stopped = files.work(found, until=lambda: True)
    imports.stop(found=stopped)
    stopped = files.work(stopped)
    assert (stopped.state, Invoice.objects.count()) == (ImportState.STOPPED, 20)
    assert undo(stopped) == 20
    with pytest.raises(ImportMovedOn):
        imports.resume(found=stopped)
