"""No room left, on either side: it is said in a sentence, nothing is half-stored, and it goes on when there is room."""

import resource
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal

import pytest

from system_tests.pair import Pair, pair
from system_tests.processes import BIN

pytestmark = pytest.mark.sqlite_only  # the files of a PostgreSQL database are its server's

Side = Literal["desk", "platform"]
How = Literal["pages", "file size"]
COUNT = 300
FILE_BYTES_MAX = 4096
HELD_S_MAX = 60
BOTH = pytest.mark.parametrize("how", ["pages", "file size"])


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two programs without a worker, whose databases can be bounded."""
    with pair(tmp_path_factory.mktemp("full"), pages_max=True) as started:
        yield started


@pytest.fixture
def both(programs: Pair) -> Pair:
    """The two, with a new company and invoices that were not sent."""
    programs.connect()
    programs.in_desk("fill", nip=programs.nip, count=COUNT)
    return programs


@contextmanager
def full(both: Pair, side: Side, how: How) -> Iterator[None]:
    """The side has no room meanwhile: its database may not grow, or no file of its processes."""
    if how == "pages":
        both.pages_max_files[side].write_text("1")
        yield
        both.pages_max_files[side].unlink()
        return
    pids = both.platform.pids if side == "platform" else [both.in_desk.pid]
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, resource.RLIM_INFINITY))
    yield
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@BOTH
def test_a_platform_without_room_says_so_and_stores_nothing_by_halves(both: Pair, how: How) -> None:
    with full(both, "platform", how):
        run = both.in_desk("once", nip=both.nip)
        assert (run["state"], run["reason"]) == ("waiting", "disk_full")
        assert run["next_try_at"] is not None
    platform = both.in_platform("look", nip=both.nip)
    assert (platform["held"], platform["receipts"], platform["faults"]) == ({}, {}, [])
    assert both.in_desk("finish", nip=both.nip)["results"] == {"created": COUNT}
    both.check(count=COUNT)


@BOTH
def test_a_desk_without_room_sends_nothing_that_it_did_not_keep_first(both: Pair, how: How) -> None:
    with full(both, "desk", how):
        run = both.in_desk("once", nip=both.nip)
        assert "disk_full" in {run.get("reason"), run.get("refused")}
    assert both.in_platform("look", nip=both.nip)["held"] == {}
    assert both.in_desk("finish", nip=both.nip)["results"] == {"created": COUNT}
    both.check(count=COUNT)


@BOTH
def test_an_answer_that_a_desk_has_no_room_for_is_asked_for_again(both: Pair, how: How) -> None:
    sent_before = len(both.gate.batches)
    both.gate.hold_after(0)
    with ThreadPoolExecutor(1) as pool:
        tried = pool.submit(both.in_desk, "once", nip=both.nip)
        assert both.gate.wait_until_held(HELD_S_MAX)
        with full(both, "desk", how):
            both.gate.open()
            tried.result()
    both.in_desk("finish", nip=both.nip)
    both.check(count=COUNT)
    first, again = both.gate.batches[sent_before:]
    assert first == again, "the same uid goes again"


def test_a_command_without_room_is_answered_in_a_sentence(both: Pair) -> None:
    bound = (FILE_BYTES_MAX, resource.RLIM_INFINITY)
    done = subprocess.run(
        [BIN / "saldo-desk", "sync", "--all", "--company", both.nip],
        env={**both.desk_environment, "SALDO_LANGUAGE": "en"},
        preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_FSIZE, bound),
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
        ),
        text=True,
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert both.in_desk("finish", nip=both.nip)["results"] == {"created": COUNT}
    both.check(count=COUNT)
