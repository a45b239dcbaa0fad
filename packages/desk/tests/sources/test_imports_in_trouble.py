"""Imports that can't go on by themselves, and what stayed outside: nobody else waits for them, nothing is lost."""

import errno
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from packages.desk.tests.sources import import_files as files
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources import importing, imports, previewing, receiving, spool, undoing
from saldo_desk.sources.tables import ImportFile, ImportState

pytestmark = pytest.mark.django_db


def damaged_lzma() -> bytes:
    raw = bytearray(files.zipped(("a.xml", files.document("FV/9")), how=zipfile.ZIP_LZMA))
    for at in range(40, 200):
        raw[at] ^= 0x5A
    return bytes(raw)


def work_on_all() -> None:
    """As the worker does, whatever is due."""
    for _slice in range(30):
        if not importing.carry_out_due(clock=files.clock):
            return


def test_a_damaged_archive_keeps_nobody_elses_import_waiting(company: Company) -> None:
    bad = files.receive(company, [("bad.zip", damaged_lzma())])
    good = files.receive(company, [("good.xml", files.document("FV/1"))])
    work_on_all()
    assert files.outcomes(bad) == [("bad.zip/a.xml", "refused", "entry_damaged")]
    assert files.again(good).state == ImportState.PREVIEWED


def test_an_archive_that_can_not_be_opened_is_told(company: Company, tmp_path: Path) -> None:
    place = tmp_path / "a.zip"
    place.write_bytes(files.zipped(("a.xml", files.document("FV/1"))))
    found = receiving.from_paths(company=company, paths=[place], operator=None, now=files.NOW)
    place.unlink()
    place.mkdir()  # opening it fails, whoever runs this
    assert files.outcomes(files.work(found)) == [("a.zip", "refused", "path_unreadable")]


def test_a_full_disk_stops_an_import_that_goes_on_when_there_is_room(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.receive(company, [("a.zip", files.zipped(("a.xml", files.document("FV/1"))))])
    another = files.receive(company, [("b.xml", files.document("FV/2"))])

    def full(_path: Path, *, keep: bool = False) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(spool, "create", full)
        work_on_all()
    stopped = files.again(found)
    assert (stopped.state, stopped.problem) == (ImportState.STOPPED, "no_room")
    assert files.again(another).state == ImportState.PREVIEWED
    imports.resume(found=stopped)
    again = files.work(stopped)
    assert (again.state, again.problem) == (ImportState.PREVIEWED, "")
    assert files.outcomes(again) == [("a.zip/a.xml", "new", "")]


def test_a_mistake_of_ours_stops_one_import_and_says_so(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(**_values: object) -> None:
        raise ZeroDivisionError

    found = files.receive(company, [("a.xml", files.document("FV/1"))])
    monkeypatch.setattr(previewing, "read_slice", mistake)
    work_on_all()
    stopped = files.again(found)
    assert (stopped.state, stopped.problem) == (ImportState.STOPPED, "internal_error")


@pytest.mark.parametrize("before", [files.document, files.other_document])
def test_what_stayed_outside_for_something_taken_back_since_goes_in(
    company: Company, before: Callable[[str], bytes]
) -> None:
    first = files.record(company, [("a.xml", before("FV/1"))])
    second = files.preview(company, [("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2"))])
    undoing.undo(found=first, operator=None, now=files.NOW)
    imports.ask_recording(found=second)
    assert files.work(second).state == ImportState.DONE
    assert sorted(Invoice.objects.values_list("number", flat=True)) == ["FV/1", "FV/2"]


def test_a_second_copy_goes_in_when_the_first_could_not(company: Company) -> None:
    found = files.preview(company, [("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/1"))])
    first = ImportFile.objects.filter(within=found).order_by("position")[0]
    spool.where(found.uid, first.path).unlink()
    imports.ask_recording(found=found)
    assert files.outcomes(files.work(found)) == [("a.xml", "refused", "file_lost"), ("b.xml", "new", "")]
    assert Invoice.objects.count() == 1
