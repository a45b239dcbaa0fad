"""The digest of what a file says, whatever program wrote it and whenever. Knows only the fields that don't count."""

import hashlib
from collections.abc import Sequence

from lxml import etree

from saldo_desk.sources.ksef_nodes import FA2, FA3, Element

# When and by what program the file was written: the same invoice written twice differs in these.
NOT_CONTENT = frozenset(f"{{{space}}}{name}" for space in (FA2, FA3) for name in ("DataWytworzeniaFa", "SystemInfo"))
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def content_digest(root: Element) -> str:
    """SHA-256 of the canonical XML (C14N 2.0), free of outer blanks, prefixes and comments."""
    try:
        canonical = _plain(root)
    except _Unusual:
        canonical = canonical_by_lxml(root)
    return hashlib.sha256(canonical.encode()).hexdigest()


def canonical_by_lxml(root: Element) -> str:
    """The canonical form of any document."""
    canonical: str = etree.canonicalize(
        root,
        strip_text=True,
        rewrite_prefixes=True,
        exclude_tags=sorted(NOT_CONTENT),
        exclude_attrs=(SCHEMA_LOCATION,),
    )
    return canonical


class _Unusual(Exception):
    pass


def _plain(root: Element) -> str:
    """The same text for what invoices are, in a tenth of the time: one namespace, attributes without any and not on
    the root, and no text beside elements."""
    namespace, brace, _name = str(root.tag).partition("}")
    if not brace or root.tag in NOT_CONTENT or _sorted(root.items()):
        raise _Unusual
    written: list[str] = []
    _write(root, namespace + brace, f' xmlns:n0="{_in_attribute(namespace[1:])}"', True, written)
    return "".join(written)


def _write(element: Element, space: str, declared: str, declares: bool, written: list[str]) -> None:
    """Write an element. ``declares``: no element around it has said that what has no prefix has no namespace, which
    lxml says where the first attribute comes; digests that are in the books were made so."""
    tag = str(element.tag)
    if not tag.startswith(space):
        raise _Unusual
    name = f"n0:{tag[len(space) :]}"
    if (items := element.items()) and (attributes := _sorted(items)):
        if declares:
            declared, declares = f'{declared} xmlns:n1=""', False
        declared += "".join(f' {key}="{_in_attribute(value)}"' for key, value in attributes)
    written.append(f"<{name}{declared}>")
    text = (element.text or "").strip()
    for child in element:
        if text or (child.tail and child.tail.strip()):
            raise _Unusual
        if child.tag not in NOT_CONTENT:
            _write(child, space, "", declares, written)
    if text:
        written.append(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;"))
    written.append(f"</{name}>")


def _sorted(items: Sequence[tuple[str | bytes, str | bytes]]) -> list[tuple[str, str]]:
    found = [(str(key), str(value)) for key, value in items if key != SCHEMA_LOCATION]
    if any(key.startswith("{") for key, _value in found):
        raise _Unusual
    return sorted(found)


def _in_attribute(value: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return value.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
