"""A Desk that is killed between the answer and its own note of it, as a program of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from system_tests.processes import BIN, Platform, environment_of
from tools import samples

KILLED_BEFORE_ACKNOWLEDGING = """
import os, signal, django
django.setup()
from django.utils import timezone
from saldo_desk.exchange import outbox, runs
outbox.acknowledge = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
runs.carry_out_due(clock=timezone.now)
"""


def test_it_sends_the_same_batch_again_and_then_nothing(platform: Platform, key_text: str, tmp_path: Path) -> None:
    environment = environment_of("desk", tmp_path, SALDO_PLATFORM_URL=platform.url, SALDO_LANGUAGE="en")

    def desk(*arguments: str, typed: str = "") -> dict[str, object]:
        done = subprocess.run(
            [BIN / "saldo-desk", *arguments, "--json"], env=environment, input=typed, text=True, capture_output=True
        )
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return found

    desk("company", "add", "--nip", samples.COMPANY_NIP, "--name", "Firma")
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.xml").write_bytes(samples.document(number=f"KILLED/{tmp_path.name}/{number}"))
    desk("import", str(folder))
    desk("key", "set", typed=key_text + "\n")

    asked = (
        "import django; django.setup()\n"
        "from django.utils import timezone\n"
        "from saldo_desk.books.tables import Company, Invoice\n"
        "from saldo_desk.exchange import runs\n"
        "runs.ask(company=Company.objects.get(), invoice_pks=list(Invoice.objects.values_list('pk', flat=True)),"
        " operator=None, now=timezone.now())\n"
    )
    subprocess.run([sys.executable, "-c", asked], env=environment, check=True)
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_ACKNOWLEDGING], env=environment)
    assert killed.returncode == -signal.SIGKILL

    subprocess.run([BIN / "saldo-desk", "work", "--once"], env=environment, check=True)
    status = desk("status")
    run = status["run"]
    assert isinstance(run, dict)
    assert (run["state"], run["sent"], run["pending"], run["refused"]) == ("done", 3, 0, 0)
    again = desk("sync", "--all")
    assert (again["sent"], again["unchanged"]) == (0, 3)
