"""Importing in the window: in parts, without scripts, the preview, the result, undo, the log, the export."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from packages.desk.tests.sources import import_files as files
from saldo_desk.books import settlements
from saldo_desk.books.tables import Company, HistoryEvent, Invoice
from saldo_desk.site import uploads
from saldo_desk.sources import imports
from saldo_desk.sources.tables import Import, ImportState

HTMX = {"HX-Request": "true"}
ROW = re.compile(r'<tr data-outcome="(\w+)">')


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def page_of(window: Client, found: Import, **query: str) -> str:
    return window.get(reverse("import-page", kwargs={"uid": found.uid}), query).content.decode()


def send(window: Client, found: Import, verb: str) -> None:
    assert window.post(reverse(f"import-{verb}", kwargs={"uid": found.uid})).status_code == 302


def test_files_come_in_parts_and_lead_to_the_preview(window: Client, company: Company) -> None:
    urls = window.post(reverse("import"), {"begin": "1"}).json()
    first = {"files": [upload("file", files.document("FV/1"))], "names": ["2026/a.xml"], "offsets": ["0"]}
    assert window.post(urls["part"], first).json() == {"files": 1}
    half = {"files": [upload("file", files.BROKEN)], "names": ["b.xml"], "offsets": ["0"], "unsent": ["scan.pdf"]}
    assert window.post(urls["part"], half).json() == {"files": 3}
    found = Import.objects.get()
    where = window.post(urls["received"]).json()["page"]
    assert where == reverse("import-page", kwargs={"uid": found.uid})
    assert 'hx-trigger="every 300ms"' in window.get(where).content.decode()
    files.work(found)
    page = window.get(where).content.decode()
    assert ROW.findall(page) == ["new", "refused", "left_out"]
    assert "Zaimportuj jedną fakturę" in page
    assert "2026/a.xml" in page
    assert not Invoice.objects.exists()


def test_a_part_that_can_not_be_taken_says_why(window: Client, company: Company) -> None:
    urls = window.post(reverse("import"), {"begin": "1"}).json()
    answer = window.post(urls["received"])
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_to_import")
    piece = {"files": [upload("file", b"x")], "names": ["a.zip"], "offsets": ["5"]}
    answer = window.post(urls["part"], piece)
    assert (answer.status_code, answer.json()["code"]) == (409, "part_out_of_order")


def test_a_few_files_go_without_scripts(window: Client, company: Company) -> None:
    answer = window.post(reverse("import"), {"files": [upload("a.xml", files.document("FV/1"))]})
    found = Import.objects.get()
    assert answer["Location"] == reverse("import-page", kwargs={"uid": found.uid})
    files.work(found)
    send(window, found, "record")
    files.work(found)
    assert "Jedna faktura jest w księgach" in page_of(window, found)
    assert list(Invoice.objects.values_list("number", flat=True)) == ["FV/1"]
    assert HistoryEvent.objects.get().operator is not None


def test_without_a_file_the_dialog_says_so(window: Client, company: Company) -> None:
    assert "Wybierz co najmniej jeden plik" in window.post(reverse("import")).content.decode()


def test_a_request_over_the_bound_is_refused_unread(
    window: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES_MAX", 100)
    answer = window.post(reverse("import"), {"files": [upload("a.xml", b"x" * 1000)]})
    assert answer.status_code == 400
    assert "saldo-desk import" in answer.content.decode()
    assert not Import.objects.exists()


def test_the_counts_are_filters(window: Client, company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1")), ("b.xml", files.BROKEN)])
    assert ROW.findall(page_of(window, found, only="refused")) == ["refused"]
    assert ROW.findall(page_of(window, found, only="new")) == ["new"]
    assert ROW.findall(page_of(window, found, only="nonsense")) == ["new", "refused"]
    assert 'data-only="conflict"' not in page_of(window, found)


def test_the_page_takes_as_many_queries_with_three_files_as_with_one(window: Client, company: Company) -> None:
    counted = []
    for numbers in ("1", "234"):
        found = files.record(company, [(f"{number}.xml", files.document(f"FV/{number}")) for number in numbers])
        with CaptureQueriesContext(connection) as captured:
            page_of(window, found)
        with CaptureQueriesContext(connection) as listed:
            window.get(reverse("imports"))
        counted.append((len(captured), len(listed)))
    assert counted[0] == counted[1]


def test_progress_tells_the_page_when_the_state_has_changed(window: Client, company: Company) -> None:
    found = files.receive(company, [("a.xml", files.document("FV/1"))])
    where = reverse("import-progress", kwargs={"uid": found.uid})
    assert not window.get(where, {"was": "reading"}, headers=HTMX).has_header("HX-Trigger")
    files.work(found)
    assert "import-changed" in window.get(where, {"was": "reading"}, headers=HTMX)["HX-Trigger"]


def test_a_preview_can_be_discarded_and_a_verb_out_of_turn_says_so(window: Client, company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1"))])
    send(window, found, "discard")
    assert "Odrzucono" in page_of(window, found)
    answer = window.post(reverse("import-record", kwargs={"uid": found.uid}))
    assert 'role="alert"' in answer.content.decode()
    assert files.again(found).state == ImportState.DISCARDED


def test_undo_asks_first_then_takes_everything_back(window: Client, company: Company) -> None:
    found = files.record(company, [("a.xml", files.document("FV/1"))])
    where = reverse("import-undo", kwargs={"uid": found.uid})
    assert "Cofnij import" in window.get(where, headers=HTMX).content.decode()
    assert Invoice.objects.count() == 1
    answer = window.post(where, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "dialog-close, import-changed, books-changed")
    assert not Invoice.objects.exists()
    assert "Anna Nowak" in page_of(window, found)


def test_undo_names_what_was_built_on_the_import(window: Client, company: Company) -> None:
    found = files.record(company, [("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2"))])
    payment = Invoice.objects.get(number="FV/2").payments.get()
    now = timezone.now()
    settlements.settle(
        company=company, payment_uid=payment.uid, amount_minor=None, settled_on=now.date(), operator=None, now=now
    )
    answer = window.post(reverse("import-undo", kwargs={"uid": found.uid}), headers=HTMX).content.decode()
    assert "FV/2: rozliczona później" in answer
    assert "FV/1" not in answer
    assert Invoice.objects.count() == 2


def test_the_log_lists_imports_with_their_outcome(window: Client, company: Company) -> None:
    assert "Nic jeszcze nie zaimportowano" in window.get(reverse("imports")).content.decode()
    files.record(company, [("a.xml", files.document("FV/1"))])
    assert 'data-import-state="done"' in window.get(reverse("imports")).content.decode()


def test_the_export_opens_in_a_spreadsheet_and_holds_no_formula(window: Client, company: Company) -> None:
    found = files.preview(company, [("=cmd|' /C calc'!A1.xml", files.document("+FV/1")), ("b.xml", files.BROKEN)])
    answer = window.get(reverse("import-csv", kwargs={"uid": found.uid}))
    assert f"import-{localtime(found.began_at):%Y-%m-%d-%H%M%S}.csv" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("\ufeffPlik;Wynik;")
    lines = text.splitlines()
    assert lines[1].startswith("'=cmd\\|' /C calc'!A1.xml;nowa;'+FV/1;")
    assert lines[2].startswith("b.xml;odrzucona;")


def test_an_import_of_another_company_is_not_there(window: Client, company: Company) -> None:
    other = Company.objects.create(nip="5260001246", name="ż Inna")
    found = imports.begin(company=other, operator=None, now=timezone.now())
    for name in ("page", "progress", "csv", "undo"):
        assert window.get(reverse(f"import-{name}", kwargs={"uid": found.uid})).status_code == 404
    for name in ("part", "received", "record", "stop", "resume", "discard", "undo"):
        assert window.post(reverse(f"import-{name}", kwargs={"uid": found.uid})).status_code == 404
        assert window.post(reverse(f"import-{name}", kwargs={"uid": uuid4()})).status_code == 404


def test_the_dialog_tells_the_script_its_bounds(window: Client, company: Company) -> None:
    dialog = window.get(reverse("import"), headers=HTMX).content.decode()
    bounds = {name: int(value) for name, value in re.findall(r'data-([a-z]+-[a-z]+)="(\d+)"', dialog)}
    assert json.loads(json.dumps(bounds)) == {
        "part-files": 200,
        "part-bytes": 8 * 1024**2,
        "files-max": 20_000,
        "file-bytes": 5 * 1024**2,
        "archive-bytes": 512 * 1024**2,
    }


def test_a_dropped_archive_is_read(window: Client, company: Company, tmp_path: Path) -> None:
    content = files.zipped(("a.xml", files.document("FV/1")), ("readme.txt", b"x"))
    window.post(reverse("import"), {"files": [upload("year.zip", content)]})
    assert [row[:2] for row in files.outcomes(files.work(Import.objects.get()))] == [
        ("year.zip/a.xml", "new"),
        ("year.zip/readme.txt", "left_out"),
    ]
