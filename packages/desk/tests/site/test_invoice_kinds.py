"""The page of an invoice shows its type, what it names, what names it, its factor and its term in words."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from saldo_desk.books import invoices
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import documents
from saldo_desk.sources import ksef_xml
from saldo_protocol.documents import Invoice as Sent
from tools import samples
from tools.samples import Line, Named

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
DAY = date(2026, 10, 1)
BEFORE = (Line("Donica", Decimal(2), Decimal("100.00")), Line("Konewka", Decimal(1), Decimal("-5.00")))
AFTER = (Line("Donica", Decimal(2), Decimal("90.00")), Line("Konewka", Decimal(1), Decimal("-5.00")))


def put(company: Company, **values: object) -> Invoice:
    issued = ksef_xml.read(samples.document(**values), name="sample.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return Invoice.objects.get(pk=recorded.invoice_pk)


def correction(company: Company, *, of: str = "FV/1") -> Invoice:
    return put(
        company,
        number="FK/1",
        kind="KOR",
        before=BEFORE,
        lines=AFTER,
        corrects=(Named(of, DAY),),
        reason="Uszkodzenie",
        factor=("Faktor S.A.", "73111111111111111111111111"),
        term_in_words=(14, "dni", "otrzymanie"),
    )


def page_of(window: Client, invoice: Invoice) -> str:
    return window.get(reverse("invoice", kwargs={"uid": invoice.uid})).content.decode()


def test_a_correction_and_what_it_corrects_lead_to_each_other(
    window: Client, company: Company, invoice: Invoice
) -> None:
    lowered = correction(company)
    page = page_of(window, lowered)
    assert 'Koryguje <a href="' + reverse("invoice", kwargs={"uid": invoice.uid}) in page
    page = page_of(window, invoice)
    assert 'Skorygowana przez <a href="' + reverse("invoice", kwargs={"uid": lowered.uid}) in page


def test_what_is_not_in_the_books_is_named_without_a_link(window: Client, company: Company) -> None:
    page = page_of(window, correction(company, of="FV/99"))
    assert "Koryguje FV/99, 2026-10-01" in page
    assert "nie ma jej jeszcze w księgach" in page


def test_advances_that_fit_alike_are_all_shown_and_none_is_taken(window: Client, company: Company) -> None:
    paid = {"number": "FZ/1", "kind": "ZAL", "advance": Decimal("123.00")}
    advances = [put(company, issued_on=day, **paid) for day in (date(2025, 10, 1), DAY)]
    page = page_of(window, put(company, number="FR/1", issued_on=DAY, kind="ROZ", settles=(Named("FZ/1"),)))
    assert "pasuje więcej niż jedna" in page
    for advance in advances:
        assert reverse("invoice", kwargs={"uid": advance.uid}) in page
        assert "FR/1" not in page_of(window, advance).partition("Powiązania")[2]


def test_an_invoice_without_links_has_no_such_section(window: Client, invoice: Invoice) -> None:
    assert "Powiązania" not in page_of(window, invoice)


def test_type_factor_term_and_reason_are_shown(window: Client, company: Company) -> None:
    page = page_of(window, correction(company))
    for text in ("korekta", "Faktor S.A.", "PL73\xa01111", "14 dni otrzymanie", "Uszkodzenie", "przed korektą"):
        assert text in page, text


def test_a_correction_adds_its_lines_up_before_and_after_where_they_tell_the_difference(
    window: Client, company: Company, invoice: Invoice
) -> None:
    def told(shown: Invoice) -> list[str]:
        rows = page_of(window, shown).partition("<tfoot data-net-of-lines>")[2].partition("</tfoot>")[0]
        return re.findall(r">([^<>]+)</t[hd]>", rows.replace("\xa0", " "))

    lowered = correction(company)
    assert told(lowered) == [
        "Przed korektą", "195,00 PLN", "Po korekcie", "175,00 PLN", "Różnica", "−20,00 PLN",
    ]  # fmt: skip
    assert told(invoice) == [], "no line is from before"
    Invoice.objects.filter(pk=lowered.pk).update(net_minor=-1999)
    assert told(lowered) == [], "they don't tell the difference"
    Invoice.objects.filter(pk=lowered.pk).update(net_minor=-2000)
    lowered.lines.filter(before=True, name="Konewka").update(net_minor=None)
    assert told(lowered) == [], "a line has no net amount"


def test_a_negative_payment_is_settled_from_the_dialog(window: Client, company: Company) -> None:
    lowered = correction(company)
    payment = lowered.payments.get()
    where = {"invoice": str(lowered.uid)}
    assert "-24,60" in window.get(reverse("settle"), where, headers=HTMX).content.decode()
    values = {**where, "payment": str(payment.uid), "settled_on": "2026-11-24", "amount": "-24,60"}
    assert window.post(reverse("settle"), values, headers=HTMX).status_code == 204
    lowered.refresh_from_db()
    assert (lowered.payment_state, lowered.open_minor) == ("settled", 0)


def test_lines_of_a_correction_travel_as_the_difference_that_they_are(company: Company) -> None:
    lowered = correction(company)
    [outgoing] = documents.read([lowered.pk])
    sent = msgspec.json.decode(outgoing.content, type=Sent)
    assert sent.type == "correction"
    assert [(line.name, line.quantity, line.net_minor) for line in sent.lines] == [
        ("Donica", "-2", -20000),
        ("Donica", "2", 18000),
        ("Konewka", "-1", 500),
        ("Konewka", "1", -500),
    ]
    assert sum(line.net_minor or 0 for line in sent.lines) == sent.net_minor
