"""Documents survive the wire, refuse what they don't know, and keep the rules between members."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from invoices import any_invoice, invoice, payment, settlement

from saldo_protocol import batches, digest, documents, receipts, registration
from saldo_protocol.documents import Document, Invoice


@given(any_invoice)
def test_an_invoice_survives_the_wire(sent: Invoice) -> None:
    assert msgspec.json.decode(msgspec.json.encode(sent), type=Invoice) == sent


@given(any_invoice)
def test_an_invoice_survives_its_canonical_encoding(sent: Invoice) -> None:
    encoded = digest.canonical(sent)
    again = msgspec.json.decode(encoded, type=Invoice)
    assert (again, digest.canonical(again)) == (sent, encoded)


@given(any_invoice)
def test_a_document_carries_its_content_untouched(sent: Invoice) -> None:
    content = digest.canonical(sent)
    document = Document(kind="invoice", external_id="7", revision="9", content=msgspec.Raw(content))
    again = msgspec.json.decode(msgspec.json.encode(document), type=Document)
    assert (again.external_id, again.revision, bytes(again.content)) == ("7", "9", content)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every object inside."""
    if isinstance(value, list):
        return [place for at, item in enumerate(value) for place in _places(item, (*path, at))]
    if isinstance(value, dict):
        return [path, *(place for name, item in value.items() for place in _places(item, (*path, name)))]
    return []


def test_a_member_that_is_not_known_is_refused_wherever_it_stands() -> None:
    full = invoice(
        payments=(payment(settlements=(settlement(),)),),
        vat=(documents.VatTotal(rate="23", net_minor=10000, vat_minor=2300),),
        lines=(documents.Line(name="Donica"),),
    )
    encoded = msgspec.json.encode(full)
    places = _places(json.loads(encoded))
    assert len(places) == 7
    for place in places:
        changed = json.loads(encoded)
        inner = changed
        for step in place:
            inner = inner[step]
        inner["amonut_minor"] = 1
        with pytest.raises(msgspec.ValidationError, match="unknown field `amonut_minor`"):
            msgspec.json.decode(json.dumps(changed), type=Invoice)


@pytest.mark.parametrize(
    "kind",
    [
        documents.Document,
        batches.Batch,
        registration.RegistrationRequest,
        registration.CodeEntered,
        registration.CompanyCard,
        registration.GivenConsent,
        registration.NewKey,
    ],
)
def test_whatever_an_erp_sends_refuses_what_it_does_not_know(kind: type[Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `extra`"):
        msgspec.json.decode(b'{"extra":1}', type=kind)


@pytest.mark.parametrize("kind", [receipts.Receipt, registration.RegistrationStatus, registration.IntegrationStatus])
def test_answers_may_grow_without_breaking_an_older_erp(kind: type[Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        msgspec.json.decode(b'{"extra":1}', type=kind)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"gross_minor":12300', '"gross_minor":123.5'),
        ('"gross_minor":12300', '"gross_minor":"12300"'),
        ('"gross_minor":12300', '"gross_minor":9007199254740992'),
        ('"currency":"PLN"', '"currency":"zł"'),
        ('"issued_on":"2026-10-01"', '"issued_on":"2026-02-30"'),
        ('"direction":"sales"', '"direction":"sideways"'),
        ('"number":"FV/1"', '"number":""'),
        ('"external_id":"P1"', '"external_id":"P 1"'),
    ],
)
def test_a_value_out_of_bounds_is_refused(old: str, new: str) -> None:
    text = msgspec.json.encode(invoice()).decode()
    assert old in text
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(old, new), type=Invoice)


@pytest.mark.parametrize(
    ("payments", "code", "pointer"),
    [
        ((payment(), payment()), "duplicate_external_id", "/payments/1/external_id"),
        (
            (payment(settlements=(settlement(), settlement())),),
            "duplicate_external_id",
            "/payments/0/settlements/1/external_id",
        ),
        (
            (payment(settlements=(settlement(),)), payment(external_id="P2", settlements=(settlement(),))),
            "duplicate_external_id",
            "/payments/1/settlements/0/external_id",
        ),
        (
            (payment(settlements=(settlement(amount_minor=12301),)),),
            "settled_beyond_amount",
            "/payments/0/settlements",
        ),
        ((payment(settlements=(settlement(amount_minor=-1),)),), "settled_beyond_amount", "/payments/0/settlements"),
        (
            (payment(amount_minor=-100, settlements=(settlement(amount_minor=1),)),),
            "settled_beyond_amount",
            "/payments/0/settlements",
        ),
    ],
)
def test_a_rule_between_members_is_kept(payments: tuple[documents.Payment, ...], code: str, pointer: str) -> None:
    with pytest.raises(documents.Rule) as broken:
        documents.check(invoice(payments=payments))
    assert (broken.value.code, broken.value.pointer) == (code, pointer)


def test_a_payment_may_be_settled_in_parts_up_to_its_amount() -> None:
    parts = (settlement(amount_minor=12000), settlement(external_id="S2", amount_minor=300))
    documents.check(invoice(payments=(payment(settlements=parts),)))
    documents.check(invoice(payments=(payment(amount_minor=-100, settlements=(settlement(amount_minor=-100),)),)))


def test_the_company_stands_on_its_side() -> None:
    sales, purchase = invoice(), invoice(direction="purchase")
    assert (sales.company_party, sales.counterparty) == (sales.seller, sales.buyer)
    assert (purchase.company_party, purchase.counterparty) == (purchase.buyer, purchase.seller)
