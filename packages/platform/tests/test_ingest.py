"""Taking in batches over the API: one outcome for each document."""

import datetime as dt
import gzip
import json
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from packages.platform.tests.conftest import ALICES_NIP, NOW, make_company
from saldo_platform.companies import integrations, keys
from saldo_platform.companies.tables import Company, IntegrationState, Person
from saldo_platform.exchange.tables import Change, Invoice, Payment
from saldo_protocol import batches, digest, documents
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db

SENDER = batches.Sender(program="test", version="1")


def invoice(**changes: Any) -> documents.Invoice:
    values: dict[str, Any] = {
        "direction": "sales",
        "number": "FV/1",
        "issued_on": dt.date(2026, 10, 1),
        "seller": documents.Party(name="Firma", tax_id=ALICES_NIP),
        "buyer": documents.Party(name="Nabywca", tax_id="1111111111"),
        "currency": "PLN",
        "net_minor": 10000,
        "vat_minor": 2300,
        "gross_minor": 12300,
        "payments": (documents.Payment(external_id="p1", amount_minor=12300, due_on=dt.date(2026, 10, 15)),),
    }
    return documents.Invoice(**{**values, **changes})


def revision(step: int = 0) -> int:
    return (int(timezone.now().timestamp() * 1000) - 60_000 << 16) + step


def document(
    content: documents.Invoice, *, external_id: str = "a", revision_: int = 0, **more: Any
) -> documents.Document:
    return documents.Document(
        kind=more.pop("kind", "invoice"),
        external_id=external_id,
        revision=str(revision_ or revision()),
        content=msgspec.Raw(digest.canonical(content)),
        **more,
    )


def put(key: ExchangeKey, *sent: documents.Document, uid: UUID | None = None, nip: str = ALICES_NIP) -> Any:
    uid = uid or uuid4()
    body = batches.encode(uid=uid, nip=nip, sender=SENDER, documents=sent)
    return put_body(key, uid, body)


def put_body(key: ExchangeKey, uid: UUID, body: bytes, **headers: str) -> Any:
    client = Client(headers={"authorization": f"Bearer {key.text}", **headers})
    return client.put(f"/api/v1/batches/{uid}", body, content_type="application/json")


def outcomes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    return [(row["outcome"], row.get("code", "")) for row in answer.json()["outcomes"]]


def settled(**changes: Any) -> documents.Invoice:
    part = documents.Settlement(external_id="s1", amount_minor=12300, settled_on=dt.date(2026, 10, 20))
    payment = documents.Payment(external_id="p1", amount_minor=12300, due_on=dt.date(2026, 10, 15), settlements=(part,))
    return invoice(payments=(payment,), **changes)


def test_created_then_unchanged_then_updated_then_stale(key: ExchangeKey, company: Company) -> None:
    at = revision()
    assert outcomes(put(key, document(invoice(), revision_=at))) == [("created", "")]
    assert outcomes(put(key, document(invoice(), revision_=at + 5))) == [("unchanged", "")]
    assert Invoice.objects.get().revision == at + 5
    assert outcomes(put(key, document(settled(), revision_=at + 3))) == [("stale", "stale")]
    assert outcomes(put(key, document(settled(), revision_=at + 9))) == [("updated", "")]
    row = Invoice.objects.get()
    assert (row.open_minor, row.payment_state, Payment.objects.get().open_minor) == (0, "settled", 0)
    kinds = Change.objects.filter(company=company).order_by("n").values_list("n", "kind")
    assert list(kinds) == [(1, "invoice_created"), (2, "invoice_updated")]


def test_the_same_batch_again_gets_the_same_bytes_and_stores_nothing_twice(key: ExchangeKey) -> None:
    uid = uuid4()
    sent = document(invoice())
    first, second = put(key, sent, uid=uid), put(key, sent, uid=uid)
    assert first.content == second.content
    assert Invoice.objects.count() == 1
    client = Client(headers={"authorization": f"Bearer {key.text}"})
    assert client.get(f"/api/v1/batches/{uid}").content == first.content
    assert client.get(f"/api/v1/batches/{uuid4()}").json()["code"] == "batch_not_found"


def test_a_uid_used_for_other_content_is_refused(key: ExchangeKey) -> None:
    uid = uuid4()
    put(key, document(invoice()), uid=uid)
    answer = put(key, document(settled()), uid=uid)
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_uid_reused")
    assert Invoice.objects.get().payment_state == "open"


@pytest.mark.parametrize(
    ("sent", "code", "pointer"),
    [
        (document(invoice(), kind="note"), "unknown_kind", "/kind"),
        (document(invoice(), digest="0" * 32), "digest_mismatch", "/digest"),
        (document(invoice(), revision_=2**62), "clock_ahead", "/revision"),
        (
            document(invoice(seller=documents.Party(name="Inna", tax_id="1111111111"))),
            "not_this_company",
            "/content/seller/tax_id",
        ),
        (
            document(
                invoice(
                    payments=(
                        documents.Payment(
                            external_id="p1",
                            amount_minor=100,
                            due_on=dt.date(2026, 10, 1),
                            settlements=(
                                documents.Settlement(
                                    external_id="s", amount_minor=101, settled_on=dt.date(2026, 10, 1)
                                ),
                            ),
                        ),
                    )
                )
            ),
            "settled_beyond_amount",
            "/content/payments/0/settlements",
        ),
    ],
)
def test_a_document_that_breaks_a_rule_is_refused_with_its_place(
    key: ExchangeKey, sent: documents.Document, code: str, pointer: str
) -> None:
    good = document(invoice(number="FV/2"), external_id="good")
    answer = put(key, sent, good)
    assert outcomes(answer) == [("refused", code), ("created", "")]
    assert answer.json()["outcomes"][0]["pointer"] == pointer
    assert [row.external_id for row in Invoice.objects.all()] == ["good"]


def test_a_misspelt_member_is_named(key: ExchangeKey) -> None:
    raw = digest.canonical(invoice()).replace(b'"gross_minor"', b'"gros_minor"')
    sent = documents.Document(kind="invoice", external_id="a", revision=str(revision()), content=msgspec.Raw(raw))
    answer = put(key, sent)
    assert outcomes(answer) == [("refused", "invalid_document")]
    assert answer.json()["outcomes"][0]["pointer"] in {"/content/gros_minor", "/content/gross_minor"}


def test_bytes_that_are_no_utf8_spoil_their_own_document_only(key: ExchangeKey) -> None:
    uid = uuid4()
    body = batches.encode(
        uid=uid,
        nip=ALICES_NIP,
        sender=SENDER,
        documents=(document(invoice()), document(invoice(number="OK"), external_id="b")),
    ).replace(b"Nabywca", b"Naby\xffca", 1)
    answer = put_body(key, uid, body)
    assert outcomes(answer) == [("refused", "invalid_document"), ("created", "")]


def test_one_bad_document_leaves_499_good_ones(key: ExchangeKey) -> None:
    good = [document(invoice(number=f"N/{n}"), external_id=f"n{n}") for n in range(499)]
    sent = [*good[:250], document(invoice(), external_id="bad", digest="0" * 32), *good[250:]]
    told = outcomes(put(key, *sent))
    assert (told[250], told.count(("created", ""))) == (("refused", "digest_mismatch"), 499)
    assert (Invoice.objects.count(), Payment.objects.count()) == (499, 499)


def test_a_batch_takes_as_many_statements_for_twenty_documents_as_for_one(key: ExchangeKey) -> None:
    """Of each kind: new, the same under a newer revision, changed, with other numbers."""
    at, counts = revision(), []
    for name, size in (("warm", 1), ("x", 1), ("y", 20)):
        ids, told = [f"{name}{n}" for n in range(size)], []
        for batch in (
            [document(invoice(number=id_), external_id=id_, revision_=at) for id_ in ids],
            [document(invoice(number=id_), external_id=id_, revision_=at + 1) for id_ in ids],
            [document(settled(number=id_), external_id=id_, revision_=at + 2) for id_ in ids],
            [document(settled(number=f"{id_}!"), external_id=id_, revision_=at + 3) for id_ in ids],
        ):
            with CaptureQueriesContext(connection) as queries:
                assert len({outcome for outcome, _code in outcomes(put(key, *batch))}) == 1
            told.append(len(queries))
        counts.append(told)
    assert counts[1] == counts[2]
    assert max(counts[2]) <= 20


def test_a_program_that_goes_on_sending_is_noted_once(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    with CaptureQueriesContext(connection) as queries:
        put(key, document(invoice()))
    assert [query["sql"] for query in queries if 'UPDATE "saldo_platform_exchangekey' in query["sql"]] == []


def test_a_repeat_is_answered_before_its_documents_are_read(key: ExchangeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    uid, sent = uuid4(), document(invoice())
    first = put(key, sent, uid=uid)

    def read(*_given: object, **_named: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr("saldo_platform.exchange.reading.open_envelope", read)
    assert put(key, sent, uid=uid).content == first.content


def test_what_is_here_already_is_known_by_its_bytes_alone_and_checked_as_ever(
    key: ExchangeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))

    def decode(*_given: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("saldo_protocol.decoding.invoice", decode)
    same = [document(invoice(), revision_=at + 1), document(invoice(), revision_=2**62)]
    wrong = document(invoice(), revision_=at + 2, digest="0" * 32)
    told = [outcomes(put(key, sent)) for sent in (*same, wrong)]
    assert told == [[("unchanged", "")], [("refused", "clock_ahead")], [("refused", "digest_mismatch")]]


def test_the_same_content_in_another_spelling_is_unchanged(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    spelt = json.dumps(json.loads(digest.canonical(invoice())), indent=1, ensure_ascii=True).encode()
    sent = documents.Document(kind="invoice", external_id="a", revision=str(revision()), content=msgspec.Raw(spelt))
    assert outcomes(put(key, sent)) == [("unchanged", "")]


def test_a_cancelled_invoice_is_kept_but_nobody_owes_it(key: ExchangeKey) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at))
    assert outcomes(put(key, document(invoice(state="cancelled"), revision_=at + 1))) == [("updated", "")]
    row = Invoice.objects.get()
    assert (row.state, row.open_minor, row.payment_state, row.due_on) == ("cancelled", 0, "none", None)
    assert not Payment.objects.exists()


def test_another_type_under_the_same_number_and_day_names_the_first(key: ExchangeKey) -> None:
    put(key, document(invoice()))
    answer = put(key, document(invoice(type="correction"), external_id="b"))
    assert outcomes(answer) == [("refused", "same_invoice_other_id")]


def test_the_same_invoice_under_another_id_names_the_first(key: ExchangeKey) -> None:
    put(key, document(invoice(), external_id="first"))
    answer = put(key, document(invoice(), external_id="second"))
    assert outcomes(answer) == [("refused", "same_invoice_other_id")]
    message = answer.json()["outcomes"][0]["message"]
    assert [word in message for word in ("FV/1", "first", "Desk")] == [True] * 3
    both = put(key, document(invoice(number="N"), external_id="x"), document(invoice(number="N"), external_id="y"))
    assert outcomes(both) == [("created", ""), ("refused", "same_invoice_other_id")]


def test_a_new_key_goes_on_with_what_the_old_one_sent(key: ExchangeKey, company: Company, alice: Person) -> None:
    at = revision()
    put(key, document(invoice(), revision_=at), document(invoice(number="FV/2"), external_id="b", revision_=at))
    new = keys.issue(company=company, name="Desk", person=alice, now=NOW)
    same = document(invoice(number="FV/2"), external_id="b", revision_=at + 1)
    assert outcomes(put(new, document(settled(), revision_=at + 1), same)) == [("updated", ""), ("unchanged", "")]
    assert Invoice.objects.count() == 2
    assert {row.integration.keys.get().identifier for row in Invoice.objects.all()} == {new.identifier}
    assert outcomes(put(new, document(invoice(), external_id="other"))) == [("refused", "same_invoice_other_id")]


def test_two_invoices_may_swap_their_numbers_and_a_number_that_is_left_may_be_taken(key: ExchangeKey) -> None:
    at = revision()
    put(
        key,
        document(invoice(number="1"), external_id="a", revision_=at),
        document(invoice(number="2"), external_id="b", revision_=at),
    )
    swapped = put(
        key,
        document(invoice(number="2"), external_id="a", revision_=at + 1),
        document(invoice(number="1"), external_id="b", revision_=at + 1),
    )
    assert outcomes(swapped) == [("updated", "")] * 2
    taken = put(
        key,
        document(invoice(number="2"), external_id="c", revision_=at + 2),
        document(invoice(number="3"), external_id="a", revision_=at + 2),
    )
    assert outcomes(taken) == [("created", ""), ("updated", "")]
    numbers = dict(Invoice.objects.values_list("external_id", "number"))
    assert numbers == {"a": "3", "b": "1", "c": "2"}


def test_a_number_that_is_not_left_after_all_stays_taken(key: ExchangeKey) -> None:
    at = revision()
    put(
        key,
        document(invoice(number="1"), external_id="a", revision_=at),
        document(invoice(number="2"), external_id="b", revision_=at),
    )
    answer = put(
        key,
        document(invoice(number="1"), external_id="c", revision_=at + 1),  # wants what a is to leave …
        document(invoice(number="2"), external_id="a", revision_=at + 1),  # … but b keeps the one a wants
    )
    assert outcomes(answer) == [("refused", "same_invoice_other_id")] * 2
    assert dict(Invoice.objects.values_list("external_id", "number")) == {"a": "1", "b": "2"}


def test_a_late_old_revision_is_stale_even_when_its_number_is_another_ones_now(key: ExchangeKey) -> None:
    at = revision()
    late = document(invoice(number="1"), external_id="a", revision_=at)
    put(key, late)
    put(key, document(invoice(number="2"), external_id="a", revision_=at + 1))
    put(key, document(invoice(number="1"), external_id="b", revision_=at + 1))
    assert outcomes(put(key, late)) == [("stale", "stale")]


def test_an_id_twice_in_a_batch_is_taken_once(key: ExchangeKey) -> None:
    assert outcomes(put(key, document(invoice()), document(settled()))) == [
        ("created", ""),
        ("refused", "duplicate_in_batch"),
    ]


def test_keys_are_told_apart(key: ExchangeKey, company: Company, alice: Person, charlie: Person) -> None:
    from saldo_protocol import keys as form

    def code(text: str) -> str:
        client = Client(headers={"authorization": f"Bearer {text}"} if text else {})
        return str(client.get("/api/v1/integration").json().get("code", "works"))

    assert [code(key.text), code(""), code("x"), code(form.make().text)] == [
        "works",
        "key_missing",
        "key_malformed",
        "key_unknown",
    ]
    other = make_company(charlie, "1111111111")
    assert put(keys.issue(company=other, name="x", person=charlie, now=NOW), document(invoice())).status_code == 403
    keys.revoke(company=company, identifier=key.identifier, person=alice, now=NOW)
    assert code(key.text) == "key_revoked"
    second = keys.issue(company=company, name="x", person=alice, now=NOW)
    uid = company.integrations.order_by("-pk")[0].uid
    integrations.decide(company=company, uid=uid, to=IntegrationState.REVOKED, person=alice, now=NOW)
    assert code(second.text) == "integration_revoked"


def test_bodies_are_bounded_also_when_unpacked(key: ExchangeKey) -> None:
    bomb = gzip.compress(b" " * (batches.BODY_BYTES_MAX + 1))
    packed = put_body(key, uuid4(), bomb, **{"content-encoding": "gzip"})
    plain = put_body(key, uuid4(), b" " * (batches.BODY_BYTES_MAX + 1))
    broken = put_body(key, uuid4(), b"no gzip", **{"content-encoding": "gzip"})
    assert [packed.status_code, plain.status_code, broken.status_code] == [413, 413, 415]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"documents":' + b"[" * 100_000,
        b'{"nip": "\xff"}',
        b'{"uid": 1}',
        json.dumps({"uid": str(uuid4())}).encode(),
    ],
)
def test_what_is_no_batch_is_refused_whole(key: ExchangeKey, body: bytes) -> None:
    answer = put_body(key, uuid4(), body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")


def test_other_addresses_and_methods_are_problems_too(key: ExchangeKey) -> None:
    assert Client().get("/api/v1/nothing").json()["code"] == "not_found"
    assert [Client().get(place).json()["code"] for place in ("/api/v1/", "/api/v1/batches/x")] == ["not_found"] * 2
    refused = Client().post("/api/v1/consents")
    assert (refused.status_code, refused.json()["code"], refused["Allow"]) == (405, "method_not_allowed", "GET")
    english = Client(headers={"accept-language": "en"}).get("/api/v1/integration").json()
    assert (english["code"], english["detail"]) == ("key_missing", "The request has no exchange key.")
