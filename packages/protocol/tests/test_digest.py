"""The canonical encoding and the digest, against vectors that were written by hand."""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from invoices import any_invoice

from saldo_protocol import digest
from saldo_protocol.documents import Invoice, Tombstone

API = Path(__file__).resolve().parents[3] / "docs" / "api.md"

LEAST = (
    '{"buyer":{"address":"","country":"PL","name":"Łąka S.A.","tax_id":"9993022016"},"currency":"PLN",'
    '"direction":"sales","gross_minor":12300,"issued_on":"2026-10-01","ksef_number":"","lines":[],'
    '"net_minor":10000,"number":"FV/1","payments":[{"amount_minor":12300,"due_on":"2026-10-15",'
    '"external_id":"P1","form":"transfer","settlements":[]}],"seller":{"address":"","country":"PL",'
    '"name":"Zielnik Sp. z o.o.","tax_id":"9991001004"},"sold_on":null,"split_payment":false,'
    '"state":"approved","type":"invoice","vat":[],"vat_minor":2300}'
)
SETTLED = (
    '{"buyer":{"address":"","country":"PL","name":"Łąka S.A.","tax_id":"9993022016"},"currency":"PLN",'
    '"direction":"sales","gross_minor":12300,"issued_on":"2026-10-01","ksef_number":"","lines":[],'
    '"net_minor":10000,"number":"FV/1","payments":[{"amount_minor":12300,"due_on":"2026-10-15",'
    '"external_id":"P1","form":"transfer","settlements":[{"amount_minor":2300,"external_id":"S1",'
    '"kind":"bank_entry","settled_on":"2026-10-10"}]}],"seller":{"address":"","country":"PL",'
    '"name":"Zielnik Sp. z o.o.","tax_id":"9991001004"},"sold_on":null,"split_payment":false,'
    '"state":"approved","type":"invoice","vat":[],"vat_minor":2300}'
)
FULL = (
    '{"buyer":{"address":"Hauptstraße 1, Köln","country":"DE","name":"Grün \\"AG\\"",'
    '"tax_id":"DE123456789"},"currency":"EUR","direction":"sales","gross_minor":-9007199254740991,'
    '"issued_on":"2026-02-28","ksef_number":"9991001004-20260228-0123456789AB-CD","lines":[{'
    '"name":"a\\\\b/c\\t\\u001f","net_minor":null,"quantity":"1.5","unit":"m²","unit_net_price":"0.3333",'
    '"vat_rate":"np II"}],"net_minor":-9007199254740991,"number":"KOR/1","payments":[],"seller":{'
    '"address":"","country":"PL","name":"Zielnik Sp. z o.o.","tax_id":"9991001004"},'
    '"sold_on":"2026-02-27","split_payment":true,"state":"cancelled","type":"correction","vat":[{'
    '"net_minor":-9007199254740991,"rate":"np II","vat_minor":0}],"vat_minor":0}'
)
TOMBSTONE = '{"note":"wysłana omyłkowo","number":"FV/1","reason":"withdrawn"}'
TOMBSTONES_DIGEST = "c744a4b3e2d774f03dab714eb8a638fb"
VECTORS = [
    (LEAST, "08aa2fa5336f9c39d1e4ab811ce1bb63"),
    (SETTLED, "16b7158cfe147206c8b6a0c3bf174d5b"),
    (FULL, "0bc1bf84fc02172139047a442569a978"),
]


@pytest.mark.parametrize(("canonical", "expected"), VECTORS)
def test_a_vector_is_its_own_canonical_encoding(canonical: str, expected: str) -> None:
    invoice = msgspec.json.decode(canonical, type=Invoice)
    assert (digest.canonical(invoice).decode(), digest.of(invoice)) == (canonical, expected)


@pytest.mark.parametrize(("canonical", "expected"), VECTORS)
def test_a_vectors_digest_is_sha_256_cut_to_128_bits(canonical: str, expected: str) -> None:
    assert hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:32] == expected


@pytest.mark.parametrize(("canonical", "expected"), VECTORS)
def test_the_api_page_shows_the_vector(canonical: str, expected: str) -> None:
    assert f"```\n{canonical}\n```\n\n`{expected}`" in API.read_text(encoding="utf-8")


def test_a_tombstone_has_its_vector_too_and_the_api_page_shows_it() -> None:
    tombstone = msgspec.json.decode(TOMBSTONE, type=Tombstone)
    assert (digest.canonical(tombstone).decode(), digest.of(tombstone)) == (TOMBSTONE, TOMBSTONES_DIGEST)
    assert f"```\n{TOMBSTONE}\n```\n\n`{TOMBSTONES_DIGEST}`" in API.read_text(encoding="utf-8")


def test_order_blanks_escapes_and_defaults_left_out_make_no_difference() -> None:
    loose = dict(reversed(json.loads(LEAST).items()))
    for name in ("type", "state", "sold_on", "split_payment", "ksef_number", "vat", "lines"):
        del loose[name]
    for name in ("country", "address"):
        del loose["buyer"][name]
    for name in ("form", "settlements"):
        del loose["payments"][0][name]
    invoice = msgspec.json.decode(json.dumps(loose, indent=2, ensure_ascii=True), type=Invoice)
    assert digest.canonical(invoice).decode() == LEAST


@given(any_invoice)
def test_the_encoding_is_what_another_program_would_make(invoice: Invoice) -> None:
    other = json.dumps(
        json.loads(msgspec.json.encode(invoice)), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert digest.canonical(invoice).decode() == other
