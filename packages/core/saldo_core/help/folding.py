"""Words as a search compares them: without case, accents and endings."""

import re

from saldo_core.folding import folded

WORD = re.compile(r"[^\W_]+")
SHORT, LONG = 5, 6


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
