"""What a verb changed, as the history keeps it: field, from, to. Pure; knows no table."""

from collections.abc import Mapping

Value = str | int | bool | None


def between(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The fields of ``after`` that differ from ``before``, in its order, as ``{"field", "from", "to"}``."""
    return [
        {"field": field, "from": before.get(field), "to": value}
        for field, value in after.items()
        if before.get(field) != value
    ]
