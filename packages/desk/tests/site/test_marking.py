"""Marks in the window, and what commands make of them."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from saldo_desk.books import companies, marks, settlements
from saldo_desk.books.tables import Company, Invoice, InvoiceMark, ListName, Operator, PaymentMark
from saldo_desk.exchange.tables import Run

HTMX = {"HX-Request": "true"}
Record = Callable[[str], Invoice]


def change(window: Client, **values: object) -> str:
    return window.post(reverse("marks"), {"list": "invoices", **values}).content.decode()


def test_marks_are_there_on_the_next_page_that_opens(window: Client, record: Record) -> None:
    rows = [record(f"FV/{at}") for at in range(3)]
    told = change(window, mark=[str(rows[0].uid), str(rows[1].uid), "nonsense"])
    assert 'data-marked="2"' in told and "PLN" in told and "Odznacz wszystko" in told
    page = window.get(reverse("home")).content.decode()
    assert page.count('aria-selected="true"') == 2 and 'data-marked="2"' in page
    window.post(reverse("set_language"), {"language": "en"})
    assert window.get(reverse("home")).content.decode().count('aria-selected="true"') == 2
    assert 'data-marked="1"' in change(window, unmark=[str(rows[0].uid)])
    assert 'data-marked="0"' in change(window, none="1")


def test_all_that_match_the_filter_are_marked_beyond_the_page(window: Client, record: Record) -> None:
    for at in range(60):
        record(f"{'A' if at % 2 else 'B'}/{at}")
    told = change(window, all="1", query="number=A%2F")
    assert 'data-marked="30"' in told
    assert set(InvoiceMark.objects.values_list("row__number", flat=True)) == {f"A/{at}" for at in range(1, 60, 2)}


def test_a_row_of_another_company_is_not_marked(window: Client, invoice: Invoice) -> None:
    other = companies.add(nip="5260001246", name="Inna")
    window.post(reverse("company-open"), {"company": other.uid})
    assert 'data-marked="0"' in change(window, mark=[str(invoice.uid)])


def test_too_many_names_are_cut_to_what_one_request_may_hold(window: Client, invoice: Invoice) -> None:
    assert 'data-marked="1"' in change(window, mark=[str(invoice.uid)] * 1100)


def synchronised(window: Client, **values: object) -> set[str]:
    window.post(reverse("synchronise"), values, headers=HTMX)
    run = Run.objects.order_by("-pk").first()
    return set(run.documents.values_list("invoice__number", flat=True)) if run else set()


def test_synchronise_takes_the_marks_and_not_the_current_row(window: Client, record: Record) -> None:
    first, second, third = record("FV/1"), record("FV/2"), record("FV/3")
    change(window, mark=[str(first.uid), str(second.uid)])
    assert synchronised(window, list="invoices", row=str(third.uid)) == {"FV/1", "FV/2"}


def test_synchronise_takes_the_current_row_where_nothing_is_marked(window: Client, record: Record) -> None:
    record("FV/1")
    assert synchronised(window, list="invoices", row=str(record("FV/2").uid)) == {"FV/2"}


def test_synchronise_on_an_invoice_takes_that_one_and_no_marks(window: Client, record: Record) -> None:
    change(window, mark=[str(record("FV/1").uid)])
    assert synchronised(window, invoice=str(record("FV/2").uid)) == {"FV/2"}


def test_synchronise_on_the_schedule_takes_the_invoices_of_its_marks(window: Client, record: Record) -> None:
    first, second = record("FV/1"), record("FV/2")
    change(window, mark=[str(first.uid)])
    window.post(reverse("marks"), {"list": "payments", "mark": str(second.payments.get().uid)})
    assert PaymentMark.objects.count() == 1
    assert synchronised(window, list="payments") == {"FV/2"}


def test_synchronise_on_the_schedule_takes_the_current_row(window: Client, record: Record) -> None:
    record("FV/1")
    assert synchronised(window, list="payments", row=str(record("FV/2").payments.get().uid)) == {"FV/2"}


@pytest.mark.parametrize(("count", "said"), [(0, "Zaznacz jedną fakturę"), (2, "Zaznaczono kilka wierszy")])
def test_settle_takes_one_row_and_says_so(count: int, said: str, window: Client, record: Record) -> None:
    rows = [record(f"FV/{at}") for at in range(2)]
    change(window, mark=[str(row.uid) for row in rows[:count]])
    page = window.get(reverse("settle"), {"list": "invoices"}, headers=HTMX).content.decode()
    assert said in page


def test_settle_takes_the_marked_row_else_the_current_one(window: Client, record: Record) -> None:
    first, second = record("FV/1"), record("FV/2")
    where = {"list": "invoices", "row": str(second.uid)}
    assert "FV/2" in window.get(reverse("settle"), where, headers=HTMX).content.decode()
    change(window, mark=[str(first.uid)])
    assert "FV/1" in window.get(reverse("settle"), where, headers=HTMX).content.decode()


def test_settle_on_the_schedule_takes_the_very_payment(
    window: Client, company: Company, anna: Operator, invoice: Invoice
) -> None:
    first = invoice.payments.get()
    second = invoice.payments.create(
        company=company, position=2, amount_minor=777, due_on=first.due_on, form="transfer"
    )
    where = {"list": "payments", "row": str(second.uid)}
    page = window.get(reverse("settle"), where, headers=HTMX).content.decode()
    assert re.search(rf'<option value="{second.uid}"[^>]*data-amount="7,77"[^>]*', page)
    assert re.findall(r'<option value="([^"]+)"[^>]* selected', page) == [str(second.uid)]
    page = window.get(reverse("unsettle"), where, headers=HTMX).content.decode()
    assert "można cofnąć" in page
    for payment in (first, second):
        settlements.settle(
            company=company,
            payment_uid=payment.uid,
            amount_minor=None,
            settled_on=payment.due_on,
            operator=anna,
            now=invoice.recorded_at,
        )
    page = window.get(reverse("unsettle"), where, headers=HTMX).content.decode()
    assert f'name="payment" value="{second.uid}"' in page and "7,77" in page
    shown = dict(re.findall(r'name="(invoice|payment|settlement)" value="([^"]+)"', page))
    window.post(reverse("unsettle"), shown, headers=HTMX)
    second.refresh_from_db()
    assert second.settled_minor == 0


def test_marks_of_an_operator_are_no_marks_of_another(window: Client, anna: Operator, invoice: Invoice) -> None:
    change(window, mark=[str(invoice.uid)])
    bob = companies.add_operator(login="bob", name="Bob", password="zielone-jablko-i-kot")
    assert marks.totals(company=invoice.company, operator=bob, name=ListName.INVOICES) == []
    client = Client()
    client.force_login(bob)
    assert 'aria-selected="true"' not in client.get(reverse("home")).content.decode()
