"""How money and account numbers are written on a page."""

import re

from django import template
from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from saldo_core.writing import NO_BREAK_SPACE, written
from saldo_protocol.money import Money

register = template.Library()
_WHEN = re.compile(r"\b\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?\b")


@register.filter
def money(amount_minor: int | None, currency: str = "PLN") -> str:
    """``123456`` in ``PLN`` as „1 234,56 PLN” in Polish; empty for None."""
    return "" if amount_minor is None else written(Money(amount_minor, currency))


@register.filter
def decimal(text: str) -> str:
    """A decimal number as issued, „1234.50” as „1 234,50” in Polish; anything else as it is."""
    whole, dot, rest = text.partition(".")
    if not whole.lstrip("-").isdecimal() or (dot and not rest.isdecimal()):
        return text
    return str(number_format(text, decimal_pos=len(rest), force_grouping=True))


@register.filter
def bank_account(number: str) -> str:
    """A Polish account number in groups of four, as on a bank statement."""
    plain = number.replace(" ", "")
    head, tail = (plain[:2], plain[2:]) if plain[:2].isdecimal() else (plain[:4], plain[4:])
    return NO_BREAK_SPACE.join([head, *(tail[at : at + 4] for at in range(0, len(tail), 4))])


@register.filter
def unbroken(text: str) -> SafeString:
    """A text whose days and times stay on one line: browsers break 2026-11-25 after a hyphen."""
    return mark_safe(_WHEN.sub(r'<span class="when">\g<0></span>', conditional_escape(text)))  # noqa: S308  # escaped
