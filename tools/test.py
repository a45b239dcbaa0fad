"""``make test``: every stage in its own process, since Django's settings are one per process.

``python -m tools.test [STAGE …]`` runs only the stages named.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tools import postgres

ROOT = Path(__file__).resolve().parent.parent
DESK, PLATFORM = "--ds=saldo_desk.settings", "--ds=saldo_platform.settings"
POSTGRESQL = "postgresql"
STAGES: dict[str, list[str]] = {
    "browser": ["system_tests", DESK, "-m", "browser", "--ignore=system_tests/test_accessibility.py"],
    "system": ["system_tests", DESK, "-m", "not browser and not postgresql_only"],
    "system-postgresql": ["system_tests", DESK, "-m", "not browser and not sqlite_only"],
    "accessibility": ["system_tests/test_accessibility.py", DESK],
    "desk-postgresql": ["packages/desk/tests", DESK, "-m", "not sqlite_only"],
    "desk": ["packages/desk/tests", DESK],
    "platform-postgresql": ["packages/platform/tests", PLATFORM],
    "platform": ["packages/platform/tests", PLATFORM, "-m", "not postgresql_only"],
    "core": ["packages/core/tests"],
    "protocol": ["packages/protocol/tests"],
}
"""The longest first; they share neither state nor ports. Those named so run on PostgreSQL, the others on SQLite."""
AT_ONCE_MAX = 3
"""More than cores: a third of the time is spent waiting for a page, a program or a pause."""
NOT_FOR_TESTS = (
    "SALDO_DEMO", "DJANGO_SETTINGS_MODULE", "SALDO_PLATFORM_URL", "SALDO_DESK_URL", "SALDO_SMTP_URL",
    "SALDO_DESK_DATABASE_URL", "SALDO_PLATFORM_DATABASE_URL", "SALDO_TEST_POSTGRESQL",
    "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip


class Result(NamedTuple):
    """How a stage went."""

    stage: str
    code: int
    counts: Counter[str]
    output: str

    @property
    def samples_were_skipped(self) -> bool:
        """The outside samples are there, and a test that needs them did not run."""
        return bool(os.environ.get("SALDO_SAMPLES") and re.search(r"^SKIPPED.*SALDO_SAMPLES", self.output, re.M))

    @property
    def failed(self) -> bool:
        """A failure, a stage that ran no test, or samples that were there and not used."""
        return self.code != 0 or self.counts["passed"] == 0 or self.samples_were_skipped


@contextmanager
def databases_of(stage: str) -> Iterator[dict[str, str]]:
    """What names the databases of a stage: a PostgreSQL server of its own, or nothing."""
    if POSTGRESQL not in stage:
        yield {}
        return
    with postgres.server() as address:
        named = {f"SALDO_{name.upper()}_DATABASE_URL": f"{address}/{name}" for name in ("desk", "platform")}
        yield {**named, "SALDO_TEST_POSTGRESQL": address}


def run(stage: str) -> Result:
    """Run one stage with state of its own."""
    with tempfile.TemporaryDirectory(prefix=f"saldo-{stage}-") as folder, databases_of(stage) as databases:
        environment = {**os.environ, "SALDO_HOME": f"{folder}/home", "LC_ALL": "C.UTF-8"}
        for name in NOT_FOR_TESTS:
            environment.pop(name, None)
        environment.update(databases)
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-rfEs", f"--junitxml={report}", *STAGES[stage]],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        return Result(stage, done.returncode, counts_of(report), done.stdout)


def counts_of(report: Path) -> Counter[str]:
    """``passed``, ``failed`` and ``skipped`` of pytest's report; nothing when there is none."""
    counts: Counter[str] = Counter()
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            parts = {part.tag for part in case}
            bad, skipped = parts & {"failure", "error"}, "skipped" in parts
            counts["failed" if bad else "skipped" if skipped else "passed"] += 1
    return counts


def run_all(stages: list[str]) -> Iterable[Result]:
    """``AT_ONCE_MAX`` at once, in the order of ``STAGES``; each result as it comes."""
    with ThreadPoolExecutor(AT_ONCE_MAX) as pool:
        for done in as_completed([pool.submit(run, stage) for stage in STAGES if stage in stages]):
            yield done.result()


def main(stages: list[str]) -> int:
    """Run the stages, then one line that sums them up."""
    strangers = [stage for stage in stages if stage not in STAGES]
    if strangers:
        print(f"There is no stage {', '.join(strangers)}: name {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    results = []
    for result in run_all(stages or list(STAGES)):
        results.append(result)
        print(f"== {result.stage}\n{result.output}", end="", flush=True)
        if result.samples_were_skipped:
            print("SALDO_SAMPLES is set, and tests that need it were skipped.", file=sys.stderr)
        elif result.failed and not result.counts["failed"]:
            print(f"The stage {result.stage} failed as a whole (pytest ended with {result.code}).", file=sys.stderr)
    total = sum((result.counts for result in results), Counter[str]())
    failed = [result.stage for result in results if result.failed]
    sum_failed = total["failed"] or len(failed)
    print(f"{total['passed']} passed, {sum_failed} failed, {total['skipped']} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
