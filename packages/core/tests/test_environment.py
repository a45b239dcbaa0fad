"""A setting that can't be used ends the program with a sentence that names it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from saldo_core import environment

NAME = "SALDO_TEST"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("maybe", environment.flag),
        ("http", lambda name: environment.port(name, 1)),
        ("0", lambda name: environment.port(name, 1)),
        ("65536", lambda name: environment.port(name, 1)),
        ("-1", lambda name: environment.port(name, 1)),
        ("8700.0", lambda name: environment.port(name, 1)),
        ("saldo.example", lambda name: environment.web_address(name, "")),
        ("ftp://saldo.example", lambda name: environment.web_address(name, "")),
        ("https://", lambda name: environment.web_address(name, "")),
        ("https://saldo.example/?a=1", lambda name: environment.web_address(name, "")),
    ],
)
def test_a_bad_value_is_refused_by_name(
    value: str, read: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(SystemExit) as ended:
        read(NAME)
    assert str(ended.value.code).startswith(f"{NAME}={value!r} can't be used: say ")


def test_a_bad_log_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALDO_LOG_LEVEL", "loud")
    with pytest.raises(SystemExit, match="SALDO_LOG_LEVEL='LOUD' can't be used"):
        environment.log_level()


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("on", True), ("", False), ("OFF", False)])
def test_a_flag_is_read(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, value)
    assert environment.flag(NAME, default=not expected) is expected


def test_what_is_not_set_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert (
        environment.flag(NAME, default=True),
        environment.port(NAME, 8700),
        environment.words(NAME, ("a",)),
        environment.web_address(NAME, "http://127.0.0.1:8700/"),
    ) == (True, 8700, ("a",), "http://127.0.0.1:8700")


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " a.example, b.example,, ")
    assert environment.words(NAME) == ("a.example", "b.example")


def test_the_home_is_the_folder_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALDO_HOME", f"{tmp_path}/x/../y")
    assert environment.home() == (tmp_path / "y").resolve()
