"""Invoices of every kind go to the Platform and stand there as what they are."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from saldo_desk.books import invoices, links
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import runs
from saldo_desk.sources import importing
from system_tests.processes import Visitor
from tools import samples
from tools.samples import Line, Named

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)
BEFORE = (Line("Donica", Decimal(2), Decimal("100.00")),)
AFTER = (Line("Donica", Decimal(2), Decimal("90.00")),)

# Kind by kind: its number, what the Platform's list calls it, and what the file says besides.
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "VAT": ("RODZAJ/1", "", {}),
    "KOR": ("RODZAJ/2", "korekta", {"before": BEFORE, "lines": AFTER, "corrects": (Named("RODZAJ/1", DAY),)}),
    "ZAL": ("RODZAJ/3", "zaliczkowa", {"advance": Decimal("123.00"), "terms": (), "paid_on": DAY}),
    "KOR_ZAL": (
        "RODZAJ/4",
        "korekta zaliczkowej",
        {"advance": Decimal("12.30"), "corrects": (Named("RODZAJ/3", DAY),)},
    ),
    "ROZ": ("RODZAJ/5", "rozliczeniowa", {"advance": Decimal("123.00"), "settles": (Named("RODZAJ/3"),)}),
    "KOR_ROZ": (
        "RODZAJ/6",
        "korekta rozliczeniowej",
        {"before": AFTER, "lines": BEFORE, "corrects": (Named("RODZAJ/5", DAY),)},
    ),
    "UPR": ("RODZAJ/7", "uproszczona", {"terms": (), "paid_on": DAY}),
}


def put(company: Company, kind: str) -> Invoice:
    number, _word, values = KINDS[kind]
    content = samples.document(kind=kind, number=number, issued_on=DAY, **values)
    outcome = importing.import_file(
        company=company, name="kind.xml", load=lambda: content, operator=None, now=timezone.now()
    )
    assert outcome.outcome == "new", outcome
    return invoices.get(company=company, number=number)


def test_one_of_each_kind_arrives_as_what_it_is(company: Company, account: Visitor) -> None:
    rows = [put(company, kind) for kind in KINDS]
    run = runs.ask(company=company, invoice_pks=[row.pk for row in rows], operator=None, now=timezone.now())
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    done = runs.carry_out(run=claimed, clock=timezone.now)
    assert {(row.outcome, row.message) for row in done.documents.all()} == {("sent", "")}

    account.open("/")
    [path] = {link for link in account.page.xpath("//a/@href") if link.endswith("/invoices/")}
    account.open(path)
    found = {
        row.get("data-number"): [badge.text_content() for badge in row.xpath(".//th//span[@class='badge']")]
        for row in account.page.xpath("//tr[@data-number]")
    }
    assert {number: found[number] for number, _word, _values in KINDS.values()} == {
        number: [word] if word else [] for number, word, _values in KINDS.values()
    }
    account.open(path.replace("/invoices/", "/payments/outgoing/"))
    assert "RODZAJ/2" in account.page.text_content(), "what a correction gives back goes out"

    linked = {
        row.number: [named.link.target.number for named in links.list_of(row) if named.link.target] for row in rows
    }
    assert linked == {
        "RODZAJ/1": [],
        "RODZAJ/2": ["RODZAJ/1"],
        "RODZAJ/3": [],
        "RODZAJ/4": ["RODZAJ/3"],
        "RODZAJ/5": ["RODZAJ/3"],
        "RODZAJ/6": ["RODZAJ/5"],
        "RODZAJ/7": [],
    }
