"""Texts, days and amounts out of nodes of any version of FA. Knows the namespaces, no meaning of a field."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import cast

from lxml import etree

from saldo_desk.sources import amounts
from saldo_desk.sources.documents import Unreadable

FA2 = "http://crd.gov.pl/wzor/2023/06/29/12648/"
FA3 = "http://crd.gov.pl/wzor/2025/06/25/13775/"

XML_BLANKS = re.compile("[ \t\r\n]+")
"""What xsd:token folds: four characters, not every blank of Unicode."""

Element = etree._Element
"""What lxml makes of an element: right, and too slow to be asked for a hundred fields by their paths."""


class Node:
    """An element as the readers see it: its text, its line, its children by their names."""

    __slots__ = ("_children", "sourceline", "text")

    def __init__(self, element: Element, namespace: str) -> None:
        self.text: str | None = element.text
        self.sourceline: int | None = cast("int | None", element.sourceline)
        self._children: dict[str, list[Node]] = {}
        for child in element:
            name = str(child.tag).removeprefix(namespace)  # of another namespace: no path leads there
            self._children.setdefault(name, []).append(Node(child, namespace))

    def under(self, name: str) -> "Sequence[Node]":
        """The children of a name."""
        return self._children.get(name, ())


def tree(root: Element) -> Node:
    """The whole of a schema-valid document, in the namespace of its root: the readers need not know which version."""
    namespace, brace, _name = str(root.tag).partition("}")
    return Node(root, namespace + brace)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def line_of(node: Node | Element) -> int | None:
    """Where the node starts in its file, counted from 1."""
    return cast("int | None", node.sourceline)


def find(node: Node, path: str) -> Node | None:
    """The first node at a path of plain element names ("Fa/Platnosc"), or None."""
    return next(every(node, path), None)


def every(node: Node, path: str) -> Iterator[Node]:
    """All nodes at a path, in the order of the document."""
    found: Sequence[Node] = (node,)
    for step in _steps(path):
        found = found[0].under(step) if len(found) == 1 else [below for each in found for below in each.under(step)]
    return iter(found)


def text(node: Node, path: str) -> str:
    """The text at a path with blanks folded, as xsd:token does; empty where there is none.

    U+007F is the one control character that XML lets through and the Platform never takes: it is made visible.
    """
    found = find(node, path)
    written = found.text if found is not None else None
    if not written:
        return ""
    written = written.replace("\x7f", "\ufffd")
    words = written.split() if written.isascii() else XML_BLANKS.split(written)
    return " ".join(word for word in words if word)


def day(node: Node, path: str) -> date | None:
    """The date at a path, or None. The schema has checked that it is one."""
    found = text(node, path)
    return date.fromisoformat(found) if found else None


def amount(node: Node, path: str, *, currency: str) -> int | None:
    """The amount at a path in minor units, or None.

    :raises Unreadable: with the line, when the amount does not fit its currency.
    """
    child = find(node, path)
    if child is None:
        return None
    try:
        return amounts.to_minor((child.text or "").strip(), currency=currency)
    except Unreadable as unreadable:
        unreadable.line = line_of(child)
        unreadable.arguments["element"] = path.rpartition("/")[2]
        raise
