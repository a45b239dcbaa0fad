"""The file of receipts proves what it says: it is checked by the very lines of the API page, without this program."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse

from packages.desk.tests.exchange.conftest import NOBODY_LISTENS, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory
from packages.desk.tests.exchange.test_receipt_checks import send
from saldo_desk.__main__ import run as run_command
from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.tables import OutboxBatch, Run
from tools import samples

pytestmark = pytest.mark.django_db(transaction=True)

API = Path(__file__).resolve().parents[4] / "docs" / "api.md"
Record = Callable[[str], Invoice]


@pytest.fixture
def platform() -> PlatformInMemory:
    return PlatformInMemory()


@pytest.fixture
def sent(company: Company, record: Record, platform: PlatformInMemory) -> list[Run]:
    """Two synchronisations; between them the Platform got a new key."""
    first = send(company, platform, record("FV/1 „łąka”"))
    platform.sign_with(Ed25519PrivateKey.generate())
    return [first, send(company, platform, record("FV/2"), record("FV/3"))]


def procedure() -> str:
    """The lines of the page."""
    section = API.read_text("utf-8").split("### Checking them offline\n", 1)[1]
    found = re.search(r"^```python\n(.*?)^```", section, re.M | re.S)
    assert found is not None
    return found[1]


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """Run them in a process that knows nothing of ours."""
    checker = file.with_name("check.py")
    checker.write_text(procedure(), "utf-8")
    return subprocess.run([sys.executable, "-I", checker, file], capture_output=True, text=True, cwd=file.parent)


def export(tmp_path: Path, *options: str) -> Path:
    file = tmp_path / "receipts.jsonl"
    assert run_command(["receipts", "export", str(file), *options]) == 0
    return file


def test_the_lines_need_nothing_of_ours_and_are_few() -> None:
    imported = set(re.findall(r"\b(saldo\w*|django|msgspec)\b", procedure()))
    assert imported == set()
    assert len(procedure().strip().splitlines()) <= 15


def test_what_was_exported_checks(tmp_path: Path, sent: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    file = export(tmp_path)
    assert "2" in capsys.readouterr().out
    done = check(file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 receipts are genuine\n", "")
    first, *rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert (first["format"], first["nip"], first["unsigned"]) == ("saldo-receipts-1", samples.COMPANY_NIP, 0)
    assert {key["saldo_platform"] for key in first["keys"]} == {NOBODY_LISTENS}
    assert [len(row["receipt"]["outcomes"]) for row in rows] == [1, 2]
    assert [row["body"].encode() for row in rows] == [bytes(row.body) for row in OutboxBatch.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"created"', '"updated"'),
        ('"nip": "', '"nip": "1'),
        ('"received_at": "2026', '"received_at": "2025'),
        ("„łąka”", "„łąko”"),
        ('"value": "', '"value": "A'),
        ('"position": 0', '"position": 1'),
        ('"batch_uid": "0', '"batch_uid": "1'),
    ],
)
def test_one_byte_that_was_altered_is_found(before: str, after: str, tmp_path: Path, sent: list[Run]) -> None:
    file = export(tmp_path)
    head, _newline, rest = file.read_text("utf-8").partition("\n")
    assert before in rest
    file.write_text(head + "\n" + rest.replace(before, after, 1), "utf-8")
    done = check(file)
    assert (done.returncode, done.stdout) == (1, "")


def test_any_byte_of_receipt_or_body_matters(tmp_path: Path, sent: list[Run]) -> None:
    """Wherever it is: what is no part of the signature is signed, or its digest is."""
    file = export(tmp_path)
    whole = file.read_bytes()
    start = whole.index(b"\n") + 1
    signatures = [found.span() for found in re.finditer(rb'"signature": ?\{[^}]*\}', whole)]
    assert len(signatures) == 2
    for at in range(start + 20, len(whole), max(1, (len(whole) - start) // 12)):
        if whole[at : at + 1].isalnum() and not any(begin <= at < end for begin, end in signatures):
            altered = bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]])
            file.write_bytes(altered)
            assert check(file).returncode == 1, whole[at - 20 : at + 20]


def test_a_file_with_line_ends_in_a_receipt_is_one_line_each(tmp_path: Path, sent: list[Run]) -> None:
    for batch in OutboxBatch.objects.all():
        pretty = json.dumps(json.loads(bytes(batch.receipt or b"")), indent=2, ensure_ascii=False)
        OutboxBatch.objects.filter(pk=batch.pk).update(receipt=pretty.replace("\n", "\r\n").encode())
    assert check(export(tmp_path)).stdout == "2 receipts are genuine\n"


def test_of_one_run_and_since_a_day(tmp_path: Path, sent: list[Run]) -> None:
    def uids(*options: str) -> list[str]:
        rows = export(tmp_path, *options).read_text("utf-8").splitlines()[1:]
        return [json.loads(row)["receipt"]["batch_uid"] for row in rows]

    both = [str(uid) for uid in OutboxBatch.objects.order_by("pk").values_list("uid", flat=True)]
    assert uids("--run", str(sent[1].uid)) == both[1:]
    OutboxBatch.objects.filter(uid=both[0]).update(received_at=NOW - timedelta(days=1))
    assert uids("--since", f"{NOW:%Y-%m-%d}") == both[1:]
    assert uids("--since", f"{NOW - timedelta(days=1):%Y-%m-%d}") == both


def test_what_can_not_be_meant_is_said(tmp_path: Path, sent: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--run", "7"], ["--since", "wczoraj"], ["--run", str(sent[0].uid), "--since", "2026-01-01"]):
        with pytest.raises(SystemExit) as ended:
            run_command(["receipts", "export", str(tmp_path / "x"), *options])
        assert ended.value.code == 2
    with pytest.raises(SystemExit) as ended:
        run_command(["receipts", "export", str(tmp_path / "no" / "x")])
    assert ended.value.code == 2
    assert not (tmp_path / "x").exists()
    assert "Nie można zapisać" in capsys.readouterr().err


def test_unsigned_ones_are_listed_counted_and_left_out(
    tmp_path: Path, company: Company, record: Record, sent: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    OutboxBatch.objects.filter(run=sent[0]).update(checked_at=None)
    file = export(tmp_path)
    said = capsys.readouterr().out
    assert "1 podpisane potwierdzenie" in said and "1 potwierdzenie nie ma podpisu" in said
    assert json.loads(file.read_text("utf-8").splitlines()[0])["unsigned"] == 1
    assert check(file).stdout == "1 receipts are genuine\n"
    assert run_command(["receipts", "list"]) == 0
    assert [line.endswith("bez podpisu") for line in capsys.readouterr().out.splitlines()] == [True, False]
    assert run_command(["receipts", "list", "--json", "--run", str(sent[1].uid)]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["receipts"]
    assert (listed["signed"], listed["run_uid"]) == (True, str(sent[1].uid))
    assert run_command(["receipts", "export", "-"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_window_gives_the_same_file_and_says_what_is_unsigned(company: Company, sent: list[Run]) -> None:
    client = Client()
    client.force_login(companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot"))
    address = reverse("run-receipts", kwargs={"uid": sent[1].uid})
    page = client.get(reverse("run", kwargs={"uid": sent[1].uid})).content.decode()
    assert address in page and "Pobierz potwierdzenia" in page and "nie ma podpisu" not in page
    answer = client.get(address)
    assert answer.headers["Content-Disposition"].endswith('.jsonl"')
    assert len(answer.getvalue().splitlines()) == 2
    batch = OutboxBatch.objects.get(run=sent[1])
    shown = client.get(reverse("receipt", kwargs={"uid": batch.uid})).content.decode()
    assert "potwierdzenie jest prawdziwe" in shown
    OutboxBatch.objects.update(checked_at=None)
    page = client.get(reverse("run", kwargs={"uid": sent[1].uid})).content.decode()
    assert address not in page and "1 potwierdzenie nie ma podpisu" in page
    shown = client.get(reverse("receipt", kwargs={"uid": batch.uid})).content.decode()
    assert "Nie ma podpisu" in shown
