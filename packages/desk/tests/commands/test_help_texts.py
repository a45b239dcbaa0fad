"""``--help`` speaks the language of the terminal, and so does what argparse says of a wrong command line."""

import argparse

import pytest
from django.utils import translation

from saldo_core import terminal
from saldo_core.command_page import commands
from saldo_desk.__main__ import parser, run

VARIABLES = ("SALDO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def texts(language: str) -> dict[str, str]:
    """Each help text of the command line, by its place."""
    with translation.override(language):
        found = {}
        for command in commands(parser()):
            found[command.words] = command.text
            for action in command.parser._actions:
                if not isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
                    found[f"{command.words} {action.dest}"] = action.help or ""
    return found


def test_every_help_text_is_there_in_both_languages() -> None:
    polish, english = texts("pl"), texts("en")
    assert [place for place, text in english.items() if not text] == []
    assert [place for place, text in polish.items() if text == english[place]] == []


@pytest.mark.parametrize(
    ("set_to", "language"),
    [
        ({}, "pl"),
        ({"LANG": "C.UTF-8"}, "pl"),
        ({"LANG": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "pl_PL.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "SALDO_LANGUAGE": "pl"}, "pl"),
    ],
)
def test_the_terminal_says_which_language(
    set_to: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    assert terminal.language() == language


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pl", ["użycie: saldo-desk", "run export: błąd: brakuje argumentów: UID"]),
        ("en", ["usage: saldo-desk", "run export: error: the following arguments are required: UID"]),
    ],
)
def test_a_wrong_command_line_is_answered_in_it(
    language: str, said: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SALDO_LANGUAGE", language)
    with translation.override("pl"), pytest.raises(SystemExit) as ended:
        run(["run", "export"])
    err = capsys.readouterr().err
    assert (ended.value.code, [text in err for text in said]) == (2, [True, True])
