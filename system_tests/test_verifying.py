"""Comparing with a real Platform: what was lost or changed behind the program's back is named, and mended."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from system_tests.conftest import EMAIL, make_key, register_on_the_web
from system_tests.processes import BIN, Platform, Visitor, environment_of
from tools import samples

COUNT = 40
BEHIND_ITS_BACK = """
import django; django.setup()
from saldo_platform.exchange.tables import Invoice, Payment
rows = list(Invoice.objects.order_by("number"))
Invoice.objects.filter(uid=rows[0].uid).delete()
Invoice.objects.filter(uid=rows[1].uid).update(digest="0" * 32)
"""


class Terminal:
    """A Desk that is driven by commands."""

    def __init__(self, home: Path, platform: Platform, key: str) -> None:
        self.environment = environment_of("desk", home, SALDO_PLATFORM_URL=platform.url, SALDO_LANGUAGE="pl")
        folder = home / "files"
        folder.mkdir()
        for number in range(COUNT):
            (folder / f"{number}.xml").write_bytes(samples.document(number=f"Z/{number:03d}"))
        self("company", "add", "--nip", samples.COMPANY_NIP, "--name", "Firma")
        self("import", str(folder))
        self("key", "set", typed=key + "\n")

    def __call__(self, *arguments: str, typed: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [BIN / "saldo-desk", *arguments], env=self.environment, input=typed, text=True, capture_output=True
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def desk(own_platform: Platform, tmp_path: Path) -> Terminal:
    visitor = Visitor(own_platform.url)
    register_on_the_web(own_platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    return Terminal(tmp_path, own_platform, make_key(visitor))


def test_what_the_platform_lost_is_named_and_goes_again(desk: Terminal, own_platform: Platform) -> None:
    assert desk("verify", "--books-hold")[0] == 2
    assert desk("verify")[0] == 0
    assert desk("sync", "--all")[0] == 0
    code, said = desk("verify")
    assert code == 0 and f"({COUNT})" in said
    environment = environment_of("platform", own_platform.home)
    subprocess.run([sys.executable, "-c", BEHIND_ITS_BACK], env=environment, check=True)
    code, said = desk("verify", "--json")
    found = json.loads(said)
    assert code == 1
    assert {(row["kind"], row["number"]) for row in found["differences"]} == {
        ("missing", "Z/000"),
        ("different", "Z/001"),
    }
    assert "Z/000" in desk("verify")[1]
    assert desk("verify", "--mend", "--books-hold")[0] == 0
    assert desk("verify")[0] == 0
