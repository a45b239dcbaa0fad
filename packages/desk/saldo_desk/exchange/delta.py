"""What has to go: pure comparison of revisions."""

import msgspec


class Known(msgspec.Struct, frozen=True):
    """A document here (``revision``) and what the Platform answered of it before (None: never sent)."""

    revision: int
    answered_revision: int | None
    refused: bool


def has_moved(known: Known) -> bool:
    """Sent or refused before, and changed since."""
    return known.answered_revision is not None and known.revision > known.answered_revision


def has_to_go(known: Known, *, marked: bool) -> bool:
    """Whether the document travels in this run.

    One that was answered before goes when it has moved; marked ones go too when they were never answered, or
    were refused: whoever marks a refused document asks to try again.
    """
    if has_moved(known):
        return True
    return marked and (known.answered_revision is None or known.refused)
