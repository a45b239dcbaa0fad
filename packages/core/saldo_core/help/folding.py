"""Words as a search compares them: without case, accents and endings."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
NOT_TAKEN_APART = str.maketrans("łŁøØđĐ", "lLoOdD")
"""Letters that Unicode doesn't write as a letter with an accent."""
SHORT, LONG = 5, 6


def folded(text: str) -> str:
    """„Płatność” → „platnosc”. As long as the text: what is found in it stands at the same place in the text."""
    return "".join(_letter(letter) for letter in text.translate(NOT_TAKEN_APART))


def _letter(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1].casefold()
    return base if len(base) == 1 else letter


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return WORD.findall(folded(text))


def stem_of(word: str) -> str:
    """What a word's other forms begin with as well: „faktury” and „fakturę” both begin with „faktu”.

    A rule of thumb for Polish and English, which takes one or two letters off the end: it finds too much
    rather than too little.
    """
    if len(word) >= LONG:
        return word[:-2]
    return word[:-1] if len(word) >= SHORT else word


def anchor_of(heading: str) -> str:
    """„Co może pójść źle?” → „co-moze-pojsc-zle”."""
    return "-".join(words_of(heading))
