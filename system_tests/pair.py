"""A Desk's worker and a Platform's server as programs that can be killed and started again, with a gate between them
and a console into each."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from system_tests import nips
from system_tests.agreement import assert_agree
from system_tests.gate import Gate
from system_tests.processes import BIN, CLOCK, Platform, environment_of
from system_tests.sides.console import Console

Victim = Literal["desk", "platform", "both"]
ENDED_S_MAX = 120
PAUSE_S = 0.05


class Pair:
    """Both programs, and the company that they exchange documents of."""

    def __init__(
        self, home: Path, *, desk_database: str = "", platform_database: str = "", pages_max: bool = False
    ) -> None:
        self.home, self.nip = home, ""
        for name in ("platform", "desk"):
            (home / name).mkdir(parents=True)
        self.pages_max_files = {name: home / f"pages-max-{name}" for name in ("desk", "platform")}
        rooms = {name: bounded(path) if pages_max else {} for name, path in self.pages_max_files.items()}
        self._platform_settings = {**named("PLATFORM", platform_database), **rooms["platform"]}
        self.platform = Platform(home / "platform", commands=("run",))
        self.platform.start(**self._platform_settings)
        self.gate = Gate(self.platform.url)
        self.desk_environment = environment_of(
            "desk", home / "desk", SALDO_PLATFORM_URL=self.gate.url, **named("DESK", desk_database), **rooms["desk"]
        )
        self.platform_environment = environment_of("platform", home / "platform", **self._platform_settings)
        self.in_platform = Console("platform_side", self.platform_environment)
        self.in_desk = Console("desk_side", self.desk_environment)
        self.worker: subprocess.Popen[bytes] | None = None

    def connect(self) -> None:
        """A new company on both sides, with a key; all that follows is about it."""
        self.nip = nips.fresh()
        key = self.in_platform("make_company", nip=self.nip)
        self.in_desk("add", nip=self.nip, platform_url=self.gate.url, key=key)

    def agree_on(self, numbers: list[str]) -> None:
        """A new company, whose invoices of these numbers both sides have."""
        self.connect()
        self.in_desk("import_files", nip=self.nip, numbers=numbers)
        assert self.in_desk("finish", nip=self.nip)["state"] == "done"

    def work(self) -> None:
        """Start the Desk's worker."""
        log = (self.home / "worker.log").open("ab")
        self.worker = subprocess.Popen(
            [BIN / "saldo-desk", "work"], env=self.desk_environment, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, victim: Victim) -> None:
        """In the middle of anything."""
        if victim != "platform":
            self.stop_working(signal.SIGKILL)
        if victim != "desk":
            self.platform.stop(signal.SIGKILL)

    def start_again(self, victim: Victim) -> None:
        """What was killed."""
        if victim != "platform":
            self.work()
        if victim != "desk":
            self.platform.start(**self._platform_settings)

    def stop_working(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the Desk's worker, if there is one."""
        if self.worker is not None:
            os.killpg(self.worker.pid, how)
            self.worker.wait(timeout=30)
            self.worker = None

    @contextmanager
    def desk_at_rest(self) -> Iterator[None]:
        """Nobody is connected to the Desk's database meanwhile."""
        self.in_desk.close()
        yield
        self.in_desk = Console("desk_side", self.desk_environment)

    @contextmanager
    def platform_at_rest(self) -> Iterator[None]:
        """Nobody is connected to the Platform's database meanwhile."""
        self.in_platform.close()
        self.platform.stop()
        yield
        self.platform.start(**self._platform_settings)
        self.in_platform = Console("platform_side", self.platform_environment)

    def wait_until_done(self) -> dict[str, Any]:
        """Return when the worker has carried out what is asked for; what waits for its next try need not wait."""
        give_up_at = time.monotonic() + ENDED_S_MAX
        while time.monotonic() < give_up_at:
            run: dict[str, Any] = self.in_desk("latest", nip=self.nip)
            if run["state"] == "done":
                return run
            if run["state"] == "waiting":
                self.in_desk("ask", nip=self.nip)
            time.sleep(PAUSE_S)
        raise AssertionError((run, (self.home / "worker.log").read_text()[-4000:]))

    def check(self, *, count: int, withdrawn: bool = False, restored: bool = False) -> None:
        """All is sent, so both sides agree, and comparing finds no difference."""
        desk, platform = self.in_desk("look", nip=self.nip), self.in_platform("look", nip=self.nip)
        assert_agree(desk, platform, withdrawn=withdrawn, restored=restored)
        assert len(platform["held"]) == count
        assert self.differences() == []

    def differences(self) -> list[tuple[str, str]]:
        """What comparing finds: kind and number."""
        said = self.in_desk("verify", nip=self.nip)
        assert said["state"] == "done", said
        return [(kind, number) for kind, number in said["differences"]]

    def close(self) -> None:
        """End all of it."""
        self.stop_working(signal.SIGKILL)
        self.in_desk.close()
        self.in_platform.close()
        self.gate.close()
        self.platform.stop(signal.SIGKILL)


def named(program: str, database: str) -> dict[str, str]:
    """The setting that names a database."""
    return {f"SALDO_{program}_DATABASE_URL": database} if database else {}


def bounded(path: Path) -> dict[str, str]:
    """What lets a child's SQLite database have only so many pages as a file says."""
    return {"PAGES_MAX_FILE": str(path), "PYTHONPATH": str(CLOCK)}


@contextmanager
def pair(home: Path, **options: Any) -> Iterator[Pair]:
    """Both programs, with a company that nothing was sent of."""
    made = Pair(home, **options)
    try:
        made.connect()
        yield made
    finally:
        made.close()
