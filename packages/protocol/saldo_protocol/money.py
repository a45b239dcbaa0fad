"""Amounts: integers in minor units of an ISO 4217 currency. No float, ever."""

import re
from decimal import Context, Decimal
from typing import Final

import msgspec

AMOUNT_MINOR_MAX: Final = 2**53 - 1
"""What every JSON reader keeps exact (RFC 8785 section 3.2.2.3, RFC 7493 section 2.2)."""

_DIGITS: Final = {
    0: frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()),
    3: frozenset("BHD IQD JOD KWD LYD OMR TND".split()),
    4: frozenset("CLF UYW".split()),
}
_CURRENCY_LETTERS: Final = 3
_DECIMAL = re.compile(r"[+-]?[0-9]{1,22}(\.[0-9]{1,22})?")
_EXACT = Context(prec=64)
"""The default context keeps 28 digits and would round a longer text to a fitting amount."""


class UnfitAmount(ValueError):
    """The text is no amount, or has more decimals than its currency, or is out of bounds."""


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in minor units and its currency. Adding two currencies is our own mistake, so it asserts."""

    amount_minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, (self.currency, other.currency)
        return Money(self.amount_minor + other.amount_minor, self.currency)


def minor_digits(currency: str) -> int:
    """How many decimals the currency has (ISO 4217); two where nothing else is known."""
    for digits, currencies in _DIGITS.items():
        if currency in currencies:
            return digits
    return 2


def is_currency(text: str) -> bool:
    """Three capital ASCII letters."""
    return len(text) == _CURRENCY_LETTERS and text.isascii() and text.isalpha() and text.isupper()


def parse_minor(text: str, currency: str) -> int:
    """``"1234.5"`` in PLN → 123450. Exact; nothing is rounded.

    :raises UnfitAmount: when the text is no decimal number, has decimals that the currency lacks, or is larger
        than ``AMOUNT_MINOR_MAX``.
    """
    plain = text.strip()
    if _DECIMAL.fullmatch(plain) is None:
        raise UnfitAmount(text)
    shifted = Decimal(plain).scaleb(minor_digits(currency), context=_EXACT)
    if shifted != shifted.to_integral_value() or abs(shifted) > AMOUNT_MINOR_MAX:
        raise UnfitAmount(text)
    return int(shifted)


def format_minor(amount_minor: int, currency: str) -> str:
    """123450 in PLN → ``"1234.50"``; the inverse of ``parse_minor``."""
    digits = minor_digits(currency)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
