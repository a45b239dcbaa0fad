"""Imports from a terminal: files, folders and archives; preview, list, record, undo; exit codes."""

import json
from pathlib import Path

import pytest
from django.conf import LazySettings

from packages.desk.tests.sources import import_files as files
from saldo_desk import __main__ as command_line
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources.tables import Import

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    settings.PROGRAM_HOME = tmp_path / "home"
    monkeypatch.setenv("SALDO_LANGUAGE", "en")
    return files.company()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "year"
    made.mkdir()
    (made / "a.xml").write_bytes(files.document("FV/1"))
    (made / "b.zip").write_bytes(files.zipped(("c.xml", files.document("FV/2")), ("d.pdf", b"%PDF")))
    return made


def test_a_folder_with_an_archive_goes_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["import", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "2 new, 0 already here, 0 in conflict, 0 refused, 1 left out"
    assert said.err == ""
    assert set(Invoice.objects.values_list("number", flat=True)) == {"FV/1", "FV/2"}


def test_a_preview_puts_nothing_in_until_it_is_recorded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["import", "--preview", "--json", str(folder)]) == 0
    previewed = json.loads(capsys.readouterr().out)
    assert (previewed["state"], previewed["counts"]) == ("previewed", {"new": 2, "left_out": 1})
    assert [row["file"] for row in previewed["files"]] == ["a.xml", "b.zip/c.xml", "b.zip/d.pdf"]
    assert not Invoice.objects.exists()
    assert command_line.run(["import-record", previewed["uid"]]) == 0
    assert Invoice.objects.count() == 2


def test_a_refused_file_is_named_and_the_exit_code_tells(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.xml").write_bytes(files.BROKEN)
    assert command_line.run(["import", str(folder)]) == 1
    assert "broken.xml, line 1: The file is not well-formed XML" in capsys.readouterr().out
    assert Invoice.objects.count() == 2


def test_an_import_is_listed_and_taken_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command_line.run(["import", str(folder)])
    uid = str(Import.objects.get().uid)
    capsys.readouterr()
    assert command_line.run(["imports"]) == 0
    assert capsys.readouterr().out.startswith(f"{uid}  2")
    assert command_line.run(["import-undo", uid]) == 0
    assert not Invoice.objects.exists()
    assert command_line.run(["import-undo", uid]) == 1
    assert "taken back" in capsys.readouterr().err


@pytest.mark.parametrize("uid", ["nonsense", "01980000-0000-7000-8000-000000000000"])
def test_an_import_that_is_not_there_is_refused(uid: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["import-undo", uid]) == 1
    assert uid in capsys.readouterr().err


def test_a_path_that_is_not_there_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["import", str(tmp_path / "none")]) == 1
    assert not Import.objects.exists()
