"""One page of a list as templates show it: columns, filters that are active, rows, what is marked."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from saldo_core.writing import written
from saldo_desk.books import list_settings, lists, marks
from saldo_desk.books.tables import Company, Invoice, ListName, ListView, Operator, Payment
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.site import list_texts
from saldo_protocol.money import Money

RESET: Final = "reset=1"
TOLD_MAX: Final = 6
"""How many active filters are tried when nothing is left, to say which one hides what."""
SHOWN: Final = {
    "invoices": ("number", "kind", "party", "nip", "issued", "due", "net", "gross", "open", "mpp", "state", "sync"),
    "payments": ("number", "direction", "party", "due", "amount", "settled", "open", "form", "state"),
}
NEVER_HIDDEN: Final = "number"
AMOUNTS: Final = {"net", "gross", "open", "amount", "settled"}


class ShownColumn(msgspec.Struct, frozen=True):
    """A column's head: its name, what it is called and what stands over it, where a click on it leads, and how it is
    sorted now."""

    name: str
    label: str
    heading: str
    is_amount: bool
    sort_address: str
    aria_sort: str
    filtered: bool


class Chip(msgspec.Struct, frozen=True):
    """An active filter in words, where its removal leads, and how many rows there would be then (when asked)."""

    text: str
    address: str
    count: int | None = None


class Places(msgspec.Struct, frozen=True):
    """Which page it is and what it covers; places count from 1 for people."""

    number: int
    pages: int
    count: int
    first: int
    last: int
    previous: str
    next: str


class Opened(msgspec.Struct, frozen=True):
    """A list of a company as an operator asks for it."""

    company: Company
    operator: Operator
    shape: lists.Shape
    kept: ListView
    criteria: lists.Criteria
    today: date

    def all_rows(self) -> "QuerySet[Any]":
        """All rows of the company."""
        if self.shape.name == ListName.INVOICES:
            return with_sync_state(lists.invoices_of(company=self.company))
        return lists.payments_of(company=self.company)

    def rows(self, criteria: lists.Criteria | None = None) -> "QuerySet[Any]":
        """The rows that the filters leave, in no order."""
        return lists.narrow(
            shape=self.shape, rows=self.all_rows(), criteria=criteria or self.criteria, today=self.today
        )

    def columns(self) -> list[str]:
        """The columns that are shown, in the order of the list."""
        chosen = self.kept.columns or SHOWN[self.shape.name]
        return [column.name for column in self.shape.columns if column.name in {*chosen, NEVER_HIDDEN}]


def open_list(
    *, company: Company, operator: Operator, shape: lists.Shape, values: dict[str, list[str]], today: date
) -> Opened:
    """The list that the parameters of an address ask for."""
    kept = list_settings.get(company=company, operator=operator, name=shape.name)
    return Opened(company, operator, shape, kept, lists.read(shape=shape, values=values), today)


def context(opened: Opened, page_text: str) -> dict[str, Any]:
    """What the template of a list needs; in a fixed number of queries."""
    rows, criteria, shape = opened.rows(), opened.criteria, opened.shape
    count = rows.count()
    places = _places(criteria, page_text, count, opened.kept.page_rows)
    pks = lists.pks_between(
        shape=shape, rows=rows, criteria=criteria, start=places.first - 1, stop=places.last, count=count
    )
    found = lists.in_places(_whole(opened, pks), pks)
    mine = marks.marked(company=opened.company, operator=opened.operator, name=shape.name)
    marked = set(mine.filter(row__in=pks).values_list("row_id", flat=True))
    return {
        "shape": shape.name.value,
        "criteria": criteria,
        "columns": [_shown(opened, name) for name in opened.columns()],
        "rows": [(places.first + at, row, row.pk in marked) for at, row in enumerate(found)],
        "places": places,
        "chips": chips(opened),
        "problems": [list_texts.of_problem(problem.code, problem.value) for problem in criteria.problems],
        "hiding": _hiding(opened) if criteria.narrows and not count else [],
        "query": urlencode(criteria.pairs()),
        "here": address(criteria),
        "today": opened.today,
        "tabs": _tabs(criteria),
        **marks_context(opened.company, opened.operator, shape.name),
    }


def marks_context(company: Company, operator: Operator, name: ListName) -> dict[str, Any]:
    """How many rows are marked, and their sums for each currency."""
    totals = marks.totals(company=company, operator=operator, name=name)
    return {
        "shape": name.value,
        "marked_count": sum(total.count for total in totals),
        "marked_totals": [
            (written(Money(total.whole_minor, total.currency)), written(Money(total.open_minor, total.currency)))
            for total in totals
        ],
    }


def address(criteria: lists.Criteria, **more: str) -> str:
    """Where the criteria lead; without any, the address that also forgets what was remembered."""
    return "?" + (urlencode([*criteria.pairs(), *more.items()]) or RESET)


def chips(opened: Opened) -> list[Chip]:
    """The active filters, each with the way to take it away."""
    criteria = opened.criteria
    found = []
    if criteria.search:
        text = _("Search: %(text)s") % {"text": criteria.search}
        found.append(Chip(text, address(criteria.without("q"))))
    for name, values in criteria.filters:
        found.append(Chip(_chip_text(opened.shape, name, values), address(criteria.without(name))))
    return found


def neighbours(opened: Opened, place: int, pk: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The rows before and after the one at ``place`` (from 1) in the list's order, each as (key, place).

    None, None when another row stands there now: the list has moved since it was shown.
    """
    rows = opened.rows()
    start = max(0, place - 2)
    pks = lists.pks_between(
        shape=opened.shape, rows=rows, criteria=opened.criteria, start=start, stop=place + 1, count=rows.count()
    )
    at = place - 1 - start
    if not 0 <= at < len(pks) or pks[at] != pk:
        return None, None
    before = (pks[at - 1], place - 1) if at else None
    return before, (pks[at + 1], place + 1) if at + 1 < len(pks) else None


def _whole(opened: Opened, pks: Sequence[int]) -> "QuerySet[Any]":
    if opened.shape.name == ListName.INVOICES:
        return with_sync_state(Invoice.objects.filter(company=opened.company, pk__in=pks)).select_related(
            "counterparty"
        )
    return Payment.objects.filter(company=opened.company, pk__in=pks).select_related("invoice__counterparty")


def _places(criteria: lists.Criteria, page_text: str, count: int, page_rows: int) -> Places:
    pages = max(1, -(-count // page_rows))
    wanted = int(page_text) if page_text.isascii() and page_text.isdecimal() and len(page_text) < 10 else 1
    number = pages if page_text == "last" else min(max(1, wanted), pages)
    return Places(
        number=number,
        pages=pages,
        count=count,
        first=(number - 1) * page_rows + 1,
        last=min(number * page_rows, count),
        previous=address(criteria, page=str(number - 1)) if number > 1 else "",
        next=address(criteria, page=str(number + 1)) if number < pages else "",
    )


def _shown(opened: Opened, name: str) -> ShownColumn:
    criteria = opened.criteria
    sort = criteria.sort or opened.shape.sort
    falls = sort == f"-{name}"
    other = name if falls or sort != name else f"-{name}"
    aria = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
    sorted_so = msgspec.structs.replace(criteria, sort="" if other == opened.shape.sort else other)
    names = {parameter for parameter, _values in criteria.filters}
    return ShownColumn(
        name=name,
        label=str(list_texts.COLUMNS[name]),
        heading=str(list_texts.HEADINGS.get(name, list_texts.COLUMNS[name])),
        is_amount=name in AMOUNTS,
        sort_address=address(sorted_so),
        aria_sort=aria,
        filtered=bool(names & {name, f"{name}_from", f"{name}_to"}),
    )


def _chip_text(shape: lists.Shape, name: str, values: Sequence[str]) -> str:
    for ending, text in (("_from", _("%(column)s from %(value)s")), ("_to", _("%(column)s to %(value)s"))):
        if name.endswith(ending):
            return text % {"column": list_texts.COLUMNS[name.removesuffix(ending)], "value": values[0]}
    told = ", ".join(list_texts.of_choice(shape.name, name, value) for value in values)
    return f"{list_texts.COLUMNS[name]}: {told}"


def _hiding(opened: Opened) -> list[Chip]:
    """Of an empty list: how many rows there would be without each of its filters."""
    names = (["q"] if opened.criteria.search else []) + [name for name, _values in opened.criteria.filters]
    return [
        Chip(chip.text, chip.address, opened.rows(opened.criteria.without(name)).count())
        for name, chip in list(zip(names, chips(opened), strict=True))[:TOLD_MAX]
    ]


def _tabs(criteria: lists.Criteria) -> list[tuple[str, str, bool]]:
    """All, sales, purchase: (value, address, whether it is this)."""
    rest = criteria.without("direction")
    now = next((values for name, values in criteria.filters if name == "direction"), ())
    tabs = [("", address(rest), not now)]
    for value in ("sales", "purchase"):
        only = msgspec.structs.replace(rest, filters=(*rest.filters, ("direction", (value,))))
        tabs.append((value, address(only), now == (value,)))
    return tabs
