"""``invoice show`` and the JSON of the list: type, links, payments with settlements, history."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from saldo_desk.__main__ import run
from saldo_desk.books import companies
from saldo_desk.sources import importing
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Carries out a command over the books of the sample company: its exit code, and its JSON or its text."""
    company = companies.add(nip=samples.COMPANY_NIP, name=samples.COMPANY_NAME)
    samples.write(tmp_path, count=14)
    list(importing.import_paths(company=company, paths=[tmp_path], operator=None, clock=lambda: NOW))

    def command(*arguments: str, language: str = "en") -> tuple[int, Any]:
        monkeypatch.setenv("SALDO_LANGUAGE", language)
        with translation.override(language):
            code = run(list(arguments))
        said = capsys.readouterr().out
        return code, json.loads(said) if "--json" in arguments else said

    return command


def of_type(desk: Command, invoice_type: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = desk("invoices", "--json")[1]["invoices"]
    return next(row for row in rows if row["type"] == invoice_type)


def test_the_list_tells_type_numbers_and_links(desk: Command) -> None:
    correction = of_type(desk, "correction")
    [link] = correction["links"]
    assert (link["kind"], link["number"][:3], link["uid"] is None) == ("corrects", "FV/", False)
    assert {"ksef_number", "factor"} <= correction.keys()


def test_an_invoice_is_shown_with_all_that_belongs_to_it(desk: Command) -> None:
    correction = of_type(desk, "correction")
    code, shown = desk("invoice", "show", correction["number"], "--json")
    assert (code, shown["type"], shown["gross"]) == (0, "correction", correction["gross"])
    assert shown["links"] == [{**link, "fitting": []} for link in correction["links"]]
    [payment] = shown["payments"]
    assert (payment["amount"], payment["open"], payment["settlements"]) == (shown["gross"], shown["open"], [])
    assert [event["action"] for event in shown["history"]] == ["recorded"]
    corrected = desk("invoice", "show", correction["links"][0]["number"], "--json")[1]
    assert [(other["kind"], other["number"]) for other in corrected["named_by"]] == [("corrects", correction["number"])]


def test_a_part_of_a_negative_payment_is_settled_and_shown(desk: Command) -> None:
    number = of_type(desk, "correction")["number"]
    assert desk("settle", number, "--amount", "-1.00")[0] == 0
    [payment] = desk("invoice", "show", number, "--json")[1]["payments"]
    assert [part["amount"] for part in payment["settlements"]] == ["-1.00"]


def test_an_invoice_is_shown_in_polish(desk: Command) -> None:
    number = of_type(desk, "final")["number"]
    code, text = desk("invoice", "show", number, language="pl")
    assert code == 0
    assert f"{number}  rozliczeniowa, faktura sprzedaży" in text
    assert re.search(r"^Rozlicza zaliczkę: FZ/", text, re.M)
    assert re.search(r"^2026-11-24 13:00: wprowadzono do ksiąg$", text, re.M)


def test_a_number_that_is_not_there_is_told(desk: Command) -> None:
    code, refused = desk("invoice", "show", "NIE/MA", "--json")
    assert (code, refused["code"]) == (1, "invoice_not_found")
