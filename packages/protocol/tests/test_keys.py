"""Exchange keys: a typing error is told offline, and the text never slips out."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress

import pytest

from saldo_protocol import keys

KNOWN = "saldo_test_00000000000000000000000000000000000000003BCGh1"


def accepted(texts: Iterator[str]) -> list[str]:
    """Those that parse."""
    found = []
    for text in texts:
        with suppress(keys.MalformedKey):
            keys.parse(text)
            found.append(text)
    return found


def test_a_new_key_is_read_again() -> None:
    key = keys.make("test")
    assert keys.parse(key.text) == key
    assert (len(key.text), key.environment, len(key.identifier)) == (57, "test", 8)


def test_no_two_keys_are_alike() -> None:
    made = [keys.make() for _ in range(200)]
    assert (len({key.text for key in made}), len({key.identifier for key in made})) == (200, 200)


def test_every_change_of_one_character_is_told() -> None:
    text = keys.make().text
    others = (text[:at] + new + text[at + 1 :] for at in range(len(text)) for new in keys.ALPHABET if new != text[at])
    assert accepted(others) == []


def test_every_swap_of_neighbours_is_told() -> None:
    text = keys.make().text
    swapped = (text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1))
    assert accepted(other for other in swapped if other != text) == []


def test_every_missing_or_doubled_character_is_told() -> None:
    text = keys.make().text
    shorter = (text[:at] + text[at + 1 :] for at in range(len(text)))
    longer = (text[:at] + text[at] + text[at:] for at in range(len(text)))
    assert accepted(shorter) == []
    assert accepted(longer) == []


def test_white_space_from_pasting_is_dropped() -> None:
    text = keys.make().text
    assert keys.parse(f"  {text[:20]}\n {text[20:]}\t").text == text


@pytest.mark.parametrize(
    ("change", "reason"),
    [(lambda text: text[:-1], "form"), (lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), "checksum")],
)
def test_the_reason_is_told(change: object, reason: str) -> None:
    with pytest.raises(keys.MalformedKey) as refused:
        keys.parse(change(keys.make().text))  # type: ignore[operator]
    assert refused.value.reason == reason


def test_the_checksum_of_a_known_key_stays() -> None:
    assert keys.parse(KNOWN).identifier == "00000000"


def test_what_is_kept_is_the_digest() -> None:
    key = keys.make()
    assert key.digest == hashlib.sha256(key.text.encode()).hexdigest()


def test_the_key_is_not_in_its_repr() -> None:
    key = keys.make()
    secret = key.text[len("saldo_live_") + keys.IDENTIFIER_LENGTH :]
    assert secret not in f"{key!r} {key} {[key]}"
