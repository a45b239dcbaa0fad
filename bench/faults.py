"""The fault tests at length: kills at random points, and books kept while the wire fails, on both databases.

A row is how many were survived of how many there were: nothing below all of them will do. ``FAULTS_KILLS`` and
``FAULTS_EXAMPLES`` say how many, ``FAULTS_SEED`` repeats a run.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measuring import Bench
from bench.table import Better, Row, row
from tools import test

GROUP = "faults"
DATABASES = {"SQLite": "system", "PostgreSQL": "system-postgresql"}
"""With the stage of ``make test`` that runs on it."""
KILLS, EXAMPLES = "240", "400"
SEED_BYTES = 4
AIM: tuple[Better, float] = ("≥", 1.0)
AGAINST = "as many as there were"
SUITE = {
    "kills of Desk, Platform or both": ("system_tests/test_killed.py", "FAULTS_KILLS"),
    "workdays over a failing wire": ("system_tests/test_faults_on_the_wire.py", "FAULTS_EXAMPLES"),
}
SAID_LINES_MAX = 40


def measure(bench: Bench) -> Iterator[Row]:
    """Both parts on both databases, by a seed that is told."""
    settings = {"FAULTS_KILLS": KILLS, "FAULTS_EXAMPLES": EXAMPLES, "FAULTS_SEED": str(_seed()), **os.environ}
    for name, stage in DATABASES.items():
        for what, (path, counted) in SUITE.items():
            bench.say(f"{what}, {name}, FAULTS_SEED={settings['FAULTS_SEED']}")
            asked, begun_at = int(settings[counted]), time.monotonic()
            survived = run(path, stage, settings)
            yield row(
                GROUP, f"{what}, {name}", AGAINST, unit="", aim=AIM, ours=[survived], other=[asked],
                note=f"FAULTS_SEED={settings['FAULTS_SEED']}, {time.monotonic() - begun_at:.0f} s",
            )  # fmt: skip


def run(path: str, stage: str, settings: dict[str, str]) -> int:
    """How many of a part were survived; what went wrong is printed."""
    with tempfile.TemporaryDirectory(prefix="saldo-faults-") as folder, test.databases_of(stage) as databases:
        told = Path(folder) / "survived"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", path, test.DESK, "-x", "-o", "timeout=0"],
            cwd=test.ROOT,
            env={**settings, **databases, "SALDO_HOME": f"{folder}/home", "FAULTS_TOLD": str(told)},
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            print(*done.stdout.splitlines()[-SAID_LINES_MAX:], sep="\n")
        return int(told.read_text()) if told.exists() else 0


def _seed() -> int:
    return int.from_bytes(secrets.token_bytes(SEED_BYTES), "big")
