"""Both programs as processes of their own, as in use: a Platform that serves on loopback, a Desk that is called."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import workload
from system_tests.processes import BIN, free_port, wait_until_it_answers

POLL_S = 0.02
STOP_S_MAX = 30
SUMS = (
    "SELECT (SELECT count(*) FROM saldo_platform_invoice), (SELECT sum(abs(gross_minor)) FROM saldo_platform_invoice), "
    "count(*), sum(amount_minor), sum(settled_minor) FROM saldo_platform_payment"
)


class Wrong(Exception):
    """A side did not hold in the end what it was given, or ended with an error: its time doesn't count."""


class Finished(NamedTuple):
    """A program that ran to its end: how long, its peak memory, what it printed."""

    wall_s: float
    peak_kib: int
    printed: str


class Synced(NamedTuple):
    """A synchronisation: from being asked for to its last receipt, the whole process, its peak memory, the counts."""

    run_s: float
    wall_s: float
    peak_kib: int
    said: dict[str, Any]


class Platform:
    """A Platform with state of its own: in its folder, or in a PostgreSQL database."""

    def __init__(self, home: Path, *, database: str = "") -> None:
        home.mkdir(parents=True)
        self.home, self.database, self.port = home, database, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment(
            "platform", home, SALDO_PLATFORM_DATABASE_URL=database, SALDO_PLATFORM_PORT=str(self.port),
            SALDO_PLATFORM_URL=self.url,
        )  # fmt: skip
        self._child: subprocess.Popen[bytes] | None = None

    def make_keys(self, nips: list[str]) -> dict[str, str]:
        """Companies with a confirmed integration each; their keys."""
        made: dict[str, str] = json.loads(ended([sys.executable, "-m", "bench.accounts", *nips], self.environment))
        return made

    def start(self) -> None:
        """Serve; returns when it answers."""
        log = self.home / "platform.log"
        with log.open("ab") as file:
            self._child = subprocess.Popen(
                [BIN / "saldo-platform", "run"], env=self.environment, stdout=file, stderr=file, start_new_session=True
            )
        wait_until_it_answers(f"{self.url}/api/v1/consents", log)

    def stop(self) -> None:
        """Stop serving."""
        if self._child is not None:
            os.killpg(self._child.pid, signal.SIGTERM)
            self._child.wait(STOP_S_MAX)
            self._child = None

    def sums(self) -> workload.Sums:
        """What it holds."""
        if self.database:
            with psycopg.connect(self.database) as postgresql:
                row = postgresql.execute(SUMS).fetchone()
        else:
            with closing(sqlite3.connect(self.home / "platform" / "saldo.sqlite3")) as sqlite:
                row = sqlite.execute(SUMS).fetchone()
        return workload.Sums(*(int(value or 0) for value in row or ()))


class Desk:
    """A Desk whose books are in its folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = environment("desk", home)

    @classmethod
    def filled(cls, home: Path, count: int) -> "Desk":
        """A new one with the first ``count`` invoices of the workload in its books."""
        home.mkdir(parents=True)
        desk = cls(home)
        desk.call("company", "add", "--nip", workload.NIP, "--name", workload.COMPANY)
        desk.books("fill", count)
        return desk

    def copy(self, home: Path) -> "Desk":
        """The same once more, as a backup would be."""
        shutil.copytree(self.home, home)
        return Desk(home)

    def connect(self, platform: Platform, key: str) -> None:
        """Enter the key."""
        self.call("key", "set", "--platform", platform.url, typed=key + "\n")

    def books(self, act: str, *arguments: int) -> None:
        """``fill``, ``change`` or ``forget`` (see ``bench.books``)."""
        ended([sys.executable, "-m", "bench.books", act, *map(str, arguments)], self.environment)

    def call(self, *arguments: str, typed: str = "", good: tuple[int, ...] = (0,)) -> Finished:
        """Run ``saldo-desk`` to its end. :raises Wrong: when it ends with another code than the ``good`` ones."""
        return finished([str(BIN / "saldo-desk"), *arguments], self.environment, typed=typed, good=good)

    def sync(self, *arguments: str) -> Synced:
        """Synchronise. :raises Wrong: unless every document was taken."""
        done = self.call("sync", *arguments, "--json")
        said = json.loads(done.printed)
        if said["state"] != "done" or said["refused"] or said["pending"]:
            raise Wrong(f"sync: {said}")
        asked, ended_at = (datetime.fromisoformat(said[name]) for name in ("asked_at", "finished_at"))
        return Synced((ended_at - asked).total_seconds(), done.wall_s, done.peak_kib, said)


def environment(program: str, home: Path, **settings: str) -> dict[str, str]:
    """The environment of a program that is to know nothing of the one around it."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("SALDO_", "DJANGO_"))}
    return {
        **outer,
        "SALDO_HOME": str(home),
        "SALDO_LANGUAGE": "en",
        "DJANGO_SETTINGS_MODULE": f"saldo_{program}.settings",
        **{name: value for name, value in settings.items() if value},
    }


def ended(command: list[str], around: dict[str, str]) -> str:
    """What a command printed that ran to its end, untimed. :raises Wrong: when it failed."""
    return finished(command, around).printed


def finished(command: list[str], around: dict[str, str], *, typed: str = "", good: tuple[int, ...] = (0,)) -> Finished:
    """Run a command to its end, timed and with its peak memory. :raises Wrong: with what it complained of."""
    with tempfile.TemporaryFile("w+") as complaints:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        peak = _Peak(child.pid)
        printed, _nothing = child.communicate(typed)
        wall_s = time.perf_counter() - start
        complaints.seek(0)
        if child.returncode not in good:
            raise Wrong(f"{Path(command[0]).name} {' '.join(command[1:4])}: {(complaints.read() or printed)[-1500:]}")
    return Finished(wall_s, peak.stop(), printed)


class _Peak:
    """Looks at the peak of a process' memory until it ends: what ``getrusage`` says of it includes its parent's."""

    def __init__(self, pid: int) -> None:
        self._status, self._kib, self._ended = Path(f"/proc/{pid}/status"), 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> int:
        """The peak in KiB; 0 where the system doesn't tell."""
        self._ended.set()
        self._thread.join()
        return self._kib

    def _look(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
            self._kib = max([self._kib, *found])
