"""The dialogs that withdraw, restore and cancel."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from packages.desk.tests.site.conftest import NOBODY_LISTENS, NOW
from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.tables import Run, RunOutcome, SentDocument, Withdrawal

HTMX = {"HX-Request": "true"}
Record = Callable[[str], Invoice]


def sent(invoice: Invoice) -> Invoice:
    """The Platform is known to hold it."""
    SentDocument.objects.create(
        invoice=invoice,
        company=invoice.company,
        platform_url=NOBODY_LISTENS,
        sent_revision=invoice.revision,
        answered_revision=invoice.revision,
        answered_at=NOW,
        outcome=RunOutcome.SENT,
    )
    return invoice


def post(window: Client, name: str, *invoices: Invoice, **fields: str) -> Any:
    return window.post(reverse(name), {"invoice": [str(row.uid) for row in invoices], **fields}, headers=HTMX)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_dialog_names_what_goes_and_what_is_left_out(window: Client, record: Record) -> None:
    page = text(post(window, "withdraw", sent(record("FV/1")), record("FV/2")))
    assert "1 faktura zniknie z Platformy" in page and "W księgach zostaje" in page
    assert "<strong>FV/1</strong>" in page and "<strong>FV/2</strong>" not in page
    assert "1 zaznaczona faktura nie była wysłana" in page
    assert not Withdrawal.objects.exists()


def test_nothing_marked_or_nothing_sent_says_so(window: Client, record: Record) -> None:
    assert "Zaznacz faktury do wycofania" in text(post(window, "withdraw"))
    assert "nie była wysłana na Platformę" in text(post(window, "withdraw", record("FV/1")))


def test_a_reason_is_needed_and_kept(window: Client, record: Record) -> None:
    invoice = sent(record("FV/1"))
    assert "errorlist" in text(post(window, "withdraw", invoice, reason=""))
    answer = post(window, "withdraw", invoice, reason="omyłkowo wysłana")
    assert answer["HX-Trigger"] == "dialog-close, run-changed, books-changed"
    assert Withdrawal.objects.get().reason == "omyłkowo wysłana"
    page = window.get(reverse("invoice", kwargs={"uid": invoice.uid})).content.decode()
    assert "wycofana z Platformy (omyłkowo wysłana)" in page


def test_other_marks_than_those_shown_are_shown_again_and_nothing_is_withdrawn(window: Client, record: Record) -> None:
    first, second = sent(record("FV/1")), sent(record("FV/2"))
    shown = text(post(window, "withdraw", first))
    found = re.search(r'name="seal" value="([0-9a-f]{64})"', shown)
    assert found
    page = text(post(window, "withdraw", first, second, reason="pomyłka", seal=found[1]))
    assert "Zaznaczone są teraz inne faktury" in page and "<strong>FV/2</strong>" in page
    assert not Withdrawal.objects.exists()
    post(window, "withdraw", first, reason="pomyłka", seal=found[1])
    assert [row.invoice for row in Withdrawal.objects.all()] == [first]


def test_many_at_once_ask_for_their_number(window: Client, record: Record) -> None:
    marked = [sent(record(f"FV/{number}")) for number in range(6)]
    first = text(post(window, "withdraw", *marked))
    assert 'name="count"' not in first
    second = text(post(window, "withdraw", *marked, reason="x"))
    assert 'name="count"' in second and "To dużo naraz: 6 faktur." in second and "errorlist" not in second
    assert "errorlist" in text(post(window, "withdraw", *marked, reason="x", count="5"))
    assert not Withdrawal.objects.exists()
    assert post(window, "withdraw", *marked, reason="x", count="6").status_code == 204
    assert Withdrawal.objects.count() == 6


def test_restoring_asks_first(window: Client, record: Record) -> None:
    invoice = sent(record("FV/1"))
    assert "Żadna z zaznaczonych faktur nie jest wycofana" in text(post(window, "restore", invoice))
    post(window, "withdraw", invoice, reason="pomyłka")
    Run.objects.update(state="done")
    page = text(post(window, "restore", invoice))
    assert "FV/1" in page and "pomyłka" in page and Withdrawal.objects.exists()
    assert post(window, "restore", invoice, confirmed="1").status_code == 204
    assert not Withdrawal.objects.exists()


def test_cancelling_asks_for_the_reason_and_shows_it(window: Client, record: Record) -> None:
    invoice = record("FV/1")
    page = text(window.get(reverse("cancel"), {"invoice": str(invoice.uid)}, headers=HTMX))
    assert "Anulowania nie można cofnąć" in page
    assert "errorlist" in text(post(window, "cancel", invoice, reason=""))
    answer = post(window, "cancel", invoice, reason="wystawiona dwa razy")
    assert answer["HX-Trigger"] == "dialog-close, books-changed"
    whole = window.get(reverse("invoice", kwargs={"uid": invoice.uid})).content.decode()
    assert "anulowana (wystawiona dwa razy)" in whole and "Ta faktura jest anulowana" in whole
    for command in ("settle", "unsettle", "cancel"):
        assert f"{reverse(command)}?" not in whole  # of the menu they are still, where they say why not
    assert [row.open_minor for row in Invoice.objects.get(pk=invoice.pk).payments.all()] == [0]
    assert 'class="is-cancelled"' in window.get(reverse("home")).content.decode()
    again = text(window.get(reverse("cancel"), {"invoice": str(invoice.uid)}, headers=HTMX))
    assert "anulowania się nie cofa" in again
    settle = text(window.get(reverse("settle"), {"invoice": str(invoice.uid)}, headers=HTMX))
    assert "niczego nie można na niej rozliczyć" in settle


@pytest.mark.parametrize("name", ["withdraw", "restore", "cancel"])
def test_an_invoice_of_a_company_that_is_not_open_is_not_touched(
    name: str, window: Client, company: Company, record: Record
) -> None:
    invoice = sent(record("FV/1"))
    Withdrawal.objects.create(invoice=invoice, company=company, revision=1, reason="x", asked_at=NOW)
    other = companies.add(nip="5260001246", name="Inna")
    window.post(reverse("company-open"), {"company": other.uid})
    post(window, name, invoice, reason="x", confirmed="1")
    invoice.refresh_from_db()
    assert (invoice.state, Withdrawal.objects.count(), Run.objects.count()) == ("approved", 1, 0)
