"""Amounts: exact both ways for every currency; shares that sum up to what was shared."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.sources import amounts, ksef_xml
from saldo_desk.sources.documents import Unreadable
from saldo_protocol.money import AMOUNT_MINOR_MAX, minor_digits
from tools.samples import Line, document

AMOUNTS = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)


@given(AMOUNTS, st.integers(1, 100))
def test_shares_sum_up_exactly(amount_minor: int, count: int) -> None:
    shared = amounts.shares(amount_minor, count=count)
    assert len(shared) == count
    assert sum(shared) == amount_minor
    assert len(set(shared[:-1])) <= 1
    assert 0 <= abs(shared[-1]) - abs(shared[0]) < count
    assert all(share * amount_minor >= 0 for share in shared)


@given(AMOUNTS, st.sampled_from(["PLN", "EUR", "JPY", "KWD", "CLF"]))
def test_amount_comes_back_from_its_text(amount_minor: int, currency: str) -> None:
    text, _, code = amounts.to_text(amount_minor, currency=currency).partition(" ")
    assert code == currency
    assert amounts.to_minor(text, currency=currency) == amount_minor


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=2))
def test_amount_as_the_schema_writes_it_is_exact(amount: Decimal) -> None:
    assert amounts.to_minor(str(amount), currency="PLN") == int(amount * 100)


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("12", "PLN", 1200),
        ("12.5", "PLN", 1250),
        ("-0.01", "EUR", -1),
        ("100", "JPY", 100),
        ("100.00", "JPY", 100),
        ("1.25", "KWD", 1250),
    ],
)
def test_amount_is_in_minor_units_of_its_currency(text: str, currency: str, amount_minor: int) -> None:
    assert amounts.to_minor(text, currency=currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("100.50", "JPY", "amount_not_in_currency"),
        ("0.001", "PLN", "amount_not_in_currency"),
        ("9999999999999999.99", "PLN", "amount_out_of_range"),
        ("1", "XAU", "currency_not_supported"),
    ],
)
def test_amount_that_does_not_fit_is_refused(text: str, currency: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        amounts.to_minor(text, currency=currency)
    assert caught.value.code == code


def test_amount_that_does_not_fit_is_refused_with_its_line_and_element() -> None:
    half_yen = (Line("Porcelana", Decimal(1), Decimal("100.50"), rate="0 EX"),)
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(document(currency="JPY", lines=half_yen), name="yen.xml")
    assert (caught.value.code, caught.value.file, caught.value.line) == (
        "amount_not_in_currency",
        "yen.xml",
        8,
    )
    assert caught.value.arguments == {"element": "P_15", "amount": "100.50", "currency": "JPY"}


@given(AMOUNTS, st.integers(0, 100))
def test_percentage_is_within_half_a_minor_unit(amount_minor: int, percent: int) -> None:
    exact = Decimal(amount_minor) * percent / 100
    assert abs(amounts.percentage(amount_minor, percent=percent) - exact) <= Decimal("0.5")


def test_currencies_without_hundredths_are_known() -> None:
    digits = {currency: minor_digits(currency) for currency in ("HUF", "ISK", "TND", "UYW")}
    assert digits == {"HUF": 2, "ISK": 0, "TND": 3, "UYW": 4}
