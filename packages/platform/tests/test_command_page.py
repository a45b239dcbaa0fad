"""Every command of the Platform says what it does and has its line on the page."""

from pathlib import Path

import pytest

from saldo_core.command_page import Command, commands
from saldo_platform.__main__ import parser

PAGE = Path(__file__).resolve().parents[3] / "docs" / "platform.md"
COMMANDS = list(commands(parser()))[1:]


@pytest.mark.parametrize("command", COMMANDS, ids=[command.words for command in COMMANDS])
def test_a_command_says_what_it_does_and_has_its_line(command: Command) -> None:
    assert command.text
    assert f"| `{command.words}` | {command.text} |" in PAGE.read_text("utf-8")
