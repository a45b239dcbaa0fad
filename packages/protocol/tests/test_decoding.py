"""An invoice decoded quickly is what ``documents`` says of it: the same content, or the same complaint."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoices import any_invoice, invoice, payment, settlement

from saldo_protocol import decoding, digest, documents
from saldo_protocol.documents import Invoice

FULL = invoice(
    payments=(payment(settlements=(settlement(),)),),
    vat=(documents.VatTotal(rate="23", net_minor=10000, vat_minor=2300),),
    lines=(documents.Line(name="Donica", quantity="1", unit="szt.", unit_net_price="100.00", vat_rate="23"),),
    ksef_number="K",
    sold_on=invoice().issued_on,
)
ODD = [
    "",
    "a\n",
    "\n",
    "a\x00",
    "\x7f",
    "\x1f",
    'a"b',
    "a\\b",
    "a\\nb",
    "zażółć",
    "PL",
    "PLN",
    "pl",
    "PŁ",
    "P L",
    "a b",
]


def said(content: bytes, decode: Any) -> bytes | str:
    """What it decodes to, as canonical bytes, or what is wrong with it."""
    try:
        return digest.canonical(decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def slow(content: bytes) -> Invoice:
    return msgspec.json.decode(content, type=Invoice)


def texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every text inside."""
    if isinstance(value, str):
        return [path]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for at, part in parts for place in texts(part, (*path, at))]


PLACES = texts(json.loads(digest.canonical(FULL)))


def test_it_is_an_invoice_with_all_that_belongs_to_one() -> None:
    found = decoding.invoice(digest.canonical(FULL))
    assert isinstance(found, Invoice)
    assert (found.counterparty.name, found.payments[0].settled_minor) == ("Łąka S.A.", 2300)


@given(any_invoice, st.booleans())
def test_any_invoice_is_decoded_alike(sent: Invoice, escaped: bool) -> None:
    content = json.dumps(json.loads(digest.canonical(sent)), ensure_ascii=escaped).encode()
    assert said(content, decoding.invoice) == said(content, slow) == digest.canonical(sent)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)))
def test_any_text_anywhere_gets_the_same_verdict(place: tuple[Any, ...]) -> None:
    for odd in ODD:
        for escaped in (False, True):
            value = json.loads(digest.canonical(FULL))
            target = value
            for step in place[:-1]:
                target = target[step]
            target[place[-1]] = odd
            content = json.dumps(value, ensure_ascii=escaped).encode()
            assert said(content, decoding.invoice) == said(content, slow), (place, odd)


@given(st.data())
def test_bytes_that_were_altered_get_the_same_verdict(data: st.DataObject) -> None:
    content = bytearray(digest.canonical(FULL))
    for _time in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert said(bytes(content), decoding.invoice) == said(bytes(content), slow)
