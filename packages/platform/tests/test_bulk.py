"""Rows that are written set by set are the rows that Django would have written, on either database."""

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from packages.platform.tests.conftest import NOW
from packages.platform.tests.test_ingest import document, invoice, put
from saldo_platform.companies.tables import Company, Integration
from saldo_platform.exchange import bulk, storing
from saldo_platform.exchange.tables import Change, Invoice, Payment
from saldo_protocol.keys import ExchangeKey

pytestmark = pytest.mark.django_db

ROWS = 3000
UID, OTHER = UUID("01890a5d-ac96-774b-bcce-b302099a8057"), UUID("01890a5d-ac96-774b-bcce-b302099a8058")
LATE = dt.datetime(2026, 11, 24, 23, 59, 59, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def invoice_row(company: Company, **changes: Any) -> storing.InvoiceRow:
    integration = Integration.objects.get(company=company)
    values = {
        "company_id": company.pk, "uid": UID, "integration_id": integration.pk, "external_id": "a\\b,{}\"'",
        "revision": 2**62, "digest": "0" * 32, "direction": "sales", "type": "invoice", "state": "approved",
        "number": "FV/ąę\t1", "issued_on": dt.date(2026, 10, 1), "seller_country": "PL", "seller_tax_id": "1",
        "counterparty_name": "%s \\N", "counterparty_tax_id": "", "currency": "PLN", "net_minor": -1, "vat_minor": 0,
        "gross_minor": 10**15, "settled_minor": 0, "open_minor": 1, "due_on": None, "payment_state": "open",
        "split_payment": True, "ksef_number": "", "content": bytes(range(256)), "batch_uid": OTHER, "received_at": NOW,
        "changed_at": LATE, "removed_at": None,
    }  # fmt: skip
    return storing.InvoiceRow(**{**values, **changes})


def payment_row(company: Company, uid: UUID = UID) -> storing.PaymentRow:
    return storing.PaymentRow(
        company.pk, uid, "p", False, 1, 0, 1, "PLN", dt.date(2026, 10, 2), "transfer", "FV", "N\\n"
    )  # fmt: skip


def stored(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """The table as the database has it, types of its values too."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table}")
        rows = [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in cursor]
    return [tuple((type(value), value) for value in row) for row in rows]


@pytest.mark.usefixtures("key")
def test_a_row_is_as_django_writes_it(company: Company) -> None:
    for model, row in (
        (Invoice, invoice_row(company)),
        (Invoice, invoice_row(company, removed_at=NOW, due_on=dt.date(2026, 1, 2), split_payment=False)),
        (Payment, payment_row(company)),
        (Change, storing.ChangeRow(company.pk, 7, "invoice_created", UID, LATE)),
    ):
        bulk.insert(model, type(row), [row])
        ours = stored(model)
        model.objects.all().delete()  # type: ignore[attr-defined]
        model.objects.create(**row._asdict())  # type: ignore[attr-defined]
        assert ours == stored(model)
        model.objects.all().delete()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("key")
def test_an_update_writes_as_django_does_and_only_its_rows(company: Company) -> None:
    row, other = invoice_row(company), invoice_row(company, uid=OTHER, external_id="b", number="b")
    bulk.insert(Invoice, storing.InvoiceRow, [row, other])
    names = ("revision", "removed_at", "batch_uid")
    bulk.update(Invoice, company=company.pk, names=names, rows=[(UID, 5, LATE, UID)])
    ours = sorted(stored(Invoice))
    Invoice.objects.filter(uid=UID).update(revision=1, removed_at=None, batch_uid=OTHER)
    Invoice.objects.filter(uid=UID).update(revision=5, removed_at=LATE, batch_uid=UID)
    assert sorted(stored(Invoice)) == ours
    bulk.update(Invoice, company=company.pk + 1, names=names, rows=[(UID, 6, None, UID)])
    assert sorted(stored(Invoice)) == ours


@pytest.mark.usefixtures("key")
def test_what_is_taken_out_is_the_companys_and_leaves_its_time(company: Company) -> None:
    bulk.insert(Invoice, storing.InvoiceRow, [invoice_row(company)])
    bulk.insert(Payment, storing.PaymentRow, [payment_row(company), payment_row(company, OTHER)])
    assert bulk.take_out(Invoice, company=company.pk + 1, uids=[UID], name="received_at") == {}
    bulk.delete(Payment, company=company.pk, column="invoice_uid", uids=[UID])
    assert bulk.take_out(Invoice, company=company.pk, uids=[UID, uuid4()], name="received_at") == {UID: NOW}
    assert (Invoice.objects.count(), Payment.objects.get().invoice_uid) == (0, OTHER)


class Short(NamedTuple):
    company_id: int
    n: int


def test_a_column_that_was_forgotten_fails_loudly() -> None:
    with pytest.raises(bulk.ColumnsDiffer, match="invoice_uid"):
        bulk.insert(Change, Short, [Short(1, 1)])


@pytest.mark.usefixtures("key")
def test_texts_are_kept_to_the_letter_on_their_way_to_a_search(company: Company) -> None:
    odd = ["a\\b", 'a"b', "{a,b}", "NULL", "%s", "ż'", "[1]"]
    rows = [invoice_row(company, uid=uuid4(), external_id=text, number=text) for text in odd]
    bulk.insert(Invoice, storing.InvoiceRow, rows)
    found = storing.find_digests(company=company, external_ids=[*odd, "none"])
    assert found == {text: {"0" * 32} for text in odd}
    identities = [("PL", "1", text, dt.date(2026, 10, 1)) for text in odd]
    held = storing.find_holders(company=company, identities=[*identities, ("PL", "1", "none", dt.date(2026, 10, 1))])
    assert {identity: holder.external_id for identity, holder in held.items()} == dict(
        zip(identities, odd, strict=True)
    )


def plan_of(sql: str) -> str:
    """How the database goes about it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())


def test_a_lookup_goes_by_an_index_down_to_the_document(key: ExchangeKey, company: Company) -> None:
    many = [invoice_row(company, uid=uuid4(), external_id=f"x{n}", number=f"x{n}") for n in range(ROWS)]
    bulk.insert(Invoice, storing.InvoiceRow, many)
    if connection.vendor == "postgresql":  # it counts rows by itself in time; SQLite is never told to
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        put(key, document(invoice(number="FV/2"), external_id="b"))
    looked = [
        query["sql"]
        for query in queries
        if " = ANY(ARRAY" in query["sql"] or "json_each" in query["sql"] or "wanted" in query["sql"]
    ]
    searches = [
        [line for line in plan_of(sql).splitlines() if "Index Cond" in line or "SEARCH" in line] for sql in looked
    ]
    needed = ["external_id", "external_id", "issued_on"]
    found = [any(name in line for line in lines) for name, lines in zip(needed, searches, strict=True)]
    assert found == [True] * 3, searches
