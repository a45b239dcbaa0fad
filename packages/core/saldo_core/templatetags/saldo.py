"""How money, dates and numbers are written on a page."""

from django import template
from django.utils.formats import number_format

from saldo_protocol.money import minor_digits

register = template.Library()

NO_BREAK_SPACE = "\u00a0"


@register.filter
def money(amount_minor: int | None, currency: str = "PLN") -> str:
    """``123456`` in ``PLN`` as „1 234,56 PLN” in Polish; empty for None. The sign stays with the number."""
    if amount_minor is None:
        return ""
    digits = minor_digits(currency)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    sign = "\u2212" if amount_minor < 0 else ""
    text = number_format(
        f"{whole}.{rest:0{digits}d}" if digits else str(whole), decimal_pos=digits, force_grouping=True
    )
    return f"{sign}{text}{NO_BREAK_SPACE}{currency}"


@register.filter
def bank_account(number: str) -> str:
    """A Polish account number in groups of four, as on a bank statement."""
    plain = number.replace(" ", "")
    head, tail = (plain[:2], plain[2:]) if plain[:2].isdecimal() else (plain[:4], plain[4:])
    return NO_BREAK_SPACE.join([head, *(tail[at : at + 4] for at in range(0, len(tail), 4))])
