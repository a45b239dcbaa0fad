"""What the tests of both programs look at in help articles: the labels they quote, the links they follow."""

import re
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

from saldo_core.help.articles import BETWEEN_ARTICLES, Article, Handbook

ROOT = Path(__file__).resolve().parent.parent
QUOTED = {"pl": re.compile(r"„([^”]+)”"), "en": re.compile(r"“([^”]+)”")}
PATH = re.compile(r"\s*→\s*")
PLACE = re.compile(r"%\\?\(\w+\\?\)[sd]|%%")
IN_TEMPLATES = re.compile(r">([^<>{}]+)<")

LABEL_LENGTH_MIN = 2
"""Less than that beside its places, and a text would match anything."""


@lru_cache(maxsize=2)
def labels(language: str) -> re.Pattern[str]:
    """A pattern that any text of a window matches as a whole, whatever stands in its places."""
    texts: set[str] = set()
    for path in ROOT.glob("packages/*/saldo_*/locale/pl/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="pl"):
                found = message.id if language == "en" else message.string
                texts.update([found] if isinstance(found, str) else found or ())
    for path in ROOT.glob("packages/*/saldo_*/templates/**/*.html"):
        texts.update(IN_TEMPLATES.findall(path.read_text("utf-8")))
    plain = {_bare(text) for text in texts if len(PLACE.sub("", text).strip()) >= LABEL_LENGTH_MIN}
    return re.compile("|".join(sorted(PLACE.sub(".+", re.escape(text)) for text in plain)))


def unknown_labels(article: Article) -> list[str]:
    """Quoted words of an article that stand in no window. „A → B” quotes two."""
    quoted = [part for text in QUOTED[article.language].findall(article.source) for part in PATH.split(text)]
    return [text for text in quoted if labels(article.language).fullmatch(_bare(text)) is None]


def broken_links(handbook: Handbook, article: Article) -> list[str]:
    """Links of an article that lead to no article, or to no heading of it."""
    return [link for link in article.links if not _leads_somewhere(handbook, article, link)]


def _leads_somewhere(handbook: Handbook, article: Article, link: str) -> bool:
    found = BETWEEN_ARTICLES.match(link)
    target = handbook.get(found[1], language=article.language) if found else None
    if target is None or found is None:
        return False
    return not found[2] or found[2][1:] in {section.anchor for section in target.contents}


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip("…").strip()
