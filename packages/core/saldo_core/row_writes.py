"""Writing many rows at once: one prepared statement for all of them, or COPY where PostgreSQL has it.

``bulk_create(update_conflicts=True)`` of whole rows, only to change a few of their columns, takes about ten times as
long (``docs/decisions/0023-what-sending-costs.md``). Values are plain: numbers, texts, booleans, and what
``as_time``, ``as_day``, ``as_uid`` and ``as_json`` make of theirs.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

Row = Sequence[Any]


def as_time(moment: datetime) -> Any:
    """A moment as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(moment)


def as_day(day: date | None) -> Any:
    """A day, or nothing, as the database's driver takes it."""
    return connection.ops.adapt_datefield_value(day)


def as_uid(uid: UUID) -> Any:
    """A UUID as the database's driver takes it."""
    return uid if connection.features.has_native_uuid_field else uid.hex


def as_json(value: Any) -> Any:
    """A value of a JSON column as the database's driver takes it."""
    return connection.ops.adapt_json_value(value, None)


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Primary keys for rows that are to be inserted, in order; nobody else gets them. In the caller's transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            following = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(following, [_table(model), count])
            return [pk for (pk,) in cursor.fetchall()]
        while True:  # as AUTOINCREMENT counts: a key is never given twice, also when its row is gone
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [count, table])
            found = cursor.fetchall()
            if found:
                return list(range(found[0][0] - count + 1, found[0][0] + 1))
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, 0)", [table])


def insert(model: type[models.Model], *, fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert the rows; columns that are not among the fields hold their defaults."""
    defaults = _defaults(model, set(fields))
    plain = [_prepared(model, name, value) for name, value in defaults.items()]
    columns = ", ".join(_column(model, name) for name in (*fields, *defaults))
    whole: Iterable[Row] = ([*row, *plain] for row in rows) if plain else rows
    if connection.vendor == "postgresql":
        statement = f"COPY {_table(model)} ({columns}) FROM STDIN"
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in whole:
                copy.write_row(row)
        return
    places = ", ".join(["%s"] * (len(fields) + len(defaults)))
    _run(f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})", whole)  # noqa: S608 - names are the models'


def _prepared(model: type[models.Model], name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.get_db_prep_save(value, connection)


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
