"""What changed between two documents."""

import datetime as dt
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from packages.protocol.tests.invoices import any_invoice, invoice, payment, settlement
from saldo_protocol import differences, digest, documents
from saldo_protocol.differences import Change
from saldo_protocol.documents import Invoice, Line


def between(stored: Invoice, sent: Invoice) -> list[Change]:
    found = differences.between(digest.canonical(stored), digest.canonical(sent))
    assert found.left_out == 0
    return list(found.changes)


def test_nothing_differs_from_itself() -> None:
    assert between(invoice(), invoice()) == []


def test_a_member_is_told_before_and_after() -> None:
    buyer = documents.Party(name="Nowa nazwa", tax_id="9993022016")
    assert between(invoice(), invoice(buyer=buyer, state="cancelled")) == [
        Change("/buyer/name", "Łąka S.A.", "Nowa nazwa"),
        Change("/state", "approved", "cancelled"),
    ]


def test_a_settlement_comes_and_goes_as_a_whole() -> None:
    settled = invoice(payments=(payment(settlements=(settlement(),)),))
    part = {"external_id": "S1", "amount_minor": 2300, "settled_on": "2026-10-10", "kind": "other"}
    assert between(invoice(), settled) == [Change("/payments/0/settlements/0", None, part)]
    assert between(settled, invoice()) == [Change("/payments/0/settlements/0", part, None)]


def test_payments_are_matched_by_their_id_not_by_their_place() -> None:
    first, second = payment(external_id="A", amount_minor=100), payment(external_id="B", amount_minor=200)
    later = payment(external_id="B", amount_minor=200, due_on=dt.date(2026, 12, 1))
    assert between(invoice(payments=(first, second)), invoice(payments=(second, first))) == []
    assert between(invoice(payments=(first, second)), invoice(payments=(later, first))) == [
        Change("/payments/0/due_on", "2026-10-15", "2026-12-01")
    ]


def test_a_payment_that_came_brings_its_settlements() -> None:
    both = invoice(payments=(payment(), payment(external_id="P2", settlements=(settlement(),))))
    assert [change.pointer for change in between(invoice(), both)] == ["/payments/1", "/payments/1/settlements/0"]


def test_lines_are_matched_by_their_place() -> None:
    one, two = Line(name="Pióro"), Line(name="Ołówek")
    assert between(invoice(lines=(one,)), invoice(lines=(two, one)))[0] == Change("/lines/0/name", "Pióro", "Ołówek")


def test_the_list_is_bounded_and_so_is_each_text() -> None:
    many = tuple(Line(name=f"{n}" * 200) for n in range(500))
    found = differences.between(digest.canonical(invoice()), digest.canonical(invoice(lines=many)))
    assert (len(found.changes), found.left_out) == (differences.CHANGES_MAX, 480)
    name = found.changes[0].after
    assert isinstance(name, dict) and len(str(name["name"])) == differences.TEXT_LENGTH_MAX


def test_a_change_is_written_as_from_and_to() -> None:
    assert msgspec.json.encode(Change("/a", 1, None)) == b'{"pointer":"/a","from":1,"to":null}'


def at(content: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        content = content[int(part)] if isinstance(content, list) else content[part]
    return content


def without_order(content: Invoice) -> Any:
    plain = msgspec.json.decode(digest.canonical(content))
    for row in plain["payments"]:
        row["settlements"].sort(key=lambda part: part["external_id"])
    plain["payments"].sort(key=lambda row: row["external_id"])
    return plain


def unique(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(parts, max_size=3, unique_by=lambda part: part.external_id).map(tuple)


_days = st.sampled_from([dt.date(2026, 10, 1), dt.date(2026, 11, 1)])
_amounts = st.integers(1, 2)
_settlements = st.builds(settlement, external_id=st.sampled_from("ST"), amount_minor=_amounts, settled_on=_days)
_payments = st.builds(
    payment, external_id=st.sampled_from("ABC"), amount_minor=_amounts, settlements=unique(_settlements)
)
_invoices = st.builds(
    lambda whole, payments: msgspec.structs.replace(whole, payments=payments),
    st.just(invoice()) | any_invoice,
    unique(_payments),
)


def whole(part: Any) -> Any:
    return {name: part[name] for name in part if name != "settlements"} if isinstance(part, dict) else part


@given(_invoices, _invoices)
def test_every_change_is_where_it_says_and_none_is_missed(stored: Invoice, sent: Invoice) -> None:
    before, after = digest.canonical(stored), digest.canonical(sent)
    found = differences.between(before, after, changes_max=10_000)
    assert (found == differences.Differences()) == (without_order(stored) == without_order(sent))
    for change in found.changes:
        went = change.after is None and isinstance(change.before, dict)
        there = at(msgspec.json.decode(before if went else after), change.pointer)
        assert whole(there) == (change.before if went else change.after)
