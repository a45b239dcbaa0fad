"""Totals stay as issued; every difference, by one grosz too, is a remark and never a refusal."""

from decimal import Decimal
from typing import Any

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadInvoice
from tools.samples import Line, document


def invoice(**overrides: Any) -> ReadInvoice:
    return ksef_xml.read(document(**overrides), name="invoice.xml")


def remarks(read: ReadInvoice) -> list[tuple[str, dict[str, str]]]:
    return [(warning.code, dict(warning.arguments)) for warning in read.warnings]


def test_totals_that_agree_are_not_remarked_on() -> None:
    read = invoice()
    assert (read.net_minor, read.vat_minor, read.gross_minor) == (103600, 23828, 127428)
    assert remarks(read) == []


def test_gross_off_by_a_grosz_is_kept_and_remarked_on() -> None:
    read = invoice(replacements=(("<P_15>1274.28", "<P_15>1274.29"),))
    assert read.gross_minor == 127429
    assert remarks(read) == [("gross_differs", {"issued": "1274.29 PLN", "counted": "1274.28 PLN"})]


def test_vat_off_by_a_grosz_is_kept_and_remarked_on() -> None:
    read = invoice(replacements=(("<P_14_1>238.28", "<P_14_1>238.27"), ("<P_15>1274.28", "<P_15>1274.27")))
    assert read.vat_minor == 23827
    assert remarks(read) == [("vat_differs", {"issued": "238.27 PLN", "counted": "238.28 PLN", "rate": "23"})]


def test_lines_off_by_a_grosz_are_kept_and_remarked_on() -> None:
    read = invoice(replacements=(("<P_11>1036.00", "<P_11>1035.99"),))
    assert read.lines[0].net_minor == 103599
    assert remarks(read) == [("lines_net_differ", {"issued": "1036.00 PLN", "counted": "1035.99 PLN"})]


def test_gross_lines_are_compared_with_gross() -> None:
    gross = "<P_9B>318.57</P_9B><P_11A>1274.29</P_11A>"
    read = invoice(
        replacements=(("<P_9A>259.00</P_9A><P_11>1036.00</P_11>", gross),),
    )
    [line] = read.lines
    assert (line.unit_net_price, line.unit_gross_price) == ("", "318.57")
    assert (line.net_minor, line.gross_minor) == (None, 127429)
    assert remarks(read) == [("lines_gross_differ", {"issued": "1274.28 PLN", "counted": "1274.29 PLN"})]


def test_every_rate_has_its_row() -> None:
    rates = ("23", "8", "5", "0 WDT", "0 EX", "zw", "np II", "oo")
    lines = tuple(Line(f"Towar {rate}", Decimal(1), Decimal("100.00"), rate) for rate in rates)
    read = invoice(lines=lines)
    assert [(row.rate, row.net_minor, row.vat_minor) for row in read.vat_totals] == [
        ("23", 10000, 2300),
        ("8", 10000, 800),
        ("5", 10000, 500),
        ("0 WDT", 10000, 0),
        ("0 EX", 10000, 0),
        ("zw", 10000, 0),
        ("np II", 10000, 0),
        ("oo", 10000, 0),
    ]
    assert remarks(read) == []


def test_former_rate_is_told_by_the_lines() -> None:
    read = invoice(
        replacements=(
            ("<P_12>23", "<P_12>22"),
            ("<P_14_1>238.28", "<P_14_1>227.92"),
            ("<P_15>1274.28", "<P_15>1263.92"),
        )
    )
    assert [row.rate for row in read.vat_totals] == ["22"]
    assert remarks(read) == []


def test_vat_in_zlotys_of_a_foreign_invoice_is_left_alone() -> None:
    read = invoice(currency="EUR")
    assert (read.currency, read.vat_minor, read.gross_minor) == ("EUR", 23828, 127428)


def test_quantities_and_prices_are_kept_as_issued() -> None:
    lines = (Line("Energia", Decimal("1234.567890"), Decimal("0.89460000"), unit="kWh"),)
    [line] = invoice(lines=lines).lines
    assert (line.quantity, line.unit_net_price, line.unit) == ("1234.567890", "0.89460000", "kWh")


@pytest.mark.parametrize("number", ["2", "99999999999999"], ids=["repeated", "too-large"])
def test_line_numbers_that_cannot_be_kept_are_given_anew(number: str) -> None:
    lines = tuple(Line(name, Decimal(1), Decimal("10.00")) for name in ("a", "b", "c"))
    read = invoice(lines=lines, replacements=(("<NrWierszaFa>3", f"<NrWierszaFa>{number}"),))
    assert [(line.position, line.name) for line in read.lines] == [(1, "a"), (2, "b"), (3, "c")]
    assert remarks(read) == [("line_numbers_changed", {})]


def test_line_number_with_leading_zeros_is_a_number() -> None:
    zeros = "0" * 5000
    read = invoice(replacements=(("<NrWierszaFa>1", f"<NrWierszaFa>{zeros}1"),))
    assert [line.position for line in read.lines] == [1]


def test_split_payment_is_read() -> None:
    assert invoice(split_payment=True).split_payment


def test_descriptions_become_the_note() -> None:
    read = invoice(remarks=(("Budowa", "Toruń, etap II"), ("Kierowca", "Żak")))
    assert read.note == "Budowa: Toruń, etap II\nKierowca: Żak"


def test_long_note_is_shortened_and_remarked_on() -> None:
    read = invoice(remarks=tuple((f"Klucz {n}", "ż" * 250) for n in range(20)))
    assert (len(read.note), read.note[-1]) == (ksef_xml.NOTE_CHARACTERS_MAX, "…")
    assert remarks(read) == [("note_shortened", {"limit": "4000"})]
