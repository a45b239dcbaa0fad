"""Commands on the help: which articles people found helpful."""

import argparse

import msgspec
from django.utils.translation import gettext as _

from saldo_core.help import voting
from saldo_desk.commands.output import DONE, say
from saldo_desk.help.handbook import HANDBOOK
from saldo_desk.help.tables import HelpVote


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    group = commands.add_parser("help", help=_("the help articles")).add_subparsers(required=True)
    votes = group.add_parser(
        "votes", parents=[base], help=_("which articles people found helpful, and what they wrote")
    )
    votes.set_defaults(act=help_votes)


def help_votes(options: argparse.Namespace) -> int:
    """``help votes``"""
    counted = voting.count_votes(table=HelpVote, articles=HANDBOOK.names)
    words = [
        {"article": row.article, "language": row.language, "helpful": row.helpful, "text": row.text, "at": row.at}
        for row in voting.list_words(table=HelpVote)
    ]
    text = "\n".join(voting.lines(table=HelpVote, articles=HANDBOOK.names))
    say(options, text, {"articles": [msgspec.to_builtins(row) for row in counted], "texts": words})
    return DONE
