"""Imports: preview, then recording; what the one announces the other does; stop, crash, and going on."""

import stat
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packages.desk.tests.sources import import_files as files
from saldo_core import row_writes
from saldo_desk.books import invoice_rows, invoices
from saldo_desk.books.tables import Company, Counterparty, Invoice
from saldo_desk.sources import importing, imports, ksef_xml, previewing, receiving, recording
from saldo_desk.sources.documents import ReadInvoice
from saldo_desk.sources.import_refusals import (
    ImportBusy,
    ImportMovedOn,
    ImportNotThere,
    NothingToImport,
    PartOutOfOrder,
    TooManyInImport,
)
from saldo_desk.sources.receiving import Upload
from saldo_desk.sources.tables import ImportFile, ImportOutcome, ImportState

pytestmark = pytest.mark.django_db
Kinds = st.lists(st.tuples(st.sampled_from("good same other broken stranger".split()), st.integers(1, 4)), max_size=12)


def test_a_preview_puts_nothing_into_the_books(company: Company) -> None:
    found = files.preview(
        company,
        [
            ("2026/a.xml", files.document("FV/1")),
            ("2026/b.xml", files.document("FV/1")),
            ("2026/c.xml", files.other_document("FV/1")),
            ("2026/d.xml", files.BROKEN),
        ],
    )
    assert found.state == ImportState.PREVIEWED
    assert files.outcomes(found) == [
        ("2026/a.xml", "new", ""),
        ("2026/b.xml", "already_here", ""),
        ("2026/c.xml", "conflict", "conflict_in_import"),
        ("2026/d.xml", "refused", "malformed_xml"),
    ]
    assert not Invoice.objects.exists()
    assert not Counterparty.objects.exists()


def test_a_conflict_within_the_import_names_the_other_file(company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1")), ("b.xml", files.other_document("FV/1"))])
    conflict = imports.list_files(found=found, only="conflict").get()
    message = importing.message_of(conflict, with_file=True)
    assert message.startswith("b.xml: ")
    assert "FV/1" in message
    assert "a.xml" in message


def test_recording_does_what_the_preview_said_and_removes_the_files(company: Company) -> None:
    found = files.record(company, [("a.xml", files.document("FV/1")), ("b.xml", files.other_document("FV/1"))])
    assert (found.state, [row[1] for row in files.outcomes(found)]) == (ImportState.DONE, ["new", "conflict"])
    assert Invoice.objects.get().number == "FV/1"
    assert files.spooled(found.uid) == []


def made(kind: str, number: int) -> bytes:
    return {
        "good": lambda: files.document(f"FV/{number}"),
        "same": lambda: files.document(f"FV/{number}", system="another program"),
        "other": lambda: files.other_document(f"FV/{number}"),
        "broken": lambda: files.BROKEN,
        "stranger": lambda: files.document(f"FV/{number}", seller=files.ANOTHER_BUYER),
    }[kind]()


def put(company: Company, name: str, content: bytes) -> None:
    importing.import_file(company=company, name=name, load=lambda: content, operator=None, now=files.NOW)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=Kinds, mixed=Kinds)
def test_recording_does_what_the_preview_announced(
    before: list[tuple[str, int]], mixed: list[tuple[str, int]], company: Company
) -> None:
    Invoice.objects.all().delete()
    for at, (kind, number) in enumerate(before):
        put(company, f"{at}", made(kind, number))
    held = Invoice.objects.count()
    received = [(f"{at}.xml", made(kind, number)) for at, (kind, number) in enumerate(mixed)]
    if not received:
        return
    previewed = files.preview(company, received)
    announced = files.outcomes(previewed)
    imports.ask_recording(found=previewed)
    assert files.outcomes(files.work(previewed)) == announced
    assert Invoice.objects.count() == held + Counter(row[1] for row in announced)["new"]
    once_more = Counter(row[1] for row in files.outcomes(files.preview(company, received)))
    assert once_more["new"] == 0
    assert once_more["refused"] == Counter(row[1] for row in announced)["refused"]


def test_the_official_folder_previews_what_recording_does(official: Callable[[str], Path], company: Company) -> None:
    seller = Company.objects.create(nip="9999999999", name="ABC AGD")
    found = receiving.from_paths(company=seller, paths=[official("1").parent], operator=None, now=files.NOW)
    previewed = files.work(found)
    announced = files.outcomes(previewed)
    imports.ask_recording(found=previewed)
    assert files.outcomes(files.work(previewed)) == announced
    assert Invoice.objects.count() == Counter(row[1] for row in announced)["new"]


def test_what_came_in_meanwhile_is_told_when_recording(company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2"))])
    files.record(company, [("x.xml", files.document("FV/1"))])
    files.record(company, [("y.xml", files.other_document("FV/2"))])
    imports.ask_recording(found=found)
    assert [row[1:] for row in files.outcomes(files.work(found))] == [("already_here", ""), ("conflict", "conflict")]
    assert Invoice.objects.count() == 2


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("after", range(3))
def test_a_crash_between_two_pages_loses_none_and_doubles_none(
    after: int, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.preview(company, [(f"{at}.xml", files.document(f"FV/{at}")) for at in range(5)])
    imports.ask_recording(found=found)
    monkeypatch.setattr(recording, "SLICE_FILES", 2)
    whole, calls = invoices.record_all, iter(range(100))

    def dying(**named: object) -> object:
        if next(calls) == after:
            raise Crash
        return whole(**named)  # type: ignore[arg-type]

    with monkeypatch.context() as process:
        process.setattr(invoices, "record_all", dying)
        with pytest.raises(Crash):
            files.work(found)
    assert Invoice.objects.count() == 2 * after
    assert ImportFile.objects.filter(recorded=True).count() == 2 * after
    done = files.work(found)
    assert (done.state, Invoice.objects.count()) == (ImportState.DONE, 5)
    assert set(ImportFile.objects.values_list("recorded", flat=True)) == {True}


def test_a_crash_while_recording_a_page_takes_its_invoices_back(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1"))])
    imports.ask_recording(found=found)

    def dying(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as process:
        process.setattr(row_writes, "update", dying)
        with pytest.raises(Crash):
            files.work(found)
    assert not Invoice.objects.exists()
    assert files.work(found).state == ImportState.DONE
    assert Invoice.objects.count() == 1


def test_what_the_database_does_not_take_keeps_only_itself_outside(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.preview(company, [(f"{at}.xml", files.document(f"FV/{at}")) for at in range(3)])
    imports.ask_recording(found=found)
    whole = invoice_rows.write

    def refusing(*, entries: Sequence[invoice_rows.Entry], **named: object) -> None:
        if any(entry.issued.number == "FV/2" for entry in entries):
            raise IntegrityError
        whole(entries=entries, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as database:
        database.setattr(invoice_rows, "write", refusing)
        stopped = files.work(found)
    assert (stopped.state, stopped.problem, Invoice.objects.count()) == (ImportState.STOPPED, "internal_error", 2)
    imports.resume(found=stopped)
    assert files.work(stopped).state == ImportState.DONE
    assert Invoice.objects.count() == 3


def test_each_file_is_parsed_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    whole = ksef_xml.read

    def noting(content: bytes, *, name: str, ksef_number: str = "") -> ReadInvoice:
        parsed.append(name)
        return whole(content, name=name, ksef_number=ksef_number)

    monkeypatch.setattr(ksef_xml, "read", noting)
    monkeypatch.setattr(previewing, "SLICE_FILES", 2)
    found = files.record(company, [(f"{at}.xml", files.document(f"FV/{at}")) for at in range(5)])
    assert (found.state, Invoice.objects.count()) == (ImportState.DONE, 5)
    assert parsed == [f"{at}.xml" for at in range(5)]


@pytest.mark.parametrize("damage", ["gone", "cut", "of another version"])
def test_what_was_read_and_is_not_kept_is_read_again(damage: str, company: Company) -> None:
    found = files.preview(company, [(f"{at}.xml", files.document(f"FV/{at}")) for at in range(3)])
    [pack] = files.spooled(found.uid, "*.read")
    assert stat.S_IMODE(pack.stat().st_mode) == 0o600
    content = pack.read_bytes()
    if damage == "gone":
        pack.unlink()
    else:
        pack.write_bytes(content[: len(content) // 2] if damage == "cut" else b"?" + content[1:])
    imports.ask_recording(found=found)
    assert [row[1] for row in files.outcomes(files.work(found))] == ["new"] * 3
    assert Invoice.objects.count() == 3


def test_stop_takes_effect_between_two_pages_and_the_rest_goes_in_when_asked(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "SLICE_FILES", 20)
    found = files.preview(company, [(f"{at:03}.xml", files.document(f"FV/{at}")) for at in range(45)])
    imports.ask_recording(found=found)
    stopped = files.work(found, until=lambda: Invoice.objects.count() >= 20)
    imports.stop(found=stopped)
    stopped = files.work(stopped)
    assert (stopped.state, Invoice.objects.count()) == (ImportState.STOPPED, 20)
    imports.resume(found=stopped)
    assert files.work(stopped).state == ImportState.DONE
    assert Invoice.objects.count() == 45


def test_a_reading_that_was_stopped_goes_on_or_is_discarded(company: Company) -> None:
    for verb in ("resume", "discard"):
        found = files.receive(company, [(f"{verb}.xml", files.document(verb))])
        imports.stop(found=found)
        found = files.work(found)
        assert found.state == ImportState.STOPPED
        if verb == "resume":
            imports.resume(found=found)
            assert files.work(found).state == ImportState.PREVIEWED
        else:
            imports.discard(found=found, now=files.NOW)
            assert files.again(found).state == ImportState.DISCARDED
            assert files.spooled(found.uid) == []


def test_a_verb_out_of_turn_is_refused(company: Company) -> None:
    found = files.record(company, [("a.xml", files.document("FV/1"))])
    for verb in (imports.ask_recording, imports.resume, imports.stop, receiving.received):
        with pytest.raises(ImportMovedOn):
            verb(found=found)
    with pytest.raises(ImportMovedOn):
        imports.discard(found=found, now=files.NOW)
    with pytest.raises(ImportMovedOn):
        receiving.add_uploads(found=found, uploads=[Upload("b.xml", [b""])])


def test_an_import_of_another_company_is_not_there(company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1"))])
    other = Company.objects.create(nip="9999999999", name="Obca")
    with pytest.raises(ImportNotThere):
        imports.get(company=other, uid=found.uid)


def test_the_worker_takes_one_slice_at_a_time_and_leaves_alone_what_another_works_on(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "SLICE_FILES", 50)
    found = files.receive(company, [(f"{at:03}.xml", files.document(f"FV/{at}")) for at in range(60)])
    with imports.worked_on(found):
        assert not importing.carry_out_due(clock=files.clock)
    assert importing.carry_out_due(clock=files.clock)
    assert imports.counts_of(found).read == 50
    assert importing.carry_out_due(clock=files.clock)
    assert files.again(found).state == ImportState.PREVIEWED
    assert not importing.carry_out_due(clock=files.clock)


def test_files_are_private_and_their_names_lead_nowhere(company: Company) -> None:
    found = files.receive(company, [("../../etc/passwd.xml", files.document("FV/1"))])
    [path] = files.spooled(found.uid)
    assert path.name == "1.xml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_large_file_comes_in_pieces_that_follow_each_other(company: Company) -> None:
    begun = imports.begin(company=company, operator=None, now=files.NOW)
    content = files.zipped(("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2")))
    half = len(content) // 2
    receiving.add_uploads(found=begun, uploads=[Upload("year.zip", [content[:half]])])
    for _again in range(2):  # the answer was lost: the piece comes twice
        receiving.add_uploads(found=begun, uploads=[Upload("year.zip", [content[half:]], offset=half)])
    with pytest.raises(PartOutOfOrder):
        receiving.add_uploads(found=begun, uploads=[Upload("year.zip", [b"x"], offset=len(content) + 1)])
    with pytest.raises(PartOutOfOrder):
        receiving.add_uploads(found=begun, uploads=[Upload("other.zip", [b"x"], offset=1)])
    receiving.received(found=begun)
    assert [row[:2] for row in files.outcomes(files.work(begun))] == [
        ("year.zip/a.xml", "new"),
        ("year.zip/b.xml", "new"),
    ]


def test_a_file_of_100_mb_is_refused_and_never_in_memory(company: Company) -> None:
    begun = imports.begin(company=company, operator=None, now=files.NOW)
    chunk = b" " * 1024**2
    receiving.add_uploads(found=begun, uploads=[Upload("large.xml", (chunk for _ in range(100)))], unsent=["b.xml"])
    assert files.outcomes(begun) == [
        ("large.xml", "refused", "file_too_large"),
        ("b.xml", "refused", "file_too_large"),
    ]
    assert files.spooled(begun.uid) == []


def test_what_the_browser_did_not_send_is_named(company: Company) -> None:
    begun = imports.begin(company=company, operator=None, now=files.NOW)
    receiving.add_uploads(found=begun, uploads=[], unsent=["scan.pdf"])
    assert files.outcomes(begun) == [("scan.pdf", "left_out", "not_xml")]


def test_more_files_than_the_bound_are_refused_and_none_is_kept(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "FILES_MAX", 2)
    begun = imports.begin(company=company, operator=None, now=files.NOW)
    with pytest.raises(TooManyInImport):
        receiving.add_uploads(found=begun, uploads=[Upload(f"{at}.xml", [b"x"]) for at in range(3)])
    assert files.outcomes(begun) == []
    with pytest.raises(NothingToImport):
        receiving.received(found=begun)


def test_a_file_that_went_away_is_told(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(files.document("FV/1"))
    found = receiving.from_paths(company=company, paths=[path], operator=None, now=files.NOW)
    path.unlink()
    assert files.outcomes(files.work(found)) == [("a.xml", "refused", "file_lost")]


def test_a_file_that_was_changed_after_its_preview_does_not_go_in(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(files.document("FV/1"))
    found = files.work(receiving.from_paths(company=company, paths=[path], operator=None, now=files.NOW))
    path.write_bytes(files.document("FV/2"))
    imports.ask_recording(found=found)
    assert files.outcomes(files.work(found)) == [("a.xml", "refused", "file_changed")]
    assert not Invoice.objects.exists()


def test_a_command_waits_for_the_slice_of_a_worker_that_was_faster(company: Company, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(files.document("FV/1"))
    found = receiving.from_paths(company=company, paths=[tmp_path], operator=None, now=files.NOW)
    holding, free = threading.Event(), threading.Event()

    def hold() -> None:
        with imports.worked_on(found):
            holding.set()
            free.wait(timeout=30)

    worker = threading.Thread(target=hold)
    worker.start()
    holding.wait(timeout=30)
    with pytest.raises(ImportBusy), imports.worked_on(found):
        pass
    threading.Timer(0.2, free.set).start()
    with imports.worked_on(found, wait_s=30):
        assert free.is_set()
    worker.join()


def test_a_path_that_is_no_text_is_imported(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "faktura_\udcb1.xml"
    path.write_bytes(files.document("FV/1"))
    found = receiving.from_paths(company=company, paths=[tmp_path], operator=None, now=files.NOW)
    assert files.outcomes(files.work(found)) == [("faktura_?.xml", "new", "")]


def test_what_nobody_finishes_is_given_up(company: Company) -> None:
    begun = imports.begin(company=company, operator=None, now=files.NOW)
    previewed = files.preview(company, [("a.xml", files.document("FV/1"))])
    assert not imports.sweep(now=files.NOW + timedelta(hours=23))
    assert imports.sweep(now=files.NOW + timedelta(days=2))
    assert (files.again(begun).state, files.again(previewed).state) == (ImportState.DISCARDED, ImportState.PREVIEWED)
    assert imports.sweep(now=files.NOW + timedelta(days=8))
    assert files.again(previewed).state == ImportState.DISCARDED
    assert files.spooled(previewed.uid) == []


def test_warnings_are_kept_and_counted(company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1", terms=()))])
    assert imports.counts_of(found).warnings == 1
    row = imports.list_files(found=found, only="warnings").get()
    assert importing.warnings_of(row.warnings)[0].endswith(".")


def test_the_outcomes_are_told_in_order_whatever_is_mixed(company: Company, tmp_path: Path) -> None:
    numbers = list(range(8))
    Random(1).shuffle(numbers)
    for number in numbers:
        (tmp_path / f"{number}.xml").write_bytes(files.document(f"FV/{number}"))
    told = list(importing.import_paths(company=company, paths=[tmp_path], operator=None, clock=files.clock))
    assert [row.file for row in told] == [f"{number}.xml" for number in range(8)]
    assert {row.outcome for row in told} == {ImportOutcome.NEW}
    assert invoices.in_list(company=company).count() == 8
