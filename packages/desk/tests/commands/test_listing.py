"""``saldo-desk invoices`` and ``saldo-desk payments``."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from saldo_desk.__main__ import run
from saldo_desk.books import companies, invoices
from saldo_desk.sources import ksef_xml
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _three() -> None:
    company = companies.add(nip=samples.COMPANY_NIP, name="Firma")
    for number, issued_on in (("A/1", 1), ("A/2", 2), ("B/3", 3)):
        content = samples.document(number=number, issued_on=date(2026, 10, issued_on))
        issued = ksef_xml.read(content, name="a.xml")
        invoices.record(company=company, issued=issued, operator=None, now=NOW)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ([], ["B/3", "A/2", "A/1"]),
        (["--search", "a/"], ["A/2", "A/1"]),
        (["--sort=number"], ["A/1", "A/2", "B/3"]),
        (["--from", "2026-10-02", "--to", "2026-10-02"], ["A/2"]),
        (["--state", "settled"], []),
        (["--state", "settled", "--state", "overdue", "--sync", "never"], ["B/3", "A/2", "A/1"]),
        (["--counterparty", "nobody"], []),
        (["--kind", "correction"], []),
        (["--limit", "1"], ["B/3"]),
    ],
)
def test_invoices_are_narrowed_and_sorted(
    arguments: list[str], numbers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = listed(capsys, "invoices", *arguments)
    assert [row["number"] for row in answer["invoices"]] == numbers


def test_payments_are_narrowed_and_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    answer = listed(capsys, "payments", "--number", "a/", "--sort=-number", "--direction", "sales")
    assert [(row["number"], row["form"]) for row in answer["payments"]] == [("A/2", "transfer"), ("A/1", "transfer")]
    assert answer["count"] == 2


def test_what_the_limit_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["payments", "--limit", "2"]) == 0
    assert "2 z 3 wierszy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--from", "1.10.2026"], "1.10.2026"), (["--limit", "0"], "1000"), (["--sort", "nonsense"], "nonsense")],
)
def test_what_cannot_be_read_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(["invoices", *arguments])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
