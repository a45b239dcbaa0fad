"""Texts, days and amounts out of nodes of any version of FA. Knows the namespaces, no meaning of a field."""

import re
from collections.abc import Iterator
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

Node = etree._Element


@lru_cache(maxsize=1024)
def _in_namespace(path: str, namespace: str) -> str:
    return "/".join(f"{namespace}{step}" for step in path.split("/"))


def _qualified(node: Node, path: str) -> str:
    """The path in the namespace that the node itself is in: the readers need not know which version they read."""
    namespace, brace, _name = str(node.tag).partition("}")
    return _in_namespace(path, namespace + brace)


def line_of(node: Node) -> int | None:
    """Where the node starts in its file, counted from 1."""
    return cast("int | None", node.sourceline)


def find(node: Node, path: str) -> Node | None:
    """The first node at a path of plain element names ("Fa/Platnosc"), or None."""
    return node.find(_qualified(node, path))


def every(node: Node, path: str) -> Iterator[Node]:
    """All nodes at a path, in the order of the document."""
    return iter(node.findall(_qualified(node, path)))


def text(node: Node, path: str) -> str:
    """The text at a path with blanks folded, as xsd:token does; empty where there is none.

    U+007F is the one control character that XML lets through and the Platform never takes: it is made visible.
    """
    found = (node.findtext(_qualified(node, path)) or "").replace("\x7f", "\ufffd")
    return " ".join(word for word in XML_BLANKS.split(found) if word)


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
