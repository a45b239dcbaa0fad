"""Corrections, advances, final and simplified invoices: what P_15 means in each, and what is paid of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadInvoice, ReadSettlement
from tools.samples import Line, Named, document

ISSUED, TERM = date(2026, 10, 1), date(2026, 10, 15)
DEAR, CHEAP = Line("Donica", Decimal(2), Decimal("100.00")), Line("Donica", Decimal(2), Decimal("90.00"))
CORRECTED = (Named("FV/1", date(2026, 9, 1)),)
ORDER = (Line("Altana ogrodowa", Decimal(1), Decimal("10000.00")),)


def invoice(**overrides: Any) -> ReadInvoice:
    return ksef_xml.read(document(**overrides), name="invoice.xml")


def correction(**overrides: Any) -> ReadInvoice:
    lowered: dict[str, Any] = {"kind": "KOR", "before": (DEAR,), "lines": (CHEAP,), "corrects": CORRECTED}
    return invoice(**(lowered | overrides))


def advance(**overrides: Any) -> ReadInvoice:
    received: dict[str, Any] = {"kind": "ZAL", "lines": ORDER, "advance": Decimal("2460.00"), "terms": ()}
    return invoice(**(received | overrides))


def due(read: ReadInvoice) -> list[tuple[int, date, int]]:
    return [(payment.amount_minor, payment.due_on, payment.open_minor) for payment in read.payments]


def codes(read: ReadInvoice) -> list[str]:
    return [warning.code for warning in read.warnings]


@pytest.mark.parametrize(
    ("kind", "invoice_type"),
    [
        ("VAT", "invoice"),
        ("KOR", "correction"),
        ("ZAL", "advance"),
        ("KOR_ZAL", "advance_correction"),
        ("ROZ", "final"),
        ("KOR_ROZ", "final_correction"),
        ("UPR", "simplified"),
    ],
)
@pytest.mark.parametrize("version", [2, 3])
def test_kind_of_either_form_has_its_type(kind: str, invoice_type: str, version: int) -> None:
    assert invoice(kind=kind, version=version, advance=Decimal("1.23")).type == invoice_type


def test_correction_carries_the_difference_as_a_negative_payment() -> None:
    read = correction()
    assert (read.net_minor, read.vat_minor, read.gross_minor) == (-2000, -460, -2460)
    assert due(read) == [(-2460, TERM, -2460)]
    assert codes(read) == []


def test_correction_that_raises_is_to_be_paid() -> None:
    assert due(correction(before=(CHEAP,), lines=(DEAR,))) == [(2460, TERM, 2460)]


def test_correction_of_texts_alone_has_nothing_to_pay() -> None:
    read = correction(lines=(DEAR,))
    assert (read.gross_minor, read.payments) == (0, ())


def test_correction_that_was_paid_back_is_settled() -> None:
    read = correction(terms=(), paid_on=ISSUED)
    assert due(read) == [(-2460, ISSUED, 0)]
    assert read.payments[0].paid == (ReadSettlement(-2460, ISSUED),)


def test_correction_paid_back_in_part_is_settled_in_part() -> None:
    read = correction(parts_paid=((Decimal("-10.00"), ISSUED),))
    assert due(read) == [(-2460, TERM, -1460)]


def test_correction_keeps_lines_as_they_were_and_numbers_them_anew() -> None:
    read = correction()
    assert [(line.position, line.before, line.net_minor) for line in read.lines] == [
        (1, True, 20000),
        (2, False, 18000),
    ]
    assert codes(read) == []


def test_correction_whose_lines_tell_another_difference_is_remarked_on() -> None:
    read = correction(replacements=(("<P_11>180.00", "<P_11>180.01"),))
    assert codes(read) == ["lines_net_differ"]


def test_correction_written_as_differences_alone_agrees_with_its_lines() -> None:
    read = correction(before=(), lines=(Line("Rabat", Decimal(1), Decimal("-20.00")),))
    assert (due(read), codes(read)) == ([(-2460, TERM, -2460)], [])


def test_reason_of_a_correction_is_kept() -> None:
    assert correction(reason="Zwrot towaru").correction_reason == "Zwrot towaru"


def test_advance_says_what_was_paid() -> None:
    read = advance(paid_on=ISSUED)
    assert (read.gross_minor, due(read)) == (246000, [(246000, ISSUED, 0)])
    assert codes(read) == []


def test_advance_that_says_nothing_of_payment_was_paid_when_the_money_came() -> None:
    came = date(2026, 9, 28)
    read = advance(sold_on=came)
    assert due(read) == [(246000, came, 0)]
    assert not read.payments[0].due_on_assumed
    assert codes(read) == ["advance_taken_as_paid"]


def test_advance_without_the_day_of_the_money_was_paid_on_its_own() -> None:
    assert due(advance(sold_on=None)) == [(246000, ISSUED, 0)]


def test_advance_that_came_in_parts_is_paid_by_them() -> None:
    early, late = date(2026, 9, 20), date(2026, 9, 25)
    read = advance(advance_parts=((Decimal("1460.00"), late), (Decimal("1000.00"), early)))
    assert due(read) == [(246000, late, 0)]
    assert read.payments[0].paid == (ReadSettlement(100000, early), ReadSettlement(146000, late))
    assert codes(read) == []


def test_advance_whose_parts_do_not_make_it_is_paid_in_one() -> None:
    read = advance(sold_on=None, advance_parts=((Decimal("1.00"), date(2026, 9, 20)),))
    assert due(read) == [(246000, date(2026, 9, 20), 0)]
    assert codes(read) == ["advance_taken_as_paid"]


def test_advance_with_a_term_was_issued_before_the_money_came() -> None:
    read = advance(terms=(TERM,))
    assert (due(read), codes(read)) == ([(246000, TERM, 246000)], [])


def test_advance_has_the_lines_of_its_order() -> None:
    read = advance(paid_on=ISSUED)
    assert [(line.name, line.net_minor, line.gross_minor) for line in read.lines] == [
        ("Altana ogrodowa", 10**6, 1230000)
    ]
    wrong = advance(paid_on=ISSUED, replacements=(("Zamowienia>12300.00", "Zamowienia>12300.01"),))
    assert codes(wrong) == ["order_value_differs"]


def test_correction_of_an_advance_carries_a_difference_that_is_open() -> None:
    read = invoice(kind="KOR_ZAL", lines=ORDER, advance=Decimal("123.00"), terms=(), corrects=CORRECTED)
    assert due(read) == [(12300, ISSUED, 12300)]
    assert codes(read) == ["due_date_assumed"]


def test_amount_before_a_correction_is_not_due() -> None:
    before = (
        ("<NrKSeFN>1</NrKSeFN></DaneFaKorygowanej>", "<NrKSeFN>1</NrKSeFN></DaneFaKorygowanej><P_15ZK>999.00</P_15ZK>"),
    )
    read = invoice(kind="KOR_ROZ", corrects=CORRECTED, replacements=before)
    assert read.due_amount_minor == read.gross_minor == 127428


def test_final_invoice_has_what_is_left_to_pay() -> None:
    read = invoice(kind="ROZ", lines=ORDER, advance=Decimal("2460.00"), settles=(Named("FZ/1"),))
    assert (read.net_minor, read.gross_minor) == (800000, 984000)
    assert due(read) == [(984000, TERM, 984000)]
    assert codes(read) == [], "the lines of a final invoice are those of the whole order"


def test_final_invoice_that_the_advances_paid_has_nothing_to_pay() -> None:
    read = invoice(kind="ROZ", lines=ORDER, advance=Decimal("12300.00"), settles=(Named("FZ/1"),))
    assert (read.gross_minor, read.payments) == (0, ())


def test_final_invoice_in_instalments_shares_what_is_left() -> None:
    terms = (TERM, date(2026, 11, 15))
    read = invoice(kind="ROZ", lines=ORDER, advance=Decimal("2460.00"), settles=(Named("FZ/1"),), terms=terms)
    assert due(read) == [(492000, terms[0], 492000), (492000, terms[1], 492000)]


def test_amount_to_pay_of_a_final_invoice_is_as_stated() -> None:
    read = invoice(
        kind="ROZ", settles=(Named("FZ/1"),), charges=((Decimal("5.00"), "Kaucja"),), amount_due=Decimal("1279.28")
    )
    assert (read.gross_minor, read.due_amount_minor, codes(read)) == (127428, 127928, [])


def test_simplified_invoice_needs_neither_amounts_nor_a_name() -> None:
    read = invoice(kind="UPR", paid_on=ISSUED, terms=())
    [line] = read.lines
    assert (line.quantity, line.net_minor, line.vat_rate) == ("", None, "23")
    assert read.buyer.name == read.buyer.tax_id != ""
    assert due(read) == [(127428, ISSUED, 0)]
    assert codes(read) == ["name_missing"]


def test_simplified_invoice_without_a_buyers_number_is_read() -> None:
    whole = document(kind="UPR").decode()
    start = whole.index("<Podmiot2>") + len("<Podmiot2>")
    identity = "<DaneIdentyfikacyjne><BrakID>1</BrakID></DaneIdentyfikacyjne>"
    read = invoice(kind="UPR", replacements=((whole[start : whole.index("<JST>")], identity),))
    assert (read.buyer.name, read.buyer.tax_id) == ("buyer", "")


def bare(lines: str, gross: str = "1230.00") -> ReadInvoice:
    """A simplified invoice that has gross alone."""
    whole = document(kind="UPR").decode()
    totals = whole[whole.index("<P_13_1>") : whole.index("</P_15>")]
    written = whole[whole.index("<FaWiersz>") : whole.index("<Platnosc>")]
    return invoice(kind="UPR", replacements=((totals, f"<P_15>{gross}"), (written, lines)))


def line_of(at: int, rate: str) -> str:
    stated = f"<P_12>{rate}</P_12>" if rate else ""
    return f"<FaWiersz><NrWierszaFa>{at}</NrWierszaFa><P_7>Towar</P_7>{stated}</FaWiersz>"


def test_vat_that_is_not_stated_is_counted_out_of_gross_and_remarked_on() -> None:
    read = bare(line_of(1, "23"))
    assert (read.net_minor, read.vat_minor, read.gross_minor, read.vat_totals) == (100000, 23000, 123000, ())
    assert "vat_counted_from_gross" in codes(read)


@pytest.mark.parametrize("lines", ["", line_of(1, ""), line_of(1, "zw"), line_of(1, "23") + line_of(2, "8")])
def test_vat_that_cannot_be_counted_is_none_and_remarked_on(lines: str) -> None:
    read = bare(lines)
    assert (read.net_minor, read.vat_minor) == (123000, 0)
    assert "vat_not_stated" in codes(read)


def test_correction_without_what_it_corrects_is_remarked_on() -> None:
    assert codes(correction(corrects=())) == ["corrected_not_named"]


def test_final_invoice_without_its_advance_is_remarked_on() -> None:
    assert codes(invoice(kind="ROZ")) == ["advance_not_named"]


def test_term_in_words_is_kept_beside_a_date() -> None:
    read = invoice(term_in_words=(14, "dni", "otrzymanie faktury"))
    assert (read.term_in_words, codes(read)) == ("14 dni otrzymanie faktury", [])


def test_term_in_words_alone_is_due_on_the_day_of_issue_and_flagged() -> None:
    read = invoice(terms=(), term_in_words=(14, "dni", "dostawa"))
    assert due(read) == [(127428, ISSUED, 127428)]
    assert codes(read) == ["term_in_words", "due_date_assumed"]


def test_vat_of_a_foreign_invoice_without_zlotys_is_remarked_on() -> None:
    whole = document(currency="EUR").decode()
    in_zlotys = whole[whole.index("<P_14_1W>") : whole.index("<P_15>")]
    assert codes(invoice(currency="EUR", replacements=((in_zlotys, ""),))) == ["vat_not_in_zlotys"]
    assert codes(invoice(currency="EUR")) == []
