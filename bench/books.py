"""Fills and changes the books of a Desk with the workload, straight in its tables; a child process of the bench.

``python -m bench.books fill COUNT`` · ``change COUNT CHANGES VERSION`` · ``forget``, with the Desk's settings.
Columns that the workload doesn't name get the defaults of their tables, so a new column needs nothing here.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

import django
from django.db import connection, models, transaction

from bench import workload

PAGE = 5_000
FORGOTTEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Table:
    """A table to which whole pages of rows are added, each by COPY or ``executemany``."""

    def __init__(self, model: type[models.Model], *names: str) -> None:
        fields = model._meta.concrete_fields
        self.columns = [str(field.column) for field in fields]
        self._defaults = [_default(field) for field in fields]
        self._id = self.columns.index("id")
        self._places = [self.columns.index(name) for name in names]
        self.name = model._meta.db_table
        self._rows: list[list[Any]] = []
        self.last_id = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0

    def add(self, *values: Any) -> int:
        """One more row; its id."""
        row = self._defaults.copy()
        self.last_id += 1
        row[self._id] = self.last_id
        for place, value in zip(self._places, values, strict=True):
            row[place] = value
        self._rows.append(row)
        return int(self.last_id)

    def flush(self) -> None:
        """Write the rows added so far."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        if connection.vendor == "postgresql":
            with connection.connection.cursor() as cursor:
                with cursor.copy(f'COPY "{self.name}" ({names}) FROM STDIN') as copy:
                    for row in self._rows:
                        copy.write_row(row)
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('\"{self.name}\"', 'id'), {self.last_id})")
        else:
            marks = ", ".join("?" * len(self.columns))
            connection.connection.executemany(f'INSERT INTO "{self.name}" ({names}) VALUES ({marks})', self._rows)
        self._rows = []


def fill(count: int) -> None:
    """Put the first ``count`` invoices into the books of the only company."""
    from saldo_desk.books import companies, revisions
    from saldo_desk.books.tables import Company, Counterparty

    company = companies.get()
    first = revisions.next_after(last=company.revision_last, now=FORGOTTEN)
    parties = Table(Counterparty, "company_id", "country", "tax_id", "name", "address")
    party_ids = {
        made["tax_id"]: parties.add(company.pk, "PL", made["tax_id"], made["name"], made["address"])
        for made in map(workload.party, range(workload.PARTIES))
    }
    tables = _tables()
    found = iter(workload.rows(count))
    with transaction.atomic():
        parties.flush()
        while page := list(islice(found, PAGE)):
            for invoice in page:
                _add(tables, company.pk, party_ids, invoice, first := first + 1)
            for table in tables:
                table.flush()
        Company.objects.update(revision_last=first)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def change(count: int, changes: int, version: int) -> None:
    """Bring the chosen invoices to the version, as a settlement or another due date does."""
    from saldo_desk.books import companies, revisions

    company = companies.get()
    with transaction.atomic(), connection.cursor() as cursor:
        for at in workload.chosen_of(count, changes):
            invoice = workload.row(at, version=version)
            revision = revisions.take(company=company, now=datetime.now(UTC))
            settled, still_open, state, due_on = _followed(invoice)
            cursor.execute(
                "UPDATE saldo_desk_invoice SET settled_minor = %s, open_minor = %s, payment_state = %s, due_on = %s, "
                "revision = %s WHERE company_id = %s AND uid = %s",
                [settled, still_open, state, due_on, revision, company.pk, _uid(invoice["id"])],
            )
            for payment in invoice["payments"]:
                _change_payment(cursor, payment)


def forget() -> None:
    """Forget what was sent: the next synchronisation compares everything."""
    from saldo_desk.exchange.tables import SentDocument

    SentDocument.objects.all().delete()


def _change_payment(cursor: Any, payment: workload.Row) -> None:
    uid = _uid(payment["id"])
    cursor.execute(
        "UPDATE saldo_desk_payment SET settled_minor = %s, due_on = %s WHERE uid = %s",
        [payment["settled"], payment["due_on"], uid],
    )
    if payment["settled"]:
        cursor.execute(
            "INSERT INTO saldo_desk_settlement (payment_id, uid, amount_minor, settled_on, kind) "
            "SELECT id, %s, %s, %s, 'bank_entry' FROM saldo_desk_payment p WHERE uid = %s "
            "AND NOT EXISTS (SELECT 1 FROM saldo_desk_settlement WHERE payment_id = p.id)",
            [_uid("0197" + payment["id"][4:]), payment["settled"], payment["settled_on"], uid],
        )


def _tables() -> Sequence[Table]:
    from saldo_desk.books.tables import Invoice, Line, Payment, Settlement, VatTotal

    return (
        Table(
            Invoice, "company_id", "uid", "direction", "type", "number", "issued_on", "counterparty_id",
            "seller_country", "seller_tax_id", "seller_name", "seller_address",
            "buyer_country", "buyer_tax_id", "buyer_name", "buyer_address",
            "currency", "net_minor", "vat_minor", "gross_minor", "settled_minor", "open_minor", "payment_state",
            "due_on", "content_digest", "revision", "recorded_at", "party_folded", "search_text",
        ),
        Table(Line, "invoice_id", "position", "name", "quantity", "unit", "unit_net_price", "net_minor", "vat_rate"),
        Table(VatTotal, "invoice_id", "position", "rate", "net_minor", "vat_minor"),
        Table(
            Payment, "company_id", "invoice_id", "uid", "position", "amount_minor", "settled_minor", "due_on", "form"
        ),
        Table(Settlement, "payment_id", "uid", "amount_minor", "settled_on", "kind"),
    )  # fmt: skip


def _add(
    tables: Sequence[Table], company_pk: int, party_ids: dict[str, int], invoice: workload.Row, revision: int
) -> None:
    invoices, lines, totals, payments, settlements = tables
    other = invoice["party"]
    own = ("PL", workload.NIP, workload.COMPANY, "ul. Żeglarska 14/3, 87-100 Toruń")
    theirs = ("PL", other["tax_id"], other["name"], other["address"])
    sides = (*own, *theirs) if invoice["direction"] == "sales" else (*theirs, *own)
    folded = _folded(other["name"])
    searched = f"{invoice['number'].casefold()} {folded} {other['tax_id']}"
    pk = invoices.add(
        company_pk, _uid(invoice["id"]), invoice["direction"], invoice["type"], invoice["number"],
        invoice["issued_on"], party_ids[other["tax_id"]], *sides, invoice["currency"], invoice["net"],
        invoice["vat"], invoice["gross"], *_followed(invoice), "0" * 32 + invoice["id"], revision, _at(),
        folded, searched,
    )  # fmt: skip
    by_rate: dict[int, tuple[int, int]] = {}
    for line in invoice["lines"]:
        rate, price = line["vat_rate"], line["unit_price"]
        net, vat = by_rate.get(rate, (0, 0))
        by_rate[rate] = (net + line["net"], vat + line["vat"])
        lines.add(
            pk, line["position"], line["name"], str(line["quantity"]), "szt.", f"{price // 100}.{price % 100:02}",
            line["net"], str(rate),
        )  # fmt: skip
    for position, (rate, (net, vat)) in enumerate(by_rate.items(), start=1):
        totals.add(pk, position, str(rate), net, vat)
    for payment in invoice["payments"]:
        payment_pk = payments.add(
            company_pk, pk, _uid(payment["id"]), payment["position"], payment["amount"], payment["settled"],
            payment["due_on"], payment["form"],
        )  # fmt: skip
        if payment["settled"]:
            uid = _uid("0197" + payment["id"][4:])
            settlements.add(payment_pk, uid, payment["settled"], payment["settled_on"], "bank_entry")


def _followed(invoice: workload.Row) -> tuple[int, int, str, str]:
    payments = invoice["payments"]
    still_open = [payment for payment in payments if payment["amount"] != payment["settled"]]
    settled = sum(payment["settled"] for payment in payments)
    state = "settled" if not still_open else "partly" if settled else "open"
    due_on = min(payment["due_on"] for payment in still_open) if still_open else payments[-1]["due_on"]
    return settled, invoice["gross"] - settled, state, due_on


@cache
def _folded(name: str) -> str:
    from saldo_desk.books import folding

    return folding.fold(name)


def _uid(text: str) -> Any:
    return UUID(text) if _is_postgresql() else text


@cache
def _is_postgresql() -> bool:
    return bool(connection.vendor == "postgresql")


@cache
def _at() -> Any:
    return connection.ops.adapt_datetimefield_value(FORGOTTEN)


def _default(field: Any) -> Any:
    if field.primary_key or (field.null and not field.has_default()):
        return None
    value = field.get_default()
    return "[]" if isinstance(value, list) else "{}" if isinstance(value, dict) else _plain(value, field)


def _plain(value: Any, field: Any) -> Any:
    return field.get_db_prep_save(value, connection) if value is not None else None


def main(arguments: list[str]) -> None:
    """Act as the arguments say."""
    django.setup()
    act = {"fill": fill, "change": change, "forget": forget}[arguments[0]]
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA synchronous = OFF")
    act(*map(int, arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
