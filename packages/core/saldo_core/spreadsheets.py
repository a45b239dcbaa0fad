"""CSV for a spreadsheet: opens as UTF-8 in columns, runs no formula, tells time as the clock on the wall does."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from defusedcsv import csv as safe_csv
from django.utils.timezone import localtime

BOM: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the code page of its country."""
DELIMITER: Final = ";"
"""What spreadsheets in Polish expect; the comma is their decimal sign."""


def written(heading: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a file, one by one, the heading first.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, a negative amount stays a number;
    a datetime becomes the local time to the second.
    """
    yield BOM + _line(heading)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    safe_csv.writer(text, delimiter=DELIMITER, quoting=csv.QUOTE_MINIMAL).writerow([_plain(cell) for cell in cells])
    return text.getvalue()


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return f"{localtime(cell):%Y-%m-%d %H:%M:%S}"
    # Blanks and tabs before a formula would hide it from the writer that makes formulas harmless.
    return str(cell).strip() if cell is not None else None
