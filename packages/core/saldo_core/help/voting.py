"""„Was this article helpful?”: cast a vote, count the votes."""

from datetime import datetime

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from saldo_core.help.tables import TEXT_LENGTH_MAX, Vote
from saldo_core.refusals import Refusal

WORDS_LISTED_MAX = 200


class VoteTextTooLong(Refusal):
    """The words with a vote on a help article are longer than fits."""

    code = "vote_text_too_long"
    text = _("Write at most %(limit)s characters.")


class Counted(msgspec.Struct, frozen=True):
    """How many found an article helpful and how many did not."""

    article: str
    yes: int
    no: int


def cast(
    *, table: type[Vote], voter: AbstractBaseUser, article: str, language: str, helpful: bool, text: str, now: datetime
) -> None:
    """Store the vote; a second one of the same person for the same article replaces the first.

    :raises VoteTextTooLong:
    """
    if len(text) > TEXT_LENGTH_MAX:
        raise VoteTextTooLong(limit=TEXT_LENGTH_MAX)
    values = {"language": language, "helpful": helpful, "text": text.strip(), "at": now}
    table._default_manager.update_or_create(voter_id=voter.pk, article=article, defaults=values)


def get(*, table: type[Vote], voter: AbstractBaseUser, article: str) -> Vote | None:
    """The vote that the person has cast on the article."""
    return table._default_manager.filter(voter=voter.pk, article=article).first()


def count_votes(*, table: type[Vote], articles: tuple[str, ...]) -> list[Counted]:
    """The counts of each article, in the order given; those without a vote too."""
    rows = table._default_manager.values("article").annotate(
        yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False))
    )
    there = {row["article"]: (row["yes"], row["no"]) for row in rows}
    return [Counted(name, *there.get(name, (0, 0))) for name in articles]


def list_words(*, table: type[Vote]) -> list[Vote]:
    """The votes that came with a text, the newest first."""
    return list(table._default_manager.exclude(text="").order_by("-at", "-pk")[:WORDS_LISTED_MAX])


def lines(*, table: type[Vote], articles: tuple[str, ...]) -> list[str]:
    """The counts and the words for a terminal: yes, no, article; then one line for each text."""
    counted = [f"{row.yes:>5} {row.no:>5}  {row.article}" for row in count_votes(table=table, articles=articles)]
    said = [
        f"{row.at:%Y-%m-%d %H:%M}  {row.article} ({row.language}) {'+' if row.helpful else '-'}  {row.text!r}"
        for row in list_words(table=table)
    ]
    yes, no = str(_("yes")), str(_("no"))
    return [f"{yes:>5} {no:>5}", *counted, *said]
