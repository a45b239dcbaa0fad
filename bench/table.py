"""Rows of the table: two sides, their ratio, the aim; as text, and as they are kept in ``results.json``."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

RESULTS = Path(__file__).parent / "results.json"
Better = Literal["≥", "≤"]
HEADINGS = ("what", "ours", "against", "theirs", "ratio", "aim", "met", "n")
NO_AIM = 0.0


class Row(msgspec.Struct, omit_defaults=True):
    """One line of the table. ``ours`` and ``other`` are medians of ``n`` in ``unit``; ``ratio`` is ours by the other's;
    ``met`` is None where it was not measured, and ``note`` says why."""

    group: str
    what: str
    against: str
    unit: str
    better: Better
    aim: float
    ours: float | None = None
    other: float | None = None
    ratio: float | None = None
    met: bool | None = None
    n: int = 0
    note: str = ""
    size: int = 0


def row(
    group: str, what: str, against: str, *, unit: str, aim: tuple[Better, float],
    ours: Sequence[float], other: Sequence[float], note: str = "",
) -> Row:  # fmt: skip
    """A row of two sides that were measured by turns."""
    mine, theirs = statistics.median(ours), statistics.median(other)
    ratio = mine / theirs if theirs else 0.0
    met: bool | None = ratio >= aim[1] if aim[0] == "≥" else ratio <= aim[1]
    if aim[1] == NO_AIM:
        met = None
    return Row(group, what, against, unit, aim[0], aim[1], mine, theirs, ratio, met, min(len(ours), len(other)), note)


def not_measured(group: str, what: str, against: str, *, unit: str, aim: tuple[Better, float], why: str) -> Row:
    """A row whose other side could not be measured, with the reason."""
    return Row(group, what, against, unit, aim[0], aim[1], note=f"not measured: {why}")


class Measured(msgspec.Struct, omit_defaults=True):
    """The rows of one group, and when they were measured."""

    on: str
    rows: list[Row]


class Results(msgspec.Struct, omit_defaults=True):
    """``results.json``: the machine in words, the versions of what runs, each group's rows."""

    machine: str
    versions: dict[str, str]
    groups: dict[str, Measured] = {}


def read(path: Path = RESULTS) -> Results:
    """What was measured last."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write(results: Results, path: Path = RESULTS) -> None:
    """Keep it, readable in a diff."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def cells(row: Row) -> tuple[str, ...]:
    """A row as texts, in the order of ``HEADINGS``."""
    aim = f"{row.better} {row.aim:g}" if row.aim else "–"
    met = "–" if row.met is None else "yes" if row.met else "no"
    ratio = f"{row.ratio:.2f}" if row.ratio is not None else "–"
    return (
        row.what, amount(row.ours, row.unit), row.against or "–", amount(row.other, row.unit), ratio, aim, met,
        str(row.n),
    )  # fmt: skip


def amount(value: float | None, unit: str) -> str:
    """A figure with its unit, as exact as it is."""
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def text(rows: Sequence[Row]) -> str:
    """The table for a terminal; what is to be known of a row stands below it."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    notes = ["", *(row.note for row in rows)]
    told = []
    for line, note in zip(lines, notes, strict=True):
        told.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        told += [f"    {note}"] if note else []
    return "\n".join(told)
