"""A parser becomes a page: commands in their order, arguments with their meaning."""

import argparse

from saldo_core import command_page


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="tool", description="A tool.")
    groups = whole.add_subparsers()
    settle = groups.add_parser("settle", help="settle a payment")
    settle.add_argument("number", help="of the invoice")
    settle.add_argument("--on", required=True, help="the day")
    settle.add_argument("--kind", choices=["a", "b"], default="a", help="which | what.")
    settle.add_argument("--dry", action="store_true", help="change nothing")
    groups.add_parser("key", help="keys").add_subparsers().add_parser("test")
    return whole


def test_every_command_is_found_with_its_help() -> None:
    found = [(command.words, command.text) for command in command_page.commands(parser())]
    assert found == [
        ("tool", "A tool."),
        ("tool settle", "settle a payment"),
        ("tool key", "keys"),
        ("tool key test", ""),
    ]


def test_the_page_has_usage_and_arguments() -> None:
    page = command_page.page(parser(), lead="Lead.")
    assert "| `tool settle` | settle a payment |" in page
    assert "\ntool settle NUMBER --on ON [--kind KIND] [--dry]\n" in page
    assert "| `--kind KIND` | which \\| what. One of: a, b. |" in page
    assert "## tool key" not in page
