"""Amounts and account numbers as a page shows them."""

import pytest
from django.utils.translation import override

from saldo_core.templatetags.saldo import bank_account, money, unbroken


@pytest.mark.parametrize(
    ("language", "amount_minor", "currency", "expected"),
    [
        ("pl", 123456, "PLN", "1 234,56 PLN"),
        ("en", 123456, "PLN", "1,234.56 PLN"),
        ("pl", 5, "EUR", "0,05 EUR"),
        ("pl", 0, "PLN", "0,00 PLN"),
        ("pl", -123456, "PLN", "−1 234,56 PLN"),
        ("pl", 1234567, "JPY", "1 234 567 JPY"),
        ("pl", 1234567, "KWD", "1 234,567 KWD"),
        ("pl", 2**53 - 1, "PLN", "90 071 992 547 409,91 PLN"),
    ],
)
def test_money_is_written_as_its_language_does(language: str, amount_minor: int, currency: str, expected: str) -> None:
    with override(language):
        assert money(amount_minor, currency).replace("\u00a0", " ") == expected


def test_no_amount_is_no_text() -> None:
    assert money(None) == ""


def test_money_never_breaks_over_a_line() -> None:
    with override("pl"):
        assert " " not in money(123456789)


def test_an_account_number_stands_in_groups() -> None:
    groups = bank_account("27114020040000300201355387").replace("\u00a0", " ")
    assert groups == "27 1140 2004 0000 3002 0135 5387"


def test_days_in_a_text_stay_on_one_line_and_the_text_is_escaped() -> None:
    text = unbroken("<FV/2026-11/1> z dnia 2026-11-25, wprowadzony 2026-11-26 10:31:08")
    assert text == (
        '&lt;FV/2026-11/1&gt; z dnia <span class="when">2026-11-25</span>, '
        'wprowadzony <span class="when">2026-11-26 10:31:08</span>'
    )
