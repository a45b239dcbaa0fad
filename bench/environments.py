"""Each peer in an environment of its own, made on first use from its pinned requirements; one measurement of a peer."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import msgspec

from bench import workload
from bench.programs import Wrong

HERE = Path(__file__).parent / "peers"
FOLDER = Path(sys.prefix) / ".bench"
MEASURE_S_MAX = 3600
UV = Path(sys.executable).with_name("uv")


class Peer(msgspec.Struct, frozen=True):
    """A peer: its environment, what it is called in the table, which database it is given."""

    name: str
    title: str
    database: bool = True
    slow: bool = False


class Ingested(msgspec.Struct, frozen=True):
    """How long each phase took, in seconds, and which version it was."""

    version: str
    first: float
    unchanged: float
    changed: float
    sums: dict[str, list[int]]


def python_of(peer: Peer) -> Path:
    """The peer's interpreter. :raises Wrong: when its environment can't be made."""
    pins = HERE / f"{peer.name}.txt"
    folder = FOLDER / peer.name
    stamp, wanted = folder / "made-of", hashlib.sha256(pins.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        _run([str(UV), "--quiet", "venv", "--clear", "--python", sys.executable, str(folder)])
        _run([str(UV), "--quiet", "pip", "install", "--python", str(python), "-r", str(pins)])
        stamp.write_text(wanted)
    return python


def ingest(peer: Peer, folder: Path, *, database: str, wanted: dict[str, workload.Sums]) -> Ingested:
    """Let the peer take in ``v1.jsonl`` twice and ``v2.jsonl`` of the folder.

    :raises Wrong: when it failed, or does not hold what it was given.
    """
    python = python_of(peer)
    _run([str(python), str(HERE / f"with_{peer.name}.py"), database, str(folder)])
    told = msgspec.convert(json.loads((folder / "result.json").read_text()), Ingested)
    must_hold(peer.title, told.sums, wanted)
    return told


def must_hold(title: str, sums: dict[str, list[int]], wanted: dict[str, workload.Sums]) -> None:
    """Compare as many of the sums as the side has: one without payments has two.

    :raises Wrong: when one differs.
    """
    for phase, held in sums.items():
        if held != list(wanted[phase])[: len(held)] or len(held) < 2:
            raise Wrong(f"{title} holds {held} after {phase}, but was to hold {list(wanted[phase])}")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, text=True, capture_output=True, timeout=MEASURE_S_MAX)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Wrong(f"{Path(command[0]).name}: {error}") from error
    if done.returncode:
        raise Wrong(f"{Path(command[0]).name}: {(done.stderr or done.stdout)[-1500:]}")
