"""Texts as lists sort and search them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.books import folding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ŻÓŁĆ  Łódź", "zolc lodz"),
        ("Groß & Søn", "gross & son"),
        ("Příliš žluťoučký", "prilis zlutoucky"),
        ("FV/2026/10/0001", "fv/2026/10/0001"),
        (" \t\n", ""),
    ],
)
def test_folding_takes_case_accents_and_blanks_away(text: str, folded: str) -> None:
    assert folding.fold(text) == folded


@given(st.text("AĄąŁłŻżßẞØøİıﬁÆœǅ½ \u0301\u00a0\t/-1", max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folding.fold(text)
    assert folding.fold(once) == once


def test_a_nip_with_dashes_is_one_word_of_digits_and_a_day_stays_a_day() -> None:
    assert folding.words("Łąka 526-000-12-46 2026-10-01") == ("laka", "5260001246", "2026-10-01")
