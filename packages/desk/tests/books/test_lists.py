"""Filters, sorts and pages of the lists."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.books import companies, invoices, lists, settlements
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.sources import ksef_xml
from tools import samples

pytestmark = pytest.mark.django_db

NOW, TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC), date(2026, 11, 24)


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


def put(company: Company, number: str, **fields: Any) -> Invoice:
    issued = ksef_xml.read(samples.document(number=number, **fields), name="a.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return Invoice.objects.get(pk=recorded.invoice_pk)


@pytest.fixture
def three(company: Company) -> list[Invoice]:
    """A/1 of Żuraw is settled, B/2 of Kłos is overdue and under split payment, C/3 is due next year, in EUR."""
    buyers = samples.sample_names.POLISH_BUYERS
    first = put(company, "A/1", issued_on=date(2026, 10, 1), buyer=buyers[0]._replace(name="Żuraw S.A."))
    put(
        company, "B/2", issued_on=date(2026, 10, 2), split_payment=True, buyer=buyers[1]._replace(name="Pod Kłosem"),
        terms=(date(2026, 11, 23),), lines=(samples.Line("Donica", samples.Decimal(1), samples.Decimal("10.00")),),
    )  # fmt: skip
    put(
        company, "C/3", issued_on=date(2026, 10, 3), currency="EUR", buyer=buyers[2]._replace(name="Bąk"),
        terms=(date(2027, 1, 5),),
    )  # fmt: skip
    settlements.settle(
        company=company,
        payment_uid=first.payments.get().uid,
        amount_minor=None,
        settled_on=TODAY,
        operator=None,
        now=NOW,
    )
    return list(Invoice.objects.order_by("number"))


def numbers(company: Company, **values: str | list[str]) -> list[str]:
    given = {name: value if isinstance(value, list) else [value] for name, value in values.items()}
    criteria = lists.read(shape=lists.INVOICES, values=given)
    assert criteria.problems == ()
    rows = with_sync_state(lists.invoices_of(company=company))
    rows = lists.narrow(shape=lists.INVOICES, rows=rows, criteria=criteria, today=TODAY)
    return list(lists.in_order(shape=lists.INVOICES, rows=rows, criteria=criteria).values_list("number", flat=True))


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({}, ["C/3", "B/2", "A/1"]),
        ({"number": "b/"}, ["B/2"]),
        ({"party": "żURA"}, ["A/1"]),
        ({"party": "klos"}, ["B/2"]),
        ({"q": "KŁOSEM pod"}, ["B/2"]),
        ({"q": "klosem c/3"}, []),
        ({"kind": "invoice"}, ["C/3", "B/2", "A/1"]),
        ({"kind": ["correction", "advance"]}, []),
        ({"issued_from": "2026-10-02", "issued_to": "2026-10-02"}, ["B/2"]),
        ({"due_from": "2026-12-01"}, ["C/3"]),
        ({"gross_to": "12,30"}, ["B/2"]),
        ({"gross_from": "12,31"}, ["C/3", "A/1"]),
        ({"currency": "eur"}, ["C/3"]),
        ({"mpp": "yes"}, ["B/2"]),
        ({"mpp": ["yes", "no"]}, ["C/3", "B/2", "A/1"]),
        ({"state": "overdue"}, ["B/2"]),
        ({"state": ["overdue", "settled"]}, ["B/2", "A/1"]),
        ({"state": "open"}, ["C/3", "B/2"]),
        ({"sync": "never"}, ["C/3", "B/2", "A/1"]),
        ({"sync": ["sent", "refused"]}, []),
        ({"direction": "purchase"}, []),
        ({"sort": "party"}, ["C/3", "B/2", "A/1"]),
        ({"sort": "-party"}, ["A/1", "B/2", "C/3"]),
        ({"sort": "number"}, ["A/1", "B/2", "C/3"]),
        ({"sort": "open"}, ["A/1", "B/2", "C/3"]),
        ({"sort": "due"}, ["A/1", "B/2", "C/3"]),
    ],
)
def test_the_list_holds_what_the_criteria_leave(
    values: dict[str, Any], left: list[str], company: Company, three: list[Invoice]
) -> None:
    assert numbers(company, **values) == left


def test_a_search_finds_by_nip_and_by_ksef_number(company: Company, three: list[Invoice]) -> None:
    nip = three[0].counterparty.tax_id
    dashed = f"{nip[:3]}-{nip[3:6]}-{nip[6:8]}-{nip[8:]}"
    assert numbers(company, q=dashed) == numbers(company, nip=dashed) == ["A/1"]


@pytest.mark.parametrize("column", [column.name for column in lists.INVOICES.columns])
def test_every_column_sorts_both_ways(column: str, company: Company, three: list[Invoice]) -> None:
    assert numbers(company, sort=column) == numbers(company, sort=f"-{column}")[::-1]


@pytest.mark.parametrize("column", [column.name for column in lists.PAYMENTS.columns])
def test_every_column_of_the_schedule_sorts(column: str, company: Company, three: list[Invoice]) -> None:
    criteria = lists.read(shape=lists.PAYMENTS, values={"sort": [column]})
    rows = lists.payments_of(company=company)
    there = lists.in_order(shape=lists.PAYMENTS, rows=rows, criteria=criteria)
    back = lists.in_order(shape=lists.PAYMENTS, rows=rows, criteria=criteria, turned=True)
    assert [row.pk for row in there] == [row.pk for row in back][::-1]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("issued_from", "1.10.2026", "date"),
        ("gross_to", "dużo", "amount"),
        ("gross_to", "1.234", "amount"),
        ("state", "nonsense", "choice"),
        ("nip", "--", "digits"),
        ("sort", "nonsense", "sort"),
    ],
)
def test_what_cannot_be_read_is_told_and_narrows_nothing(
    name: str, value: str, code: str, company: Company, three: list[Invoice]
) -> None:
    criteria = lists.read(shape=lists.INVOICES, values={name: [value]})
    assert [(problem.name, problem.value, problem.code) for problem in criteria.problems] == [(name, value, code)]
    assert not criteria.narrows and criteria.pairs() == []


@given(
    st.dictionaries(
        st.sampled_from(["q", "number", "party", "gross_from", "issued_to", "state", "sync", "sort", "page", "x"]),
        st.lists(
            st.text("żŻa 01-.,%_&=", max_size=8) | st.sampled_from(["open", "settled", "12,5", "2026-10-01", "-due"]),
            max_size=3,
        ),
    )
)
def test_the_address_of_criteria_reads_as_the_same_criteria(values: dict[str, list[str]]) -> None:
    criteria = lists.read(shape=lists.INVOICES, values=values)
    again: dict[str, list[str]] = {}
    for name, value in criteria.pairs():
        again.setdefault(name, []).append(value)
    read = lists.read(shape=lists.INVOICES, values=again)
    assert (read.pairs(), read.problems) == (criteria.pairs(), ())


@pytest.mark.parametrize("sort", ["", "due", "-open", "mpp", "sync"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_put_together_are_the_list(sort: str, size: int, company: Company, three: list[Invoice]) -> None:
    criteria = lists.read(shape=lists.INVOICES, values={"sort": [sort]})
    rows = with_sync_state(lists.invoices_of(company=company))
    whole = list(lists.in_order(shape=lists.INVOICES, rows=rows, criteria=criteria).values_list("pk", flat=True))
    put_together = []
    for start in range(0, 3, size):
        put_together += lists.pks_between(
            shape=lists.INVOICES, rows=rows, criteria=criteria, start=start, stop=start + size, count=3
        )
    assert put_together == whole


def test_the_schedule_is_narrowed_like_the_list(company: Company, three: list[Invoice]) -> None:
    def left(**values: str) -> list[str]:
        criteria = lists.read(shape=lists.PAYMENTS, values={name: [value] for name, value in values.items()})
        rows = lists.narrow(
            shape=lists.PAYMENTS, rows=lists.payments_of(company=company), criteria=criteria, today=TODAY
        )
        ordered = lists.in_order(shape=lists.PAYMENTS, rows=rows, criteria=criteria)
        return list(ordered.values_list("invoice__number", flat=True))

    assert left() == ["A/1", "B/2", "C/3"]
    assert left(state="overdue") == ["B/2"]
    assert left(state="settled") == ["A/1"]
    assert left(open_from="0,01", sort="-due") == ["C/3", "B/2"]
    assert left(q="kłosem", form="transfer", direction="sales") == ["B/2"]
    assert left(settled_from="1") == ["A/1"]


def test_a_payment_is_overdue_from_the_day_after_its_due_date(company: Company, three: list[Invoice]) -> None:
    def overdue(today: date) -> list[str]:
        criteria = lists.read(shape=lists.PAYMENTS, values={"state": ["overdue"]})
        rows = lists.narrow(
            shape=lists.PAYMENTS, rows=lists.payments_of(company=company), criteria=criteria, today=today
        )
        return [row.invoice.number for row in rows]

    assert overdue(date(2026, 11, 23)) == []
    assert overdue(date(2026, 11, 23) + timedelta(days=1)) == ["B/2"]


def test_rows_of_another_company_are_in_no_list(company: Company, three: list[Invoice]) -> None:
    other = companies.add(nip="9999999999", name="Obca")
    queries: tuple[Callable[..., Any], ...] = (lists.invoices_of, lists.payments_of)
    assert [list(query(company=other)) for query in queries] == [[], []]
