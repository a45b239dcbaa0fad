"""Search in help articles: every word must be there; the best article first, with the place."""

import re
from collections.abc import Iterable

import msgspec

from saldo_core.folding import folded
from saldo_core.help.articles import Article, Section
from saldo_core.help.folding import stem_of, words_of

QUERY_LENGTH_MAX = 200
WORDS_MAX = 10
FOUND_MAX = 20
HITS_MAX = 5
IN_TITLE, IN_HEADING, IN_TEXT, AS_TYPED = 20, 8, 1, 2
AROUND = 70


class Found(msgspec.Struct, frozen=True):
    """An article that has all words, its best section, and a piece of text: before, the word found, after."""

    article: Article
    section: Section
    before: str
    hit: str
    after: str
    score: int


def search(articles: Iterable[Article], query: str) -> list[Found]:
    """The articles that have every word of the query, in any form, the best first; of equal ones the earlier."""
    words = list(dict.fromkeys(words_of(query[:QUERY_LENGTH_MAX])))[:WORDS_MAX]
    if not words:
        return []
    found = [one for article in articles if (one := _in_article(article, words)) is not None]
    return sorted(found, key=lambda one: -one.score)[:FOUND_MAX]


def _in_article(article: Article, words: list[str]) -> Found | None:
    patterns = [re.compile(rf"\b{re.escape(stem_of(word))}") for word in words]
    everything = folded(" ".join(f"{section.title} {section.text}" for section in article.sections))
    if not all(pattern.search(everything) for pattern in patterns):
        return None
    scores = [_score(section, words, patterns) for section in article.sections]
    best = article.sections[max(range(len(scores)), key=lambda at: (scores[at], -at))]
    before, hit, after = _piece(best, patterns)
    return Found(article=article, section=best, before=before, hit=hit, after=after, score=sum(scores))


def _score(section: Section, words: list[str], patterns: list[re.Pattern[str]]) -> int:
    title, text = folded(section.title), folded(section.text)
    score = 0
    for word, pattern in zip(words, patterns, strict=True):
        if pattern.search(title):
            score += IN_HEADING if section.anchor else IN_TITLE
        score += IN_TEXT * min(len(pattern.findall(text)), HITS_MAX)
        score += AS_TYPED * min(len(re.findall(rf"\b{re.escape(word)}\b", text)), HITS_MAX)
    return score


def _piece(section: Section, patterns: list[re.Pattern[str]]) -> tuple[str, str, str]:
    """The text around the first word found; folding keeps lengths, so the places agree."""
    text = section.text
    hits = [hit for pattern in patterns if (hit := pattern.search(folded(text))) is not None]
    if not hits:
        return text[: 2 * AROUND], "", "…" if len(text) > 2 * AROUND else ""
    start = min(hit.start() for hit in hits)
    word = re.compile(r"\w+").match(text, start)
    end = word.end() if word else start
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    return (
        ("…" if left else "") + text[left:start],
        text[start:end],
        text[end:right] + ("…" if right < len(text) else ""),
    )
