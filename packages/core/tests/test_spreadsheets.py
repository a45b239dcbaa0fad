"""What a spreadsheet makes of what we write."""

from datetime import UTC, datetime

from saldo_core import spreadsheets


def written(*cells: object) -> str:
    return list(spreadsheets.written(["Nagłówek"], [cells]))[1]


def test_no_cell_is_a_formula_and_a_negative_amount_stays_a_number() -> None:
    assert written("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "\r=1") == (
        "'=1+1;'+1+1;'-1+1;'@SUM(A1);'=1;'=1;'=1\r\n"
    )
    assert written("-12.30", -5, "2026-11-25", "FV/1") == "-12.30;-5;2026-11-25;FV/1\r\n"


def test_times_are_local_to_the_second_and_nothing_is_empty() -> None:
    summer, winter = datetime(2026, 7, 1, 12, 0, 1, 987654, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert written(summer, winter, None) == "2026-07-01 14:00:01;2026-11-25 00:00:00;\r\n"


def test_a_file_says_that_it_is_utf8_and_columns_are_parted_as_in_poland() -> None:
    assert "".join(spreadsheets.written(["Nazwa", "Uwagi"], [["Żółć; i", 'wspólnicy "A"']])) == (
        '\ufeffNazwa;Uwagi\r\n"Żółć; i";"wspólnicy ""A"""\r\n'
    )
