"""What all the peers' scripts share: the workload's lines of JSON, the phases, and the answer."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PHASES = (("first", "v1"), ("unchanged", "v1"), ("changed", "v2"))


def load(path: Path) -> list[dict[str, Any]]:
    """The invoices of a file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def measure(version: str, ingest: Callable[[Path], object], sums: Callable[[], list[int]]) -> None:
    """Ingest the files of the folder phase by phase, and write ``result.json`` beside them.

    :param ingest: takes one file in; all of it is timed.
    :param sums: invoices, their gross; and where the peer has payments their number, amount and settled amount.
    """
    folder = Path(sys.argv[2])
    told: dict[str, Any] = {"version": version, "sums": {}}
    for phase, name in PHASES:
        start = time.perf_counter()
        ingest(folder / f"{name}.jsonl")
        told[phase] = time.perf_counter() - start
        told["sums"][phase] = [int(value) for value in sums()]
    (folder / "result.json").write_text(json.dumps(told))
