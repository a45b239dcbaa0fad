"""The floor of an ingest: the same rows written as fast as the database takes them, in one process without HTTP.

``python -m bench.floors postgresql ADDRESS COUNT CHANGES`` or ``sqlite FILE …`` prints seconds and sums as JSON.
Three tables, one transaction a thousand invoices, digests compared first; COPY into temporary tables and an upsert on
PostgreSQL, ``executemany`` on SQLite. No validation, receipts, history or accounts: what a program can't beat.
"""

import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

import psycopg

from bench import workload

PAGE = 1_000
HEADER = (
    "id", "number", "type", "direction", "currency", "issued_on", "tax_id", "name", "net", "vat", "gross", "settled",
    "digest",
)  # fmt: skip
LINE = ("invoice", "position", "name", "quantity", "unit_price", "vat_rate", "net", "vat")
PAYMENT = ("invoice", "id", "position", "due_on", "amount", "form", "settled", "settled_on")
KINDS = {"invoice": (HEADER, ("id",)), "line": (LINE, LINE[:2]), "payment": (PAYMENT, PAYMENT[:2])}
WHOLE = {"net", "vat", "gross", "settled", "position", "quantity", "unit_price", "vat_rate", "amount"}
TOTALS = (
    "SELECT (SELECT count(*) FROM invoice), (SELECT sum(abs(gross)) FROM invoice), count(*), sum(abs(amount)), "
    "sum(abs(settled)) FROM payment"
)
Rows = dict[str, list[tuple[Any, ...]]]


class Postgresql:
    """COPY into temporary tables, then one statement a table."""

    def __init__(self, address: str) -> None:
        self._connection = psycopg.connect(address, autocommit=True)
        for name, (columns, key) in KINDS.items():
            self._connection.execute(_table(name, columns, key))  # type: ignore[arg-type]
            self._connection.execute(f"CREATE TEMP TABLE new_{name} (LIKE {name})")  # type: ignore[arg-type]
        moving = ", ".join(f"{column} = excluded.{column}" for column in HEADER[1:])
        self._upsert = f"INSERT INTO invoice SELECT * FROM new_invoice ON CONFLICT (id) DO UPDATE SET {moving}"

    def write(self, invoices: list[workload.Row]) -> None:
        """One transaction."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            wanted = [(invoice, _digest(invoice)) for invoice in invoices]
            ids = [invoice["id"] for invoice in invoices]
            held = dict(cursor.execute("SELECT id, digest FROM invoice WHERE id = ANY(%s)", [ids]).fetchall())
            rows = _rows((invoice, digest) for invoice, digest in wanted if held.get(invoice["id"]) != digest)
            if not rows["invoice"]:
                return
            cursor.execute("TRUNCATE new_invoice, new_line, new_payment")
            for name, found in rows.items():
                with cursor.copy(f"COPY new_{name} FROM STDIN") as copy:  # type: ignore[arg-type]
                    for row in found:
                        copy.write_row(row)
            cursor.execute(self._upsert)  # type: ignore[arg-type]
            for name in ("line", "payment"):
                cursor.execute(f"DELETE FROM {name} WHERE invoice IN (SELECT id FROM new_invoice)")  # type: ignore[arg-type]
                cursor.execute(f"INSERT INTO {name} SELECT * FROM new_{name}")  # type: ignore[arg-type]

    def sums(self) -> list[int]:
        """What it holds."""
        return [int(value) for value in self._connection.execute(TOTALS).fetchone() or ()]


class Sqlite:
    """``executemany`` with an upsert; as durable as our own (WAL, full synchronisation)."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        for name, (columns, key) in KINDS.items():
            self._connection.execute(_table(name, columns, key))
        moving = ", ".join(f"{column} = excluded.{column}" for column in HEADER[1:])
        self._insert = {name: _insert(name, columns) for name, (columns, _key) in KINDS.items()}
        self._insert["invoice"] += f" ON CONFLICT (id) DO UPDATE SET {moving}"

    def write(self, invoices: list[workload.Row]) -> None:
        """One transaction."""
        connection = self._connection
        wanted = [(invoice, _digest(invoice)) for invoice in invoices]
        marks = ", ".join("?" * len(invoices))
        ids = [invoice["id"] for invoice in invoices]
        connection.execute("BEGIN IMMEDIATE")
        held = dict(connection.execute(f"SELECT id, digest FROM invoice WHERE id IN ({marks})", ids).fetchall())
        rows = _rows((invoice, digest) for invoice, digest in wanted if held.get(invoice["id"]) != digest)
        known = [(row[0],) for row in rows["invoice"] if row[0] in held]
        for name in ("line", "payment"):
            connection.executemany(f"DELETE FROM {name} WHERE invoice = ?", known)
        for name, found in rows.items():
            connection.executemany(self._insert[name], found)
        connection.execute("COMMIT")

    def sums(self) -> list[int]:
        """What it holds."""
        return [int(value) for value in self._connection.execute(TOTALS).fetchone()]


def main(kind: str, place: str, count: int, changes: int) -> None:
    """Everything new, everything again, everything again with some changed."""
    side = Postgresql(place) if kind == "postgresql" else Sqlite(place)
    told: dict[str, Any] = {"sums": {}}
    for phase, version in (("first", 1), ("unchanged", 1), ("changed", 2)):
        told[phase] = 0.0
        found = iter(workload.rows(count, version=version, changes=changes))
        while page := list(islice(found, PAGE)):
            start = time.perf_counter()
            side.write(page)
            told[phase] += time.perf_counter() - start
        told["sums"][phase] = side.sums()
    print(json.dumps(told))


def _table(name: str, columns: tuple[str, ...], key: tuple[str, ...]) -> str:
    typed = ", ".join(f"{column} {'bigint' if column in WHOLE else 'text'}" for column in columns)
    return f"CREATE TABLE {name} ({typed}, PRIMARY KEY ({', '.join(key)}))"


def _insert(name: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _digest(invoice: workload.Row) -> str:
    content = {name: value for name, value in invoice.items() if name != "updated_at"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _rows(wanted: Iterable[tuple[workload.Row, str]]) -> Rows:
    rows: Rows = {name: [] for name in KINDS}
    for invoice, digest in wanted:
        values = {**invoice, **invoice["party"], "digest": digest}
        rows["invoice"].append(tuple(values[name] for name in HEADER))
        for name, parts in (("line", invoice["lines"]), ("payment", invoice["payments"])):
            names = KINDS[name][0][1:]
            rows[name] += [(invoice["id"], *(part[column] for column in names)) for part in parts]
    return rows


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
