"""The payment schedule."""

import re
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from saldo_desk.books.tables import Invoice

Record = Callable[[str], Invoice]


def queries(window: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert window.get(reverse("payments")).status_code == 200
    return len(captured)


def test_the_schedule_takes_as_many_queries_with_three_rows_as_with_one(window: Client, record: Record) -> None:
    record("FV/1")
    with_one = queries(window)
    record("FV/2")
    record("FV/3")
    assert queries(window) == with_one


def test_a_row_says_what_is_known_of_a_payment(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("payments")).content.decode()
    rows = re.findall(r"<tr data-payment=.*?</tr>", page, re.S)
    assert len(rows) == 1
    for text in (invoice.number, invoice.counterparty.name, "wpływ", "przelew", "2026-10-15", "przeterminowana"):
        assert text in rows[0], text


def test_the_commands_of_the_window_stand_on_the_schedule_too(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("payments")).content.decode()
    for command in ("Faktury/płatności – synchronizuj", "Rozlicz płatność", "Cofnij rozliczenie"):
        assert page.count(f">{command}<") == 2, command


def test_an_empty_schedule_says_where_payments_come_from(window: Client, company: object) -> None:
    assert "Płatności przychodzą z fakturami" in window.get(reverse("payments")).content.decode()
