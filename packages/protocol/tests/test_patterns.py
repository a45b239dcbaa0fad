"""Nothing passes with a line end behind it: ``$`` alone would let it."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_protocol import documents, registration

FITTING = {
    documents.Currency: "PLN",
    documents.Country: "PL",
    documents.ExternalId: "a-1",
    documents.Name: "Firma",
    documents.ShortText: "x",
    documents.DocumentNumber: "FV/1",
    documents.TaxId: "9999999999",
    documents.Revision: "12",
    documents.Digest: "0" * 32,
    registration.Email: "a@b.pl",
    registration.Nip: "9999999999",
}


def passes(kind: Any, text: str) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", FITTING, ids=lambda kind: str(get_args(kind)[1].pattern))
def test_a_fitting_text_passes_and_with_a_line_end_it_does_not(kind: Any) -> None:
    text = FITTING[kind]
    assert passes(kind, text)
    assert not any(passes(kind, f"{text}{end}") for end in ("\n", "\r", "\r\n", "\x00", "\n\n"))


@given(st.text(max_size=12))
def test_what_passes_for_a_nip_is_ten_digits(text: str) -> None:
    assert passes(registration.Nip, text) == (len(text) == 10 and text.isascii() and text.isdecimal())
