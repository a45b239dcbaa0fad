"""What the Platform tells of what it holds, so that a program can compare."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from packages.platform.tests.conftest import ALICES_NIP
from packages.platform.tests.test_ingest import document, invoice, put, revision
from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange.tables import Invoice
from saldo_protocol import digest, reconciliation
from saldo_protocol.documents import Tombstone
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db

ODD = ["Z", "a", "aA", "a~", "~", "0", "-", "a-b", "ab", "A_b"]


def ask(key: ExchangeKey, **values: str) -> Any:
    answer = Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/digests", values)
    assert answer.status_code == 200, answer.content
    return answer.json()


def send(key: ExchangeKey, *ids: str) -> None:
    for at in range(0, len(ids), 500):
        part = ids[at : at + 500]
        outcomes = put(key, *(document(invoice(number=f"FV/{name}"), external_id=name) for name in part)).json()[
            "outcomes"
        ]
        assert {said["outcome"] for said in outcomes} == {"created"}


def fold_of(ids: list[str]) -> reconciliation.Fold:
    fold = reconciliation.Fold()
    fold.add((name, digest.of(invoice(number=f"FV/{name}"))) for name in ids)
    return fold


def test_few_documents_are_listed_in_the_order_of_bytes(key: ExchangeKey) -> None:
    send(key, *ODD)
    said = ask(key)
    expected = sorted(ODD, key=str.encode)
    assert [row["external_id"] for row in said["documents"]] == expected
    assert (said["count"], said["digest"], said["ranges"]) == (len(ODD), fold_of(expected).digest, [])
    first = said["documents"][0]
    assert (first["number"], first["issued_on"]) == (f"FV/{expected[0]}", "2026-10-01")


def test_nothing_is_nothing(key: ExchangeKey) -> None:
    said = ask(key)
    assert (said["count"], said["ranges"], said["documents"]) == (0, [], [])
    assert said["digest"] == reconciliation.Fold().digest


def test_many_are_divided_and_each_range_can_be_asked_for(key: ExchangeKey) -> None:
    ids = sorted(f"{at:05d}-{uuid4()}" for at in range(1200))
    send(key, *ids)
    said = ask(key)
    assert (said["count"], said["digest"], said["documents"]) == (1200, fold_of(ids).digest, [])
    assert len(said["ranges"]) <= reconciliation.RANGES_MAX
    assert sum(part["count"] for part in said["ranges"]) == 1200
    ends = ["", *(part["to"] for part in said["ranges"])]
    for (after, to), part in zip(list(pairwise(ends))[:3], said["ranges"], strict=False):
        inside = ask(key, after=after, to=to) if after else ask(key, to=to)
        assert (inside["count"], inside["digest"]) == (part["count"], part["digest"])
    last = ask(key, after=ends[-2])
    assert (last["count"], last["digest"]) == (said["ranges"][-1]["count"], said["ranges"][-1]["digest"])


def test_a_list_goes_on_where_it_was_cut(key: ExchangeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliation, "PAGE_MAX", 4)
    send(key, *ODD)
    seen: list[str] = []
    after = ""
    while True:
        said = ask(key, list="1", **({"after": after} if after else {}))
        seen += [row["external_id"] for row in said["documents"]]
        if not said["more"]:
            break
        after = seen[-1]
    assert seen == sorted(ODD, key=str.encode)


def test_what_was_removed_is_not_held(key: ExchangeKey) -> None:
    send(key, "a", "b")
    tombstone: Any = Tombstone(reason="withdrawn", number="FV/a")
    put(key, document(tombstone, external_id="a", kind="tombstone", revision_=revision(5)))
    assert [row["external_id"] for row in ask(key)["documents"]] == ["b"]


def test_another_programs_documents_are_not_told(key: ExchangeKey, company: Company, alice: Person) -> None:
    send(key, "a")
    other = keys.issue(company=company, name="Other", person=alice, now=timezone.now())
    assert ask(other)["count"] == 0


@pytest.mark.parametrize("values", [{"after": "ą"}, {"to": "a" * 65}, {"list": "yes"}, {"after": ""}])
def test_a_range_that_is_not_understood_is_refused(key: ExchangeKey, values: dict[str, str]) -> None:
    answer = Client(headers={"authorization": f"Bearer {key.text}"}).get("/api/v1/digests", values)
    assert (answer.status_code, answer.json()["code"]) == (422, "range_unclear")


def test_it_is_read_along_an_index_and_no_wide_row_is_looked_at(key: ExchangeKey, company: Company) -> None:
    send(key, "a")
    held = Invoice.objects.filter(
        company=company, integration=company.integrations.get(), removed_at=None, external_id__gt="0"
    ).order_by("external_id")
    if connection.vendor == "sqlite":
        assert "COVERING INDEX invoice_in_order" in held.values_list("external_id", "digest").explain()
    with CaptureQueriesContext(connection) as captured:
        ask(key)
    assert not any("content" in query["sql"] for query in captured.captured_queries)
    assert company.nip == ALICES_NIP
