"""Secrets lie in files that their owner alone may read."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saldo_core import private_files


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "one"
    private_files.write(path, "secret")
    assert (mode_of(path), mode_of(path.parent), private_files.read(path)) == (0o600, 0o700, "secret")


def test_writing_again_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "one"
    private_files.write(path, "a longer first text")
    private_files.write(path, "second")
    assert (private_files.read(path), [found.name for found in tmp_path.iterdir()]) == ("second", ["one"])


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "one"
    private_files.write(path, "old")
    with pytest.raises(UnicodeEncodeError):
        private_files.write(path, "\ud800")
    assert (private_files.read(path), [found.name for found in tmp_path.iterdir()]) == ("old", ["one"])


def test_reading_and_removing_say_when_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "one"
    assert (private_files.read(path), private_files.remove(path)) == (None, False)
    private_files.write(path, "secret")
    assert (private_files.remove(path), path.exists()) == (True, False)


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: private_files.read_or_make_secret(path), range(32)))
    assert (len(secrets), len(secrets.pop()), mode_of(path)) == (1, 64, 0o600)
