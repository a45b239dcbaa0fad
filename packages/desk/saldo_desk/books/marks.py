"""The rows that an operator has marked in a list: kept here, so that they outlive the page."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, F, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Invoice, InvoiceMark, ListName, Operator, Payment, PaymentMark

ROWS_MAX: Final = 1000
"""How many rows one request may name; more are marked by what they have in common (``mark_all``)."""
CURRENCIES_MAX: Final = 20


class TooManyRows(Refusal):
    """A request names more rows than it may."""

    code = "too_many_rows"
    text = _("At most %(max)s rows can be named at once. Narrow the list and mark all that match with Ctrl+A.")


class Total(msgspec.Struct, frozen=True):
    """What is marked in one currency: how many rows, and two sums in minor units.

    ``whole_minor`` is the gross of invoices or the amount of payments, ``open_minor`` what is open of them.
    """

    currency: str
    count: int
    whole_minor: int
    open_minor: int


def _table(name: ListName) -> tuple[Any, Any]:
    return (InvoiceMark, Invoice) if name == ListName.INVOICES else (PaymentMark, Payment)


def marked(*, company: Company, operator: Operator, name: ListName) -> "QuerySet[Any]":
    """The marks, each with its ``row``."""
    rows: QuerySet[Any] = _table(name)[0].objects.filter(company=company, operator=operator)
    return rows


def marked_invoice_pks(*, company: Company, operator: Operator, name: ListName) -> list[int]:
    """The marked invoices; of the payment schedule those whose payments are marked."""
    field = "row_id" if name == ListName.INVOICES else "row__invoice_id"
    return list(marked(company=company, operator=operator, name=name).values_list(field, flat=True).distinct())


def change(
    *, company: Company, operator: Operator, name: ListName, mark: Collection[UUID], unmark: Collection[UUID]
) -> None:
    """Mark and unmark the company's rows with these uids; others are left out. Doing it twice changes nothing.

    :raises TooManyRows:
    """
    if len(mark) + len(unmark) > ROWS_MAX:
        raise TooManyRows(max=ROWS_MAX)
    table, rows = _table(name)
    with transaction.atomic():
        marked(company=company, operator=operator, name=name).filter(row__uid__in=unmark).delete()
        table.objects.bulk_create(
            (
                table(company=company, operator=operator, row_id=pk)
                for pk in rows.objects.filter(company=company, uid__in=mark).values_list("pk", flat=True)
            ),
            ignore_conflicts=True,
        )


def mark_all(*, company: Company, operator: Operator, name: ListName, rows: "QuerySet[Any]") -> None:
    """Mark every one of the rows, beyond any page: one INSERT … SELECT, whatever their number."""
    table, _rows = _table(name)
    mine = (Value(key, output_field=BigIntegerField()) for key in (company.pk, operator.pk))
    chosen = rows.filter(company=company).order_by().values_list(*mine, "pk")  # the WHERE that ON CONFLICT needs
    sql, parameters = chosen.query.sql_with_params()
    into = connection.ops.quote_name(table._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {into} (company_id, operator_id, row_id) {sql} ON CONFLICT DO NOTHING",
            parameters,
        )


def clear(*, company: Company, operator: Operator, name: ListName) -> None:
    """Unmark everything in a list."""
    mine = marked(company=company, operator=operator, name=name)
    mine._raw_delete(mine.db)  # one statement: nothing hangs on a mark


def unmark(*, company: Company, invoices: "QuerySet[Any]", operator: Operator | None = None) -> None:
    """Unmark invoices, and payments of theirs, for one operator or for all. ``invoices`` are keys, as a query."""
    only = {} if operator is None else {"operator": operator}
    with transaction.atomic():
        for name, field in ((ListName.INVOICES, "row_id__in"), (ListName.PAYMENTS, "row__invoice_id__in")):
            _table(name)[0].objects.filter(company=company, **only, **{field: invoices}).delete()


def totals(*, company: Company, operator: Operator, name: ListName) -> list[Total]:
    """What is marked, a row for each currency, by its code."""
    mine = marked(company=company, operator=operator, name=name)
    if name == ListName.INVOICES:
        rows = mine.values(currency=F("row__currency")).annotate(
            count=Count("pk"), whole=Sum("row__gross_minor"), left=Sum("row__open_minor")
        )
    else:
        rows = mine.values(currency=F("row__invoice__currency")).annotate(
            count=Count("pk"),
            whole=Sum("row__amount_minor"),
            left=Sum(F("row__amount_minor") - F("row__settled_minor")),
        )
    return [
        Total(row["currency"], row["count"], row["whole"], row["left"])
        for row in rows.order_by("currency")[:CURRENCIES_MAX]
    ]
