"""Valid NIPs for companies of tests, each given once in a process."""

from collections.abc import Iterator
from itertools import count

WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def fresh() -> str:
    """A NIP that no other test of this process has."""
    return next(_NIPS)


def _valid() -> Iterator[str]:
    for tail in count(500_000):
        digits = f"526{tail:06d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
        if check < 10:
            yield f"{digits}{check}"


_NIPS = _valid()
