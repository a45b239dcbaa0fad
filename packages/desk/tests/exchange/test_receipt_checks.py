"""A receipt that is not the Platform's own, or not of what was sent, is not taken in; the batch goes again."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import translation

from packages.desk.tests.exchange.conftest import NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory, losing_batch, signed
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, runs
from saldo_desk.exchange.platform_api import Answer, NoAnswer
from saldo_desk.exchange.tables import OutboxBatch, PlatformKey, Run
from saldo_protocol import digest, signing

pytestmark = pytest.mark.django_db(transaction=True)

Record = Callable[[str], Invoice]
Members = dict[str, Any]
ANOTHERS = Ed25519PrivateKey.from_private_bytes(bytes(32))


class Tampering(PlatformInMemory):
    """``tamper`` gets each receipt on its way to the Desk; ``key_answer`` stands in for the key set."""

    def __init__(self) -> None:
        super().__init__()
        self.tamper: Callable[[Members], Members] = lambda receipt: receipt
        self.key_answer: Answer | None = None

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """The Platform's answer, changed on its way."""
        if url.endswith(signing.KEYS_PATH):
            assert "Authorization" not in headers
            if self.key_answer is not None:
                return self.key_answer
        answer = super().send(method, url, headers=headers, body=body)
        if "/batches/" in url and answer.status == 200:
            return Answer(200, json.dumps(self.tamper(json.loads(answer.body))).encode())
        return answer

    def sign(self, receipt: Members, **changes: object) -> Members:
        """A receipt with other members, signed by the Platform itself."""
        assert self.signing_key is not None
        return signed(unsigned(receipt | changes), self.signing_key)


@pytest.fixture
def platform() -> Tampering:
    return Tampering()


def go(run: Run, platform: PlatformInMemory) -> Run:
    run.refresh_from_db()
    claimed = runs.claim(run=run, now=NOW)
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)


def send(company: Company, platform: PlatformInMemory, *invoices: Invoice) -> Run:
    run = runs.ask(company=company, invoice_pks=[row.pk for row in invoices], operator=None, now=NOW)
    return go(run, platform)


def resigned_by_another(receipt: Members) -> Members:
    return signed(unsigned(receipt), ANOTHERS)


def unsigned(receipt: Members) -> Members:
    return {name: value for name, value in receipt.items() if name != "signature"}


def with_signature(**changes: object) -> Callable[[Members], Members]:
    return lambda receipt: receipt | {"signature": receipt["signature"] | changes}


ALTERED, OTHER_BODY = "podpis nie pasuje do jego treści", "inną treść niż wysłana"
TAMPERED: dict[str, tuple[Callable[[Tampering], Callable[[Members], Members]], str]] = {
    "an outcome": (
        lambda _: lambda receipt: receipt | {"outcomes": [receipt["outcomes"][0] | {"outcome": "updated"}]}, ALTERED,
    ),
    "the time": (lambda _: lambda receipt: receipt | {"received_at": "2020-01-01T00:00:00Z"}, ALTERED),
    "one more member": (lambda _: lambda receipt: receipt | {"more": 1}, ALTERED),
    "the value": (lambda _: with_signature(value="A" * 86), ALTERED),
    "no base64url": (lambda _: with_signature(value="?"), ALTERED),
    "another's key": (lambda _: resigned_by_another, "nie publikuje klucza"),
    "its name on another's": (
        lambda platform: lambda receipt: receipt
        | {"signature": resigned_by_another(dict(receipt))["signature"] | {"key_id": next(iter(platform.published))}},
        ALTERED,
    ),
    "no signature": (lambda _: unsigned, "nie ma podpisu"),
    "another algorithm": (lambda _: with_signature(algorithm="none"), "nie ma podpisu"),
    "another body": (lambda it: lambda receipt: it.sign(receipt, body_digest="0" * 64), OTHER_BODY),
    "another company": (lambda it: lambda receipt: it.sign(receipt, nip="1111111111"), "innej firmie"),
    "another integration": (
        lambda it: lambda receipt: it.sign(receipt, integration_uid=str(uuid4())), "dotyczy innej paczki",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_a_receipt_that_does_not_check_is_not_taken_in(
    what: str, company: Company, record: Record, platform: Tampering
) -> None:
    invoice = record("FV/1")
    make, why = TAMPERED[what]
    platform.tamper = make(platform)
    with translation.override("pl"):
        run = send(company, platform, invoice)
    assert (run.state, run.reason) == ("waiting", "receipt_not_genuine")
    assert why in run.reason_detail
    assert run.next_try_at == NOW + timedelta(seconds=60)
    batch = OutboxBatch.objects.get()
    assert (batch.receipt, batch.checked_at, batch.acknowledged_at) == (None, None, None)
    assert runs.counts_of(run).pending == 1
    assert not hasattr(Invoice.objects.get(), "sent")
    link = connection.get_link(company=company)
    assert link is not None
    assert link.problem == "receipt_not_genuine"
    platform.tamper = lambda receipt: receipt
    done = go(run, platform)
    assert (done.state, runs.counts_of(done).sent, OutboxBatch.objects.get().uid) == ("done", 1, batch.uid)
    assert len(platform.put) == 1, "the same batch, under its own uid"


def test_what_was_checked_is_kept(company: Company, record: Record, platform: Tampering) -> None:
    assert send(company, platform, record("FV/1")).state == "done"
    batch = OutboxBatch.objects.get()
    assert (batch.body_digest, batch.checked_at) == (digest.of_body(bytes(batch.body)), NOW)
    assert platform.keys_asked == 1
    assert send(company, platform, record("FV/2")).state == "done"
    assert platform.keys_asked == 1, "a key that is known is not asked for"


def test_members_of_a_later_protocol_are_signed_too(company: Company, record: Record, platform: Tampering) -> None:
    platform.tamper = lambda receipt: platform.sign(receipt, later={"a": [1, None]})
    assert send(company, platform, record("FV/1")).state == "done"


def test_a_new_key_is_asked_for_once_and_the_old_one_stays(
    company: Company, record: Record, platform: Tampering
) -> None:
    send(company, platform, record("FV/1"))
    platform.sign_with(Ed25519PrivateKey.generate())
    platform.published[next(iter(platform.published))]["saldo_until"] = NOW.isoformat()
    assert send(company, platform, record("FV/2"), record("FV/3")).state == "done"
    assert platform.keys_asked == 2
    assert list(PlatformKey.objects.order_by("pk").values_list("kid", "signs_until")) == [
        (kid, until) for kid, until in zip(platform.published, (NOW, None), strict=True)
    ]


def test_an_unknown_key_is_asked_for_once_in_a_run(company: Company, record: Record, platform: Tampering) -> None:
    platform.tamper = resigned_by_another
    run = send(company, platform, record("FV/1"))
    assert (run.reason, platform.keys_asked) == ("receipt_not_genuine", 1)


def test_a_key_under_another_keys_name_is_refused(company: Company, record: Record, platform: Tampering) -> None:
    kid = next(iter(platform.published))
    platform.published[kid]["x"] = signing.text_of(ANOTHERS.public_key().public_bytes_raw())
    with translation.override("pl"):
        run = send(company, platform, record("FV/1"))
    assert "pod nazwą innego klucza" in run.reason_detail
    assert not PlatformKey.objects.exists()


def test_a_known_key_that_is_published_anew_with_another_content_changes_nothing(
    company: Company, record: Record, platform: Tampering
) -> None:
    send(company, platform, record("FV/1"))
    kid = next(iter(platform.published))
    platform.sign_with(ANOTHERS)
    platform.published[kid]["x"] = platform.published[list(platform.published)[1]]["x"]
    platform.tamper = lambda receipt: receipt | {"signature": receipt["signature"] | {"key_id": kid}}
    assert send(company, platform, record("FV/2")).reason == "receipt_not_genuine"
    assert PlatformKey.objects.count() == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(404, b"<h1>Not found</h1>"), "receipt_not_genuine"),
        (Answer(200, b'{"keys": []}'), "receipt_not_genuine"),
        (Answer(200, b'{"keys": [{"kty": "RSA", "n": "x", "e": "AQAB", "kid": "1"}]}'), "receipt_not_genuine"),
        (Answer(200, b"<h1>Log in to this hotel</h1>"), "unreachable"),
        (Answer(503, b""), "unreachable"),
    ],
)
def test_keys_that_can_not_be_had(
    answer: Answer, reason: str, company: Company, record: Record, platform: Tampering
) -> None:
    platform.key_answer = answer
    run = send(company, platform, record("FV/1"))
    assert (run.state, run.reason) == ("waiting", reason)
    platform.key_answer = None
    assert go(run, platform).state == "done"


def test_keys_of_another_kind_are_passed_over(company: Company, record: Record, platform: Tampering) -> None:
    platform.published["1"] = {"kty": "EC", "crv": "P-256", "kid": "1", "x": "", "y": ""}
    assert send(company, platform, record("FV/1")).state == "done"
    assert PlatformKey.objects.count() == 1


def test_a_platform_that_signs_none_is_believed_and_its_receipts_are_kept_as_unsigned(
    company: Company, record: Record, platform: Tampering
) -> None:
    platform.signing_key = None
    assert send(company, platform, record("FV/1")).state == "done"
    assert (OutboxBatch.objects.get().checked_at, platform.keys_asked) == (None, 0)
    platform.tamper = lambda receipt: receipt | {"body_digest": "0" * 64}
    assert send(company, platform, record("FV/2")).reason == "receipt_not_genuine"


def test_a_platform_that_signed_once_is_not_believed_without(
    company: Company, record: Record, platform: Tampering
) -> None:
    send(company, platform, record("FV/1"))
    platform.signing_key = None
    assert send(company, platform, record("FV/2")).reason == "receipt_not_genuine"


@pytest.mark.parametrize(("began", "state"), [(timedelta(minutes=-1), "done"), (timedelta(minutes=-11), "waiting")])
def test_a_batch_that_had_come_before_the_first_key_has_a_receipt_without(
    began: timedelta, state: str, company: Company, record: Record, platform: Tampering
) -> None:
    """Its answer was lost, and the Platform was updated meanwhile: byte for byte the first receipt, so no signature."""
    key, platform.signing_key = platform.signing_key, None
    platform.hook = losing_batch(1)
    platform.answers_lost = 0
    waiting = lost_on_the_way_back(company, record, platform)
    platform.signing_key = key
    for published in platform.published.values():
        published["saldo_from"] = (NOW + began).isoformat()
    assert go(waiting, platform).state == state


def lost_on_the_way_back(company: Company, record: Record, platform: Tampering) -> Run:
    platform.hook = lambda _method, _url: None
    platform.answers_lost = 1
    run = send(company, platform, record("FV/1"))
    assert (run.reason, len(platform.put)) == ("unreachable", 1)
    return run


def test_after_a_stop_what_is_marked_goes_in_a_new_batch(company: Company, record: Record, platform: Tampering) -> None:
    invoice = record("FV/1")
    platform.tamper = resigned_by_another
    run = send(company, platform, invoice)
    runs.stop(run=run, now=NOW)
    again = send(company, platform, invoice)
    assert (again.reason, OutboxBatch.objects.filter(receipt=None).count()) == ("receipt_not_genuine", 1)
    assert OutboxBatch.objects.count() == 2, "the first one was given up"
    platform.tamper = lambda receipt: receipt
    assert go(again, platform).state == "done"
    run.refresh_from_db()
    assert (run.state, runs.counts_of(run).pending) == ("stopped", 1)


def test_no_answer_about_the_keys_leaves_the_batch_for_later(
    company: Company, record: Record, platform: Tampering
) -> None:
    def offline(_method: str, url: str) -> Answer | None:
        if url.endswith(signing.KEYS_PATH):
            raise NoAnswer("offline")
        return None

    platform.hook = offline
    run = send(company, platform, record("FV/1"))
    assert (run.reason, OutboxBatch.objects.get().receipt) == ("unreachable", None)
