"""The Platform's word before sending: the ingest's own, and nothing is kept of it."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packages.platform.tests.conftest import ALICES_NIP, NOW
from packages.platform.tests.test_ingest import SENDER, document, invoice, outcomes, put, put_body, revision, settled
from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Integration, Person
from saldo_platform.exchange import ingest
from saldo_platform.exchange.tables import Batch, Change, Feed, Invoice, Payment
from saldo_protocol import batches, documents
from saldo_protocol.keys import ExchangeKey
from saldo_protocol.receipts import Receipt

pytestmark = pytest.mark.django_db


def preview(key: ExchangeKey, *sent: documents.Document, uid: UUID | None = None, value: str = "1") -> Any:
    uid = uid or uuid4()
    body = batches.encode(uid=uid, nip=ALICES_NIP, sender=SENDER, documents=sent)
    client = Client(headers={"authorization": f"Bearer {key.text}"})
    return client.put(f"/api/v1/batches/{uid}?preview={value}", body, content_type="application/json")


def everything(company: Company) -> list[list[Any]]:
    """All that a batch writes."""
    return [
        list(kind.objects.filter(company=company).order_by("pk").values_list())  # type: ignore[attr-defined]
        for kind in (Batch, Invoice, Payment, Change)
    ] + [list(Feed.objects.filter(company=company).values_list())]


def test_it_says_what_would_become_of_each_and_keeps_nothing(key: ExchangeKey, company: Company) -> None:
    at = revision()
    put(key, document(invoice(), external_id="a", revision_=at))
    put(key, document(invoice(number="FV/2"), external_id="b", revision_=at))
    before = everything(company)
    answer = preview(
        key,
        document(settled(), external_id="a", revision_=at + 1),
        document(invoice(number="FV/2"), external_id="b", revision_=at + 1),
        document(invoice(number="FV/3"), external_id="c"),
        document(invoice(number="FV/2"), external_id="d"),
        document(invoice(number="FV/4"), external_id="e", digest="0" * 32),
    )
    assert outcomes(answer) == [
        ("updated", ""),
        ("unchanged", ""),
        ("created", ""),
        ("refused", "same_invoice_other_id"),
        ("refused", "digest_mismatch"),
    ]
    assert answer.json()["preview"] is True
    part = {"external_id": "s1", "amount_minor": 12300, "settled_on": "2026-10-20", "kind": "other"}
    assert answer.json()["outcomes"][0]["changes"] == [
        {"pointer": "/payments/0/settlements/0", "from": None, "to": part}
    ]
    assert everything(company) == before


def test_the_uid_of_a_preview_is_not_used(key: ExchangeKey) -> None:
    uid = uuid4()
    first = document(invoice())
    assert outcomes(preview(key, first, uid=uid)) == [("created", "")]
    client = Client(headers={"authorization": f"Bearer {key.text}"})
    assert client.get(f"/api/v1/batches/{uid}").json()["code"] == "batch_not_found"
    receipt = put(key, first, uid=uid)
    assert outcomes(receipt) == [("created", "")]
    again = preview(key, first, uid=uid)
    assert outcomes(again) == [("created", "")], "what a repeat would be answered"
    assert again.json()["received_at"] == receipt.json()["received_at"]
    assert preview(key, document(settled()), uid=uid).json()["code"] == "batch_uid_reused"


def test_a_value_that_is_neither_yes_nor_no_stores_nothing(key: ExchangeKey) -> None:
    answer = preview(key, document(invoice()), value="true")
    assert (answer.status_code, answer.json()["code"]) == (422, "preview_unclear")
    assert not Invoice.objects.exists()
    assert outcomes(preview(key, document(invoice()), value="0")) == [("created", "")]
    assert Invoice.objects.count() == 1


def test_what_is_no_batch_is_refused_as_ever(key: ExchangeKey) -> None:
    assert put_body(key, uuid4(), b"{").json()["code"] == "invalid_body"
    uid = uuid4()
    client = Client(headers={"authorization": f"Bearer {key.text}"})
    answer = client.put(f"/api/v1/batches/{uid}?preview=1", b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")


def test_the_changes_of_a_batch_are_bounded(key: ExchangeKey) -> None:
    at = revision()
    lines = tuple(documents.Line(name=f"{n}") for n in range(15))
    numbers = range(300)
    put(key, *(document(invoice(number=f"N/{n}"), external_id=f"n{n}", revision_=at) for n in numbers))
    told = preview(
        key,
        *(document(invoice(number=f"N/{n}", lines=lines), external_id=f"n{n}", revision_=at + 1) for n in numbers),
    ).json()["outcomes"]
    assert sum(len(row.get("changes", [])) for row in told) == 4000
    assert {len(row.get("changes", [])) + row.get("changes_left_out", 0) for row in told} == {15}


_contents = st.builds(
    lambda number, payments, state: invoice(number=f"FV/{number}", payments=payments, state=state),
    st.integers(1, 3),
    st.sampled_from([invoice().payments, settled().payments, ()]),
    st.sampled_from(["approved", "cancelled"]),
)
_sent = st.tuples(
    _contents,
    st.sampled_from("abc"),
    st.integers(0, 6),
    st.sampled_from(["", "", "", "ahead", "digest", "kind", "company"]),
)
_steps = st.lists(st.tuples(st.booleans(), st.lists(_sent, min_size=1, max_size=5)), min_size=1, max_size=4)


def _document(content: documents.Invoice, external_id: str, step: int, wrong: str, start: int) -> documents.Document:
    if wrong == "company":
        content = invoice(seller=documents.Party(name="Inna", tax_id="1111111111"))
    more: dict[str, Any] = {"digest": "0" * 32} if wrong == "digest" else {}
    if wrong == "kind":
        more["kind"] = "note"
    return document(content, external_id=external_id, revision_=2**62 if wrong == "ahead" else start + step, **more)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps)
def test_a_preview_is_what_the_batch_then_does(
    key: ExchangeKey, company: Company, alice: Person, steps: list[tuple[bool, list[Any]]]
) -> None:
    start, now = revision(), timezone.now()
    with transaction.atomic():
        keys.issue(company=company, name="Other", person=alice, now=NOW)
        first, second = Integration.objects.filter(company=company).order_by("pk")
        for by_first, sent in steps:
            integration, uid = first if by_first else second, uuid4()
            body = batches.encode(
                uid=uid, nip=ALICES_NIP, sender=SENDER, documents=tuple(_document(*row, start) for row in sent)
            )
            before = everything(company)
            foreseen = ingest.preview(company=company, integration=integration, uid=uid, body=body, received_at=now)
            assert everything(company) == before
            receipt = ingest.accept(company=company, integration=integration, uid=uid, body=body, received_at=now)
            assert [_plain(row) for row in foreseen.outcomes] == _decoded(receipt)
            again = ingest.preview(company=company, integration=integration, uid=uid, body=body, received_at=now)
            assert [_plain(row) for row in again.outcomes] == _decoded(receipt)
        transaction.set_rollback(True)


def _plain(row: Any) -> tuple[str, ...]:
    return (row.external_id, row.revision, row.outcome, row.code, row.message, row.pointer)


def _decoded(receipt: bytes) -> list[tuple[str, ...]]:
    return [_plain(row) for row in msgspec.json.decode(receipt, type=Receipt).outcomes]
