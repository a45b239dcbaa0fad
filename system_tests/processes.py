"""The Platform as child processes on loopback, and a visitor of its pages without a browser."""

import atexit
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import niquests
import psycopg
from lxml import html

from saldo_core import private_files
from tools import postgres

START_S_MAX = 40
MAIL_S_MAX = 20
BIN = Path(sys.executable).parent
CLOCK = Path(__file__).parent / "clock"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment_of(program: str, home: Path, **settings: str) -> dict[str, str]:
    """The environment of a ``desk`` or ``platform`` with state of its own: all of it in the folder, or, where
    ``SALDO_TEST_POSTGRESQL`` names a server, the database there."""
    server, named = os.environ.get("SALDO_TEST_POSTGRESQL"), {}
    empty = _made_empty(program)
    if server:
        name = f"{program}_{sha256(str(home).encode()).hexdigest()[:16]}"
        with contextlib.suppress(psycopg.errors.DuplicateDatabase):
            postgres.new_database(server, name=name, like=empty)
        named = {f"SALDO_{program.upper()}_DATABASE_URL": f"{server}/{name}"}
    elif not (database := private_files.make_folder(home / program) / "saldo.sqlite3").exists():
        shutil.copy(empty, database)
    return {
        **os.environ,
        **named,
        "SALDO_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": f"saldo_{program}.settings",
        **settings,
    }


@cache
def _made_empty(program: str) -> str:
    """A database with all tables and nothing in them, made once and copied for each use: the file, or the name."""
    server = os.environ.get("SALDO_TEST_POSTGRESQL")
    home = Path(tempfile.mkdtemp(prefix=f"saldo-empty-{program}-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    named = {}
    if server:
        address = postgres.new_database(server, name=f"empty_{program}")
        named = {f"SALDO_{program.upper()}_DATABASE_URL": address}
    environment = {
        **os.environ,
        **named,
        "SALDO_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": f"saldo_{program}.settings",
    }
    subprocess.run([BIN / f"saldo-{program}", "manage", "migrate", "-v0"], env=environment, check=True)
    return f"empty_{program}" if server else str(home / program / "saldo.sqlite3")


class Platform:
    """A Platform of its own: state, port, server and worker.

    :param commands: which of the two there are; the worker mails and purges, and takes no part in a synchronisation.
    """

    def __init__(self, home: Path, *, commands: Sequence[str] = ("run", "work")) -> None:
        self.home = home
        self._commands = commands
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._children: list[subprocess.Popen[bytes]] = []

    def set_clock_ahead(self, seconds: int) -> None:
        """Put the clock of both processes ahead, or right with 0; they take it up at once."""
        (self.home / "clock").write_text(str(seconds))

    def start(self, **settings: str) -> None:
        """Start what there is of server and worker, with further settings; returns when the server answers."""
        own = {
            "PYTHONPATH": str(CLOCK),
            "CLOCK_AHEAD_FILE": str(self.home / "clock"),
            "SALDO_DEMO": "1",
            "SALDO_PLATFORM_PORT": str(self.port),
            "SALDO_PLATFORM_URL": self.url,
        }
        environment = environment_of("platform", self.home, **{**own, **settings})
        log = (self.home / "platform.log").open("ab")
        for command in self._commands:
            self._children.append(
                subprocess.Popen(
                    [BIN / "saldo-platform", command], env=environment, stdout=log, stderr=log, start_new_session=True
                )
            )
            if command == "run":
                wait_until_it_answers(f"{self.url}/api/v1/consents", self.home / "platform.log")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop both; SIGKILL takes them down in the middle of anything."""
        for child in self._children:
            os.killpg(child.pid, how)
        for child in self._children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children = []

    @property
    def pids(self) -> list[int]:
        """Of server and worker, and of the processes that they have started."""
        leaders = {child.pid for child in self._children}
        return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit() and _group(each) in leaders]

    def mail_to(self, address: str, *, having: str) -> str:
        """The text of the newest mail to the address that has a match of the pattern; waits for it."""
        give_up_at = time.monotonic() + MAIL_S_MAX
        while time.monotonic() < give_up_at:
            for path in sorted((self.home / "mail").glob("**/*"), reverse=True):
                if not path.is_file():
                    continue
                for mail in reversed(re.split(rb"^-{79}\n", path.read_bytes(), flags=re.MULTILINE)):
                    message = message_from_bytes(mail.lstrip(b"\n"), policy=policy.default)
                    part = message.get_body(("plain",))
                    text = part.get_content() if part else ""
                    if address in str(message["To"]) and re.search(having, text):
                        return text
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address} with {having!r} in {self.home / 'mail'}")


def _group(process: Path) -> int:
    """The process group, as the system shows it; 0 when the process is gone."""
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, IndexError):
        return 0


def wait_until_it_answers(url: str, log: Path) -> None:
    """Return when the address answers; fail with the program's log when it never does."""
    give_up_at = time.monotonic() + START_S_MAX
    while time.monotonic() < give_up_at:
        try:
            niquests.get(url, timeout=2)
        except niquests.exceptions.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


class Visitor:
    """Opens pages and presses buttons, as a person without a mouse would."""

    def __init__(self, base: str) -> None:
        self.session = niquests.Session()
        self.url = base
        self.page = html.document_fromstring("<p></p>")

    def open(self, path: str) -> str:
        """Open a page; its text."""
        return self._take(self.session.get(urljoin(self.url, path)))

    def press(self, button: str, **fields: str) -> str:
        """Fill in the form that has the button and press it; the text of the page that comes."""
        for form in self.page.forms:
            if any(button in node.text_content() for node in form.iter("button")):
                break
        else:
            raise AssertionError(f"no button {button!r} at {self.url}: {self.page.text_content()[:2000]}")
        values = {**dict(form.form_values()), **fields}
        for node in form.iter("button"):
            if button in node.text_content() and node.get("name"):
                values[node.get("name")] = node.get("value", "")
        response = self.session.post(urljoin(self.url, form.action or ""), data=values, headers={"Referer": self.url})
        return self._take(response)

    def log_in(self, email: str, password: str) -> str:
        """Log in; the text of the page that comes."""
        self.open("/login/")
        return self.press("Zaloguj", username=email, password=password)

    def _take(self, response: niquests.Response) -> str:
        assert response.status_code is not None
        assert response.url is not None
        assert response.status_code < 400, (response.status_code, response.url, response.text)
        self.url = response.url
        self.page = html.document_fromstring(response.text or "<p></p>")
        return str(self.page.text_content())
