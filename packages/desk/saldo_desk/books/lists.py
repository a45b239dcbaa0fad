"""The lists of invoices and payments as queries: what narrows them, their order, one page of them. Knows no page.

A list is a ``Shape``: its columns by name. A ``Criteria`` is what an address or a command line asks of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, TypeVar, get_args

import msgspec
from django.db.models import F, Model, Q, QuerySet

from saldo_desk.books import folding
from saldo_desk.books.tables import Company, Direction, Invoice, InvoiceState, ListName, Payment, PaymentState
from saldo_protocol import documents
from saldo_protocol.money import UnfitAmount, parse_minor

Row = TypeVar("Row", bound=Model)
Kind = Literal["text", "folded", "digits", "exact", "choice", "date", "amount"]

PAGE_ROWS: Final = (25, 50, 100, 200)
PAGE_ROWS_DEFAULT: Final = 50
TEXT_LENGTH_MAX: Final = 100
WORDS_MAX: Final = 8
OVERDUE: Final = "overdue"
YES, NO = "yes", "no"
TWO_DIGITS: Final = "PLN"
"""Amounts of a filter are read as in a currency of two decimals, which PLN, EUR and nearly all others have."""


class Column(msgspec.Struct, frozen=True):
    """A column: the field it shows and sorts by, and how a filter reads what is typed.

    ``conditions`` are choices that are more than an equality; each gets today in Warsaw.
    """

    name: str
    field: str
    kind: Kind
    choices: tuple[str, ...] = ()
    conditions: Mapping[str, Callable[[date], Q]] = {}


class Shape(msgspec.Struct, frozen=True):
    """A list: its columns in order, what a search looks through, and how it is sorted when nothing is said."""

    name: ListName
    columns: tuple[Column, ...]
    search_field: str
    sort: str

    def column(self, name: str) -> Column | None:
        """The column with the name."""
        return next((column for column in self.columns if column.name == name), None)


class Problem(msgspec.Struct, frozen=True):
    """A filter that can't be read: which column, what was typed, and why (``date``, ``amount``, ``choice`` …)."""

    name: str
    value: str
    code: str


class Criteria(msgspec.Struct, frozen=True):
    """What is asked of a list. ``filters`` are pairs of parameter and values, all of them readable."""

    search: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = ""
    problems: tuple[Problem, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """As the parameters of an address."""
        pairs = [("q", self.search)] if self.search else []
        pairs += [(name, value) for name, values in self.filters for value in values]
        return pairs + ([("sort", self.sort)] if self.sort else [])

    def without(self, name: str) -> "Criteria":
        """The same without one filter; ``q`` is the search."""
        if name == "q":
            return msgspec.structs.replace(self, search="")
        return msgspec.structs.replace(self, filters=tuple(pair for pair in self.filters if pair[0] != name))

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search or self.filters)


def _is_overdue(today: date) -> Q:
    return Q(due_on__lt=today) & ~Q(open_minor=0)


def _is_still_open(_today: date) -> Q:
    return Q(settled_minor=0) & ~Q(amount_minor=0)


def _is_settled(_today: date) -> Q:
    return Q(settled_minor=F("amount_minor"))


def _is_partly_settled(_today: date) -> Q:
    return ~Q(settled_minor=0) & ~Q(settled_minor=F("amount_minor"))


def _is_overdue_payment(today: date) -> Q:
    return Q(due_on__lt=today) & ~Q(settled_minor=F("amount_minor"))


SYNC_STATES: Final = (
    "never", "waiting", "sent", "changed", "refused", "to_withdraw", "withdrawn",
    "restored_there", "removed_there", "taken_over",
)  # fmt: skip

INVOICES: Final = Shape(
    name=ListName.INVOICES,
    search_field="search_text",
    sort="-issued",
    columns=(
        Column("number", "number", "text"),
        Column("ksef", "ksef_number", "text"),
        Column("kind", "type", "choice", get_args(documents.InvoiceType)),
        Column("direction", "direction", "choice", tuple(Direction.values)),
        Column("party", "party_folded", "folded"),
        Column("nip", "counterparty__tax_id", "digits"),
        Column("issued", "issued_on", "date"),
        Column("due", "due_on", "date"),
        Column("net", "net_minor", "amount"),
        Column("gross", "gross_minor", "amount"),
        Column("open", "open_minor", "amount"),
        Column("currency", "currency", "exact"),
        Column(
            "mpp",
            "split_payment",
            "choice",
            (YES, NO),
            {YES: lambda _today: Q(split_payment=True), NO: lambda _today: Q(split_payment=False)},
        ),
        Column("state", "payment_state", "choice", (*PaymentState.values, OVERDUE), {OVERDUE: _is_overdue}),
        Column("sync", "sync_state", "choice", SYNC_STATES),
    ),
)

PAYMENTS: Final = Shape(
    name=ListName.PAYMENTS,
    search_field="invoice__search_text",
    sort="due",
    columns=(
        Column("number", "invoice__number", "text"),
        Column("direction", "invoice__direction", "choice", tuple(Direction.values)),
        Column("party", "invoice__party_folded", "folded"),
        Column("nip", "invoice__counterparty__tax_id", "digits"),
        Column("due", "due_on", "date"),
        Column("amount", "amount_minor", "amount"),
        Column("settled", "settled_minor", "amount"),
        Column("open", "left_minor", "amount"),
        Column("currency", "invoice__currency", "exact"),
        Column("form", "form", "choice", get_args(documents.PaymentForm)),
        Column(
            "state",
            "left_minor",
            "choice",
            ("open", "partly", "settled", OVERDUE),
            {
                "open": _is_still_open,
                "partly": _is_partly_settled,
                "settled": _is_settled,
                OVERDUE: _is_overdue_payment,
            },
        ),
    ),
)
SHAPES: Final = {shape.name.value: shape for shape in (INVOICES, PAYMENTS)}


def invoices_of(*, company: Company) -> "QuerySet[Invoice]":
    """The company's invoices, in no order yet."""
    return Invoice.objects.filter(company=company)


def payments_of(*, company: Company) -> "QuerySet[Payment]":
    """The company's payments with ``left_minor``, what is open of each; in no order yet. Nobody owes anything on a
    cancelled invoice: its payments are left out."""
    payments = Payment.objects.filter(company=company).exclude(invoice__state=InvoiceState.CANCELLED)
    return payments.annotate(left_minor=F("amount_minor") - F("settled_minor"))


def read(*, shape: Shape, values: Mapping[str, Sequence[str]]) -> Criteria:
    """The criteria in the parameters of an address; what can't be read becomes a problem and narrows nothing."""
    filters, problems = [], []
    for column in shape.columns:
        for name in _parameters(column):
            given = tuple(dict.fromkeys(value.strip()[:TEXT_LENGTH_MAX] for value in values.get(name, ())))
            given = tuple(value for value in given if value)[: max(1, len(column.choices))]
            wrong = [value for value in given if not _is_readable(column, value)]
            problems += [Problem(name, value, column.kind) for value in wrong]
            kept = tuple(value for value in given if value not in wrong)
            if kept:
                filters.append((name, kept))
    sort = _last(values, "sort")
    known = shape.column(sort.removeprefix("-")) is not None
    if sort and not known:
        problems.append(Problem("sort", sort[:TEXT_LENGTH_MAX], "sort"))
    return Criteria(
        search=_last(values, "q")[:TEXT_LENGTH_MAX],
        filters=tuple(filters),
        sort=sort if known and sort != shape.sort else "",
        problems=tuple(problems),
    )


def narrow(*, shape: Shape, rows: "QuerySet[Row]", criteria: Criteria, today: date) -> "QuerySet[Row]":
    """The rows that the criteria leave. ``rows`` bring what the columns name (``sync_state``, ``left_minor``)."""
    for word in folding.words(criteria.search)[:WORDS_MAX]:
        rows = rows.filter(**{f"{shape.search_field}__contains": word})
    for name, values in criteria.filters:
        column, edge = _column_of(shape, name)
        rows = rows.filter(_condition(column, edge, values, today))
    return rows


def in_order(*, shape: Shape, rows: "QuerySet[Row]", criteria: Criteria, turned: bool = False) -> "QuerySet[Row]":
    """The rows in the order asked for, equal ones as they were put in; ``turned`` gives the same from its end."""
    sort = criteria.sort or shape.sort
    column = shape.column(sort.removeprefix("-"))
    assert column is not None
    falls = sort.startswith("-") != turned
    return rows.order_by(*(f"-{field}" if falls else field for field in (column.field, "pk")))


def pks_between(
    *, shape: Shape, rows: "QuerySet[Any]", criteria: Criteria, start: int, stop: int, count: int
) -> list[int]:
    """The keys of the rows at places ``start`` to ``stop`` (from 0) of ``count``, in order.

    Keys alone, so that places that are skipped cost an index step and no row; the later half is read from the end,
    so that the last page costs what the first does.
    """
    start, stop = max(0, start), min(stop, count)
    if stop <= start:
        return []
    if start <= count // 2:
        ordered = in_order(shape=shape, rows=rows, criteria=criteria)
        return list(ordered.values_list("pk", flat=True)[start:stop])
    turned = in_order(shape=shape, rows=rows, criteria=criteria, turned=True)
    return list(turned.values_list("pk", flat=True)[count - stop : count - start])[::-1]


def in_places(rows: "Iterable[Row]", pks: Sequence[int]) -> "list[Row]":
    """The rows in the order of their keys."""
    by_pk = {row.pk: row for row in rows}
    return [by_pk[pk] for pk in pks if pk in by_pk]


def _parameters(column: Column) -> tuple[str, ...]:
    if column.kind in {"date", "amount"}:
        return (f"{column.name}_from", f"{column.name}_to")
    return (column.name,)


def _column_of(shape: Shape, parameter: str) -> tuple[Column, str]:
    name, edge = parameter, ""
    for ending in ("_from", "_to"):
        if parameter.endswith(ending):
            name, edge = parameter.removesuffix(ending), ending[1:]
    column = shape.column(name)
    assert column is not None
    return column, edge


def _condition(column: Column, edge: str, values: tuple[str, ...], today: date) -> Q:
    if column.kind == "choice":
        plain = [value for value in values if value not in column.conditions]
        condition = Q(**{f"{column.field}__in": plain}) if plain else Q()
        for value in values:
            if value in column.conditions:
                condition |= column.conditions[value](today)
        return condition
    if edge:
        lookup = "gte" if edge == "from" else "lte"
        limit = date.fromisoformat(values[0]) if column.kind == "date" else _amount(values[0])
        return Q(**{f"{column.field}__{lookup}": limit})
    if column.kind == "exact":
        return Q(**{column.field: values[0].upper()})
    if column.kind == "folded":
        return Q(**{f"{column.field}__contains": folding.fold(values[0])})
    text = "".join(letter for letter in values[0] if letter.isalnum()) if column.kind == "digits" else values[0]
    return Q(**{f"{column.field}__icontains": text})


def _is_readable(column: Column, value: str) -> bool:
    try:
        if column.kind == "date":
            date.fromisoformat(value)
        elif column.kind == "amount":
            _amount(value)
        elif column.kind == "digits":
            return any(letter.isalnum() for letter in value)
        elif column.kind == "choice":
            return value in column.choices
    except (ValueError, UnfitAmount):
        return False
    return True


def _amount(value: str) -> int:
    return parse_minor("".join(value.split()).replace(",", "."), TWO_DIGITS)


def _last(values: Mapping[str, Sequence[str]], name: str) -> str:
    given = values.get(name, ())
    return given[-1].strip() if given else ""
