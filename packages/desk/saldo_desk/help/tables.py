"""The votes on articles."""

from saldo_core.help.tables import Vote


class HelpVote(Vote):
    """One operator's word on one article."""

    class Meta(Vote.Meta):
        abstract = False
