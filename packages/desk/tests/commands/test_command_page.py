"""Every command of the Desk says what it does and has its line on the page."""

from pathlib import Path

import pytest
from django.utils import translation

from saldo_core.command_page import Command, commands
from saldo_desk.__main__ import parser

PAGE = Path(__file__).resolve().parents[4] / "docs" / "desk.md"
with translation.override("en"):
    COMMANDS = list(commands(parser()))[1:]


@pytest.mark.parametrize("command", COMMANDS, ids=[command.words for command in COMMANDS])
def test_a_command_says_what_it_does_and_has_its_line(command: Command) -> None:
    assert command.text
    assert f"| `{command.words}` | {command.text} |" in PAGE.read_text("utf-8")


def test_the_page_has_no_command_that_is_not_there() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `saldo-desk ")]
    assert len(lines) == len(COMMANDS)
