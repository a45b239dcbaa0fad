"""A command line as a page of Markdown, made of its parser; knows no program."""

import argparse
from collections.abc import Iterator

import msgspec


class Command(msgspec.Struct, frozen=True):
    """A command that can be typed: its words, its help, and its parser."""

    words: str
    text: str
    parser: argparse.ArgumentParser


def commands(parser: argparse.ArgumentParser, *, words: str = "", text: str = "") -> Iterator[Command]:
    """Every command of the parser, depth first in the order of its help; groups of commands too, without arguments."""
    words = words or parser.prog
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    yield Command(words=words, text=text or (parser.description or ""), parser=parser)
    for group in groups:
        texts = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, inner in group.choices.items():
            yield from commands(inner, words=f"{words} {name}", text=texts.get(name, ""))


def page(parser: argparse.ArgumentParser, *, lead: str) -> str:
    """The whole page: an overview, then each command with its arguments."""
    every = list(commands(parser))
    rows = "\n".join(f"| `{command.words}` | {command.text} |" for command in every[1:])
    parts = [_section(command) for command in every[1:] if _arguments(command.parser)]
    return f"# `{parser.prog}`\n\n{lead}\n\n| Command | What it does |\n|---|---|\n{rows}\n\n" + "\n".join(parts)


def _section(command: Command) -> str:
    rows = "\n".join(f"| `{name}` | {text} |" for name, text in _arguments(command.parser))
    usage = " ".join([command.words, *(_usage(action) for action in _own(command.parser))])
    head = f"## {command.words}\n\n{_sentence(command.text)}\n\n```\n{usage}\n```"
    return f"{head}\n\n| Argument | Meaning |\n|---|---|\n{rows}\n"


def _own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    hidden = (argparse._HelpAction, argparse._SubParsersAction)
    return [action for action in parser._actions if not isinstance(action, hidden)]


def _arguments(parser: argparse.ArgumentParser) -> list[tuple[str, str]]:
    return [(_name(action), _told(action)) for action in _own(parser)]


def _name(action: argparse.Action) -> str:
    if not action.option_strings:
        return _value(action)
    return ", ".join(action.option_strings) + (f" {_value(action)}" if action.nargs != 0 else "")


def _value(action: argparse.Action) -> str:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return f"{name} …" if action.nargs in {"*", "+"} else name


def _usage(action: argparse.Action) -> str:
    needed = action.required if action.option_strings else action.nargs not in {"*", "?"}
    name = (
        f"{action.option_strings[-1]} {_value(action)}"
        if action.option_strings and action.nargs != 0
        else _name(action)
    )
    return name if needed else f"[{name}]"


def _told(action: argparse.Action) -> str:
    choices = f" One of: {', '.join(str(choice) for choice in action.choices)}." if action.choices else ""
    return (action.help or "").replace("|", "\\|") + choices


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text
