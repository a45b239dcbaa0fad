"""Help articles: Markdown files read, rendered and put in order. Knows no program and no request."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec
from django.utils.functional import Promise
from markdown_it import MarkdownIt
from markdown_it.token import Token

from saldo_core.help.folding import anchor_of

LANGUAGES = ("pl", "en")
ARTICLE_BYTES_MAX = 64 * 1024
NAMED = re.compile(r"\s*\{#([A-Za-z0-9_-]+)\}\s*$")
BETWEEN_ARTICLES = re.compile(r"^([a-z0-9-]+)\.md(#[A-Za-z0-9_-]+)?$")

UrlOf = Callable[[str], str]
"""The address of an article, by its name."""


class Section(msgspec.Struct, frozen=True):
    """A part of an article: its heading, anchor and plain text. The first has the article's title and no anchor."""

    title: str
    anchor: str
    text: str


class Article(msgspec.Struct, frozen=True):
    """One article in one language. ``source`` is its Markdown."""

    name: str
    language: str
    title: str
    sections: tuple[Section, ...]
    links: tuple[str, ...]
    source: str

    @property
    def contents(self) -> tuple[Section, ...]:
        """The sections that a table of contents lists."""
        return self.sections[1:]

    def html(self, *, url_of: UrlOf) -> str:
        """The article as HTML without its title. Markup in the Markdown is shown as text, never passed through."""
        tokens = _parsed(self.source)
        after_title = next(at for at, token in enumerate(tokens) if token.type == "heading_close") + 1
        for token in _inline(tokens):
            target = BETWEEN_ARTICLES.match(str(token.attrGet("href") or "")) if token.type == "link_open" else None
            if target is not None:
                token.attrSet("href", url_of(target[1]) + (target[2] or ""))
        return str(_reader().renderer.render(tokens[after_title:], _reader().options, {}))


class Chapter(msgspec.Struct, frozen=True):
    """Articles that stand together in the contents."""

    title: str | Promise
    names: tuple[str, ...]


class Handbook:
    """All articles of a program, in the order of their chapters, and which one belongs to which window.

    :param folder: holds one folder for each language, with one file ``NAME.md`` for each article.
    :param windows: the name of a route → the name of the article on its window.
    """

    def __init__(self, *, folder: Path, chapters: tuple[Chapter, ...], windows: dict[str, str]) -> None:
        self.folder = folder
        self.chapters = chapters
        self.windows = windows
        self.names = tuple(name for chapter in chapters for name in chapter.names)

    def get(self, name: str, *, language: str) -> Article | None:
        """The article with this name; None where there is none."""
        if name not in self.names:
            return None
        return _read(self.folder / _known(language) / f"{name}.md", name, _known(language))

    def list_articles(self, *, language: str) -> list[Article]:
        """All articles in order."""
        return [article for name in self.names if (article := self.get(name, language=language)) is not None]

    def by_chapter(self, *, language: str) -> list[tuple[str, list[Article]]]:
        """The contents: each chapter's title, in the language that is active, with its articles."""
        there = {article.name: article for article in self.list_articles(language=language)}
        return [(str(chapter.title), [there[name] for name in chapter.names]) for chapter in self.chapters]

    def neighbours(self, name: str, *, language: str) -> tuple[Article | None, Article | None]:
        """The article before this one and the one after."""
        at = self.names.index(name)
        before = self.get(self.names[at - 1], language=language) if at else None
        after = self.get(self.names[at + 1], language=language) if at + 1 < len(self.names) else None
        return before, after


def _known(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


@lru_cache(maxsize=256)
def _read(path: Path, name: str, language: str) -> Article:
    with path.open("rb") as file:
        content = file.read(ARTICLE_BYTES_MAX + 1)
    if len(content) > ARTICLE_BYTES_MAX:
        raise ValueError(f"{path} is larger than {ARTICLE_BYTES_MAX} bytes")
    source = content.decode("utf-8")
    tokens = _parsed(source)
    sections = tuple(_sections(tokens))
    links = tuple(str(token.attrGet("href")) for token in _inline(tokens) if token.type == "link_open")
    return Article(name=name, language=language, title=sections[0].title, sections=sections, links=links, source=source)


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _parsed(source: str) -> list[Token]:
    """The tokens, with an anchor at every heading: ``{#name}`` at its end, else made from its words."""
    tokens = _reader().parse(source)
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        inline = tokens[at + 1]
        named = NAMED.search(inline.content)
        token.attrSet("id", named[1] if named else anchor_of(inline.content))
        if named and inline.children:
            inline.content = NAMED.sub("", inline.content)
            inline.children[-1].content = NAMED.sub("", inline.children[-1].content)
    return tokens


def _inline(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def _sections(tokens: list[Token]) -> Iterator[Section]:
    title, anchor, texts = "", "", list[str]()
    in_heading = False
    for token in tokens:
        if token.type == "heading_open" and token.tag in {"h1", "h2"}:
            if title:
                yield Section(title=title, anchor=anchor, text=" ".join(texts))
            title, anchor, texts = "", "" if token.tag == "h1" else str(token.attrGet("id")), []
            in_heading = True
        elif token.type == "heading_close":
            in_heading = False
        elif token.type == "inline" and in_heading and not title:
            title = _plain(token)
        elif token.type == "inline":
            texts.append(_plain(token))
    yield Section(title=title, anchor=anchor, text=" ".join(texts))


def _plain(token: Token) -> str:
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children or ()
    ).strip()
