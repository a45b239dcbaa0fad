"""Settling and un-settling payments."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.books import companies, invoices, revisions, settlements
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, Operator, Payment
from saldo_desk.sources import ksef_xml
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


@pytest.fixture
def anna() -> Operator:
    return companies.add_operator(login="Anna", name="Anna Nowak", password="zielone-jablko-i-kot")


@pytest.fixture
def invoice(company: Company) -> Invoice:
    issued = ksef_xml.read(samples.document(number="FV/1"), name="FV1.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return Invoice.objects.get(pk=recorded.invoice_pk)


def settle(company: Company, payment: Payment, amount_minor: int | None, *, at: datetime = NOW) -> None:
    settlements.settle(
        company=company, payment_uid=payment.uid, amount_minor=amount_minor, settled_on=TODAY, operator=None, now=at
    )


def test_settling_in_two_parts_goes_through_partly_to_settled(company: Company, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    opened = invoice.open_minor
    settle(company, payment, 100)
    invoice.refresh_from_db()
    assert (invoice.payment_state, invoice.open_minor) == ("partly", opened - 100)
    settle(company, payment, None)
    invoice.refresh_from_db()
    assert (invoice.payment_state, invoice.open_minor) == ("settled", 0)


def test_unsettling_takes_the_last_part_back(company: Company, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    before = invoice.open_minor
    settle(company, payment, 100)
    settle(company, payment, 250)
    taken = settlements.unsettle(company=company, payment_uid=payment.uid, operator=None, now=NOW)
    invoice.refresh_from_db()
    assert (taken.amount_minor, invoice.open_minor, invoice.payment_state) == (250, before - 100, "partly")


@pytest.mark.parametrize("amount", [0, -1, 10**12])
def test_an_amount_that_is_not_open_is_refused_and_nothing_moves(
    company: Company, invoice: Invoice, amount: int
) -> None:
    revision = invoice.revision
    with pytest.raises(settlements.MoreThanOpen):
        settle(company, invoice.payments.get(), amount)
    invoice.refresh_from_db()
    assert (invoice.revision, invoice.payment_state) == (revision, "open")


def test_every_verb_moves_the_revision_and_writes_history(company: Company, invoice: Invoice, anna: Operator) -> None:
    payment = invoice.payments.get()
    seen = [invoice.revision]
    settlements.settle(
        company=company, payment_uid=payment.uid, amount_minor=None, settled_on=TODAY, operator=anna, now=NOW
    )
    invoice.refresh_from_db()
    seen.append(invoice.revision)
    settlements.unsettle(
        company=company, payment_uid=payment.uid, operator=anna, now=NOW - timedelta(days=1)
    )  # the clock was set back
    invoice.refresh_from_db()
    seen.append(invoice.revision)
    assert seen == sorted(set(seen))
    events = HistoryEvent.objects.filter(company=company).order_by("pk").values_list("action", "operator__name")
    assert list(events) == [("recorded", None), ("settled", "Anna Nowak"), ("unsettled", "Anna Nowak")]


def test_nothing_is_settled_twice_and_nothing_taken_back_that_is_not_there(company: Company, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    with pytest.raises(settlements.NothingSettled):
        settlements.unsettle(company=company, payment_uid=payment.uid, operator=None, now=NOW)
    settle(company, payment, None)
    with pytest.raises(settlements.NothingOpen):
        settle(company, payment, None)


def test_a_negative_payment_is_settled_and_taken_back_like_any_other(company: Company) -> None:
    content = samples.document(
        number="FK/1", kind="KOR", before=(samples.Line("Donica", Decimal(1), Decimal("100.00")),), lines=()
    )
    recorded = invoices.record(company=company, issued=ksef_xml.read(content, name="FK1.xml"), operator=None, now=NOW)
    correction = Invoice.objects.get(pk=recorded.invoice_pk)
    payment = correction.payments.get()
    seen = []
    for amount in (-2300, None):
        settle(company, payment, amount)
        correction.refresh_from_db()
        seen.append((correction.payment_state, correction.settled_minor, correction.open_minor))
    settlements.unsettle(company=company, payment_uid=payment.uid, operator=None, now=NOW)
    correction.refresh_from_db()
    seen.append((correction.payment_state, correction.settled_minor, correction.open_minor))
    assert seen == [("partly", -2300, -10000), ("settled", -12300, 0), ("partly", -2300, -10000)]
    for amount in (1, -10001, 0):
        with pytest.raises(settlements.MoreThanOpen):
            settle(company, payment, amount)


def test_another_company_does_not_find_the_payment(invoice: Invoice) -> None:
    other = companies.add(nip="9999999999", name="Obca")
    with pytest.raises(settlements.PaymentNotFound):
        settle(other, invoice.payments.get(), None)


def test_the_database_itself_refuses_to_settle_beyond_the_amount(invoice: Invoice) -> None:
    payment = invoice.payments.get()
    payment.settled_minor = payment.amount_minor + 1
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save()


@given(last=st.integers(min_value=0, max_value=2**62), at=st.integers(min_value=10**9, max_value=4 * 10**9))
def test_the_clock_of_revisions_only_grows(last: int, at: int) -> None:
    now = datetime.fromtimestamp(at, tz=UTC)
    following = revisions.next_after(last=last, now=now)
    assert following > last
    assert following >= int(now.timestamp() * 1000) << 16


def test_a_settlement_that_is_named_is_taken_back_once(company: Company, invoice: Invoice) -> None:
    payment = invoice.payments.get()
    settle(company, payment, 100)
    settle(company, payment, 250)
    shown = settlements.last_of(payment)
    assert shown is not None

    def take_back() -> None:
        settlements.unsettle(company=company, payment_uid=payment.uid, settlement_uid=shown.uid, operator=None, now=NOW)

    take_back()
    with pytest.raises(settlements.TakenBackAlready):
        take_back()
    assert list(payment.settlements.values_list("amount_minor", flat=True)) == [100]
