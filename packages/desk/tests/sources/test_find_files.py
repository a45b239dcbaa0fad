"""Files and folders to import: which files they mean, in what order, within what bounds."""

from pathlib import Path

import pytest

from saldo_desk.sources import files
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX

MANY = 100


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"<a/>")


def names_in(folder: Path, *paths: Path, files_max: int = MANY) -> list[str]:
    found = files.find(paths, files_max=files_max)
    return [str(path.relative_to(folder)) for path in found]


def test_folder_gives_its_xml_files_at_any_depth_sorted(tmp_path: Path) -> None:
    make(tmp_path, "b.xml", "a.XML", "2026/z.xml", "2026/10/y.xml", "read.me", "2026/x.pdf")
    assert names_in(tmp_path, tmp_path) == ["a.XML", "b.xml", "2026/z.xml", "2026/10/y.xml"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.xml", ".b.xml", ".git/c.xml", "._a.xml")
    assert names_in(tmp_path, tmp_path) == ["a.xml"]


def test_named_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "invoice.txt", ".hidden.xml")
    paths = (tmp_path / "invoice.txt", tmp_path / ".hidden.xml")
    assert names_in(tmp_path, *paths) == ["invoice.txt", ".hidden.xml"]


def test_file_named_twice_comes_once(tmp_path: Path) -> None:
    make(tmp_path, "a.xml", "b.xml")
    assert names_in(tmp_path, tmp_path / "b.xml", tmp_path) == ["b.xml", "a.xml"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    make(tmp_path, "in/a.xml")
    (tmp_path / "in" / "again").symlink_to(tmp_path)
    assert names_in(tmp_path, tmp_path) == ["in/a.xml"]


def test_missing_path_is_refused_before_any_file_comes(tmp_path: Path) -> None:
    make(tmp_path, "a.xml")
    with pytest.raises(Unreadable) as caught:
        files.find((tmp_path / "a.xml", tmp_path / "none.xml"), files_max=MANY)
    assert (caught.value.code, caught.value.file) == ("path_not_found", str(tmp_path / "none.xml"))


def test_files_up_to_the_bound_are_found(tmp_path: Path) -> None:
    make(tmp_path, "a.xml", "b.xml")
    assert names_in(tmp_path, tmp_path, files_max=2) == ["a.xml", "b.xml"]


def test_more_files_than_the_bound_are_refused(tmp_path: Path) -> None:
    make(tmp_path, "a.xml", "b.xml", "c.xml")
    with pytest.raises(Unreadable) as caught:
        files.find((tmp_path,), files_max=2)
    assert (caught.value.code, caught.value.arguments) == ("too_many_files", {"limit": "2"})


def test_load_gives_the_bytes(tmp_path: Path) -> None:
    make(tmp_path, "a.xml")
    assert files.load(tmp_path / "a.xml") == b"<a/>"


def test_load_refuses_a_file_over_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    with pytest.raises(Unreadable) as caught:
        files.load(path)
    assert (caught.value.code, caught.value.file) == ("file_too_large", "large.xml")


def test_load_refuses_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        files.load(tmp_path / "gone.xml")
    assert caught.value.code == "path_not_found"
