"""``make run``: both programs and both workers with a sample company; Ctrl-C stops them all."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LOGIN, PASSWORD = "anna", "saldo-demo-anna-2026"
START_S_MAX = 60
STOP_S_MAX = 10


class Stopped(Exception):
    """Somebody asked to stop."""


def main() -> int:
    """Prepare on first use, start four processes, say what to click, wait."""
    home = Path(os.environ.setdefault("SALDO_HOME", str(ROOT / ".saldo")))
    os.environ["SALDO_DEMO"] = "1"
    from saldo_core import environment, serving

    ports = {
        "SALDO_PLATFORM_PORT": environment.port("SALDO_PLATFORM_PORT", 8700),
        "SALDO_DESK_PORT": environment.port("SALDO_DESK_PORT", 8701),
    }
    for setting, port in ports.items():
        serving.refuse_taken_port(address="127.0.0.1", port=port, setting=setting)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        prepare(home)
        children = {
            f"{program} {command}": start(home, program, command)
            for program in ("saldo-platform", "saldo-desk")
            for command in ("run", "work")
        }
        wait_for([f"http://127.0.0.1:{port}/" for port in ports.values()], children)
        print(welcome(platform=ports["SALDO_PLATFORM_PORT"], desk=ports["SALDO_DESK_PORT"]), flush=True)
        return watch(children, home)
    except Stopped:
        return 0
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        stop(children)


def prepare(home: Path) -> None:
    """Databases, an operator and the sample company, through the real commands; only what isn't there yet."""
    for program in ("saldo-desk", "saldo-platform"):
        subprocess.run([BIN / program, "manage", "migrate", "--verbosity=0"], check=True)
    done = home / "desk" / "sample-company-is-in"
    if done.exists():
        return
    from tools import samples

    print("Putting a sample company with its invoices in (once) …", flush=True)
    _quiet("operator", "add", "--login", LOGIN, "--name", "Anna Nowak", "--password-stdin", typed=PASSWORD + "\n")
    _quiet(
        "company", "add", "--nip", samples.COMPANY_NIP, "--name", samples.COMPANY_NAME,
        "--address", samples.COMPANY_ADDRESS, "--email", samples.COMPANY_EMAIL,
    )  # fmt: skip
    folder = home / "samples"
    samples.write(folder, today=datetime.now(tz=ZoneInfo("Europe/Warsaw")).date())
    said = _quiet("import", str(folder), "--company", samples.COMPANY_NIP)
    print(f"  {said.splitlines()[-1]}", flush=True)
    done.touch()


def start(home: Path, program: str, command: str) -> subprocess.Popen[bytes]:
    """One child in a process group of its own, so that Ctrl-C reaches us first; its log in a file."""
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{program}-{command}.log").open("ab") as log:
        return subprocess.Popen([BIN / program, command], stdout=log, stderr=log, start_new_session=True)


def wait_for(addresses: list[str], children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Return when all addresses answer, or a child has ended."""
    give_up_at = time.monotonic() + START_S_MAX
    for address in addresses:
        while time.monotonic() < give_up_at and all(child.poll() is None for child in children.values()):
            try:
                urlopen(address, timeout=2).close()
                break
            except (URLError, OSError):
                time.sleep(0.1)


def watch(children: dict[str, subprocess.Popen[bytes]], home: Path) -> int:
    """Until one of the children ends; says which."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                print(f"{name} ended with {child.returncode}; see {home / 'logs'}.", file=sys.stderr)
                return 1
        time.sleep(0.3)


def stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask all to stop, then make them."""
    for child in children.values():
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    give_up_at = time.monotonic() + STOP_S_MAX
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


def welcome(*, platform: int, desk: int) -> str:
    """What to open and what to click."""
    return f"""
  Desk (ERP)     http://127.0.0.1:{desk}/       login: {LOGIN}   hasło: {PASSWORD}
  Platforma      http://127.0.0.1:{platform}/
  Poczta (demo)  http://127.0.0.1:{platform}/mailbox/

  1. Zaloguj się do Desk i zaznacz kilka faktur.
  2. Menu „Usługi finansowe” → „Faktury/płatności – synchronizuj” → „Załóż konto”.
  3. Kod i link aktywacyjny są w poczcie demo; ustaw hasło i potwierdź integrację na Platformie.
  4. Zaznaczone faktury pojadą same; wynik jest na pasku menu.
  5. Rozlicz jedną fakturę i synchronizuj jeszcze raz: pojedzie tylko ona.

  (Mark invoices, synchronise, create an account, confirm; both pages have an English switch.)
  Ctrl-C zatrzymuje.
"""


def _quiet(*arguments: str, typed: str = "") -> str:
    done = subprocess.run([BIN / "saldo-desk", *arguments], input=typed, text=True, capture_output=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"saldo-desk {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout or done.stderr


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
