"""What was removed: shown for 30 days, restored by an administrator, then purged but for its trace.

::

    Refusal
    ├── RemovalNotFound     404
    └── NumberTaken         409  the same invoice came under another id meanwhile
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import audit, memberships
from saldo_platform.companies.tables import Company, Person
from saldo_platform.exchange import coming_back, storing
from saldo_platform.exchange.tables import Feed, Invoice, Payment, Removal
from saldo_protocol import documents
from saldo_protocol import removals as bounds

KEPT = timedelta(days=bounds.KEPT_DAYS)
PURGE_ROWS_MAX = 500
PURGE_PAGES_MAX = 200


class RemovalNotFound(Refusal):
    """Not removed, back already, or gone for good."""

    code = "removal_not_found"
    status = 404
    text = _("This document is not among the removed ones: it is back already, or 30 days have passed.")


class NumberTaken(Refusal):
    """Its identity is another document's by now."""

    code = "number_taken"
    status = 409
    text = _(
        "Invoice %(number)s came again meanwhile, as document %(other)s: the removed one can't be restored beside it."
    )


def list_removed(*, company: Company, now: datetime) -> "QuerySet[Removal]":
    """The removals that can still be taken back, the latest first."""
    return (
        Removal.objects.filter(company=company, ended_at=None, purged_at=None, at__gt=now - KEPT)
        .select_related("integration")
        .order_by("-n")
    )


def find_invoices(*, company: Company, removals: list[Removal]) -> dict[UUID, Invoice]:
    """The invoices of some removals by uid, without their content."""
    uids = [removal.invoice_uid for removal in removals]
    return {row.uid: row for row in Invoice.objects.filter(company=company, uid__in=uids).defer("content")}


def restore(*, company: Company, invoice_uid: UUID, person: Person, now: datetime) -> Invoice:
    """Bring a removed invoice and its payments back, as they were.

    Its revision stays the tombstone's: a late repeat of that is stale and takes nothing away again.

    :raises NotAnAdministrator, RemovalNotFound, NumberTaken:
    """
    memberships.require_administrator(company=company, person=person)
    with transaction.atomic():
        feed, _made = Feed.objects.select_for_update().get_or_create(company=company)
        removal = list_removed(company=company, now=now).filter(invoice_uid=invoice_uid).first()
        if removal is None:
            raise RemovalNotFound()
        invoice = Invoice.objects.get(company=company, uid=invoice_uid)
        _require_free(invoice)
        invoice.removed_at, invoice.changed_at = None, now
        invoice.save(update_fields=["removed_at", "changed_at"])
        content = msgspec.json.decode(bytes(invoice.content), type=documents.Invoice)
        Payment.objects.bulk_create(storing.payments_of(company=company, uid=invoice_uid, invoice=content))
        removal.ended_at, removal.restored_by = now, person
        removal.save(update_fields=["ended_at", "restored_by"])
        coming_back.tell_restored(feed=feed, invoice=invoice, removed_n=removal.n, at=now)
        audit.note(
            company=company,
            person=person,
            action="invoice_restored",
            now=now,
            invoice=str(invoice_uid),
            number=invoice.number,
        )
    return invoice


def purge(*, now: datetime) -> int:
    """Remove the content of what was removed 30 days ago and more; the trace stays. How many invoices."""
    purged = 0
    for _page in range(PURGE_PAGES_MAX):
        due = Removal.objects.filter(ended_at=None, purged_at=None, at__lte=now - KEPT)
        company = due.order_by("at").values_list("company_id", flat=True).first()
        if company is None:
            break
        purged += _purge_page(company, now)
    return purged


def _require_free(invoice: Invoice) -> None:
    holders = Invoice.objects.filter(company=invoice.company_id, removed_at=None, number=invoice.number)
    identity = storing.identity_of_row(invoice)
    holder = next((row for row in holders.defer("content") if storing.identity_of_row(row) == identity), None)
    if holder is not None:
        raise NumberTaken(number=invoice.number, other=holder.external_id)


def _purge_page(company_pk: int, now: datetime) -> int:
    """One company's page, under its lock: a document may be on its way back."""
    with transaction.atomic():
        Feed.objects.select_for_update().get(company=company_pk)
        due = Removal.objects.filter(company=company_pk, ended_at=None, purged_at=None, at__lte=now - KEPT)
        uids = dict(due.order_by("n").values_list("n", "invoice_uid")[:PURGE_ROWS_MAX])
        Invoice.objects.filter(company=company_pk, uid__in=list(uids.values())).update(
            content=b"", number="", seller_tax_id="", counterparty_name="", counterparty_tax_id="", ksef_number="",
            net_minor=0, vat_minor=0, gross_minor=0, settled_minor=0, open_minor=0, due_on=None, payment_state="none",
        )  # fmt: skip
        Removal.objects.filter(company=company_pk, n__in=list(uids)).update(purged_at=now, note="")
    return len(uids)
