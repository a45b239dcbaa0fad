"""Comparing what two sides hold without sending it: digests over ranges of documents, narrowed down where they differ.

Both sides put their documents in the byte order of ``external_id``. A range is what lies after one id and up to
another, that one included; its digest is taken over one line a document, ``external_id``, a blank, the document's
digest, a line feed. Pure.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

DIGEST_BYTES = 16
RANGES_MAX = 256
"""Into how many ranges an answer divides."""
LISTED_MAX = 256
"""A range with no more documents than this is listed instead of divided."""
PAGE_MAX = 2000
"""How many documents an answer lists that was asked to list."""

Row = tuple[str, str]
"""``external_id`` and digest of one document."""


class Range(msgspec.Struct, frozen=True):
    """The documents after the range before it, up to ``to`` (included; empty: as far as was asked for)."""

    to: str
    count: int
    digest: str


class Held(msgspec.Struct, frozen=True):
    """A document that the Platform holds; number and day so that a person can tell which."""

    external_id: str
    digest: str
    revision: str
    number: str
    issued_on: dt.date


class Digests(msgspec.Struct, frozen=True):
    """What ``GET /api/v1/digests`` answers for one range.

    :param count: the documents in it; ``digest`` is over all of them.
    :param ranges: it, divided; empty where the documents are listed.
    :param documents: it, listed: when it holds no more than ``LISTED_MAX``, or the list was asked for.
    :param more: the list was cut at ``PAGE_MAX``; what follows comes after its last document.
    """

    integration_uid: UUID
    count: int
    digest: str
    ranges: tuple[Range, ...] = ()
    documents: tuple[Held, ...] = ()
    more: bool = False


class Fold:
    """Takes in the documents of one range, in order."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Iterable[Row]) -> None:
        """The next documents."""
        lines = [f"{external_id} {digest}\n" for external_id, digest in rows]
        self.count += len(lines)
        self._hash.update("".join(lines).encode())

    @property
    def digest(self) -> str:
        """SHA-256 over the lines so far, cut to 128 bits, as 32 hexadecimal digits."""
        return self._hash.digest()[:DIGEST_BYTES].hex()


def divide(pages: Iterable[list[Row]], *, count: int) -> tuple[Fold, list[Range]]:
    """All the documents as one fold, and divided into at most ``RANGES_MAX`` ranges of the same size.

    :param pages: the documents in order; lists, so that no document is looked at by itself.
    :param count: how many they are, about: it only says how large a range is.
    """
    size = max(1, -(-count // RANGES_MAX))
    whole, part, ranges = Fold(), Fold(), list[Range]()
    for page in pages:
        whole.add(page)
        at = 0
        while at < len(page):
            taken = page[at : at + size - part.count]
            part.add(taken)
            at += len(taken)
            if part.count == size and len(ranges) < RANGES_MAX - 1:
                ranges.append(Range(to=taken[-1][0], count=part.count, digest=part.digest))
                part = Fold()
            elif part.count >= size:
                part.add(page[at:])
                at = len(page)
    ranges.append(Range(to="", count=part.count, digest=part.digest))
    return whole, ranges


def fold_along(pages: Iterable[list[Row]], ends: Iterable[str]) -> Iterator[Fold]:
    """The documents folded along the other side's ranges: one fold for each end, the last one taking all the rest.

    :param ends: ``Range.to`` of each; the last is not looked at.
    """
    bounds = list(ends)
    part, at = Fold(), 0
    for page in pages:
        start = 0
        while at < len(bounds) - 1 and page and page[-1][0] > bounds[at]:
            stop = next(place for place in range(start, len(page)) if page[place][0] > bounds[at])
            part.add(page[start:stop])
            yield part
            part, at, start = Fold(), at + 1, stop
        part.add(page[start:])
    for _end in bounds[at:]:
        yield part
        part = Fold()
