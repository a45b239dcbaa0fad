"""How long the fault tests go on: bounded and always the same, or as ``make bench ONLY=faults`` says."""

import os
from pathlib import Path

SEED = int(os.environ.get("FAULTS_SEED", "0"))
"""0: the same points and examples each time."""


def count_of(name: str, usual: int) -> int:
    """How many are asked for."""
    return int(os.environ.get(name, usual))


def tell(survived: int) -> None:
    """How many went well so far, to whoever asked for many."""
    told = os.environ.get("FAULTS_TOLD")
    if told:
        Path(told).write_text(str(survived))
