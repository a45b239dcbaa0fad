"""Articles are read from Markdown, put in order, and shown without a way for markup of their own."""

from pathlib import Path

import pytest

from saldo_core.help.articles import ARTICLE_BYTES_MAX, Chapter, Handbook

FIRST = """# Pierwszy artykuł

Wstęp z [odnośnikiem](second.md#named).

## Co może pójść źle?

| a | b |
|---|---|
| c | <script>alert(1)</script> |

## Nazwany {#named}

Koniec.
"""


@pytest.fixture
def handbook(tmp_path: Path) -> Handbook:
    for language in ("pl", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "first.md").write_text(FIRST, "utf-8")
        (tmp_path / language / "second.md").write_text(f"# Second {language}\n\nText.\n", "utf-8")
    return Handbook(folder=tmp_path, chapters=(Chapter("All", ("first", "second")),), windows={"home": "first"})


def test_an_article_has_a_title_sections_and_links(handbook: Handbook) -> None:
    article = handbook.get("first", language="pl")
    assert article is not None
    assert (article.title, article.links) == ("Pierwszy artykuł", ("second.md#named",))
    assert [(section.title, section.anchor) for section in article.contents] == [
        ("Co może pójść źle?", "co-moze-pojsc-zle"),
        ("Nazwany", "named"),
    ]


def test_its_html_has_anchors_tables_and_addresses_and_no_markup_of_its_own(handbook: Handbook) -> None:
    article = handbook.get("first", language="pl")
    assert article is not None
    html = article.html(url_of=lambda name: f"/help/{name}/")
    assert '<a href="/help/second/#named">odnośnikiem</a>' in html
    assert '<h2 id="named">Nazwany</h2>' in html
    assert "<table>" in html
    assert "&lt;script&gt;" in html
    assert "<h1" not in html


def test_the_language_that_is_not_there_is_the_first(handbook: Handbook) -> None:
    german, english = (handbook.get("second", language=language) for language in ("de", "en"))
    assert german is not None
    assert english is not None
    assert (german.title, english.title) == ("Second pl", "Second en")


@pytest.mark.parametrize("name", ["third", "", "../first", "pl/first"])
def test_an_article_that_is_not_listed_is_not_there(handbook: Handbook, name: str) -> None:
    assert handbook.get(name, language="pl") is None


def test_neighbours_end_at_both_ends(handbook: Handbook) -> None:
    names = [
        [article.name if article else None for article in handbook.neighbours(name, language="pl")]
        for name in ("first", "second")
    ]
    assert names == [[None, "second"], ["first", None]]


def test_an_article_is_bounded(handbook: Handbook) -> None:
    (handbook.folder / "pl" / "first.md").write_text("# T\n" + "x" * ARTICLE_BYTES_MAX, "utf-8")
    with pytest.raises(ValueError, match="larger than"):
        handbook.get("first", language="pl")
