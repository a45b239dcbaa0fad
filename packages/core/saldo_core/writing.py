"""How amounts are written for people, in the language that is active."""

from django.utils.formats import number_format

from saldo_protocol.money import Money, minor_digits

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"


def written(money: Money) -> str:
    """``Money(123456, "PLN")`` as „1 234,56 PLN” in Polish. The sign stays with the number."""
    digits = minor_digits(money.currency)
    whole, rest = divmod(abs(money.amount_minor), 10**digits)
    plain = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    text = number_format(plain, decimal_pos=digits, force_grouping=True)
    return f"{MINUS if money.amount_minor < 0 else ''}{text}{NO_BREAK_SPACE}{money.currency}"
