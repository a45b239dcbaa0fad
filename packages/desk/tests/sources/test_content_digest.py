"""The digest tells content from writing: the same invoice written twice is the same."""

from typing import Any

import pytest

from saldo_desk.sources import ksef_xml
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
