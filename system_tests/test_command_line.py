"""The whole flow from a terminal, with the exit codes that a script relies on."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from system_tests.conftest import PASSWORD, make_key
from system_tests.processes import BIN, Platform, Visitor, environment_of, free_port
from tools import samples

NIP = "1111111111"
EMAIL = "terminal@example.com"


class Terminal:
    """A Desk of its own, driven by commands."""

    def __init__(self, home: Path, platform_url: str) -> None:
        self.environment = environment_of("desk", home, SALDO_PLATFORM_URL=platform_url, SALDO_LANGUAGE="en")

    def __call__(self, *arguments: str, typed: str = "") -> tuple[int, Any]:
        done = subprocess.run(
            [BIN / "saldo-desk", *arguments, "--json"],
            env=self.environment,
            input=typed,
            text=True,
            capture_output=True,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout else done.stderr


def test_the_whole_flow_from_a_terminal(platform: Platform, tmp_path: Path) -> None:
    desk = Terminal(tmp_path, platform.url)
    desk("company", "add", "--nip", NIP, "--name", "Terminal")
    folder = tmp_path / "files"
    folder.mkdir()
    samples.write(folder, company_nip=NIP, company_name="Terminal", count=8)
    code, imported = desk("import", str(folder))
    assert (code, imported["counts"]["new"]) == (1, 8)  # the error files are refused
    assert desk("sync", "--all")[0] == 3
    assert desk("registration", "status")[0] == 3

    code, refused = desk("registration", "start", "--email", EMAIL, "--person", "Ewa")
    assert (code, refused["code"]) == (1, "consent_missing")
    started = ("registration", "start", "--email", EMAIL, "--person", "Ewa", "--consent", "terms", "--consent", "data")
    assert desk(*started)[1]["state"] == "code_sent"
    assert desk("sync")[0] == 3  # account_not_activated; what was marked is kept
    assert desk("registration", "resend")[1]["code"] == "too_many_requests"
    found = re.search(r"\b\d{6}\b", platform.mail_to(EMAIL, having=r"\b\d{6}\b"))
    assert found is not None
    assert desk("registration", "code", found[0])[1]["state"] == "activation_sent"
    link = re.search(r"https?://\S+/activate/\S+", platform.mail_to(EMAIL, having="/activate/"))
    assert link is not None
    visitor = Visitor(platform.url)
    visitor.open(link[0])
    visitor.press("Ustaw hasło", password1=PASSWORD, password2=PASSWORD)
    assert desk("registration", "status")[1]["state"] == "activated"
    visitor.press("Potwierdź")
    assert desk("registration", "status")[1]["state"] == "confirmed"

    code, run = desk("sync", "--all")
    assert (code, run["state"], run["sent"], run["refused"]) == (0, "done", 8, 0)
    assert desk("key", "test")[1]["connected"] is True
    rows = desk("invoices")[1]["invoices"]
    number = next(row["number"] for row in rows if row["payment_state"] == "open")
    assert desk("settle", number, "--payment", "1")[0] == 0
    code, preview = desk("sync", "--preview")
    assert (code, preview["updated"], preview["documents"][0]["number"]) == (0, 1, number)
    assert preview["documents"][0]["changes"][0]["pointer"] == "/payments/0/settlements/0"
    assert desk("sync")[1]["sent"] == 1
    assert [row["sent"] for row in desk("runs")[1]["runs"]] == [1, 8]
    assert desk("unsettle", number, "--payment", "1")[0] == 0
    assert desk("sync")[1]["sent"] == 1
    assert desk("status")[1]["connected"] is True
    assert desk("key", "forget")[0] == 0
    assert desk("key", "test")[0] == 3


@pytest.mark.parametrize("arguments", [("nothing",), ("settle",), ("sync", "A", "--all")])
def test_a_wrong_command_line_ends_with_2(platform: Platform, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    desk = Terminal(tmp_path, platform.url)
    desk("company", "add", "--nip", NIP, "--name", "Terminal")
    assert desk(*arguments)[0] == 2


def test_whoever_reads_only_the_beginning_gets_no_traceback(tmp_path: Path) -> None:
    desk = Terminal(tmp_path, f"http://127.0.0.1:{free_port()}")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [BIN / "saldo-desk", "--help"], env=desk.environment, stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_platform_that_does_not_answer_ends_with_4(tmp_path: Path, key_text: str) -> None:
    desk = Terminal(tmp_path, f"http://127.0.0.1:{free_port()}")
    desk("company", "add", "--nip", NIP, "--name", "Terminal")
    code, refused = desk("key", "set", typed=key_text + "\n")
    assert (code, refused["code"]) == (4, "unreachable")


def test_withdrawing_and_cancelling_from_a_terminal(platform: Platform, tmp_path: Path, account: Visitor) -> None:
    desk = Terminal(tmp_path, platform.url)
    desk("company", "add", "--nip", samples.COMPANY_NIP, "--name", "Terminal")
    folder = tmp_path / "files"
    folder.mkdir()
    for number in ("CLI/1", "CLI/2"):
        (folder / f"{number[-1]}.xml").write_bytes(samples.document(number=number))
    desk("import", str(folder))
    assert desk("key", "set", typed=make_key(account) + "\n")[0] == 0
    assert desk("sync", "--all")[1]["sent"] == 2

    assert desk("withdraw", "CLI/1", "--reason", "by mistake")[0] == 2, "nobody to ask"
    code, said = desk("withdraw", "CLI/1", "--reason", "by mistake", "--yes")
    assert (code, said["removed"], said["sent"]) == (0, 1, 0)
    assert desk("sync", "--all")[1]["sent"] == 0, "what was withdrawn does not come back by --all"
    code, said = desk("withdraw", "--restore", "CLI/1")
    assert (code, said["sent"]) == (0, 1)

    assert desk("cancel", "CLI/2", "--reason", "twice")[1] == {"number": "CLI/2", "state": "cancelled"}
    assert desk("cancel", "CLI/2", "--reason", "twice")[1]["code"] == "cancelled_already"
    states = {row["number"]: (row["state"], row["open"], row["sync_state"]) for row in desk("invoices")[1]["invoices"]}
    assert states["CLI/2"] == ("cancelled", "0.00", "changed")
