"""Of the Platform: companies to send to, and what it holds of them."""

from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils import timezone

from saldo_platform.companies import keys
from saldo_platform.companies.tables import Company, Membership, Person, Role
from saldo_platform.exchange.tables import Batch, Change, Feed, Invoice, Payment
from saldo_protocol import digest


def make_company(nip: str) -> str:
    """A company with one person and a confirmed integration; the text of its key."""
    with transaction.atomic():
        person = Person.objects.create(email=f"{nip}@example.com", name="Anna Nowak", joined_at=timezone.now())
        company = Company.objects.create(nip=nip, name="Firma", joined_at=timezone.now())
        Membership.objects.create(company=company, person=person, role=Role.ADMINISTRATOR)
    return keys.issue(company=company, name="program", person=person, now=timezone.now()).text


def make_key(nip: str) -> str:
    """Another key of the company, with an integration of its own; its text."""
    company = Company.objects.get(nip=nip)
    return keys.issue(company=company, name="another", person=company.members.get(), now=timezone.now()).text


def look(nip: str) -> dict[str, Any]:
    """All that is held of the company, and whether it fits itself: ``faults`` names what does not."""
    company = Company.objects.get(nip=nip)
    rows = list(Invoice.objects.filter(company=company).order_by("external_id"))
    payments: dict[Any, list[Payment]] = {}
    for payment in Payment.objects.filter(company=company):
        payments.setdefault(payment.invoice_uid, []).append(payment)
    places = list(Change.objects.filter(company=company).order_by("n").values_list("n", flat=True))
    last = Feed.objects.filter(company=company).values_list("last_n", flat=True).first() or 0
    batches = Batch.objects.filter(company=company).values_list("uid", "receipt")
    return {
        "held": {row.external_id: _invoice(row, payments.get(row.uid, [])) for row in rows if row.removed_at is None},
        "removed": sorted(row.external_id for row in rows if row.removed_at is not None),
        "receipts": {str(uid): bytes(receipt).hex() for uid, receipt in batches},
        "faults": [
            *(f"{row.external_id} is held twice" for row, next_row in pairwise(rows)
              if row.external_id == next_row.external_id),
            *(f"the digest of {row.external_id}" for row in rows
              if row.content and digest.of_canonical(bytes(row.content)) != row.digest),
            *(f"payments without an invoice: {uid}" for uid in payments.keys() - {row.uid for row in rows}),
            *(["a gap in the change feed"] if places != list(range(1, last + 1)) else []),
        ],
    }  # fmt: skip


def _invoice(row: Invoice, payments: list[Payment]) -> dict[str, Any]:
    return {
        "number": row.number,
        "digest": row.digest,
        "state": row.state,
        "open_minor": row.open_minor,
        "settled_minor": row.settled_minor,
        "payments": sorted([each.external_id, each.amount_minor, each.settled_minor] for each in payments),
    }


def lose(nip: str, count: int) -> list[str]:
    """Delete invoices behind the program's back; their numbers."""
    company = Company.objects.get(nip=nip)
    rows = list(Invoice.objects.filter(company=company, removed_at=None).order_by("external_id")[:count])
    for row in rows:
        Payment.objects.filter(company=company, invoice_uid=row.uid).delete()
        Invoice.objects.filter(company=company, uid=row.uid).delete()
    return [row.number for row in rows]
