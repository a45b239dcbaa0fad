"""Values that no form of ours sends, but an address may hold: a sentence or the usual, never an error page."""

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from saldo_desk.books.tables import Company, Invoice, ListName, ListView

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", [{"since": "0001-01-01"}, {"until": "9999-12-31"}])
def test_a_day_beyond_the_clock_is_an_error_of_its_field(
    query: dict[str, str], window: Client, company: Company
) -> None:
    answer = window.get(reverse("runs"), query)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
    exported = window.get(reverse("runs-export", kwargs={"form": "csv"}), query)
    assert isinstance(exported, StreamingHttpResponse)
    assert b"".join(exported.streaming_content)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", ["9" * 5000, "99999999999999999999", "7", "\u00b2", ""])
def test_any_other_number_of_rows_is_the_usual_one(rows: str, window: Client, invoice: Invoice) -> None:
    window.post(reverse("list-columns"), {"list": "invoices", "rows": rows, "column": "number"})
    assert ListView.objects.get(name=ListName.INVOICES).page_rows == 50
