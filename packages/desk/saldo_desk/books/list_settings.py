"""How an operator left a list of a company: remembered, so that it opens as it was."""

from collections.abc import Sequence
from typing import Final

from saldo_desk.books.lists import PAGE_ROWS, PAGE_ROWS_DEFAULT
from saldo_desk.books.tables import Company, ListName, ListView, Operator

QUERY_LENGTH_MAX: Final = 4000


def get(*, company: Company, operator: Operator, name: ListName) -> ListView:
    """The list as it was left; as it comes when it was never touched (not stored then)."""
    found = ListView.objects.filter(company=company, operator=operator, name=name).first()
    return found or ListView(company=company, operator=operator, name=name, page_rows=PAGE_ROWS_DEFAULT)


def keep_query(*, company: Company, operator: Operator, name: ListName, query: str) -> None:
    """Remember filters and sort, as the query string of the list's address; a longer one is not remembered."""
    if len(query) <= QUERY_LENGTH_MAX:
        ListView.objects.update_or_create(company=company, operator=operator, name=name, defaults={"query": query})


def keep_columns(
    *, company: Company, operator: Operator, name: ListName, columns: Sequence[str], page_rows: int
) -> None:
    """Remember which columns are shown and how many rows a page has (one of PAGE_ROWS, else the usual)."""
    ListView.objects.update_or_create(
        company=company,
        operator=operator,
        name=name,
        defaults={
            "columns": list(columns),
            "page_rows": page_rows if page_rows in PAGE_ROWS else PAGE_ROWS_DEFAULT,
        },
    )
