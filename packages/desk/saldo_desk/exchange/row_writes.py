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
