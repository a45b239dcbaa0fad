"""``make test``: every stage in its own process, since Django's settings are one per process.

``python -m tools.test [STAGE …]`` runs only the stages named.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESK, PLATFORM = "--ds=saldo_desk.settings", "--ds=saldo_platform.settings"
STAGES: dict[str, list[str]] = {
    "protocol": ["packages/protocol/tests"],
    "core": ["packages/core/tests"],
    "desk": ["packages/desk/tests", DESK],
    "platform": ["packages/platform/tests", PLATFORM],
    "system": ["system_tests", DESK, "-m", "not browser"],
    "browser": ["system_tests", DESK, "-m", "browser"],
}
OUTCOME = re.compile(r"(\d+) (passed|failed|skipped|error)")


def run(stage: str) -> tuple[int, dict[str, int], str]:
    """Run one stage with state of its own: exit code, counts, output."""
    with tempfile.TemporaryDirectory(prefix=f"saldo-{stage}-") as home:
        environment = {**os.environ, "SALDO_HOME": home, "LC_ALL": "C.UTF-8"}
        for name in ("SALDO_DEMO", "DJANGO_SETTINGS_MODULE", "SALDO_PLATFORM_URL", "SALDO_DESK_URL"):
            environment.pop(name, None)
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-rs", *STAGES[stage]],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
    counts = {word: int(number) for number, word in OUTCOME.findall(lines[-1] if lines else "")}
    return process.wait(), counts, "".join(lines)


def main(stages: list[str]) -> int:
    """Run the stages, then one line that sums them up."""
    total = {"passed": 0, "failed": 0, "skipped": 0}
    failed = False
    for stage in stages or list(STAGES):
        print(f"== {stage}", flush=True)
        code, counts, output = run(stage)
        total["passed"] += counts.get("passed", 0)
        total["skipped"] += counts.get("skipped", 0)
        total["failed"] += counts.get("failed", 0) + counts.get("error", 0)
        failed |= code != 0 or counts.get("passed", 0) == 0
        if os.environ.get("SALDO_SAMPLES") and re.search(r"SKIPPED.*SALDO_SAMPLES", output):
            print("SALDO_SAMPLES is set, and tests that need it were skipped.", file=sys.stderr)
            failed = True
    if failed and total["failed"] == 0:
        total["failed"] = 1
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**total), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
