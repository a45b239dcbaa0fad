"""Rows looked up and written set by set, in the SQL of either database; knows columns, no rules.

The ORM makes an instance of each row and adapts each cell by itself: nine tenths of what an ingest took. Here a row is
a named tuple from the start, and a set of any size is one statement (``docs/decisions/0018-set-based-ingest.md``):
``executemany`` on SQLite, where a statement costs nothing; binary COPY or arrays on PostgreSQL, where it is a journey.
All of it inside the caller's transaction and under the company's lock: nothing here resolves conflicts.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, models

Row = tuple[Any, ...]
Identity = tuple[str, str, str, date]
_ON_POSTGRESQL = "postgresql"


class ColumnsDiffer(Exception):
    """A kind of row and its table have other columns: one of them was changed alone."""


class Columns(NamedTuple):
    """Of a table, as its model says: its name, and of the chosen columns the names and the database's types."""

    table: str
    names: tuple[str, ...]
    types: tuple[str, ...]


def insert(model: type[models.Model], kind: type[Row], rows: Sequence[Row]) -> None:
    """Add rows that are not there yet.

    :param kind: the class of the rows, named tuples; it must have exactly the model's columns. :raises ColumnsDiffer:
    """
    if not rows:
        return
    columns = _whole(model, kind)
    with connection.cursor() as cursor:
        if connection.vendor == _ON_POSTGRESQL:
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY {columns.table} ({_listed(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.set_types([_type_name(name) for name in columns.types])
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns.names))
        cursor.executemany(
            f"INSERT INTO {columns.table} ({_listed(columns)}) VALUES ({marks})", _adapted(rows, columns.types)
        )


def update(model: type[models.Model], *, company: int, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Set ``names`` of a company's rows; each row is a uid, then the values."""
    if not rows:
        return
    columns = _some(model, ("uid", *names))
    with connection.cursor() as cursor:
        if connection.vendor == _ON_POSTGRESQL:
            moved = ", ".join(f'"{name}" = moved."{name}"' for name in names)
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.types)
            cursor.execute(
                f"UPDATE {columns.table} SET {moved} FROM unnest({arrays}) AS moved ({_listed(columns)}) "
                f"WHERE {columns.table}.company_id = %s AND {columns.table}.uid = moved.uid",
                [*(list(values) for values in zip(*rows, strict=True)), company],
            )
            return
        moved = ", ".join(f'"{name}" = %s' for name in names)
        adapted = [(*row[1:], company, row[0]) for row in _adapted(rows, columns.types)]
        cursor.executemany(f"UPDATE {columns.table} SET {moved} WHERE company_id = %s AND uid = %s", adapted)


def delete(model: type[models.Model], *, company: int, column: str, uids: Sequence[UUID]) -> None:
    """Take out a company's rows that have one of the ``uids`` in a column."""
    if not uids:
        return
    columns = _some(model, (column,))
    among, value = _among(column, columns.types[0], uids)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {columns.table} WHERE company_id = %s AND {among}", [company, value])


def take_out(model: type[models.Model], *, company: int, uids: Sequence[UUID], name: str) -> dict[UUID, Any]:
    """The same by ``uid``, and what the rows had in the column ``name``, a time."""
    if not uids:
        return {}
    columns = _some(model, ("uid", name))
    among, value = _among("uid", columns.types[0], uids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {columns.table} WHERE company_id = %s AND {among} RETURNING {_listed(columns)}",
            [company, value],
        )
        return {_uid(row[0]): _time(row[1]) for row in cursor.fetchall()}


def find_by_external_id(
    model: type[models.Model], *, company: int, integrations: str, names: Sequence[str], external_ids: Iterable[str]
) -> list[Row]:
    """Columns of a company's rows, of all its integrations, with one of the external ids.

    The integrations are named one by one: their column stands before the external id in the index, without it every
    row of the company would be looked at.

    :param integrations: their table. :param names: ``uid`` at most as the first.
    """
    columns = _some(model, names)
    among, value = _among("external_id", "text", list(external_ids))
    chosen = f"(SELECT id FROM {integrations} WHERE company_id = %s)"
    own = f"= ANY(ARRAY{chosen})" if connection.vendor == _ON_POSTGRESQL else f"IN {chosen}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_listed(columns)} FROM {columns.table} "
            f"WHERE company_id = %s AND integration_id {own} AND {among}",
            [company, company, value],
        )
        rows: list[Row] = cursor.fetchall()
    return [(_uid(row[0]), *row[1:]) for row in rows] if names[0] == "uid" else rows


def find_by_identity(
    model: type[models.Model], *, company: int, integrations: str, identities: Sequence[Identity]
) -> list[Row]:
    """Of a company's invoices that are not removed and have one of the identities: the identity's place in
    ``identities``, uid, external id, the name of the integration. Each is looked for by itself, in the unique index."""
    if not identities:
        return []
    table = _some(model, ()).table
    same = (
        f"{table}.company_id = %s AND {table}.seller_country = wanted.country AND {table}.seller_tax_id = wanted.tax_id"
        f" AND {table}.number = wanted.number AND {table}.issued_on = wanted.issued_on AND {table}.removed_at IS NULL"
    )
    if connection.vendor == _ON_POSTGRESQL:
        source = (
            "unnest(%s::varchar[], %s::varchar[], %s::varchar[], %s::date[]) WITH ORDINALITY "
            "AS wanted (country, tax_id, number, issued_on, place) CROSS JOIN LATERAL "
            f"(SELECT uid, external_id, integration_id FROM {table} WHERE {same} LIMIT 1) AS held"
        )
        values: list[Any] = [list(part) for part in zip(*identities, strict=True)]
        first = 1
    else:
        parts = zip(("country", "tax_id", "number", "issued_on"), range(4), strict=True)
        listed = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for name, at in parts)
        source = f"(SELECT key AS place, {listed} FROM json_each(%s)) AS wanted CROSS JOIN {table} AS held ON " + (
            same.replace(f"{table}.", "held.")
        )
        values = [msgspec.json.encode(identities).decode()]
        first = 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT wanted.place - {first}, held.uid, held.external_id, by.name FROM {source} "
            f"JOIN {integrations} AS by ON by.id = held.integration_id",
            [*values, company],
        )
        return [(row[0], _uid(row[1]), *row[2:]) for row in cursor.fetchall()]


def _among(column: str, kind: str, values: Sequence[Any]) -> tuple[str, Any]:
    """That a column has one of the values, with one parameter: the text of the statement doesn't grow with them."""
    if connection.vendor == _ON_POSTGRESQL:
        return f'"{column}" = ANY(%s::{kind}[])', list(values)
    encoded = [value.hex if isinstance(value, UUID) else value for value in values]
    return f'"{column}" IN (SELECT value FROM json_each(%s))', msgspec.json.encode(encoded).decode()


def _uid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _time(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _listed(columns: Columns) -> str:
    return ", ".join(f'"{name}"' for name in columns.names)


def _type_name(kind: str) -> str:
    """The name without its bound: psycopg knows „varchar”, not „varchar(64)”."""
    return kind.partition("(")[0]


def _adapted(rows: Sequence[Row], types: tuple[str, ...]) -> list[Row]:
    """The rows as SQLite keeps them: uuids as 32 digits, days and times as text. By column, for what needs it."""
    by_column: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for at, kind in enumerate(types):
        adapt = _ADAPTERS.get(kind)
        if adapt is not None:
            values: Sequence[Any] = by_column[at]  # type: ignore[assignment]
            known = {value: value if value is None else adapt(value) for value in set(values)}
            by_column[at] = [known[value] for value in values]
    return list(zip(*by_column, strict=True))


def _hex(value: UUID) -> str:
    return value.hex


def _day(value: date) -> str:
    return value.isoformat()


def _moment(value: datetime) -> str | None:
    return connection.ops.adapt_datetimefield_value(value)


_ADAPTERS: dict[str, Callable[[Any], Any]] = {"char(32)": _hex, "date": _day, "datetime": _moment}


@cache
def _whole(model: type[models.Model], kind: type[Row]) -> Columns:
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    there = {field.column for field in model._meta.concrete_fields if field.column}
    if there != set(names):
        raise ColumnsDiffer(f"{model.__name__}: {sorted(there ^ set(names))}")
    return _some(model, names)


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> Columns:
    kinds = {field.column: str(field.db_type(connection)) for field in model._meta.concrete_fields if field.column}
    return Columns(model._meta.db_table, names, tuple(kinds[name] for name in names))


def _some(model: type[models.Model], names: Sequence[str]) -> Columns:
    return _columns(model, tuple(names))
