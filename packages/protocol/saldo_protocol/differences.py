"""What changed between two documents: a bounded list of places with the value before and after. Pure.

Payments and settlements are matched by their ``external_id``, whatever their order; lines and rows of the VAT table
by their position.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

CHANGES_MAX = 20
"""Of one document; what is past it is only counted."""
TEXT_LENGTH_MAX = 120
COUNTED_MAX = 5000
KEYED = ("payments", "settlements")
POSITIONED = ("vat", "lines")
CUT = "…"

Scalar = str | int | bool | None
Value = Scalar | dict[str, Scalar]


class Change(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """One place that differs. A part (a payment, a settlement, a line) that came has no ``from``, one that went no
    ``to``.

    ``pointer`` is a JSON pointer (RFC 6901) into the content that is sent; for a part that went, into the stored one.
    Texts are cut to ``TEXT_LENGTH_MAX`` characters. A payment comes and goes without its settlements, which are places
    of their own.
    """

    pointer: str
    before: Value
    after: Value


class Differences(msgspec.Struct, frozen=True):
    """The first changes, and how many more there are (counted up to ``COUNTED_MAX``)."""

    changes: tuple[Change, ...] = ()
    left_out: int = 0


def between(stored: bytes, sent: bytes, *, changes_max: int = CHANGES_MAX) -> Differences:
    """What differs between two canonical contents (``digest.canonical``).

    Both empty when they are the same but for the order of payments or settlements.
    """
    found = _members(msgspec.json.decode(stored), msgspec.json.decode(sent), ("", ""))
    changes = tuple(islice(found, changes_max))
    return Differences(changes=changes, left_out=sum(1 for _change in islice(found, COUNTED_MAX)))


Bases = tuple[str, str]
"""Where a part stands in the stored content, and where in the sent one."""


def _members(stored: dict[str, Any], sent: dict[str, Any], bases: Bases) -> Iterator[Change]:
    names = [*sent, *(name for name in stored if name not in sent)]
    parts = [name for name in names if name in (*KEYED, *POSITIONED)]
    for name in (name for name in names if name not in parts):
        before, after = stored.get(name), sent.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _members(before, after, _below(bases, name, name))
        elif before != after:
            yield Change(pointer=f"{bases[1]}/{name}", before=_short(before), after=_short(after))
    for name in sorted(parts, key=(*KEYED, *POSITIONED).index):
        yield from _parts(name, stored.get(name) or [], sent.get(name) or [], _below(bases, name, name))


def _parts(name: str, stored: list[dict[str, Any]], sent: list[dict[str, Any]], bases: Bases) -> Iterator[Change]:
    before, after = _keyed(name, stored), _keyed(name, sent)
    for key, (place, part) in after.items():
        if key in before:
            yield from _members(before[key][1], part, _below(bases, before[key][0], place))
        else:
            yield Change(pointer=f"{bases[1]}/{place}", before=None, after=_whole(part))
            yield from _settlements({}, part, _below(bases, place, place))
    for key, (place, part) in before.items():
        if key not in after:
            yield Change(pointer=f"{bases[0]}/{place}", before=_whole(part), after=None)
            yield from _settlements(part, {}, _below(bases, place, place))


def _settlements(stored: dict[str, Any], sent: dict[str, Any], bases: Bases) -> Iterator[Change]:
    before, after = stored.get("settlements", []), sent.get("settlements", [])
    return _parts("settlements", before, after, _below(bases, "settlements", "settlements"))


def _below(bases: Bases, stored: str | int, sent: str | int) -> Bases:
    return f"{bases[0]}/{stored}", f"{bases[1]}/{sent}"


def _keyed(name: str, parts: list[dict[str, Any]]) -> dict[object, tuple[int, dict[str, Any]]]:
    return {part["external_id"] if name in KEYED else place: (place, part) for place, part in enumerate(parts)}


def _whole(part: dict[str, Any]) -> dict[str, Scalar]:
    return {name: _cut(value) for name, value in part.items() if name != "settlements"}


def _short(value: Any) -> Value:
    return _whole(value) if isinstance(value, dict) else _cut(value)


def _cut(value: Any) -> Scalar:
    if isinstance(value, list):
        value = msgspec.json.encode(value).decode()
    if isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
        return value[: TEXT_LENGTH_MAX - len(CUT)] + CUT
    scalar: Scalar = value
    return scalar
