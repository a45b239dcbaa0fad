"""How an operator left a list: in the address, and remembered."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice, ListView, Operator

HTMX = {"HX-Request": "true"}
Record = Callable[[str], Invoice]


def test_the_bare_address_opens_the_list_as_it_was_left(window: Client, invoice: Invoice) -> None:
    left = f"{reverse('home')}?party=klos&sort=-gross"
    assert window.get(left).status_code == 200
    assert window.get(reverse("home"))["Location"] == left
    other = Client()
    other.force_login(Operator.objects.get())
    assert other.get(reverse("home"))["Location"] == left  # another browser, later


def test_clearing_forgets(window: Client, invoice: Invoice) -> None:
    window.get(reverse("home"), {"party": "klos"})
    assert window.get(reverse("home"), {"reset": "1"})["Location"] == reverse("home")
    assert window.get(reverse("home")).status_code == 200


def test_an_address_of_a_form_becomes_one_worth_keeping(window: Client, invoice: Invoice) -> None:
    answer = window.get(reverse("home"), {"q": " klos ", "number": "", "due_from": "", "state": ["open", "partly"]})
    assert answer["Location"] == f"{reverse('home')}?q=klos&state=open&state=partly"


def test_each_operator_company_and_list_is_remembered_apart(window: Client, invoice: Invoice, company: Company) -> None:
    other = companies.add(nip="5260001246", name="ŻŻŻ, last by name")
    bob = Client()
    bob.force_login(companies.add_operator(login="bob", name="Bob", password="zielone-jablko-i-kot"))
    window.get(reverse("home"), {"party": "klos"})
    for client in (bob, window):
        assert client.get(reverse("payments")).status_code == 200
    assert bob.get(reverse("home")).status_code == 200
    window.post(reverse("company-open"), {"company": other.uid})
    assert window.get(reverse("home")).status_code == 200
    assert ListView.objects.get().query == "party=klos"


def test_a_part_of_the_page_neither_restores_nor_remembers(window: Client, invoice: Invoice) -> None:
    window.get(reverse("home"), {"party": "klos"})
    assert window.get(reverse("home"), {"reset": "1"}, headers=HTMX).status_code == 200
    assert ListView.objects.get().query == "party=klos"


def test_a_filter_that_cannot_be_read_is_told_and_not_remembered(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home"), {"issued_from": "wczoraj"}).content.decode()
    assert "„wczoraj” nie jest datą" in page and page.count("<tr data-invoice=") == 1
    assert not ListView.objects.exists()


def test_columns_and_rows_of_a_page_are_remembered(window: Client, record: Record) -> None:
    for at in range(26):
        record(f"FV/{at}")
    window.post(reverse("list-columns"), {"list": "invoices", "column": ["ksef", "gross", "nonsense"], "rows": "25"})
    page = window.get(reverse("home")).content.decode()
    assert [name for name in ("number", "ksef", "gross", "party", "sync") if f'id="sort-{name}"' in page] == [
        "number",
        "ksef",
        "gross",
    ]
    assert page.count("<tr data-invoice=") == 25
    last = window.get(reverse("home"), {"page": "last"}).content.decode()
    assert last.count("<tr data-invoice=") == 1
    window.post(reverse("list-columns"), {"list": "invoices", "rows": "7"})
    assert ListView.objects.get().page_rows == 50


@pytest.mark.parametrize("page", ["0", "-1", "nonsense", "99999999999999999999", "²"])
def test_a_page_that_is_not_there_is_the_nearest(page: str, window: Client, invoice: Invoice) -> None:
    assert window.get(reverse("home"), {"page": page}).content.decode().count("<tr data-invoice=") == 1


def test_an_empty_list_says_which_filter_hides_what(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home"), {"number": "FV", "state": "settled"}).content.decode()
    assert "Żaden wiersz nie pasuje" in page
    assert "bez „Numer: FV”</a>: 0 wierszy" in page
    assert "bez „Płatność: rozliczona”</a>: 1 wiersz" in page


def test_active_filters_are_chips_that_lead_to_the_list_without_them(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home"), {"q": "fv", "gross_from": "10", "state": "open"}).content.decode()
    for text in ("Szukane: fv", "Płatność: nierozliczona", "Brutto od 10"):
        assert text in page, text
    assert 'href="?q=fv&amp;state=open"' in page and 'href="?gross_from=10&amp;state=open"' in page


def test_the_head_tells_how_the_list_is_sorted_and_turns_it(window: Client, invoice: Invoice) -> None:
    page = window.get(reverse("home"), {"sort": "due"}).content.decode()
    assert page.count('aria-sort="ascending"') == 1 and page.count('aria-sort="descending"') == 0
    assert 'href="?sort=-due" id="sort-due"' in page
    assert 'href="?reset=1" id="sort-issued"' not in page  # the usual order of this column is the other way round
    assert 'href="?sort=issued" id="sort-issued"' in page


def test_the_filter_dialog_holds_what_is_active(window: Client, invoice: Invoice) -> None:
    values = {"list": "invoices", "party": "kłos", "due_to": "2026-12-01", "state": "overdue", "focus": "party"}
    page = window.get(reverse("list-filter"), values, headers=HTMX).content.decode()
    assert 'name="party" maxlength="100" value="kłos" autofocus' in page
    assert 'name="due_to" type="date" value="2026-12-01"' in page
    assert 'value="overdue" id="filter-state-overdue" checked' in page
