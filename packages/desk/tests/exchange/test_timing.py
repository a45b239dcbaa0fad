"""The next time of a schedule: after now, in Polish time, each moment once, over both changes of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.exchange import timing

WARSAW = ZoneInfo("Europe/Warsaw")
TIMES = st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=6)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW).astimezone(UTC)


def following(now: datetime, *times: str, count: int) -> list[str]:
    found = []
    for _step in range(count):
        now = timing.next_at(times=[time.fromisoformat(text) for text in times], now=now, zone=WARSAW)
        found.append(f"{now.astimezone(WARSAW):%d %H:%M %z}")
    return found


@pytest.mark.parametrize(
    ("now", "times", "expected"),
    [
        ("2026-11-24 07:59", ("08:00", "14:30"), ["24 08:00 +0100", "24 14:30 +0100", "25 08:00 +0100"]),
        ("2026-11-24 08:00", ("08:00",), ["25 08:00 +0100", "26 08:00 +0100"]),
        ("2026-12-31 23:59", ("00:00",), ["01 00:00 +0100"]),
        ("2026-03-28 12:00", ("02:30", "03:30"), ["29 03:30 +0200", "30 02:30 +0200", "30 03:30 +0200"]),
        ("2026-10-24 12:00", ("02:30",), ["25 02:30 +0200", "26 02:30 +0100"]),
        ("2026-10-24 12:00", ("08:00",), ["25 08:00 +0100"]),
    ],
)
def test_the_times_follow_each_other(now: str, times: tuple[str, ...], expected: list[str]) -> None:
    assert following(at(now), *times, count=len(expected)) == expected


@given(
    now=st.integers(0, 2 * 365 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    times=TIMES,
)
def test_there_is_always_a_next_time_within_two_days_and_it_is_later(now: datetime, times: list[time]) -> None:
    found = timing.next_at(times=times, now=now, zone=WARSAW)
    assert now < found <= now + timedelta(hours=26)


@pytest.mark.parametrize(("ahead_s", "back"), [(-5, False), (60, False), (61, True), (86_400, True)])
def test_a_clock_that_stands_before_the_plan_was_set_back(ahead_s: int, back: bool) -> None:
    now = at("2026-11-24 12:00")
    assert timing.was_set_back(planned_at=now + timedelta(seconds=ahead_s), now=now) == back
