"""The search finds every form of every word, and puts the best article first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_core.folding import folded
from saldo_core.help.articles import Article, Section
from saldo_core.help.searching import search


def article(name: str, title: str, *sections: tuple[str, str]) -> Article:
    parts = tuple(Section(title=heading, anchor=heading, text=text) for heading, text in sections)
    sections = (Section(title=title, anchor="", text=""), *parts)
    return Article(name=name, language="pl", title=title, sections=sections, links=(), source="")


ARTICLES = (
    article("list", "Lista faktur", ("Stan", "Płatności faktury są na liście.")),
    article(
        "settle", "Rozliczanie", ("Jak rozliczyć", "Stań na fakturze i rozlicz płatność w całości albo częściowo.")
    ),
    article("key", "Klucz wymiany", ("Gdzie go wpisać", "W konfiguracji. Faktury zostają.")),
)


def names(query: str) -> list[str]:
    return [found.article.name for found in search(ARTICLES, query)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("faktura", ["list", "settle", "key"]),
        ("FAKTURĘ płatnosc", ["list", "settle"]),
        ("klucz", ["key"]),
        ("klucz płatność", []),
        ("zolw", []),
        ("", []),
        ("?!", []),
        ("(.*", []),
    ],
)
def test_every_word_must_be_there_in_any_form_with_or_without_accents(query: str, found: list[str]) -> None:
    assert names(query) == found


def test_the_piece_shows_the_word_where_it_stands() -> None:
    (found,) = search(ARTICLES, "częściowo")
    assert (found.section.title, found.hit) == ("Jak rozliczyć", "częściowo")
    assert found.before.endswith("w całości albo ")


@given(st.text(max_size=300))
def test_folding_keeps_the_length_so_that_places_agree(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text(max_size=300))
def test_no_query_breaks_the_search(query: str) -> None:
    assert len(search(ARTICLES, query)) <= len(ARTICLES)
