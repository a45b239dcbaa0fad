"""Payments of an invoice: terms, instalments, paid at issue, paid in part, nothing to pay."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import ReadInvoice, ReadSettlement
from tools.samples import Line, document

ISSUED = date(2026, 10, 1)
FIRST, SECOND, THIRD = date(2026, 10, 15), date(2026, 11, 15), date(2026, 12, 15)
HUNDRED = (Line("Usługa zwolniona", Decimal(1), Decimal("100.01"), rate="zw"),)


def invoice(**overrides: Any) -> ReadInvoice:
    return ksef_xml.read(document(**{"lines": HUNDRED} | overrides), name="invoice.xml")


def due(read: ReadInvoice) -> list[tuple[int, date]]:
    return [(payment.amount_minor, payment.due_on) for payment in read.payments]


def codes(read: ReadInvoice) -> list[str]:
    return [warning.code for warning in read.warnings]


def test_one_term_makes_one_payment() -> None:
    read = invoice(terms=(FIRST,))
    assert due(read) == [(10001, FIRST)]
    assert not read.payments[0].due_on_assumed
    assert codes(read) == []


def test_several_terms_make_even_instalments_with_the_rest_on_the_last() -> None:
    read = invoice(terms=(FIRST, SECOND, THIRD))
    assert due(read) == [(3333, FIRST), (3333, SECOND), (3335, THIRD)]
    assert [payment.position for payment in read.payments] == [1, 2, 3]
    assert codes(read) == ["instalment_amounts_assumed"]


def test_terms_in_any_order_make_instalments_by_due_date() -> None:
    assert due(invoice(terms=(THIRD, FIRST, SECOND)))[-1] == (3335, THIRD)


def test_more_instalments_than_grosze_fall_due_on_the_last_day() -> None:
    one_grosz = (Line("Próbka", Decimal(1), Decimal("0.01"), rate="zw"),)
    read = invoice(lines=one_grosz, terms=(FIRST, SECOND))
    assert due(read) == [(1, SECOND)]
    assert read.payments[0].position == 1


def test_no_term_is_due_on_the_day_of_issue_and_flagged() -> None:
    read = invoice(terms=())
    assert due(read) == [(10001, ISSUED)]
    assert read.payments[0].due_on_assumed
    assert codes(read) == ["due_date_assumed"]


def test_no_payment_section_is_due_on_the_day_of_issue_and_flagged() -> None:
    read = invoice(terms=(), form=None, replacements=(("<Platnosc></Platnosc>", ""),))
    assert due(read) == [(10001, ISSUED)]
    assert (read.payments[0].form, read.payments[0].due_on_assumed) == ("other", True)


def test_paid_at_issue_is_one_settled_payment() -> None:
    paid_on = date(2026, 9, 28)
    read = invoice(terms=(), paid_on=paid_on)
    assert due(read) == [(10001, paid_on)]
    assert read.payments[0].paid == (ReadSettlement(10001, paid_on),)
    assert not read.payments[0].due_on_assumed
    assert codes(read) == []


def test_paid_at_issue_with_several_terms_is_one_settled_payment_due_last() -> None:
    read = invoice(terms=(FIRST, SECOND), paid_on=ISSUED)
    assert due(read) == [(10001, SECOND)]
    assert read.payments[0].open_minor == 0
    assert codes(read) == []


def test_paid_after_issue_is_flagged() -> None:
    assert codes(invoice(terms=(), paid_on=FIRST)) == ["paid_after_issue"]


def test_parts_paid_fill_the_payments_due_first() -> None:
    early, late = date(2026, 9, 1), date(2026, 9, 20)
    read = invoice(
        terms=(FIRST, SECOND, THIRD),
        parts_paid=((Decimal("20.00"), late), (Decimal("40.00"), early)),
    )
    assert [payment.paid for payment in read.payments] == [
        (ReadSettlement(3333, early),),
        (ReadSettlement(667, early), ReadSettlement(2000, late)),
        (),
    ]
    assert [payment.open_minor for payment in read.payments] == [0, 666, 3335]


def test_parts_beyond_the_amount_due_are_left_out_and_flagged() -> None:
    read = invoice(parts_paid=((Decimal("70.00"), ISSUED), (Decimal("50.00"), ISSUED)))
    assert read.payments[0].open_minor == 0
    assert dict(read.warnings[0].arguments) == {"excess": "19.99 PLN"}
    assert codes(read) == ["paid_more_than_due"]


@pytest.mark.parametrize("amount", ["0", "-5.00"])
def test_part_of_nothing_or_of_the_other_sign_is_left_out_and_flagged(amount: str) -> None:
    read = invoice(parts_paid=((Decimal(amount), ISSUED),))
    assert read.payments[0].paid == ()
    assert codes(read) == ["part_paid_ignored"]


def test_paid_in_full_by_parts_is_due_when_the_last_was_paid() -> None:
    last = date(2026, 9, 30)
    read = invoice(
        terms=(),
        parts_paid=((Decimal("100.00"), date(2026, 9, 1)), (Decimal("0.01"), last)),
        replacements=(("<ZnacznikZaplatyCzesciowej>1", "<ZnacznikZaplatyCzesciowej>2"),),
    )
    assert due(read) == [(10001, last)]
    assert read.payments[0].open_minor == 0
    assert codes(read) == []


def test_paid_in_full_by_parts_that_fall_short_stays_open_and_is_flagged() -> None:
    read = invoice(
        parts_paid=((Decimal("100.00"), ISSUED),),
        replacements=(("<ZnacznikZaplatyCzesciowej>1", "<ZnacznikZaplatyCzesciowej>2"),),
    )
    assert read.payments[0].open_minor == 1
    assert codes(read) == ["paid_less_than_stated"]


def test_due_before_issue_is_flagged() -> None:
    assert codes(invoice(terms=(date(2026, 9, 1),))) == ["due_before_issue"]


def test_charges_are_due_but_not_gross() -> None:
    read = invoice(charges=((Decimal("5.00"), "Kaucja"),), amount_due=Decimal("105.01"))
    assert (read.gross_minor, read.due_amount_minor) == (10001, 10501)
    assert due(read) == [(10501, FIRST)]
    assert codes(read) == []


def test_amount_due_that_its_parts_do_not_make_is_kept_and_flagged() -> None:
    read = invoice(charges=((Decimal("5.00"), "Kaucja"),), amount_due=Decimal("105.00"))
    assert due(read) == [(10500, FIRST)]
    assert codes(read) == ["amount_due_differs"]


def test_charges_without_an_amount_due_leave_gross_due_and_are_flagged() -> None:
    read = invoice(charges=((Decimal("5.00"), "Kaucja"),))
    assert due(read) == [(10001, FIRST)]
    assert codes(read) == ["amount_due_not_stated"]


def test_nothing_due_makes_no_payment() -> None:
    read = invoice(
        amount_due=Decimal(0),
        replacements=(
            (
                "<Rozliczenie>",
                "<Rozliczenie><Odliczenia><Kwota>100.01</Kwota><Powod>Bon</Powod></Odliczenia>",
            ),
        ),
    )
    assert (read.gross_minor, read.due_amount_minor, read.payments) == (10001, 0, ())
    assert codes(read) == []


def test_overpayment_left_to_settle_makes_no_payment_and_is_flagged() -> None:
    read = invoice(
        amount_due=Decimal("20.00"),
        replacements=(("<DoZaplaty>20.00</DoZaplaty>", "<DoRozliczenia>20.00</DoRozliczenia>"),),
    )
    assert (read.due_amount_minor, read.payments) == (0, ())
    assert codes(read) == ["overpayment_to_settle"]


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (1, "cash"),
        (2, "card"),
        (3, "voucher"),
        (4, "cheque"),
        (5, "credit"),
        (6, "transfer"),
        (7, "mobile"),
        (None, "other"),
    ],
)
def test_form_of_payment_has_its_name(number: int | None, form: str) -> None:
    assert invoice(form=number).payments[0].form == form


def test_form_described_in_words_is_another_one() -> None:
    described = "<PlatnoscInna>1</PlatnoscInna><OpisPlatnosci>Kompensata</OpisPlatnosci>"
    read = invoice(form=1, replacements=(("<FormaPlatnosci>1</FormaPlatnosci>", described),))
    assert read.payments[0].form == "other"


def test_term_in_words_beside_a_date_leaves_the_date() -> None:
    words = (
        "<TerminOpis><Ilosc>14</Ilosc><Jednostka>dni</Jednostka>"
        "<ZdarzeniePoczatkowe>dostawa</ZdarzeniePoczatkowe></TerminOpis>"
    )
    read = invoice(replacements=(("</Termin>", f"</Termin>{words}"),))
    assert due(read) == [(10001, FIRST)]
    assert codes(read) == []


@given(
    due_minor=st.integers(1, 10**9),
    days=st.lists(st.integers(0, 90), max_size=6),
    parts_minor=st.lists(st.integers(-(10**3), 10**9), max_size=6),
)
def test_payments_sum_up_and_are_never_paid_beyond(due_minor: int, days: list[int], parts_minor: list[int]) -> None:
    read = invoice(
        amount_due=Decimal(due_minor) / 100,
        terms=tuple(ISSUED + timedelta(days=each) for each in days),
        parts_paid=tuple((Decimal(each) / 100, ISSUED) for each in parts_minor),
    )
    assert sum(payment.amount_minor for payment in read.payments) == due_minor
    assert all(0 <= payment.open_minor <= payment.amount_minor for payment in read.payments)
    paid_minor = due_minor - sum(payment.open_minor for payment in read.payments)
    assert paid_minor == min(due_minor, sum(each for each in parts_minor if each > 0))
