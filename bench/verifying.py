"""``saldo-desk verify``: how long both sides take to prove that they hold the same, beside sending it all again."""

import json
from collections.abc import Iterator
from typing import Any

from bench.measuring import Bench, World, by_turns
from bench.programs import Finished, Wrong
from bench.table import Row, row

GROUP = "verify"
DRIFTED = 10
BYTES_MAX = 64 << 10
DIFFERS = 1
"""The exit code of ``verify`` when it found differences."""


def measure(bench: Bench) -> Iterator[Row]:
    """Nothing drifted, then ten: what another copy of the Desk sent after this one was backed up."""
    world = bench.world(bench.sizes.large)
    aim, unit = ("≤", 0.05), "s"
    alike = by_turns(bench.sizes.rounds, lambda _turn: _alike(world))[0]
    bench.say(f"sending {world.count:,} again, to compare with")
    world.desk.books("forget")
    again = [world.desk.sync("--all").wall_s]
    said = json.loads(alike[0].printed)
    yield row(
        GROUP, f"verify of {world.count:,}, nothing drifted", "sending all of it again", unit=unit, aim=aim,  # type: ignore[arg-type]
        ours=[done.wall_s for done in alike], other=again, note=_traffic(said),
    )  # fmt: skip
    _drift(bench, world)
    found = by_turns(bench.sizes.rounds, lambda _turn: _differing(world))[0]
    yield row(
        GROUP, f"verify of {world.count:,}, {DRIFTED} drifted", "sending all of it again", unit=unit, aim=aim,  # type: ignore[arg-type]
        ours=[done.wall_s for done in found], other=again, note=_traffic(json.loads(found[0].printed)),
    )  # fmt: skip


def _alike(world: World) -> Finished:
    return world.desk.call("verify", "--json")


def _differing(world: World) -> Finished:
    done = world.desk.call("verify", "--json", good=(DIFFERS,))
    named = sum(len(value) for value in json.loads(done.printed).values() if isinstance(value, list))
    if named != DRIFTED:
        raise Wrong(f"verify named {named} documents, but {DRIFTED} had drifted")
    return done


def _drift(bench: Bench, world: World) -> None:
    newer = world.desk.copy(bench.place("newer-desk"))
    newer.books("change", world.count, DRIFTED, bench.next_version(world))
    newer.sync()


def _traffic(said: dict[str, Any]) -> str:
    """Requests and bytes, where ``verify`` tells them."""
    told = [f"{said[name]:,} {name}" for name in ("requests", "bytes") if name in said]
    return ", ".join(told)
