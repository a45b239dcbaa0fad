"""The examples on the API page are what the protocol takes."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from saldo_protocol import digest, documents
from saldo_protocol.batches import Batch
from saldo_protocol.changes import Changes
from saldo_protocol.problems import Problem
from saldo_protocol.receipts import Preview, Receipt
from saldo_protocol.registration import RegistrationRequest

API = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def example_with(member: str) -> str:
    """The first JSON example that has this member at its top."""
    texts = re.findall(r"^```json\n(.*?)^```", API.read_text(encoding="utf-8"), re.M | re.S)
    found = next(text for text in texts if member in json.loads(text))
    return str(found)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("documents", Batch),
        ("outcomes", Receipt),
        ("preview", Preview),
        ("changes", Changes),
        ("person_name", RegistrationRequest),
        ("detail", Problem),
    ],
)
def test_an_example_is_what_the_protocol_takes(member: str, kind: type[Any]) -> None:
    assert isinstance(msgspec.json.decode(example_with(member), type=kind), kind)


def test_the_document_in_the_example_has_its_digest_and_keeps_the_rules() -> None:
    (raw,) = msgspec.json.decode(example_with("documents"), type=Batch).documents
    document = msgspec.json.decode(raw, type=documents.Document)
    invoice = msgspec.json.decode(document.content, type=documents.Invoice)
    documents.check(invoice)
    assert document.digest == digest.of(invoice)
