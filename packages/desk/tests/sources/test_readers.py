"""Files are read in processes of their own: in order, ahead of need; one that dies stops its import, which goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from packages.desk.tests.sources import import_files as files
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources import imports, previewing, readers, reading, receiving
from saldo_desk.sources.tables import ImportState


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on two cores, from the first file on."""
    monkeypatch.setattr(readers, "ALONE_FILES_MAX", 0)
    monkeypatch.setattr(readers, "CHUNK_FILES", 2)
    monkeypatch.setattr(readers, "cores", lambda: 2)
    yield
    readers.close()


def folder_of(place: Path, count: int) -> Path:
    for at in range(count):
        (place / f"{at:03}.xml").write_bytes(files.document(f"FV/{at}"))
    return place


def tasks_of(place: Path) -> list[reading.Task]:
    return [reading.Task(os.fsencode(path), path.name) for path in sorted(place.iterdir())]


def test_the_readings_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    tasks = tasks_of(folder_of(tmp_path, 9))
    (tmp_path / "004.xml").write_bytes(files.BROKEN)
    told = [*readers.read(tasks[:5], ahead=tasks[5:]), *readers.read(tasks[5:])]
    assert told == [reading.read(task) for task in tasks]
    assert [answer.code for answer in told] == [*[""] * 4, "malformed_xml", *[""] * 4]


def test_few_files_or_one_core_need_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = tasks_of(folder_of(tmp_path, 3))
    for name, value in (("ALONE_FILES_MAX", 3), ("cores", lambda: 1)):
        with monkeypatch.context() as machine:
            machine.setattr(readers, name, value)
            assert len(list(readers.read(tasks))) == 3
            assert readers.pids() == []


@pytest.mark.django_db
def test_a_reader_that_dies_stops_the_import_which_goes_on_when_asked(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "SLICE_FILES", 4)
    (tmp_path / "in").mkdir()
    place = folder_of(tmp_path / "in", 30)
    found = receiving.from_paths(company=company, paths=[place], operator=None, now=files.NOW)

    def kill() -> bool:
        for pid in readers.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return False

    stopped = files.work(found, until=kill)
    assert (stopped.state, stopped.problem) == (ImportState.STOPPED, "reader_died")
    assert readers.pids() == []
    imports.resume(found=stopped)
    assert files.work(stopped).state == ImportState.PREVIEWED
    imports.ask_recording(found=stopped)
    assert files.work(stopped).state == ImportState.DONE
    assert Invoice.objects.count() == 30


@pytest.mark.django_db
def test_no_reader_is_left_when_an_import_is_read(company: Company, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    place = folder_of(tmp_path / "in", 5)
    found = receiving.from_paths(company=company, paths=[place], operator=None, now=files.NOW)
    running: list[int] = []
    files.work(found, until=lambda: running.extend(readers.pids()) is not None)
    assert running
    assert readers.pids() == []
    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_reader_ends_when_nobody_can_ask_any_more() -> None:
    command = [sys.executable, "-P", "-m", "saldo_desk.sources.reader_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdin is not None
        reader.stdin.close()
        assert reader.wait(timeout=30) == 0
