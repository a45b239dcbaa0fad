"""Writing many rows at once on the way out: one prepared statement for all of them.

``bulk_create(update_conflicts=True)`` of whole rows, only to change a few of their columns, takes about ten times as
long (``docs/decisions/0023-what-sending-costs.md``). Values are plain: numbers, texts, booleans, and what
``as_time`` makes of a moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


def as_time(moment: datetime) -> Any:
    """A moment as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def update(model: type[models.Model], *, fields: Sequence[str], keys: Sequence[str], rows: Iterable[Row]) -> None:
    """Set ``fields`` of the rows that ``keys`` name; each row holds the values of the fields, then of the keys."""
    setting = ", ".join(f"{_column(model, name)} = %s" for name in fields)
    having = " AND ".join(f"{_column(model, name)} = %s" for name in keys)
    _run(f"UPDATE {_table(model)} SET {setting} WHERE {having}", rows)  # noqa: S608 - names are the models'


def insert_all(model: type[models.Model], *, source: "models.QuerySet[Any]", source_field: str, **values: Any) -> None:
    """A row of the model for each row of the source, whose primary key goes into ``source_field``; the other columns
    hold ``values``, and their defaults. Rows that are there stay. The database does it: no row passes through here."""
    given = {**_defaults(model, {source_field, *values}), **values}
    columns = ", ".join(_column(model, name) for name in (source_field, *given))
    picked = source.order_by().annotate(**{f"put_{name}": _constant(model, name, given[name]) for name in given})
    select, parameters = picked.values_list("pk", *(f"put_{name}" for name in given)).query.sql_with_params()
    with connection.cursor() as cursor:
        statement = f"INSERT INTO {_table(model)} ({columns}) {select} ON CONFLICT DO NOTHING"
        cursor.execute(statement, parameters)


def _defaults(model: type[models.Model], given: set[str]) -> dict[str, Any]:
    """Of the columns that must hold something and are not given."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.null]
    return {field.name: field.get_default() for field in fields if field.name not in given}


def _constant(model: type[models.Model], name: str, value: Any) -> models.Value:
    field = model._meta.get_field(name)
    plain = field if isinstance(field, models.Field) and not field.is_relation else models.BigIntegerField()
    return models.Value(value, output_field=plain)


def upsert(
    model: type[models.Model], *, fields: Sequence[str], unique: str, moving: Sequence[str], rows: Iterable[Row]
) -> None:
    """Insert the rows; of those that are there, by ``unique``, the ``moving`` fields take the new values."""
    columns = ", ".join(_column(model, name) for name in fields)
    places = ", ".join(["%s"] * len(fields))
    setting = ", ".join(f"{_column(model, name)} = EXCLUDED.{_column(model, name)}" for name in moving)
    conflict = f"ON CONFLICT ({_column(model, unique)}) DO UPDATE SET {setting}"
    _run(f"INSERT INTO {_table(model)} ({columns}) VALUES ({places}) {conflict}", rows)  # noqa: S608


def _run(statement: str, rows: Iterable[Row]) -> None:
    values = list(rows)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(str(getattr(model._meta.get_field(name), "column")))  # noqa: B009 - typed so
