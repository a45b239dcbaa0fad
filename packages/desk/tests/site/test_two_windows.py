"""Two windows of one person: what a window shows is what its commands act on, whatever another window has opened."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import saldo_desk
from saldo_desk.books import companies, marks, settlements
from saldo_desk.books.tables import Company, Invoice, InvoiceState, ListName, Operator
from saldo_desk.exchange import connection, key_files
from saldo_desk.exchange.tables import Link, Run
from saldo_desk.site.shown import FIELD, HEADER
from saldo_protocol import keys

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
FROM_A_PAGE = {"Origin": "http://testserver"}
TEMPLATES = Path(saldo_desk.__file__).parent / "templates" / "saldo_desk"
WITHOUT_A_COMPANY = {"form_tokens.html", "base.html", "other_company.html"}


@pytest.fixture
def other(company: Company) -> Company:
    """The company that the second window has opened, with a key."""
    added = companies.add(nip="5260001246", name="Żółta")
    key = keys.make()
    key_files.write_key(company=added, key=key)
    connection.keep_link(company=added, platform_url="http://127.0.0.1:9", key=key)
    return added


@pytest.fixture
def old_window(window: Client, company: Company, other: Company) -> dict[str, str]:
    """The headers of a window that shows the first company, after a second window opened the other."""
    page = window.get(reverse("home"), follow=True).content.decode()
    found = re.search(rf'"{HEADER}": "([^"]+)"', page)
    assert found and found[1] == str(company.uid)
    window.post(reverse("company-open"), {"company": str(other.uid)})
    return {HEADER: found[1], **FROM_A_PAGE}


def test_synchronise_of_an_old_window_sends_nothing_of_another_company(
    window: Client, old_window: dict[str, str], company: Company, other: Company, invoice: Invoice, anna: Operator
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(company=other)
    marks.change(company=other, operator=anna, name=ListName.INVOICES, mark=[invoice.uid], unmark=[])
    answer = window.post(reverse("synchronise"), {"list": "invoices"}, headers={**old_window, **HTMX})
    assert (answer.status_code, answer["HX-Retarget"], Run.objects.count()) == (409, "#dialog-body", 0)
    text = answer.content.decode()
    assert "To okno pokazuje firmę Zielona Łąka, a teraz otwarta jest firma Żółta" in text
    assert f'name="company" value="{company.uid}"' in text


def test_a_form_of_an_old_window_without_scripts_forgets_no_key(
    window: Client, old_window: dict[str, str], company: Company, other: Company
) -> None:
    answer = window.post(reverse("link-forget"), {FIELD: str(company.uid)}, headers=FROM_A_PAGE)
    assert answer.status_code == 409
    assert "<html" in answer.content.decode()
    assert Link.objects.filter(company=other).exists()


@pytest.mark.parametrize("name", ["marks", "import"])
def test_a_script_of_an_old_window_gets_a_sentence(name: str, window: Client, old_window: dict[str, str]) -> None:
    answer = window.post(reverse(name), {"begin": "1"}, headers={**old_window, "Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_company_open")
    assert "Zielona Łąka" in answer.json()["message"]


@pytest.mark.parametrize("name", ["cancel", "settle", "unsettle", "list-filter", "home"])
def test_a_dialog_of_an_old_window_opens_with_nothing_of_another_company(
    name: str, window: Client, old_window: dict[str, str]
) -> None:
    answer = window.get(reverse(name), headers={**old_window, **HTMX})
    assert (answer.status_code, answer["HX-Reselect"]) == (409, "unset")


def test_the_menu_bar_of_an_old_window_says_that_another_company_is_open(
    window: Client, old_window: dict[str, str]
) -> None:
    answer = window.get(reverse("banner"), headers={**old_window, **HTMX, "HX-Target": "banner"})
    text = answer.content.decode()
    assert (answer.status_code, "hx-trigger" in text) == (200, False)
    assert "Otwarta jest inna firma" in text


@pytest.mark.parametrize("mark", ["", "nonsense", "01980000-0000-7000-8000-000000000000"])
def test_a_mark_of_no_company_is_refused(mark: str, window: Client, company: Company) -> None:
    answer = window.post(reverse("marks"), {"none": "1"}, headers={HEADER: mark})
    assert answer.status_code == 409
    assert "nie mówi, którą firmę pokazuje" in answer.content.decode()


def test_a_page_that_tells_no_company_is_refused_and_a_program_is_not(window: Client, company: Company) -> None:
    assert window.post(reverse("marks"), {"none": "1"}, headers=FROM_A_PAGE).status_code == 409
    assert window.post(reverse("marks"), {"none": "1"}).status_code == 200


def test_two_marks_that_differ_are_refused(window: Client, company: Company, other: Company, invoice: Invoice) -> None:
    window.post(reverse("company-open"), {"company": str(company.uid)})
    values = {"invoice": str(invoice.uid), "reason": "Pomyłka", FIELD: str(other.uid)}
    assert window.post(reverse("cancel"), values, headers={HEADER: str(company.uid)}).status_code == 409
    invoice.refresh_from_db()
    assert invoice.state != InvoiceState.CANCELLED


def test_a_window_of_the_open_company_goes_on(window: Client, old_window: dict[str, str], company: Company) -> None:
    window.post(reverse("company-open"), {"company": str(company.uid)})
    assert window.post(reverse("marks"), {"none": "1", FIELD: str(company.uid)}, headers=old_window).status_code == 200


def test_every_form_that_changes_something_tells_its_company() -> None:
    for template in sorted(TEMPLATES.glob("*.html")):
        if template.name in WITHOUT_A_COMPANY:
            continue
        forms = re.findall(r'<form[^>]*method="post".*?</form>', template.read_text(), re.S)
        assert [form for form in forms if "saldo_desk/form_tokens.html" not in form] == [], template.name


def test_take_back_in_two_windows_takes_one_settlement_back(window: Client, company: Company, invoice: Invoice) -> None:
    payment, now = invoice.payments.get(), datetime(2026, 11, 24, 12, tzinfo=UTC)
    for amount in (100, 250):
        settlements.settle(
            company=company,
            payment_uid=payment.uid,
            amount_minor=amount,
            settled_on=now.date(),
            operator=None,
            now=now,
        )
    dialog = window.get(reverse("unsettle"), {"invoice": str(invoice.uid)}, headers=HTMX).content.decode()
    shown = dict(re.findall(r'name="(invoice|payment|settlement)" value="([^"]+)"', dialog))
    assert window.post(reverse("unsettle"), shown, headers=HTMX).status_code == 204
    assert "jest już cofnięte" in window.post(reverse("unsettle"), shown, headers=HTMX).content.decode()
    asked = window.post(reverse("unsettle"), {"invoice": str(invoice.uid)}, headers=HTMX).content.decode()
    assert 'name="settlement"' in asked
    assert list(payment.settlements.values_list("amount_minor", flat=True)) == [100]
