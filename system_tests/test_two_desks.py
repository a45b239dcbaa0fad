"""One company, two processes at once: of one Desk, where only one sends; and of two copies of a Desk, by mistake."""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from saldo_desk.exchange.outbox import BATCH_DOCUMENTS_MAX
from system_tests import backups
from system_tests.pair import Pair, pair
from system_tests.processes import environment_of
from system_tests.sides.console import Console

FIRST = [f"D/{n:02}" for n in range(12)]
BULK = 2 * BATCH_DOCUMENTS_MAX + 10
SOME = 200
HELD_S_MAX = 60


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two programs without a worker."""
    with pair(tmp_path_factory.mktemp("two-desks")) as started:
        yield started


@pytest.fixture
def both(programs: Pair) -> Pair:
    """The two, with a new company, in agreement on the first invoices."""
    programs.agree_on(FIRST)
    return programs


@pytest.fixture
def copied(both: Pair) -> Iterator[Console]:
    """A Desk made by copying the folder of the other one: with the same key, and the same books."""
    home = both.home / both.nip
    environment = environment_of("desk", home)
    with both.desk_at_rest():
        backup = backups.copy_of("desk", both.desk_environment, name=both.nip)
        shutil.copytree(both.home / "desk", home, dirs_exist_ok=True)
        backups.Backup(backups.database_of("desk", environment), backup.copy).put_back()
    opened = Console("desk_side", environment)
    yield opened
    opened.close()


def both_at_once(both: Pair, copied: Console) -> list[dict[str, Any]]:
    """Both synchronise; their runs."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda desk: desk("finish", nip=both.nip), (both.in_desk, copied)))


def test_two_workers_and_a_command_carry_out_one_run_once(both: Pair) -> None:
    both.in_desk("fill", nip=both.nip, count=BULK)
    both.work()
    first, both.worker = both.worker, None
    both.work()
    sent_before = len(both.gate.batches)
    both.gate.hold_after(1)
    both.in_desk("ask", nip=both.nip)
    assert both.gate.wait_until_held(HELD_S_MAX)
    assert both.in_desk("ask", nip=both.nip) == "under way"
    both.in_desk("finish", nip=both.nip)
    assert len(both.gate.batches) == sent_before + 2, "one passed, one is held, and nobody sends beside them"
    both.gate.open()
    both.wait_until_done()
    both.stop_working()
    both.worker = first
    both.stop_working()
    sent = both.gate.batches[sent_before:]
    assert (len(sent), len(set(sent))) == (3, 3)
    both.check(count=len(FIRST) + BULK)


def test_two_copies_of_a_desk_damage_nothing_and_comparing_tells(both: Pair, copied: Console) -> None:
    here, there, clash = FIRST[:2], FIRST[2:4], FIRST[4]
    both.in_desk("settle", nip=both.nip, numbers=[*here, clash])
    both.in_desk("import_files", nip=both.nip, numbers=["D/here"])
    copied("settle", nip=both.nip, numbers=[*there, clash], amount_minor=2)
    copied("import_files", nip=both.nip, numbers=["D/there"])
    assert copied("finish", nip=both.nip)["results"] == {"created": 1, "updated": 3}
    run = both.in_desk("finish", nip=both.nip)
    assert run["results"] == {"created": 1, "updated": 2, "stale": 1}, "the older word does not count"
    assert both.in_desk("states", nip=both.nip)[clash] == "refused"

    assert both.differences() == [*(("different", number) for number in [*there, clash]), ("extra", "D/there")]
    said = copied("verify", nip=both.nip)["differences"]
    assert said == [*(["different", number] for number in here), ["extra", "D/here"]]
    platform = both.in_platform("look", nip=both.nip)
    assert (platform["faults"], len(platform["held"])) == ([], len(FIRST) + 2)

    both.in_desk("mend", nip=both.nip, books_hold=True)
    assert both.differences() == [("extra", "D/there")]


def test_two_copies_that_send_at_the_same_moment_are_both_answered(both: Pair, copied: Console) -> None:
    for desk in (both.in_desk, copied):
        desk("fill", nip=both.nip, count=SOME)
    both.in_desk("settle", nip=both.nip, numbers=FIRST)
    copied("settle", nip=both.nip, numbers=FIRST, amount_minor=2)
    results = sum((Counter(run["results"]) for run in both_at_once(both, copied)), Counter[str]())
    assert results.total() == 2 * (SOME + len(FIRST)), "each document was answered"
    assert results.keys() <= {"created", "updated", "stale"}
    platform = both.in_platform("look", nip=both.nip)
    assert (platform["faults"], len(platform["held"])) == ([], len(FIRST) + 2 * SOME)
    for desk in (both.in_desk, copied):
        assert desk("look", nip=both.nip)["waiting"] == 0
        found = desk("verify", nip=both.nip)["differences"]
        assert sum(kind == "extra" for kind, _number in found) == SOME


def test_the_same_number_given_by_both_copies_is_refused_by_name(both: Pair, copied: Console) -> None:
    for desk in (both.in_desk, copied):
        desk("import_files", nip=both.nip, numbers=["D/same"])
    assert both.in_desk("finish", nip=both.nip)["results"] == {"created": 1}
    assert copied("finish", nip=both.nip)["results"] == {"refused": 1}
    assert copied("verify", nip=both.nip)["differences"] == [["extra", "D/same"]]
    both.check(count=len(FIRST) + 1, restored=True)
