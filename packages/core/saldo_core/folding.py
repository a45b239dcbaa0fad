"""Texts as a search compares them: without case and accents. Knows no subject."""

import unicodedata

NOT_TAKEN_APART = str.maketrans("łŁøØđĐ", "lLoOdD")
"""Letters that Unicode doesn't write as a letter with an accent."""


def folded(text: str) -> str:
    """„Płatność” → „platnosc”. As long as the text: what is found in it stands at the same place in the text."""
    return "".join(_letter(letter) for letter in text.translate(NOT_TAKEN_APART))


def _letter(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1].casefold()
    return base if len(base) == 1 else letter
