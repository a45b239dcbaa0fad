"""How many documents may leave the Platform without a person's yes. Pure; both sides count by it."""

FREE_MIN = 5
FREE_MAX = 50
FREE_PERCENT = 5
WINDOW_HOURS = 24
KEPT_DAYS = 30
"""How long a removed document can be restored."""


def free_max(*, documents: int) -> int:
    """How many of ``documents`` may go within ``WINDOW_HOURS`` unasked: five percent, but 5 at least and 50 at most."""
    return max(FREE_MIN, min(documents * FREE_PERCENT // 100, FREE_MAX))
