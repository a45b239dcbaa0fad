"""Withdrawing over real HTTP: removed once, kept in the books, never without a yes when it is much."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from django.utils import timezone

from saldo_desk.books import cancelling, companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, runs, withdrawing
from saldo_desk.exchange.platform_api import Transport
from saldo_desk.exchange.tables import OutboxBatch, Run
from system_tests.conftest import make_key, record, register_on_the_web
from system_tests.faults import FaultyTransport
from system_tests.processes import Platform, Visitor
from system_tests.test_synchronisation import settle, state_of, synchronise

pytestmark = pytest.mark.django_db(transaction=True)

_companies = count(1)


@pytest.fixture(scope="module")
def platform_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A Platform of these tests."""
    started = Platform(tmp_path_factory.mktemp("withdrawing"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def visitor(platform_here: Platform) -> Visitor:
    """The administrator of a company of its own: the guard counts a whole day."""
    nip = nip_of(next(_companies))
    visitor = Visitor(platform_here.url)
    register_on_the_web(platform_here, visitor, email=f"{nip}@example.com", nip=nip)
    return visitor


@pytest.fixture
def company(db: None, platform_here: Platform, visitor: Visitor, desk_home: Path) -> Company:
    """The visitor's company on this Desk, connected."""
    nip = str(visitor.open("/")).partition("NIP ")[2][:10]
    added = companies.add(nip=nip, name="Firma")
    connection.configure(company=added, platform_url=platform_here.url, key_text=make_key(visitor), now=timezone.now())
    return added


def nip_of(number: int) -> str:
    """A valid NIP, another for each number."""
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    for tail in count(number * 20):
        digits = f"525{tail:06d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"
    raise AssertionError("there are enough of them")


def withdraw(company: Company, marked: list[Invoice], transport: Transport | None = None) -> Run:
    run = withdrawing.withdraw(
        company=company,
        invoice_pks=[row.pk for row in marked],
        reason="pomyłka",
        confirmed_count=len(marked),
        operator=None,
        now=timezone.now(),
    )
    return carry_out(run, transport)


def carry_out(run: Run, transport: Transport | None = None) -> Run:
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=timezone.now, transport=transport)


def on_the_platform(visitor: Visitor, page: str) -> set[str]:
    """The numbers on one of the company's pages."""
    visitor.open("/")
    visitor.open(visitor.page.xpath(f"//a[contains(@href, '/{page}/')]/@href")[0])
    return set(visitor.page.xpath("//tr/@data-number | //tr/@data-removed"))


def removed(visitor: Visitor) -> set[str]:
    on_the_platform(visitor, "invoices")
    visitor.open(visitor.page.xpath("//a[contains(@href, '/removed/')]/@href")[0])
    return set(visitor.page.xpath("//tr/@data-removed"))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "twice"])
def test_a_lost_answer_to_a_withdrawal_removes_once(company: Company, visitor: Visitor, fault: str) -> None:
    marked = record(company, count=3)
    synchronise(company, marked)
    transport = FaultyTransport([fault])  # type: ignore[list-item]
    run = withdraw(company, marked[:2], transport)
    if fault != "twice":
        assert (run.state, run.reason) == ("waiting", "unreachable")
        assert [state_of(row) for row in marked] == ["waiting", "waiting", "sent"]
        run = carry_out(run, transport)
        assert transport.puts[0] == transport.puts[1], "the same uid goes again"
    assert {row.result for row in run.documents.all()} == {"removed"}
    assert [state_of(row) for row in marked] == ["withdrawn", "withdrawn", "sent"]
    assert on_the_platform(visitor, "invoices") == {marked[2].number}
    assert removed(visitor) == {row.number for row in marked[:2]}
    assert Invoice.objects.filter(company=company).count() == 3


def test_a_withdrawn_invoice_comes_back_only_when_it_is_asked_for(company: Company, visitor: Visitor) -> None:
    first, second = record(company, count=2)
    synchronise(company, [first, second])
    sent_batch = OutboxBatch.objects.get()
    withdraw(company, [first])
    settle(company, first)
    run = synchronise(company, [])
    assert (run.documents.count(), state_of(first)) == (0, "withdrawn")

    api = connection.api_of(company=company)
    uid = "018f0000-0000-7000-8000-00000000abcd"
    late = bytes(sent_batch.body).replace(str(sent_batch.uid).encode(), uid.encode())
    receipt, _raw = api.put_batch(type(sent_batch.uid)(uid), late)
    assert [row.outcome for row in receipt.outcomes] == ["stale", "unchanged"]

    run = withdrawing.restore(company=company, invoice_pks=[first.pk], operator=None, now=timezone.now())
    assert {row.result for row in carry_out(run).documents.all()} == {"created"}
    assert (state_of(first), len(on_the_platform(visitor, "invoices"))) == ("sent", 2)


def test_an_invoice_that_an_administrator_restored_can_be_withdrawn_again(company: Company, visitor: Visitor) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    withdraw(company, [invoice])
    removed(visitor)
    assert "jest z powrotem" in visitor.press("Przywróć")
    assert {row.result for row in withdraw(company, [invoice]).documents.all()} == {"removed"}
    assert on_the_platform(visitor, "invoices") == set()


def test_much_at_once_waits_for_an_administrators_yes(
    company: Company, visitor: Visitor, platform_here: Platform
) -> None:
    marked = record(company, count=8)
    synchronise(company, marked)
    counts = runs.counts_of(withdraw(company, marked))
    assert (counts.removed, counts.refused) == (0, 8)
    assert {state_of(row) for row in marked} == {"refused"}
    assert "8 dokumentów" in platform_here.mail_to(f"{company.nip}@example.com", having="chce usunąć")
    visitor.open("/")
    assert "chce usunąć 8 dokumentów" in visitor.page.text_content()
    assert "Zezwolono" in visitor.press("Zezwól na usunięcie")
    assert runs.counts_of(withdraw(company, marked)).removed == 8
    assert (on_the_platform(visitor, "invoices"), len(removed(visitor))) == (set(), 8)


def test_what_was_withdrawn_under_an_earlier_key_is_found_by_its_number(
    company: Company, visitor: Visitor, platform_here: Platform
) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    connection.configure(
        company=company, platform_url=platform_here.url, key_text=make_key(visitor), now=timezone.now()
    )
    assert {row.result for row in withdraw(company, [invoice]).documents.all()} == {"removed"}


def test_a_cancelled_invoice_travels_as_a_state(company: Company, visitor: Visitor) -> None:
    invoice = record(company)[0]
    synchronise(company, [invoice])
    cancelling.cancel(company=company, invoice=invoice, reason="pomyłka", operator=None, now=timezone.now())
    assert state_of(invoice) == "changed"
    assert {row.result for row in synchronise(company, []).documents.all()} == {"updated"}
    assert on_the_platform(visitor, "invoices") == {invoice.number}
    assert "anulowana" in visitor.page.text_content()
    on_the_platform(visitor, "payments/incoming")
    assert invoice.number not in visitor.page.text_content()


def test_the_preview_of_a_withdrawn_invoice_says_that_it_comes_back_and_brings_nothing_back(
    company: Company, visitor: Visitor
) -> None:
    [invoice] = record(company)
    synchronise(company, [invoice])
    withdraw(company, [invoice])
    with runs.looking(company=company, invoice_pks=[invoice.pk], clock=timezone.now) as run:
        assert [row.forecast.outcome for row in run.documents.select_related("forecast")] == ["created"]
    assert withdrawing.list_withdrawn(company=company, invoice_pks=[invoice.pk]) != []
    assert removed(visitor) == {invoice.number}
    run = runs.ask(company=company, invoice_pks=[invoice.pk], operator=None, now=timezone.now())
    assert [row.result for row in carry_out(run).documents.all()] == ["created"]
    assert removed(visitor) == set()
