"""What one program refuses, as a table made of the classes: code, when, what it says and what to do."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

from django.utils.translation import override

from saldo_core.refusals import Refusal

NOT_ROOMS = {"settings", "wsgi", "urls", "migrations"}
"""Parts of a program that raise nothing, and that do things when they are imported."""
PLACE = re.compile(r"%\((\w+)\)[sd]")


def declared(*packages: str) -> list[type[Refusal]]:
    """Every class of the packages that says a code of its own, by code, then by name.

    One whose code comes from elsewhere (the Platform's own no, carried on) is none of theirs.
    """
    for package in packages:
        _load(package)
    theirs = tuple(f"{package}." for package in packages)
    found = {kind for kind in _below(Refusal) if kind.__module__.startswith(theirs) and "code" in vars(kind)}
    return sorted(found, key=lambda kind: (kind.code, kind.__name__))


def rows(*packages: str) -> Iterator[str]:
    """The lines of the table, in English; a place that is filled in stands as ‹name›."""
    with override("en"):
        for kind in declared(*packages):
            yield f"| `{kind.code}` | {_cell(_first_paragraph(kind))} | {_cell(_said(kind))} |"


def section(*packages: str, lead: str) -> str:
    """The part of a page with heading, lead and table."""
    lines = "\n".join(rows(*packages))
    return f"## Refusals\n\n{lead}\n\n| Code | When | What it says, and what to do |\n|---|---|---|\n{lines}\n"


def _load(package: str) -> None:
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if NOT_ROOMS.isdisjoint(found.name.split(".")):
            import_module(found.name)


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


def _said(kind: type[Refusal]) -> str:
    """The sentence, or each it can be; then the advice, where it stands apart."""
    texts = getattr(kind, "texts", None)
    told = " / ".join(str(text) for text in texts.values()) if texts else str(kind.text)
    return f"{told} {getattr(kind, 'remedy', '')}".strip()


def _first_paragraph(kind: type[Refusal]) -> str:
    return (kind.__doc__ or "").strip().split("\n\n")[0]


def _cell(text: str) -> str:
    return " ".join(PLACE.sub(r"‹\1›", text).replace("%%", "%").replace("|", "\\|").split())
