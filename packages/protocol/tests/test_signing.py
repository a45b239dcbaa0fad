"""What is signed of a receipt, and how a key gets its id: vectors of RFC 8037 and of the API page."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from packages.protocol.tests.test_api_page import example_with
from saldo_protocol import signing
from saldo_protocol.receipts import Receipt

API = Path(__file__).resolve().parents[3] / "docs" / "api.md"
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
X, KID = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
"""RFC 8037, appendix A.1 to A.3."""
LOOSE = (X[:-1], X + "A", X + "=", X[:-1] + "p", X.replace("_", "/"), X[:-1] + "ł", "", f" {X}")


def vectors() -> list[tuple[str, str]]:
    section = API.read_text("utf-8").split("## Signed receipts\n", 1)[1].split("\n### ", 1)[0]
    return re.findall(r"^```\n(.*)\n```\n\n`(.*)`$", section, re.M)


def test_the_key_of_rfc_8037_has_its_thumbprint() -> None:
    public = signing.octets_of(X, length=signing.PUBLIC_KEY_BYTES)
    assert public == Ed25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
    assert (signing.text_of(public), signing.key_id(public)) == (X, KID)
    section = API.read_text("utf-8").split("## Signed receipts\n", 1)[1]
    assert X in section and KID in section


def test_the_vectors_of_the_page_are_signed_by_that_key() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SECRET)
    assert len(vectors()) == 2
    for content, value in vectors():
        assert signing.text_of(key.sign(content.encode())) == value
        signature = {"key_id": KID, "algorithm": "Ed25519", "value": value}
        loose = json.dumps({"signature": signature, **dict(reversed(json.loads(content).items()))}, indent=2)
        apart = signing.take_apart(loose.encode())
        assert (apart.content.decode(), msgspec.to_builtins(apart.signature)) == (content, signature)


def test_the_receipt_of_the_page_is_the_first_vector() -> None:
    example = example_with("outcomes")
    assert "signature" in json.loads(example)
    apart = signing.take_apart(example.encode())
    assert (apart.content.decode(), apart.signature.value) == vectors()[0]
    public = Ed25519PublicKey.from_public_bytes(signing.octets_of(X, length=32))
    public.verify(signing.octets_of(apart.signature.value, length=64), apart.content)
    altered = apart.content.replace(b"FS-1042", b"FS-1043")
    with pytest.raises(InvalidSignature):
        public.verify(signing.octets_of(apart.signature.value, length=64), altered)


def test_members_that_are_not_known_here_are_signed_too() -> None:
    grown = json.loads(example_with("outcomes"))
    grown["later"] = {"z": 1, "a": [True, None, "ł"]}
    assert b'"later":{"a":[true,null,"\xc5\x82"],"z":1},' in signing.take_apart(json.dumps(grown).encode()).content
    assert msgspec.json.decode(json.dumps(grown), type=Receipt).nip == "9991001004"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"signature": null}',
        '{"signature": {"key_id": "a", "value": "b"}}',
        '{"signature": {"key_id": "a", "algorithm": "none", "value": "b"}}',
        '{"signature": "abc"}',
        "[" * 100_000,
    ],
)
def test_what_bears_no_signature_is_told(text: str) -> None:
    with pytest.raises(signing.NotSigned):
        signing.take_apart(text.encode())


@given(st.binary(max_size=80))
def test_base64url_goes_both_ways(octets: bytes) -> None:
    assert signing.octets_of(signing.text_of(octets), length=len(octets)) == octets


@pytest.mark.parametrize("text", LOOSE)
def test_one_text_stands_for_the_same_bytes_and_no_other(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        signing.octets_of(text, length=32)
