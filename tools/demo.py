"""``make run``: both programs and both workers with a sample company; Ctrl-C stops them all."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import FrameType
from urllib.error import HTTPError
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
        for program in ("saldo-platform", "saldo-desk"):
            for command in ("run", "work"):
                children[f"{program} {command}"] = start(home, program, command)
        for port in ports.values():
            if not wait_for(f"http://127.0.0.1:{port}/", children):
                return fallen(children, home) or late(port, home)
        print(welcome(platform=ports["SALDO_PLATFORM_PORT"], desk=ports["SALDO_DESK_PORT"]), flush=True)
        return watch(children, home)
    except Stopped:
        print("\n  Zatrzymuję … (stopping)", flush=True)
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
    _make("login_taken", "operator", "add", "--login", LOGIN, "--name", "Anna Nowak", "--password-stdin")
    _make(
        "company_already_here",
        "company", "add", "--nip", samples.COMPANY_NIP, "--name", samples.COMPANY_NAME,
        "--address", samples.COMPANY_ADDRESS, "--email", samples.COMPANY_EMAIL,
    )  # fmt: skip
    folder = home / "samples"
    samples.write(folder, today=datetime.now(tz=ZoneInfo("Europe/Warsaw")).date())
    imported = _desk("import", str(folder), "--company", samples.COMPANY_NIP)
    if imported.returncode not in {0, 1}:  # 1: the files that are wrong on purpose are refused
        sys.exit(f"The sample invoices could not be imported: {imported.stderr or imported.stdout}")
    print(f"  {imported.stdout.splitlines()[-1]} ({len(samples.ERROR_FILES)} files are broken on purpose)", flush=True)
    done.touch()


def start(home: Path, program: str, command: str) -> subprocess.Popen[bytes]:
    """One child in a process group of its own, so that Ctrl-C reaches us first; its log in a file."""
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{program}-{command}.log").open("ab") as log:
        return subprocess.Popen([BIN / program, command], stdout=log, stderr=log, start_new_session=True)


def wait_for(address: str, children: dict[str, subprocess.Popen[bytes]]) -> bool:
    """Whether the address answers, whatever it answers; False when a child ended or the time is over."""
    give_up_at = time.monotonic() + START_S_MAX
    while time.monotonic() < give_up_at and all(child.poll() is None for child in children.values()):
        try:
            urlopen(address, timeout=2).close()
        except HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def watch(children: dict[str, subprocess.Popen[bytes]], home: Path) -> int:
    """Until one of the children ends."""
    while True:
        if code := fallen(children, home):
            return code
        time.sleep(0.3)


def fallen(children: dict[str, subprocess.Popen[bytes]], home: Path) -> int:
    """1 when a child has ended, saying which; else 0."""
    for name, child in children.items():
        if child.poll() is not None:
            log = home / "logs" / f"{name.replace(' ', '-')}.log"
            print(f"{name} ended with {child.returncode}; see {log}. Stopping the rest.", file=sys.stderr)
            return 1
    return 0


def late(port: int, home: Path) -> int:
    """1, saying which port does not answer."""
    print(f"Nothing answers on port {port} after {START_S_MAX} s; see {home / 'logs'}.", file=sys.stderr)
    return 1


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
            child.wait()


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
  5. Rozlicz jedną fakturę i synchronizuj jeszcze raz: podgląd pokaże, co się zmieni; pojedzie tylko ona.
  6. F1 otwiera pomoc w każdym oknie, „?” na liście pokazuje skróty klawiszy.

  (Mark invoices, synchronise, create an account, confirm; both pages have an English switch.)
  Ctrl-C zatrzymuje.
"""


def _make(code_if_there: str, *arguments: str) -> None:
    """Carry out a command that adds something; an earlier start that was cut short may have added it."""
    done = _desk(*arguments, "--json", typed=PASSWORD + "\n")
    if done.returncode != 0 and f'"{code_if_there}"' not in done.stdout:
        sys.exit(f"saldo-desk {' '.join(arguments)}: {done.stderr or done.stdout}")


def _desk(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / "saldo-desk", *arguments], input=typed, text=True, capture_output=True, check=False)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
