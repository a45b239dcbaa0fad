"""Ingest: Desk's outbox to Platform's tables over real HTTP, beside the floor and what a user could pick instead.

Three phases on the same invoices: all new; all again; all again, one in a hundred changed. So that the Desk compares
everything in the last two, it is made to forget what it had sent.
"""

import json
import sys
from collections.abc import Iterator, Sequence

from bench import environments, workload
from bench.environments import Ingested, Peer
from bench.measuring import Bench, by_turns, failed_in_short
from bench.programs import Platform, Wrong, ended
from bench.table import Better, Row, not_measured, row

GROUP = "ingest"
PHASES = {"first": "new", "unchanged": "again, nothing changed", "changed": "again, 1 % changed"}
DLT = Peer("dlt", "dlt merge, PostgreSQL")
DRF = Peer("drf", "DRF bulk with digests, PostgreSQL")
DRF_SQLITE = Peer("drf", "DRF bulk with digests, SQLite", database=False)
SINGER = Peer("singer", "Singer target-postgres", slow=True)
AIRBYTE = Peer("airbyte", "PyAirbyte to DuckDB, one table", database=False)
TRYTON = Peer("tryton", "Tryton, draft invoices without payments", slow=True)
ONLY_NEW = {"tryton"}
"""Compares nothing: what is there is left as it is."""
Side = Ingested | Wrong
AIMS: dict[str, tuple[tuple[Better, float], tuple[Better, float]]] = {
    "floor": (("≥", 0.5), ("≥", 0.5)),
    "dlt": (("≥", 2.5), ("≥", 5)),
    "drf": (("≥", 1), ("≥", 1)),
    "singer": (("≥", 1), ("≥", 1)),
    "airbyte": (("≥", 1), ("≥", 1)),
    "tryton": (("≥", 100), ("≥", 100)),
}
"""For new invoices, and for what is sent again. What is to be „faster” is to be at least as fast."""


class Measuring:
    """One size: its files, its sums, and each side as one call."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.bench, self.count, self.changes = bench, count, max(1, count // 100)
        self._files = bench.place(f"lines-{count}")
        self._files.mkdir()
        first = workload.rows(count)
        workload.write(self._files / "v1.jsonl", first)
        workload.write(self._files / "v2.jsonl", self._changed())
        one = workload.sums(workload.rows(count))
        self.wanted = {"first": one, "unchanged": one, "changed": workload.sums(self._changed())}

    def _changed(self) -> Iterator[workload.Row]:
        return workload.rows(self.count, version=2, changes=self.changes)

    def ours(self, postgresql: bool) -> Ingested:
        """Desk and Platform, fresh."""
        bench = self.bench
        platform = Platform(bench.place("platform"), database=bench.database() if postgresql else "")
        key = platform.make_keys([workload.NIP])[workload.NIP]
        desk = bench.filled(self.count).copy(bench.place("desk"))
        platform.start()
        took, held = {}, {}
        try:
            desk.connect(platform, key)
            for phase in PHASES:
                if phase != "first":
                    desk.books("forget")
                if phase == "changed":
                    desk.books("change", self.count, self.changes, 2)
                took[phase] = desk.sync("--all").run_s
                held[phase] = list(platform.sums())
        finally:
            platform.stop()
        environments.must_hold("Saldo", held, self.wanted)
        return Ingested(version="", sums=held, **took)

    def floor(self, postgresql: bool) -> Ingested:
        """The same rows in one process."""
        kind = "postgresql" if postgresql else "sqlite"
        place = self.bench.database() if postgresql else str(self.bench.place("floor.sqlite3"))
        command = [sys.executable, "-m", "bench.floors", kind, place, str(self.count), str(self.changes)]
        told = json.loads(ended(command, {}))
        environments.must_hold("the floor", told["sums"], self.wanted)
        return Ingested(version="", **told)

    def peer(self, peer: Peer) -> Side:
        """A peer, fresh; or why it could not be measured."""
        folder = self.bench.place(peer.name)
        folder.mkdir()
        for name in ("v1.jsonl", "v2.jsonl"):
            (folder / name).hardlink_to(self._files / name)
        try:
            database = self.bench.database() if peer.database else ""
            return environments.ingest(peer, folder, database=database, wanted=self.wanted)
        except Wrong as wrong:
            self.bench.say(f"{peer.title}: {wrong}")
            return wrong


def measure(bench: Bench) -> Iterator[Row]:
    """Both databases; on PostgreSQL beside all peers."""
    sizes = bench.sizes
    at_once = Measuring(bench, sizes.ingest)
    peers = (DLT, DRF, AIRBYTE) if sizes.peers else ()
    yield from _beside(at_once, True, peers, sizes.rounds)
    yield from _beside(at_once, False, (DRF_SQLITE,) if sizes.peers else (), sizes.rounds)
    if sizes.peers:
        yield from _beside(at_once, True, (SINGER,), min(3, sizes.rounds), floor=False)
        yield from _beside(Measuring(bench, sizes.tryton), True, (TRYTON,), sizes.long_rounds, floor=False)


def _beside(
    at_once: Measuring, postgresql: bool, peers: Sequence[Peer], rounds: int, *, floor: bool = True
) -> Iterator[Row]:
    where = "PostgreSQL" if postgresql else "SQLite"
    at_once.bench.say(f"ingest of {at_once.count:,} on {where}, {rounds} rounds by turns")
    names = [*(["floor"] if floor else []), *(peer.name for peer in peers)]
    command = "COPY in one process" if postgresql else "executemany in one process"
    titles = [*([command] if floor else []), *(peer.title for peer in peers)]
    sides = [
        lambda _turn: at_once.ours(postgresql),
        *([lambda _turn: at_once.floor(postgresql)] if floor else []),
        *((lambda _turn, peer=peer: at_once.peer(peer)) for peer in peers),
    ]
    ours, *others = by_turns(rounds, *sides)
    for name, title, found in zip(names, titles, others, strict=True):
        yield from _rows(at_once.count, where, name, title, ours, found)


def _rows(count: int, where: str, name: str, title: str, ours: list[Side], found: list[Side]) -> Iterator[Row]:
    for phase, words in list(PHASES.items())[: 1 if name in ONLY_NEW else None]:
        what = f"{count:,} invoices {words}, {where}"
        aim = AIMS[name][phase != "first"]
        good = [side for side in found if isinstance(side, Ingested)]
        if not good:
            why = failed_in_short(next(side for side in found if isinstance(side, Wrong)))
            yield not_measured(GROUP, what, title, unit="invoices/s", aim=aim, why=why)
            continue
        mine = [count / getattr(side, phase) for side in ours if isinstance(side, Ingested)]
        theirs = [count / getattr(side, phase) for side in good]
        against = f"{title} ({good[0].version})" if good[0].version else title
        yield row(GROUP, what, against, unit="invoices/s", aim=aim, ours=mine, other=theirs)
