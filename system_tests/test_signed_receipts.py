"""Signed receipts between two real programs: a key that is replaced, one that is lost, a receipt that was altered."""

import json
import subprocess

import pytest
from django.utils import timezone

from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, evidence
from saldo_desk.exchange.platform_api import Answer
from saldo_desk.exchange.tables import OutboxBatch, PlatformKey, RunState
from system_tests.conftest import EMAIL, make_key, record, register_on_the_web
from system_tests.faults import Intercepting
from system_tests.processes import BIN, Platform, Visitor, environment_of
from system_tests.test_link_states import carry_on, waits
from system_tests.test_synchronisation import synchronise
from tools import samples

pytestmark = pytest.mark.django_db(transaction=True)


def operate(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The operator's command, in the Platform's own environment."""
    environment = environment_of("platform", platform.home, SALDO_LANGUAGE="en")
    return subprocess.run([BIN / "saldo-platform", *arguments], env=environment, text=True, capture_output=True)


@pytest.fixture
def own(company: Company, own_platform: Platform) -> Platform:
    """A Platform of its own, connected."""
    visitor = Visitor(own_platform.url)
    register_on_the_web(own_platform, visitor, email=EMAIL, nip=samples.COMPANY_NIP)
    key = make_key(visitor)
    connection.configure(company=company, platform_url=own_platform.url, key_text=key, now=timezone.now())
    return own_platform


def test_receipts_of_an_earlier_key_are_exported_with_it(company: Company, own: Platform) -> None:
    assert synchronise(company, record(company)).state == RunState.DONE
    rotated = operate(own, "rotate-signing-key")
    assert rotated.returncode == 0, rotated.stderr
    assert synchronise(company, record(company)).state == RunState.DONE
    assert OutboxBatch.objects.filter(checked_at=None).count() == 0
    first, *rows = evidence.as_lines(company=company, found=evidence.list_receipts(company=company))
    known = [key["kid"] for key in json.loads(first)["keys"]]
    assert [json.loads(row)["receipt"]["signature"]["key_id"] for row in rows] == known
    listed = json.loads(operate(own, "signing-keys", "--json").stdout)["keys"]
    assert [row["kid"] for row in listed] == known


def test_a_lost_private_key_stores_nothing_and_the_run_goes_on_with_a_new_one(company: Company, own: Platform) -> None:
    assert synchronise(company, record(company)).state == RunState.DONE
    for path in (own.home / "platform" / "signing-keys").iterdir():
        path.unlink()
    run = synchronise(company, record(company))
    assert (run.state, run.reason) == (RunState.WAITING, "signing_key_lost")
    assert run.next_try_at is not None, "it is tried again by itself"
    assert operate(own, "signing-keys").returncode == 1
    operate(own, "rotate-signing-key")
    assert carry_on(run).state == RunState.DONE
    assert PlatformKey.objects.filter(company=company).count() == 2


def test_a_receipt_that_was_altered_on_its_way_waits_and_is_taken_when_it_is_right(
    company: Company,
) -> None:
    class Altering(Intercepting):
        def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
            answer = super().send(method, url, headers=headers, body=body)
            return Answer(answer.status, answer.body.replace(b'"created"', b'"updated"'))

    run = synchronise(company, record(company), Altering())  # type: ignore[arg-type]
    waits(run, "receipt_not_genuine")
    assert OutboxBatch.objects.get().receipt is None
    assert carry_on(run).state == RunState.DONE
