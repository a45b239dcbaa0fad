"""A search as a person types it: words without case and accents, each of which must be found somewhere. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from django.db.models import Q

from saldo_core.folding import folded

TEXT_LENGTH_MAX = 100
WORDS_MAX = 8
NIP_LENGTH = 10
_LETTERS: dict[str, str] = {}
for _letter in map(chr, range(0xC0, 0x180)):
    _LETTERS[folded(_letter)] = _LETTERS.get(folded(_letter), "") + _letter


def matching(text: str, *, columns: Iterable[str]) -> Q:
    """Every word of ``text`` in at least one of the columns; of nothing but blanks, everything.

    By regular expression and not by LIKE, whose case-insensitivity ends with ASCII in SQLite. What is typed is only
    ever letters of it: ``%``, ``_`` and ``.`` stand for themselves.
    """
    named = tuple(columns)
    found = Q()
    for word in words_of(text):
        pattern = pattern_of(word)
        found &= Q(*((f"{column}__iregex", pattern) for column in named), _connector=Q.OR)
    return found


def words_of(text: str) -> list[str]:
    """The words of a search, within its bounds; a NIP written with dashes or with PL is one of ten digits."""
    plain = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFC", text))
    return [_plain_nip(word) for word in plain[:TEXT_LENGTH_MAX].split()[:WORDS_MAX]]


def pattern_of(word: str) -> str:
    """A regular expression for a word in whatever case, with or without accents: „zolc” finds „ŻÓŁĆ”."""
    return "".join(_one_of(letter) for letter in folded(word))


def _one_of(letter: str) -> str:
    others = _LETTERS.get(letter, "")
    return f"[{letter}{others}]" if others and letter.isalpha() else re.escape(letter)


def _plain_nip(word: str) -> str:
    digits = word.upper().removeprefix("PL").replace("-", "")
    return digits if digits.isdecimal() and len(digits) == NIP_LENGTH else word
