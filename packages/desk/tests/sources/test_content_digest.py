"""The digest tells content from writing: the same invoice written twice is the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from saldo_desk.sources import ksef_digest, ksef_schema, ksef_xml
from tools.sample_xml import NAMESPACE, document


def digest(content: bytes) -> str:
    return ksef_xml.read(content, name="invoice.xml").content_digest


def digest_of(**overrides: Any) -> str:
    return digest(document(**overrides))


def prefixed() -> bytes:
    """The same invoice with a prefix before every name."""
    text = document().decode().replace(f'xmlns="{NAMESPACE}"', f'xmlns:fa="{NAMESPACE}"')
    head, _, body = text.partition("?>\n")
    body = body.replace("</", "\0").replace("<", "<fa:").replace("\0", "</fa:")
    return f"{head}?>\n{body}".encode()


def test_digest_is_a_hexadecimal_sha256() -> None:
    assert len(bytes.fromhex(digest_of())) == 32


@pytest.mark.parametrize(
    "again",
    [
        document(),
        document(created_at="2026-10-02T11:30:00Z"),
        document(system="Another program"),
        document(replacements=(("<SystemInfo>Saldo samples</SystemInfo>", ""),)),
        document(replacements=(("<Fa>\n", "<Fa>\n\n\t<!-- printed -->  "),)),
        document().replace(b"\n", b"\r\n"),
        prefixed(),
    ],
    ids=["same", "time", "program", "no-program", "comment", "line-ends", "prefix"],
)
def test_digest_is_the_same_for_the_same_content(again: bytes) -> None:
    assert digest(again) == digest_of()


@pytest.mark.parametrize(
    "other",
    [
        {"number": "FV/2026/10/0002"},
        {"terms": ()},
        {"remarks": (("Uwaga", "x"),)},
        {"split_payment": True},
    ],
    ids=["number", "terms", "remark", "split-payment"],
)
def test_digest_differs_for_other_content(other: dict[str, Any]) -> None:
    assert digest_of(**other) != digest_of()


NAMES = st.sampled_from(("Fa", "P_2", "SystemInfo"))
SPACES = st.sampled_from((NAMESPACE, NAMESPACE, NAMESPACE, "urn:other", ""))
WORDS = st.text(st.sampled_from("ab<>&\"' \t\n\r\x85\xa0ą\U0001f600"), max_size=6)
KEYS = st.sampled_from(("b", "a", "{urn:other}c", "{http://www.w3.org/XML/1998/namespace}space"))


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> etree._Element:
    space = draw(SPACES) if depth < 3 else NAMESPACE
    made = etree.Element(f"{{{space}}}{draw(NAMES)}" if space else draw(NAMES), draw(st.dictionaries(KEYS, WORDS)))
    made.text = draw(st.none() | WORDS)
    for _child in range(draw(st.integers(0, 3)) if depth else 0):
        child = draw(elements(depth - 1))
        child.tail = draw(st.none() | st.sampled_from(("\n  ", "a")))
        made.append(child)
    return made


@given(root=elements())
def test_the_canonical_form_is_that_of_the_standard(root: etree._Element) -> None:
    try:
        plain = ksef_digest._plain(root)
    except ksef_digest._Unusual:
        return
    assert plain == ksef_digest.canonical_by_lxml(root)


def test_the_canonical_form_of_the_official_samples_is_written_the_short_way(official: Callable[[str], Path]) -> None:
    for path in official("1").parent.glob("*.xml"):
        root = ksef_schema.parse(path.read_bytes())
        assert ksef_digest._plain(root) == ksef_digest.canonical_by_lxml(root)
