"""Amounts as files write them: decimal text to minor units, even shares. Knows no document."""

from decimal import Decimal

from saldo_desk.sources.documents import Unreadable
from saldo_protocol import money

# ISO 4217 gives no minor unit to metals, funds and test codes.
WITHOUT_MINOR_UNIT = frozenset(
    ("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX")
)


def to_minor(text: str, *, currency: str) -> int:
    """Decimal text ("12.5") in minor units (1250) of an ISO 4217 currency. Nothing is rounded.

    :raises Unreadable: `amount_not_in_currency` when it has more places than the currency,
        `amount_out_of_range` past `saldo_protocol.money.AMOUNT_MINOR_MAX`, `currency_not_supported`
        for a code that has no minor unit.
    """
    if currency in WITHOUT_MINOR_UNIT:
        raise Unreadable("currency_not_supported", currency=currency)
    try:
        return money.parse_minor(text, currency)
    except money.UnfitAmount as error:
        scaled = abs(Decimal(text)).scaleb(money.minor_digits(currency))
        too_large = scaled > money.AMOUNT_MINOR_MAX
        code = "amount_out_of_range" if too_large else "amount_not_in_currency"
        raise Unreadable(code, amount=text, currency=currency) from error


def to_text(amount_minor: int, *, currency: str) -> str:
    """Minor units as decimal text with the currency: "12.50 PLN"."""
    return f"{money.format_minor(amount_minor, currency)} {currency}"


def shares(amount_minor: int, *, count: int) -> tuple[int, ...]:
    """`amount_minor` in `count` even shares of its sign; the last one carries the remainder.

    Rounded towards zero, as instalments are written: 100.01 in three is 33.33, 33.33, 33.35.
    """
    share = abs(amount_minor) // count
    if amount_minor < 0:
        share = -share
    return (share,) * (count - 1) + (amount_minor - share * (count - 1),)


def percentage(amount_minor: int, *, percent: int) -> int:
    """`percent` per cent of an amount, half a minor unit away from zero.

    Source: art. 106e ust. 11 of the VAT Act.
    """
    return part_of_whole(amount_minor, part=percent, whole=100)


def part_of_whole(amount_minor: int, *, part: int, whole: int) -> int:
    """`part` of `whole` equal parts of an amount, half a minor unit away from zero: 23 of 123 is VAT in a gross."""
    rounded = (abs(amount_minor) * part * 2 + whole) // (whole * 2)
    return rounded if amount_minor >= 0 else -rounded
