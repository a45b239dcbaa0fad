"""The invoice list, and what is done from it."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from saldo_desk.books.tables import HistoryEvent, Invoice

Record = Callable[[str], Invoice]

HTMX = {"HX-Request": "true"}


def queries(window: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert window.get(reverse("home")).status_code == 200
    return len(captured)


def test_the_list_takes_as_many_queries_with_three_rows_as_with_one(window: Client, record: Record) -> None:
    record("FV/1")
    with_one = queries(window)
    record("FV/2")
    record("FV/3")
    assert queries(window) == with_one


def test_a_row_says_what_is_known(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home")).content.decode()
    rows = re.findall(r"<tr data-invoice=.*?</tr>", page, re.S)
    assert len(rows) == 1
    assert f'name="invoice" value="{invoice.uid}"' in rows[0]
    assert 'data-sync-state="never"' in rows[0]
    assert "niewysłana" in rows[0] and invoice.counterparty.name in rows[0]


@pytest.mark.parametrize(("direction", "count"), [("", 1), ("sales", 1), ("purchase", 0), ("nonsense", 1)])
def test_the_list_is_narrowed_by_direction(direction: str, count: int, window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home"), {"direction": direction}, follow=True).content.decode()
    assert page.count("<tr data-invoice=") == count


def test_both_menus_hold_the_same_commands(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home")).content.decode()
    for command in (
        "Faktury/płatności – synchronizuj",
        "Konfiguracja wymiany",
        "Rozlicz płatność",
        "Cofnij rozliczenie",
        "Pokaż",
    ):
        assert page.count(f">{command}<") == 2, command


def test_settle_and_take_back_from_the_list(window: Client, invoice: Invoice) -> None:
    where = {"invoice": str(invoice.uid)}
    dialog = window.get(reverse("settle"), where, headers=HTMX).content.decode()
    assert "<html" not in dialog and "Rozlicz płatność" in dialog
    payment = invoice.payments.get()
    values = {**where, "payment": str(payment.uid), "settled_on": "2026-11-24"}

    refused = window.post(reverse("settle"), {**values, "amount": "999999999"}, headers=HTMX)
    assert "errorlist" in refused.content.decode()
    refused = window.post(reverse("settle"), {**values, "amount": "dużo"}, headers=HTMX)
    assert "Wpisz kwotę" in refused.content.decode()

    answer = window.post(reverse("settle"), {**values, "amount": "1,23"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "dialog-close, books-changed")
    opened = invoice.open_minor
    invoice.refresh_from_db()
    assert (invoice.open_minor, invoice.payment_state) == (opened - 123, "partly")
    assert HistoryEvent.objects.filter(invoice=invoice, action="settled").get().operator is not None

    dialog = window.get(reverse("unsettle"), where, headers=HTMX).content.decode()
    assert "1,23" in dialog
    shown = dict(re.findall(r'name="(invoice|payment|settlement)" value="([^"]+)"', dialog))
    assert window.post(reverse("unsettle"), shown)["Location"] == reverse("home")
    invoice.refresh_from_db()
    assert (invoice.open_minor, invoice.payment_state) == (opened, "open")


def test_settle_asks_for_one_invoice(window: Client, record: Record, invoice: Invoice) -> None:
    other = record("FV/2")
    several = {"invoice": [str(invoice.uid), str(other.uid)]}
    for where, said in (
        ({}, "Zaznacz jedną"),
        (several, "Zaznaczono kilka"),
        ({"invoice": "nonsense"}, "Zaznacz jedną"),
    ):
        page = window.get(reverse("settle"), where, headers=HTMX).content.decode()
        assert said in page


def test_settle_of_a_settled_invoice_says_so(window: Client, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    values = {"invoice": str(invoice.uid), "payment": str(payment.uid), "settled_on": "2026-11-24"}
    window.post(reverse("settle"), {**values, "amount": f"{invoice.open_minor / 100:.2f}"})
    assert "jest już rozliczona" in window.get(reverse("settle"), values).content.decode()


def test_the_page_of_an_invoice_shows_all_that_belongs_to_it(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("invoice", kwargs={"uid": invoice.uid})).content.decode()
    for text in ("Sprzedawca", "Nabywca", "Pozycje", "Płatności", "Historia", "wprowadzono do ksiąg"):
        assert text in page, text
