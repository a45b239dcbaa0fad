"""FA(2), the form of invoices until 2026-01-31: its structure is checked, its content read by the same readers."""

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from saldo_desk.sources import ksef_fa2, ksef_schema, ksef_xml
from saldo_desk.sources.documents import ReadInvoice, Unreadable
from tools.samples import Line, Named, document

KINDS: dict[str, dict[str, Any]] = {
    "VAT": {"terms": (date(2026, 1, 10), date(2026, 1, 20)), "split_payment": True, "remarks": (("Budowa", "II"),)},
    "KOR": {"before": (Line("Donica", Decimal(2), Decimal("9.00")),), "corrects": (Named("FV/1"),), "reason": "Zwrot"},
    "ZAL": {"advance": Decimal("123.00"), "advance_parts": ((Decimal("123.00"), date(2025, 12, 1)),), "terms": ()},
    "KOR_ZAL": {"advance": Decimal("123.00"), "corrects": (Named("FZ/1"),)},
    "ROZ": {"settles": (Named("FZ/1"), Named("", ksef_number="9991001004-20260901-0A0B0C0D0E0F-36"))},
    "KOR_ROZ": {"corrects": (Named("FR/1"),), "parts_paid": ((Decimal("1.00"), date(2026, 1, 2)),)},
    "UPR": {"paid_on": date(2026, 1, 2), "terms": ()},
}


def fa2(**overrides: Any) -> bytes:
    return document(**({"version": 2, "issued_on": date(2026, 1, 2), "sold_on": date(2026, 1, 2)} | overrides))


def read(content: bytes) -> ReadInvoice:
    return ksef_xml.read(content, name="invoice.xml")


def refused(**overrides: Any) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(fa2(**overrides))
    return caught.value


def own_schema() -> etree._Element:
    return etree.fromstring(ksef_fa2.schema_of(ksef_schema._schema_bytes(ksef_schema.SCHEMA_FILE)))


@pytest.fixture
def of_the_ministry(official: Callable[[str], Path]) -> etree._Element:
    """The Ministry's schema of FA(2), from outside."""
    path = Path(os.environ["SALDO_SAMPLES"]) / "ksef" / "schema" / "schemat_FA(2)_v1-0E.xsd"
    return etree.parse(path).getroot()


def without_notes(schema: etree._Element) -> list[str]:
    for note in list(schema.iter(f"{{{ksef_fa2.XSD}}}annotation")):
        parent = note.getparent()
        assert parent is not None
        parent.remove(note)
    return etree.canonicalize(schema, strip_text=True).replace("><", ">\n<").splitlines()


def test_our_structure_of_fa2_is_that_of_the_ministrys_schema(of_the_ministry: etree._Element) -> None:
    ours, theirs = without_notes(own_schema()), without_notes(of_the_ministry)
    assert len(ours) > 1500
    assert ours == theirs


@pytest.mark.parametrize("kind", KINDS)
def test_fa2_of_every_kind_is_read_like_fa3(kind: str) -> None:
    values = {"kind": kind} | KINDS[kind]
    older, newer = read(fa2(**values)), read(fa2(**(values | {"version": 3})))
    assert (older.type, older.gross_minor, older.due_amount_minor) == (
        newer.type,
        newer.gross_minor,
        newer.due_amount_minor,
    )
    assert (older.payments, older.links, older.lines) == (newer.payments, newer.links, newer.lines)
    assert (older.vat_totals, older.warnings) == (newer.vat_totals, newer.warnings)
    assert older.content_digest != newer.content_digest


def test_writing_the_same_fa2_again_is_the_same_content() -> None:
    again = fa2(created_at="2026-01-09T11:30:00Z", system="Another program")
    assert read(again).content_digest == read(fa2()).content_digest


def test_term_in_words_is_one_text_in_fa2() -> None:
    assert read(fa2(term_in_words=(14, "dni", "otrzymanie"))).term_in_words == "14 dni otrzymanie"


def test_rates_of_fa2_do_not_say_why_there_is_no_vat() -> None:
    lines = (Line("Towar", Decimal(1), Decimal("10.00"), "0 WDT"), Line("Usługa", Decimal(1), Decimal("5.00"), "np II"))
    invoice = read(fa2(lines=lines))
    assert [line.vat_rate for line in invoice.lines] == ["0", "np"]
    assert [(row.rate, row.net_minor) for row in invoice.vat_totals] == [("0 WDT", 1000), ("np II", 500)]
    assert invoice.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "arguments"),
    [
        ("<P_15>1274.28</P_15>", "", 9, {"problem": "missing", "element": "P_15", "parent": "Fa"}),
        ("<P_1>2026-01-02</P_1>", "", 7, {"problem": "missing", "element": "P_1"}),
        ("<P_15>1274.28", "<P_15>1274.281", 8, {"problem": "value", "element": "P_15", "value": "1274.281"}),
        ("<P_6>2026-01-02", "<P_6>2.01.2026", 7, {"problem": "value", "element": "P_6", "value": "2.01.2026"}),
        ("<KodWaluty>PLN", "<KodWaluty>ZŁ", 7, {"problem": "value", "element": "KodWaluty"}),
        ("<RodzajFaktury>VAT", "<RodzajFaktury>PRO", 10, {"problem": "value", "element": "RodzajFaktury"}),
        ("<P_12>23", "<P_12>0 WDT", 11, {"problem": "value", "element": "P_12", "value": "0 WDT"}),
        ("</AdresL2><", "</AdresL2><GV>2</GV><", 4, {"problem": "unexpected", "element": "GV"}),
    ],
)
def test_fa2_that_is_not_as_its_form_says_is_refused_with_line_and_reason(
    old: str, new: str, line: int, arguments: dict[str, str]
) -> None:
    unreadable = refused(replacements=((old, new),))
    assert (unreadable.code, unreadable.line) == ("schema_error", line)
    assert {name: unreadable.arguments[name] for name in arguments} == arguments


def test_fa2_with_a_buyers_marks_of_fa3_is_refused() -> None:
    unreadable = refused(replacements=(("</Podmiot2>", "<JST>2</JST><GV>2</GV></Podmiot2>"),))
    assert (unreadable.code, unreadable.arguments["element"]) == ("schema_error", "JST")


@pytest.mark.parametrize("kind", KINDS)
def test_our_samples_of_fa2_are_valid_by_the_ministrys_own_schema(kind: str, of_the_ministry: etree._Element) -> None:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(ksef_schema._PackagedSchemas())
    schema = etree.XMLSchema(etree.fromstring(etree.tostring(of_the_ministry), parser, base_url="FA2.xsd"))
    schema.assertValid(etree.fromstring(fa2(**({"kind": kind} | KINDS[kind]))))
