"""``docs/performance.md`` and its charts, made of ``results.json`` alone: ``python -m bench.report`` writes them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bench import chart, table
from bench.chart import Series
from bench.table import Results, Row

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "performance.md"
IMAGES = DOCS / "images"
SECTIONS = {
    "ingest": ("Ingest", "From the Desk's outbox to committed rows of the Platform, the receipt checked, over HTTP on "
    "loopback. Each side takes the same invoices in three times: all new, all again, all again with one in a hundred "
    "changed; the Desk is made to forget what it had sent, so that both sides compare all. *In one process* is the "
    "floor: the same rows written without HTTP, validation, receipts or history."),
    "import": ("Import", "KSeF files into the books, with the preview, beside reading and validating the same files."),
    "day": ("An ordinary day", "`saldo-desk sync` as a process, with a hundred invoices changed."),
    "nothing": ("Nothing changed", "`saldo-desk sync` as a process, beside the same program that starts and ends."),
    "memory": ("Memory", "The peak of the Desk's process during a first synchronisation of everything."),
    "list": ("The list of invoices", "The Desk's own time for a page."),
    "verify": ("Verify", "`saldo-desk verify` as a process, beside sending everything again; ten documents drifted "
    "through a second copy of the Desk."),
    "sustained": ("Sustained", "Companies that send batch after batch at once, to one Platform on PostgreSQL."),
    "protocol": ("The protocol", "What typed documents cost beside plain JSON."),
    "curve": ("Against size", "What the charts are made of."),
    "faults": ("Faults", "What is broken on purpose, and what is found afterwards."),
}  # fmt: skip
NOTES = """## How it is measured

- One workload for all sides: seeded invoices with two lines and one to five payments (three on average), some settled
  in full or in part, corrections, euro, purchases, Polish names ([bench/workload.py](../bench/workload.py)).
- Every figure is a median of `n` rounds; the sides take turns within one run on one machine, so only the **ratio**
  says something about another machine. Times of Saldo's ingest count from the moment a synchronisation is asked for to
  its last receipt; the peers' count without the start of their process, except Singer's and PyAirbyte's, which are
  processes that read a pipe.
- A side's time counts only when it holds what it was given: number and gross of the invoices; number, amount and
  settled amount of the payments. A figure that misses its aim stands here as it is.
- PostgreSQL writes to the disk at each commit (`fsync` on) for all sides; SQLite runs in WAL with full synchronisation.
- Peers run in environments of their own with the versions named ([bench/peers](../bench/peers)). Singer and PyAirbyte
  keep lines and payments as JSON in one table; Tryton takes drafts without payments: each does less than Saldo does.

## Again

```
make bench                 # all of it; some hours with the largest sizes
make bench ONLY=quick      # all rows, small, without peers: under two minutes
make bench ONLY=day,verify # some groups
make bench SIZE=0.01       # all sizes a hundredth
make bench ONLY=verify KEEP=1   # put what was measured into results.json and this page
```

`bench/results.json` holds the figures; this page and its charts are made of it.
"""


def page(results: Results) -> str:
    """The page."""
    dates = sorted({measured.on for measured in results.groups.values()})
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    measured_on = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "never"
    told = [
        "# Performance",
        "",
        f"Measured on {measured_on}: {results.machine}, other programs at rest. {versions}.",
        "Written by `make bench`; don't edit.",
        "",
    ]
    for name, make in CHARTS.items():
        if make(results) is not None:
            told += [f"![{TITLES[name]}](images/performance-{name}.svg)", ""]
    for group, (heading, words) in SECTIONS.items():
        if group in results.groups:
            told += [f"## {heading}", "", words, "", *_table(results.groups[group].rows), ""]
    return "\n".join(told) + "\n" + NOTES


def charts(results: Results) -> dict[str, str]:
    """The charts there are figures for, by name."""
    made = {name: make(results) for name, make in CHARTS.items()}
    return {name: drawn for name, drawn in made.items() if drawn is not None}


def write() -> None:
    """Write page and charts."""
    results = table.read()
    PAGE.write_text(page(results), encoding="utf-8")
    for name, drawn in charts(results).items():
        (IMAGES / f"performance-{name}.svg").write_text(drawn, encoding="utf-8")


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [f"| {' | '.join(table.HEADINGS)} |", "|---|--:|---|--:|--:|--:|---|--:|"]
    for row in rows:
        what, *rest = table.cells(row)
        note = f"<br>*{row.note}*" if row.note else ""
        lines.append(f"| {what}{note} | {' | '.join(rest)} |")
    return lines


def _peers(results: Results) -> str | None:
    measured = results.groups.get("ingest")
    rows = [row for row in measured.rows if " new, PostgreSQL" in row.what and row.other] if measured else []
    if not rows:
        return None
    values = [("Saldo", rows[0].ours or 0.0)]
    values += sorted(((row.against.partition(" (")[0], row.other or 0.0) for row in rows), key=lambda one: -one[1])
    return chart.bars(TITLES["peers"], unit="invoices a second, all new", values=values)


def _throughput(results: Results) -> str | None:
    rows = [row for row in _curve(results) if row.unit == "invoices/s"]
    names = list(dict.fromkeys(row.against for row in rows))
    ours = {row.size: row.ours for row in rows if row.ours}
    if len(ours) < 2:
        return None
    series = [Series("Saldo", sorted(ours.items()))]
    series += [
        Series(name.split(",")[0], sorted((row.size, row.other) for row in rows if row.against == name and row.other))
        for name in names
        if any(row.other for row in rows if row.against == name)
    ]
    return chart.lines(TITLES["throughput"], below="invoices", unit="invoices a second", series=series)


def _delta(results: Results) -> str | None:
    points = sorted((row.size, row.ours) for row in _curve(results) if row.unit == "s" and row.ours)
    if len(points) < 2:
        return None
    series = [Series("sync, 100 changes", points)]
    return chart.lines(TITLES["delta"], below="invoices tracked", unit="seconds, whole process", series=series)


def _curve(results: Results) -> list[Row]:
    return results.groups["curve"].rows if "curve" in results.groups else []


TITLES = {
    "peers": "New invoices: Saldo and what could be picked instead",
    "throughput": "First synchronisation: throughput against size",
    "delta": "An ordinary day: time against the size of the books",
}
CHARTS: dict[str, Callable[[Results], str | None]] = {
    "peers": _peers,
    "throughput": _throughput,
    "delta": _delta,
}

if __name__ == "__main__":
    write()
