"""Amounts are exact: text and minor units are two forms of one thing, and parts add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_protocol.money import (
    AMOUNT_MINOR_MAX,
    Money,
    UnfitAmount,
    format_minor,
    is_currency,
    parse_minor,
)

amounts = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
currencies = st.sampled_from(["PLN", "EUR", "JPY", "KWD", "CLF", "XXX"])


@given(amounts, currencies)
def test_an_amount_survives_being_written_and_read(amount_minor: int, currency: str) -> None:
    assert parse_minor(format_minor(amount_minor, currency), currency) == amount_minor


@given(amounts, amounts)
def test_adding_keeps_the_currency(one: int, other: int) -> None:
    assert Money(one, "PLN") + Money(other, "PLN") == Money(one + other, "PLN")


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(AssertionError):
        Money(1, "PLN") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("1234.5", "PLN", 123450),
        (" -0.01 ", "PLN", -1),
        ("1.2300000000", "PLN", 123),
        ("1500", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("90071992547409.91", "PLN", AMOUNT_MINOR_MAX),
    ],
)
def test_a_text_is_read_exactly(text: str, currency: str, amount_minor: int) -> None:
    assert parse_minor(text, currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "PLN"),
        ("12,50", "PLN"),
        ("1 000", "PLN"),
        ("1_000", "PLN"),
        ("１２", "PLN"),
        ("NaN", "PLN"),
        ("Infinity", "PLN"),
        ("1e999999", "PLN"),
        ("0.001", "PLN"),
        ("1.5", "JPY"),
        ("1.00000000000000000000000000000001", "PLN"),
        ("90071992547409.92", "PLN"),
    ],
)
def test_a_text_that_is_no_amount_is_refused_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(UnfitAmount):
        parse_minor(text, currency)


def test_a_currency_is_three_capital_letters() -> None:
    assert [is_currency(text) for text in ("PLN", "pln", "PL", "PLNN", "ŻŁĆ", "P1N")] == [True] + [False] * 5
