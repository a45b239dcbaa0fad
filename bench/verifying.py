"""``saldo-desk verify``: how long both sides take to prove that they hold the same, beside sending it all again."""

import http.client
import json
from collections.abc import Iterator
from http import HTTPStatus

from bench.measuring import Bench, World, by_turns
from bench.programs import Wrong
from bench.table import Better, Row, row

GROUP = "verify"
DRIFTED = 10
AIM: tuple[Better, float] = ("≤", 0.05)
AGAINST = "sending all of it again"
DIFFERS = 1
"""The exit code of ``verify`` when it found differences."""


def measure(bench: Bench) -> Iterator[Row]:
    """Nothing drifted, then ten: what another copy of the Desk sent after this one was backed up."""
    world = bench.world(bench.sizes.large)
    alike = by_turns(bench.sizes.rounds, lambda _turn: _verified(world, 0))[0]
    bench.say(f"sending {world.count:,} again, to compare with")
    world.desk.books("forget")
    again = [world.desk.sync("--all").wall_s]
    held = f"the answer of GET /digests over all of them: {digests_bytes(world):,} bytes"
    yield row(
        GROUP, f"verify of {world.count:,}, nothing drifted", AGAINST, unit="s", aim=AIM, ours=alike, other=again,
        note=held,
    )  # fmt: skip
    _drift(bench, world)
    found = by_turns(bench.sizes.rounds, lambda _turn: _verified(world, DRIFTED))[0]
    yield row(
        GROUP, f"verify of {world.count:,}, {DRIFTED} drifted, each found by name", AGAINST, unit="s", aim=AIM,
        ours=found, other=again,
    )  # fmt: skip


def digests_bytes(world: World) -> int:
    """How large the answer is that says whether anything drifted."""
    connection = http.client.HTTPConnection("127.0.0.1", world.platform.port, timeout=60)
    connection.request("GET", "/api/v1/digests", headers={"Authorization": f"Bearer {world.key}"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        raise Wrong(f"GET /digests: {answer.status}")
    return len(body)


def _verified(world: World, drifted: int) -> float:
    """:raises Wrong: unless all were compared and exactly those that drifted were found."""
    done = world.desk.call("verify", "--json", good=(DIFFERS if drifted else 0,))
    said = json.loads(done.printed)
    if (said["compared"], said["found"], len(said["differences"])) != (world.count, drifted, drifted):
        raise Wrong(f"verify compared {said['compared']} and found {said['found']}; {drifted} had drifted")
    return done.wall_s


def _drift(bench: Bench, world: World) -> None:
    newer = world.desk.copy(bench.place("newer-desk"))
    newer.books("change", world.count, DRIFTED, bench.next_version(world))
    newer.sync()
