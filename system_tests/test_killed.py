"""Desk, Platform or both are killed in the middle of a synchronisation: it ends as if nothing had happened."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from saldo_desk.exchange.outbox import BATCH_DOCUMENTS_MAX
from system_tests.at_length import SEED, count_of, tell
from system_tests.pair import Pair, Victim, pair
from tools import postgres

KILLS = count_of("FAULTS_KILLS", 4)
BATCHES, MORE, SETTLED = 3, 10, 3
FIRST = (BATCHES - 1) * BATCH_DOCUMENTS_MAX + 50
HELD_S_MAX = 60
PAUSE_S_MAX = 0.25
VICTIMS: tuple[Victim, ...] = get_args(Victim)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two programs that live from kill to kill."""
    with pair(tmp_path_factory.mktemp("killed")) as started:
        started.in_desk("fill", nip=started.nip, count=FIRST)
        started.work()
        yield started


def kill_in_the_middle(both: Pair, victim: Victim, chance: random.Random) -> None:
    """Ask for a synchronisation; when some batches have come, go on for a moment, and kill."""
    both.gate.hold_after(chance.randrange(BATCHES))
    both.in_desk("ask", nip=both.nip)
    assert both.gate.wait_until_held(HELD_S_MAX)
    both.gate.open()
    time.sleep(chance.uniform(0, PAUSE_S_MAX))
    both.kill(victim)


@pytest.mark.timeout(60 + 30 * KILLS)
def test_a_synchronisation_that_is_killed_ends_as_if_nothing_had_happened(both: Pair) -> None:
    chance = random.Random(SEED or 7)
    for at in range(KILLS):
        victim = VICTIMS[at % len(VICTIMS)]
        both.in_desk("change", nip=both.nip, address=f"ul. Długa {at}", settled=SETTLED)
        both.in_desk("fill", nip=both.nip, count=MORE)
        kill_in_the_middle(both, victim, chance)
        both.start_again(victim)
        both.wait_until_done()
        both.check(count=count_in_books(both))
        tell(at + 1)


@pytest.mark.postgresql_only
def test_a_database_server_that_is_stopped_hard_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED or 7)
    with postgres.server(durable=True) as address:
        databases = {f"{name}_database": postgres.new_database(address) for name in ("desk", "platform")}
        with pair(tmp_path, **databases) as both:
            both.in_desk("fill", nip=both.nip, count=FIRST)
            both.work()
            for at in range(2):
                both.gate.hold_after(1)
                both.in_desk("ask", nip=both.nip)
                assert both.gate.wait_until_held(HELD_S_MAX)
                both.gate.open()
                time.sleep(chance.uniform(0, PAUSE_S_MAX))
                postgres.crash(address)
                postgres.start_again(address)
                both.wait_until_done()
                both.check(count=FIRST)
                both.in_desk("change", nip=both.nip, address=f"ul. Krótka {at}")


def test_a_worker_that_is_told_to_end_does_not_lose_its_place(both: Pair) -> None:
    both.in_desk("change", nip=both.nip, address="ul. Cicha 1")
    both.gate.hold_after(1)
    both.in_desk("ask", nip=both.nip)
    assert both.gate.wait_until_held(HELD_S_MAX)
    both.gate.open()
    both.stop_working(signal.SIGTERM)
    both.work()
    both.wait_until_done()
    both.check(count=count_in_books(both))


def count_in_books(both: Pair) -> int:
    return len(both.in_desk("states", nip=both.nip))
