"""Cancelling an invoice: numbered still, owed no more, never taken back."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from django.utils import translation

from saldo_desk.books import cancelling, companies, invoices, settlements
from saldo_desk.books.tables import Company, HistoryEvent, Invoice
from saldo_desk.exchange import documents
from saldo_desk.sources import ksef_xml
from saldo_protocol.documents import Invoice as Sent
from saldo_protocol.documents import check
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


@pytest.fixture
def invoice(company: Company) -> Invoice:
    return record(company, "FV/1")


def record(company: Company, number: str) -> Invoice:
    issued = ksef_xml.read(samples.document(number=number), name="FV.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return Invoice.objects.get(pk=recorded.invoice_pk)


def cancel(company: Company, invoice: Invoice, reason: str = "wystawiona dwa razy") -> Invoice:
    return cancelling.cancel(company=company, invoice=invoice, reason=reason, operator=None, now=NOW)


def settle(company: Company, invoice: Invoice) -> None:
    settlements.settle(
        company=company,
        payment_uid=invoice.payments.get().uid,
        amount_minor=100,
        settled_on=date(2026, 11, 24),
        operator=None,
        now=NOW,
    )


def test_a_cancelled_invoice_stays_numbered_and_nobody_owes_it(company: Company, invoice: Invoice) -> None:
    opened = invoice.open_minor
    cancel(company, invoice)
    found = Invoice.objects.get(company=company, number="FV/1")
    assert (found.state, found.open_minor, found.payment_state, found.due_on) == ("cancelled", 0, "cancelled", None)
    assert found.revision > invoice.revision
    event = HistoryEvent.objects.get(action="cancelled")
    assert event.values == {
        "reason": "wystawiona dwa razy",
        "changes": [
            {"field": "state", "from": "approved", "to": "cancelled"},
            {"field": "open_minor", "from": str(opened), "to": "0"},
        ],
    }


def test_it_travels_as_an_invoice_with_that_state(company: Company, invoice: Invoice) -> None:
    cancel(company, invoice)
    (outgoing,) = documents.read([invoice.pk])
    content = msgspec.json.decode(outgoing.content, type=Sent)
    check(content)
    assert (outgoing.document.kind, content.state, len(content.payments)) == ("invoice", "cancelled", 1)


def test_it_is_cancelled_once_and_the_refusal_says_what_to_do_instead(company: Company, invoice: Invoice) -> None:
    cancel(company, invoice)
    with pytest.raises(cancelling.CancelledAlready) as caught:
        cancel(company, invoice)
    with translation.override("en"):
        assert "issue a new invoice or a correction" in caught.value.message
    assert HistoryEvent.objects.filter(action="cancelled").count() == 1


def test_what_is_settled_is_unsettled_first(company: Company, invoice: Invoice) -> None:
    settle(company, invoice)
    with pytest.raises(cancelling.SettledAlready):
        cancel(company, invoice)
    settlements.unsettle(company=company, payment_uid=invoice.payments.get().uid, operator=None, now=NOW)
    assert cancel(company, invoice).state == "cancelled"


def test_nothing_is_settled_on_a_cancelled_invoice(company: Company, invoice: Invoice) -> None:
    cancel(company, invoice)
    with pytest.raises(settlements.InvoiceCancelled):
        settle(company, invoice)


def test_only_who_issued_it_cancels_it(company: Company, invoice: Invoice) -> None:
    Invoice.objects.update(direction="purchase")
    with pytest.raises(cancelling.NotOurInvoice):
        cancel(company, invoice)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_it_needs_a_reason(company: Company, invoice: Invoice, reason: str) -> None:
    with pytest.raises(cancelling.ReasonMissing):
        cancel(company, invoice, reason)


def test_another_company_does_not_find_it(invoice: Invoice) -> None:
    with pytest.raises(Invoice.DoesNotExist):
        cancel(companies.add(nip="9999999999", name="Obca"), invoice)
