"""What pages show of what was sent. Always from the company."""

from django.db.models import QuerySet

from saldo_platform.companies.tables import Company
from saldo_platform.exchange.tables import Batch, Invoice, Payment


def list_invoices(*, company: Company) -> "QuerySet[Invoice]":
    """The company's invoices, the latest first; not what was removed."""
    return Invoice.objects.filter(company=company, removed_at=None).defer("content").order_by("-issued_on", "-uid")


def list_payments(*, company: Company, incoming: bool) -> "QuerySet[Payment]":
    """„Lista wpływów” or „Lista wydatków”, by due date."""
    return Payment.objects.filter(company=company, incoming=incoming).order_by("due_on", "invoice_uid", "external_id")


def count_received(*, company: Company) -> tuple[int, int]:
    """How many invoices of the company are here, and how many batches it has sent."""
    return Invoice.objects.filter(company=company, removed_at=None).count(), Batch.objects.filter(
        company=company
    ).count()
