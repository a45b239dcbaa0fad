"""What the measurements stand on: one workload for all sides, honest ratios, a page that is made of the results."""

import re
from itertools import islice
from xml.etree import ElementTree

import pytest

from bench import chart, report, table, workload
from bench.table import Measured, Results, Row

COUNT = 400


def test_an_invoice_depends_on_its_place_alone() -> None:
    """So a million stream through, and every side gets the same."""
    assert list(workload.rows(COUNT))[-1] == workload.row(COUNT - 1)
    assert list(islice(workload.rows(1_000_000), 3)) == list(workload.rows(3))


def test_the_workload_is_as_mixed_as_books_are() -> None:
    rows = list(workload.rows(COUNT))
    payments = [payment for row in rows for payment in row["payments"]]
    assert {len(row["lines"]) for row in rows} == {2}
    assert 2.7 < len(payments) / COUNT < 3.3
    assert {row["currency"] for row in rows} == {"PLN", "EUR"}
    assert {row["direction"] for row in rows} == {"sales", "purchase"}
    assert {row["type"] for row in rows} == {"invoice", "correction"}
    assert any(0 < abs(payment["settled"]) < abs(payment["amount"]) for payment in payments)
    assert any("ź" in row["party"]["name"].casefold() for row in rows)


def test_payments_add_up_to_the_invoice_and_are_never_settled_beyond_it() -> None:
    for row in workload.rows(COUNT, version=3, changes=COUNT):
        assert sum(payment["amount"] for payment in row["payments"]) == row["gross"] == row["net"] + row["vat"]
        assert sum(payment["settled"] for payment in row["payments"]) == row["settled"]
        for payment in row["payments"]:
            assert payment["settled"] * payment["amount"] >= 0
            assert abs(payment["settled"]) <= abs(payment["amount"])


@pytest.mark.parametrize("version", [2, 3, 9])
def test_a_version_changes_those_that_are_chosen_and_no_other(version: int) -> None:
    before, after = (list(workload.rows(COUNT, version=one, changes=4)) for one in (version - 1, version))
    changed = [at for at in range(COUNT) if before[at] != after[at]]
    assert changed == workload.chosen_of(COUNT, 4) == [50, 150, 250, 350]
    assert all(before[at]["payments"] != after[at]["payments"] for at in changed)


def made(ratio_of: tuple[float, float], **aim: float) -> Row:
    ((better, bound),) = aim.items()
    sign: table.Better = "≥" if better == "least" else "≤"
    return table.row(
        "g", "what", "other", unit="s", aim=(sign, bound), ours=[9, ratio_of[0], 0.1], other=[ratio_of[1]] * 3
    )


def test_a_row_compares_medians_with_its_aim() -> None:
    assert made((2, 4), most=0.5).met is True
    assert made((2.1, 4), most=0.5).met is False
    assert made((2, 4), least=0.5).met is True
    assert made((1.9, 4), least=0.5).met is False
    assert (made((2, 4), most=0.5).ratio, made((2, 4), most=0.5).n) == (0.5, 3)


def test_a_side_that_could_not_be_measured_stands_in_the_table_with_the_reason() -> None:
    row = table.not_measured("g", "new", "peer", unit="s", aim=("≥", 2), why="no such package")
    assert table.cells(row)[3:7] == ("–", "–", "≥ 2", "–")
    assert "not measured: no such package" in table.text([row])


def results() -> Results:
    curve = [
        Row("curve", "first", "floor (COPY)", "invoices/s", "≥", 0, ours=size / 10, other=size / 5, size=size)
        for size in (1_000, 10_000)
    ]
    days = [Row("curve", "day", "", "s", "≤", 0, ours=0.5, size=size) for size in (1_000, 10_000)]
    new = Row("ingest", "10,000 invoices new, PostgreSQL", "dlt <1>", "invoices/s", "≥", 2, ours=9, other=3)
    return Results("2 cores, 24 GB", {}, {"ingest": Measured("2026-01-02", [new]), "curve": Measured("", curve + days)})


def test_charts_are_whole_and_described() -> None:
    drawn = report.charts(results())
    assert set(drawn) == {"peers", "throughput", "delta"}
    for svg in drawn.values():
        tree = ElementTree.fromstring(svg)
        assert tree.find("{http://www.w3.org/2000/svg}desc") is not None
    assert "dlt &lt;1&gt;" in drawn["peers"]


def test_an_axis_ends_at_a_round_figure() -> None:
    assert [chart.nice_above(value) for value in (0.3, 1, 3_900, 11_400, 0.021)] == [0.4, 1, 4_000, 12_000, 0.024]


def test_the_page_is_made_of_the_results() -> None:
    """``python -m bench.report`` writes it and the charts."""
    if not table.RESULTS.exists():
        pytest.skip("nothing was measured yet")
    kept = table.read()
    assert report.PAGE.read_text(encoding="utf-8") == report.page(kept)
    for name, svg in report.charts(kept).items():
        assert (report.IMAGES / f"performance-{name}.svg").read_text(encoding="utf-8") == svg


def test_the_results_name_no_place_and_no_host() -> None:
    if table.RESULTS.exists():
        assert not re.search(r"/(home|work|tmp|root|Users)/", table.RESULTS.read_text(encoding="utf-8"))
