"""Large books at once: copies of one invoice that was recorded in earnest, each with its own number and ids."""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from saldo_core.ids import new_uid
from saldo_desk.books import invoices, revisions
from saldo_desk.books.tables import Company, Invoice, Line, Payment, VatTotal
from saldo_desk.sources import importing
from tools import samples

PAGE = 500


def fill(company: Company, count: int) -> list[int]:
    """Put ``count`` sales invoices with a payment, lines and a VAT table each into the books; their primary keys."""
    first = f"MASA/{company.pk}/{new_uid().hex[-8:]}"
    content = samples.document(number=first, seller=samples.COMPANY._replace(tax_id=company.nip))
    importing.import_file(company=company, name="first.xml", load=lambda: content, operator=None, now=timezone.now())
    pattern = invoices.get(company=company, number=first)
    with transaction.atomic():
        revision = revisions.take(company=company, now=timezone.now())
        made = [_copy(pattern, uid=new_uid(), number=f"{first}/{n:05}", revision=revision + n) for n in range(1, count)]
        Invoice.objects.bulk_create(made, batch_size=PAGE)
        Company.objects.filter(pk=company.pk).update(revision_last=revision + count)
        for kind in (Line, VatTotal, Payment):
            parts = list(kind.objects.filter(invoice=pattern))  # type: ignore[attr-defined]
            fresh = {"uid": new_uid} if kind is Payment else {}
            kind.objects.bulk_create(  # type: ignore[attr-defined]
                [
                    _copy(part, invoice=row, **{name: make() for name, make in fresh.items()})
                    for row in made
                    for part in parts
                ],
                batch_size=PAGE,
            )
    return [pattern.pk, *(row.pk for row in made)]


def _copy(row: Model, **changed: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    gone = {row._meta.pk.attname, *(f"{name}_id" for name in changed)}
    return type(row)(**{name: value for name, value in {**values, **changed}.items() if name not in gone})
