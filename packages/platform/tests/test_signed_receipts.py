"""Receipts are signed: by which key, what the world sees of it, what a lost or replaced one does."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import LazySettings
from django.test import Client

from packages.platform.tests.conftest import ALICES_NIP, NOW
from packages.platform.tests.test_ingest import document, invoice, put, settled
from saldo_platform.exchange import signing as platform_signing
from saldo_platform.exchange.tables import Batch, Invoice, SigningKey
from saldo_platform.site import operator_commands
from saldo_protocol import registration, signing
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: LazySettings, tmp_path: Path) -> Path:
    settings.PROGRAM_HOME = tmp_path
    return tmp_path


def key_set() -> dict[str, Any]:
    answer = Client().get(signing.KEYS_PATH)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    return {row["kid"]: row for row in answer.json()["keys"]}


def check(receipt: bytes) -> str:
    """Which of the published keys has signed it. Raises where none has."""
    apart = signing.take_apart(receipt)
    public = signing.octets_of(key_set()[apart.signature.key_id]["x"], length=signing.PUBLIC_KEY_BYTES)
    assert signing.key_id(public) == apart.signature.key_id
    value = signing.octets_of(apart.signature.value, length=signing.SIGNATURE_BYTES)
    Ed25519PublicKey.from_public_bytes(public).verify(value, apart.content)
    return apart.signature.key_id


def test_a_receipt_is_signed_by_a_published_key_and_says_whose_it_is(key: ExchangeKey, home: Path) -> None:
    assert not SigningKey.objects.exists()
    receipt = put(key, document(invoice())).content
    kid = check(receipt)
    assert json.loads(receipt)["nip"] == ALICES_NIP
    assert key_set()[kid]["saldo_until"] is None
    with pytest.raises(InvalidSignature):
        check(receipt.replace(b'"created"', b'"updated"'))
    (file,) = (home / "signing-keys").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == (f"{kid}.pem", 0o600)
    secret = file.read_text()
    rows = [str(row) for row in SigningKey.objects.values_list()]
    assert [line for line in secret.splitlines()[1:-1] if line in str(rows)] == []


def test_a_status_names_the_capability(key: ExchangeKey) -> None:
    answer = Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/integration")
    assert registration.SIGNED_RECEIPTS in answer.json()["capabilities"]


def test_the_first_key_is_made_for_whoever_asks_first(key: ExchangeKey) -> None:
    (kid,) = key_set()
    assert check(put(key, document(invoice())).content) == kid
    assert list(key_set()) == [kid]


def test_a_new_key_signs_and_the_old_one_still_verifies(key: ExchangeKey, capsys: pytest.CaptureFixture[str]) -> None:
    uid, sent = uuid4(), document(invoice())
    first = put(key, sent, uid=uid).content
    assert operator_commands.rotate_signing_key() == operator_commands.DONE
    second = put(key, document(settled())).content
    old, new = check(first), check(second)
    assert old != new
    assert new in capsys.readouterr().out
    assert [row["saldo_until"] is None for row in key_set().values()] == [False, True]
    assert put(key, sent, uid=uid).content == first, "byte for byte, signature too"


def test_a_batch_of_before_there_were_signatures_keeps_its_receipt(key: ExchangeKey) -> None:
    uid, sent = uuid4(), document(invoice())
    members = json.loads(put(key, sent, uid=uid).content)
    del members["signature"], members["nip"]
    unsigned = json.dumps(members).encode()
    Batch.objects.update(receipt=unsigned)
    assert put(key, sent, uid=uid).content == unsigned


@pytest.mark.parametrize("damage", ["gone", "empty", "another", "not text", "not ours"])
def test_a_lost_private_file_is_told_and_nothing_is_stored(
    damage: str, key: ExchangeKey, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uid, sent = uuid4(), document(invoice())
    earlier = put(key, sent, uid=uid).content
    (file,) = (home / "signing-keys").iterdir()
    lose(file, damage)
    answer = put(key, document(settled()))
    assert (answer.status_code, answer.json()["code"]) == (503, "signing_key_lost")
    assert answer.headers["Retry-After"] == "300"
    assert (Batch.objects.count(), Invoice.objects.get().payment_state) == (1, "open")
    assert put(key, sent, uid=uid).content == earlier, "what was signed is given all the same"
    assert operator_commands.list_signing_keys(as_json=False) == operator_commands.REFUSED
    assert "rotate-signing-key" in capsys.readouterr().err
    operator_commands.rotate_signing_key()
    check(put(key, document(settled())).content)
    check(earlier)
    assert operator_commands.list_signing_keys(as_json=True) == operator_commands.DONE
    assert [row["whole"] for row in json.loads(capsys.readouterr().out.splitlines()[-1])["keys"]] == [False, True]


def lose(file: Path, damage: str) -> None:
    if damage == "gone":
        file.unlink()
    elif damage == "empty":
        file.write_text("")
    elif damage == "not text":
        file.write_bytes(b"\xff\xfe\x00")
    elif damage == "not ours":
        file.unlink()
        file.mkdir()
    else:
        other = platform_signing.rotate(now=NOW)
        file.write_text(file.with_name(f"{other.kid}.pem").read_text())
        other.delete()
        SigningKey.objects.update(retired_at=None)


MAKE = """
import django; django.setup()
from django.utils import timezone
from saldo_platform.exchange import signing
print(signing.get_or_make(now=timezone.now()).kid)
"""


def test_of_several_processes_that_need_the_first_key_at_once_one_makes_it(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")},
        "SALDO_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "saldo_platform.settings",
    }
    migrate = [sys.executable, "-m", "saldo_platform", "manage", "migrate", "-v0"]
    subprocess.run(migrate, env=environment, check=True)
    asking = [subprocess.Popen([sys.executable, "-c", MAKE], env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    kids = {process.communicate()[0] for process in asking}
    assert [process.returncode for process in asking] == [0, 0, 0]
    (kid,) = kids
    assert [path.stem for path in (tmp_path / "platform" / "signing-keys").iterdir()] == [kid.decode().strip()]


def test_no_key_is_left_behind_that_no_row_is_for(home: Path) -> None:
    first = platform_signing.get_or_make(now=NOW)
    SigningKey.objects.update(retired_at=NOW - timedelta(days=1))
    second = platform_signing.rotate(now=NOW)
    assert {path.stem for path in (home / "signing-keys").iterdir()} == {first.kid, second.kid}
    first.refresh_from_db()
    assert first.retired_at == NOW - timedelta(days=1), "when it ended is not written twice"
