"""When a run that failed is tried again, and when a person has to look: pure. Why so: decision 21.

Equal jitter: half of each pause is certain, the other half drawn, so that Desks that lost the same Platform at the same
moment don't all come back at the same moment.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

Draw = Callable[[], float]
"""Evenly from [0, 1)."""

PAUSE_FIRST_S: Final = 2
PAUSE_DOUBLED_S_MAX: Final = 600
PAUSE_S_MAX: Final = 3600
"""No pause is longer, whatever the Platform asks for."""
ASKED_FOR_JITTER: Final = 0.1
GIVE_UP_AFTER: Final = timedelta(hours=48)
GIVE_UP_FAILURES_MIN: Final = 40
GIVE_UP_FAILURES: Final = 1000

draw: Draw = random.random


def pause_s(*, failures: int, retry_after_s: int | None, draw: Draw) -> float:
    """How long to wait after so many tries in a row that failed, in seconds.

    :param failures: from 1; the pause doubles with each.
    :param retry_after_s: what the Platform asked for: at least that, and a little more, since it tells everybody the
        same; but never above ``PAUSE_S_MAX``.
    """
    if retry_after_s:
        return min(retry_after_s * (1 + ASKED_FOR_JITTER * draw()), PAUSE_S_MAX)
    doublings = min(failures - 1, PAUSE_DOUBLED_S_MAX.bit_length())
    longest = min(PAUSE_FIRST_S << doublings, PAUSE_DOUBLED_S_MAX)
    return longest / 2 + draw() * longest / 2


def is_over(*, failures: int, since: datetime, now: datetime) -> bool:
    """Whether to try no more by itself.

    After two days in which nothing went right; but not before 40 tries, since a computer that was off has not tried,
    and a clock set forward is no proof; and after 1000 tries whatever the clock says, which may have been set back.
    """
    if failures >= GIVE_UP_FAILURES:
        return True
    return failures >= GIVE_UP_FAILURES_MIN and now - since >= GIVE_UP_AFTER
