"""When a schedule's next time comes: pure. Times of day are Poland's, also over the change of clocks."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

DAYS_AHEAD: Final = 3
"""Enough to find the next time from any moment."""
CLOCK_BACK_S: Final = 60
"""By so much a clock may be corrected without anything being planned anew."""


def next_every(*, minutes: int, now: datetime) -> datetime:
    """So many minutes from now: what was missed meanwhile is made up for once, not time by time."""
    return now + timedelta(minutes=minutes)


def next_at(*, times: Sequence[time], now: datetime, zone: tzinfo) -> datetime:
    """The first of the times of day after ``now``, in UTC.

    An hour that comes twice in autumn counts once, the first time; a time that spring leaves out comes as much later as
    the clocks go forward. Each moment comes once, also where two times fall on it.
    """
    today = now.astimezone(zone).date()
    moments = (
        datetime.combine(today + timedelta(days=day), at, tzinfo=zone).astimezone(UTC)
        for day in range(DAYS_AHEAD)
        for at in times
    )
    return min(moment for moment in moments if moment > now)


def was_set_back(*, planned_at: datetime, now: datetime) -> bool:
    """Whether the clock stands before the moment at which the next time was worked out: then it is worked out anew, or
    nothing would be sent until the clock has caught up."""
    return planned_at - now > timedelta(seconds=CLOCK_BACK_S)
