"""Texts as lists sort and search them: small letters without accents. Pure; knows no table."""

import unicodedata

SEARCH_LENGTH_MAX = 1024
NIP_LENGTH = 10
_NOT_COMPOSED = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe"})
"""Letters that Unicode doesn't take apart into a base letter and an accent."""


def fold(text: str) -> str:
    """„ŻÓŁĆ  Łódź” as „zolc lodz”: small letters, no accents, single blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_NOT_COMPOSED))
    return " ".join("".join(letter for letter in apart if not unicodedata.combining(letter)).split())


def search_text(*, number: str, ksef_number: str, name: str, tax_id: str) -> str:
    """What a search looks through: number, counterparty, tax id and KSeF number of an invoice, folded."""
    return fold(" ".join((number, name, tax_id, ksef_number)))[:SEARCH_LENGTH_MAX]


def words(text: str) -> tuple[str, ...]:
    """The folded words of a search; a NIP written with dashes is one without."""
    return tuple(_without_dashes(word) for word in fold(text).split())


def _without_dashes(word: str) -> str:
    digits = word.replace("-", "")
    return digits if digits.isdecimal() and len(digits) == NIP_LENGTH else word
