"""What a measurement is told and stands on: sizes, a folder, a database server, Desks and Platforms of each size."""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from bench import workload
from bench.programs import Desk, Platform, Synced, Wrong, ended
from tools import postgres

T = TypeVar("T")
PLACES = re.compile(r"/[\w./-]*/")
LEAST = 100
"""Smaller sizes measure only how processes start."""


class Sizes(msgspec.Struct, frozen=True):
    """How much of everything. ``long_rounds`` for what takes minutes."""

    ingest: int = 10_000
    tryton: int = 1_000
    files: int = 10_000
    small: int = 1_000
    middle: int = 10_000
    large: int = 1_000_000
    curve: tuple[int, ...] = (1_000, 10_000, 100_000)
    companies: int = 50
    sustained_s: int = 600
    rounds: int = 5
    long_rounds: int = 1
    list_turns: int = 3
    peers: bool = True

    def scaled(self, by: float) -> "Sizes":
        """The same with other counts; rounds stay."""
        return msgspec.structs.replace(
            self,
            **{
                name: max(LEAST, int(getattr(self, name) * by))
                for name in ("ingest", "tryton", "files", "small", "middle", "large")
            },
            curve=tuple(max(LEAST, int(size * by)) for size in self.curve),
            sustained_s=max(5, int(self.sustained_s * by)),
        )


QUICK = Sizes(
    ingest=1_000, files=200, small=500, middle=1_000, large=2_000, curve=(), companies=10, sustained_s=5, rounds=2,
    list_turns=1, peers=False,
)  # fmt: skip


class World(NamedTuple):
    """A Desk and its Platform, everything sent; how that went."""

    count: int
    desk: Desk
    platform: Platform
    key: str
    first: Synced


class Bench:
    """One run: its sizes, a folder, a PostgreSQL server, and what several rows measure on."""

    def __init__(self, sizes: Sizes, folder: Path, server: str, stack: ExitStack) -> None:
        self.sizes, self.folder, self.server = sizes, folder, server
        self._stack, self._numbers = stack, count(1)
        self._worlds: dict[int, World] = {}
        self._filled: dict[int, Desk] = {}
        self._versions: dict[int, int] = {}
        self._floors: dict[int, float] = {}
        self._sums: dict[int, workload.Sums] = {}
        self.say: Callable[[str], None] = lambda text: print(f"  … {text}", flush=True)

    def place(self, name: str) -> Path:
        """A path that nobody has used."""
        return self.folder / f"{next(self._numbers):03}-{name}"

    def database(self) -> str:
        """The address of a new PostgreSQL database."""
        return postgres.new_database(self.server)

    def filled(self, size: int) -> Desk:
        """A Desk with that many invoices that knows no Platform; to be copied."""
        if size not in self._filled:
            self.say(f"filling the books of a Desk with {size:,} invoices")
            self._filled[size] = Desk.filled(self.place(f"desk-{size}"), size)
        return self._filled[size]

    def world(self, size: int) -> World:
        """A Desk of that size that has sent everything to a Platform on PostgreSQL, which serves until the end."""
        if size not in self._worlds:
            desk = self.filled(size).copy(self.place(f"world-{size}"))
            platform = Platform(self.place(f"platform-{size}"), database=self.database())
            key = platform.make_keys([workload.NIP])[workload.NIP]
            platform.start()
            self._stack.callback(platform.stop)
            desk.connect(platform, key)
            self.say(f"first synchronisation of {size:,} invoices")
            first = desk.sync("--all")
            must_hold(platform, self.wanted(size))
            self._worlds[size] = World(size, desk, platform, key, first)
        return self._worlds[size]

    def next_version(self, world: World) -> int:
        """The version that the changed invoices of a world have next."""
        self._versions[world.count] = self._versions.get(world.count, 1) + 1
        return self._versions[world.count]

    def wanted(self, count: int, changes: int = 0, version: int = 1) -> workload.Sums:
        """What a Platform must hold, counted without a walk through all of it each time."""
        if count not in self._sums:
            self._sums[count] = workload.sums(workload.rows(count))
        chosen = workload.chosen_of(count, changes)
        before, after = (workload.sums(workload.row(at, version=one) for at in chosen) for one in (1, version))
        counted = zip(self._sums[count], before, after, strict=True)
        return workload.Sums(*(whole - old + new for whole, old, new in counted))

    def floor(self, size: int) -> float:
        """How many seconds COPY takes for that many new invoices, measured once."""
        if size not in self._floors:
            command = [sys.executable, "-m", "bench.floors", "postgresql", self.database(), str(size), "1"]
            self._floors[size] = float(json.loads(ended(command, {}))["first"])
        return self._floors[size]


def must_hold(platform: Platform, wanted: workload.Sums) -> None:
    """:raises Wrong: when the Platform holds something else."""
    held = platform.sums()
    if held != wanted:
        raise Wrong(f"the Platform holds {held}, but was to hold {wanted}")


@contextmanager
def begin(sizes: Sizes) -> Iterator[Bench]:
    """A run; everything it made is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="saldo-bench-", ignore_cleanup_errors=True))
        )
        server = stack.enter_context(postgres.server(durable=True))
        yield Bench(sizes, folder, server, stack)


def by_turns(rounds: int, *sides: Callable[[int], T]) -> list[list[T]]:
    """What each side gave, round by round: the sides take turns, so that what disturbs one disturbs the others."""
    given: list[list[T]] = [[] for _side in sides]
    for turn in range(rounds):
        for place, side in enumerate(sides):
            given[place].append(side(turn))
    return given


def failed_in_short(error: Exception) -> str:
    """The last line of what went wrong, without the places of this machine."""
    lines: list[Any] = str(error).strip().splitlines()
    return PLACES.sub("…", str(lines[-1]))[:200] if lines else type(error).__name__
