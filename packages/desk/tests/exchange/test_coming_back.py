"""What came back: read after sending, kept once with its effect, older news than ours without effect, kinds to come."""

from collections.abc import Callable
from uuid import UUID

import pytest

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory
from packages.desk.tests.exchange.test_runs_that_wait import anna, change, connect, go, mark, state_of, withdraw
from saldo_desk.books import marks
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, ListName, Operator
from saldo_desk.exchange import coming_back, runs
from saldo_desk.exchange.platform_api import Answer, NoAnswer
from saldo_desk.exchange.tables import Link, Withdrawal
from saldo_desk.site import history
from saldo_protocol import changes

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["anna"]

Send = Callable[[int], list[Invoice]]
ANOTHER = UUID("018f0000-0000-7000-8000-000000000002")


def sync(company: Company, platform: PlatformInMemory, *some: Invoice) -> str:
    pks = [row.pk for row in some]
    return go(runs.ask(company=company, invoice_pks=pks, operator=None, now=NOW), platform).state


def gone(send: Send, operator: Operator | None = None) -> tuple[Invoice, PlatformInMemory, int]:
    """An invoice that was withdrawn, with its tombstone's revision."""
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    go(withdraw(operator, invoice), platform)
    invoice.refresh_from_db()
    assert state_of(invoice) == "withdrawn"
    return invoice, platform, invoice.revision


def told(invoice: Invoice) -> list[str]:
    events = HistoryEvent.objects.filter(invoice=invoice, action=coming_back.ACTION).order_by("pk")
    return [history.told(event, "PLN")[0] for event in events]


def test_an_invoice_restored_there_is_withdrawn_no_more_and_travels_next(company: Company, send: Send) -> None:
    invoice, platform, revision = gone(send)
    platform.tell(changes.RESTORED, invoice, revision)
    assert sync(company, platform) == "done"
    assert state_of(invoice) == "restored_there"
    assert not Withdrawal.objects.exists()
    assert len(told(invoice)) == 1 and told(invoice)[0].endswith("(2026-11-24 13:00)")
    platform.put.clear()
    platform.held[str(invoice.uid)] = "0"
    sync(company, platform)
    assert platform.put == [("invoice", str(invoice.uid))]
    assert state_of(invoice) == "sent"


def test_what_was_changed_here_meanwhile_goes_after_it_was_restored_there(company: Company, send: Send) -> None:
    invoice, platform, revision = gone(send)
    change(invoice)
    platform.tell(changes.RESTORED, invoice, revision)
    sync(company, platform)
    platform.put.clear()
    sync(company, platform)
    assert platform.put == [("invoice", str(invoice.uid))]


def test_a_withdrawal_asked_for_since_is_the_later_word(company: Company, send: Send) -> None:
    invoice, platform, revision = gone(send)
    platform.tell(changes.RESTORED, invoice, revision)
    runs.stop(run=withdraw(None, invoice), now=NOW)
    page = changes.Changes(changes=(_change(changes.RESTORED, invoice, revision),), last=1, more=False)
    assert coming_back.keep(company=company, integration_uid=INTEGRATION, after=0, page=page, now=NOW)
    assert state_of(invoice) == "to_withdraw"
    sync(company, platform)
    assert platform.put[-1] == ("tombstone", str(invoice.uid))


def test_older_news_than_the_last_answer_is_history_alone(company: Company, send: Send) -> None:
    invoice, platform, revision = gone(send)
    sync(company, platform, invoice)
    assert state_of(invoice) == "sent"
    platform.tell(changes.RESTORED, invoice, revision)
    platform.tell(changes.REMOVED, invoice, revision - 1)
    sync(company, platform)
    assert (state_of(invoice), len(told(invoice))) == ("sent", 2)


def test_what_another_program_removed_travels_by_a_persons_word_alone(
    company: Company, send: Send, anna: Operator
) -> None:
    invoice, other = send(2)
    platform = PlatformInMemory(other)
    mark(anna, invoice)
    ahead = invoice.revision + (5 << 16)
    platform.tell(changes.REMOVED, invoice, ahead)
    sync(company, platform)
    assert state_of(invoice) == "removed_there"
    assert marks.marked_invoice_pks(company=company, operator=anna, name=ListName.INVOICES) == []
    change(invoice)
    sync(company, platform)
    assert (platform.put, state_of(invoice)) == ([], "removed_there")
    sync(company, platform, invoice)
    assert (platform.put, state_of(invoice)) == ([("invoice", str(invoice.uid))], "sent")
    assert int(platform.held[str(invoice.uid)]) > ahead


def test_what_another_program_took_over_is_told_until_it_is_sent_again(company: Company, send: Send) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    platform.tell(changes.TAKEN_OVER, invoice, invoice.revision + 1)
    sync(company, platform)
    assert state_of(invoice) == "taken_over"
    change(invoice)
    sync(company, platform)
    assert state_of(invoice) == "sent"


def test_a_kind_that_is_not_known_yet_is_kept_and_changes_nothing(company: Company, send: Send) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    platform.tell("paid_through_a_link", invoice, 1)
    sync(company, platform)
    assert state_of(invoice) == "sent"
    assert "paid_through_a_link" in told(invoice)[0]


def test_the_position_moves_page_by_page_and_is_bounded_in_one_run(
    company: Company, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coming_back, "PAGES_MAX", 2)
    invoices = send(5)
    platform = PlatformInMemory(*invoices)
    platform.page_changes_max = 2
    for invoice in invoices:
        platform.tell(changes.TAKEN_OVER, invoice, invoice.revision)
    sync(company, platform)
    assert (platform.asked_after, Link.objects.get().changes_after) == ([0, 2], 4)
    sync(company, platform)
    assert (platform.asked_after, Link.objects.get().changes_after) == ([0, 2, 4], 5)


def test_a_platform_that_came_back_from_a_backup_is_read_again_and_nothing_is_told_twice(
    company: Company, send: Send
) -> None:
    invoice, platform, revision = gone(send)
    platform.tell(changes.RESTORED, invoice, revision)
    sync(company, platform)
    Link.objects.update(changes_after=70)
    sync(company, platform)
    assert platform.asked_after[-2:] == [70, 0]
    assert (Link.objects.get().changes_after, len(told(invoice))) == (1, 1)


def test_a_platform_without_the_capability_is_not_asked(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1))
    assert (sync(company, platform), platform.asked_after) == ("done", [])


def test_what_can_not_be_read_ends_no_run_and_is_noted_until_it_can(company: Company, send: Send) -> None:
    (invoice,) = send(1)
    platform = PlatformInMemory(invoice)
    platform.tell(changes.TAKEN_OVER, invoice, invoice.revision)

    def lost(_method: str, url: str) -> Answer | None:
        if "/changes" in url:
            raise NoAnswer("lost")
        return None

    platform.hook = lost
    assert (sync(company, platform), Link.objects.get().changes_problem) == ("done", "unreachable")
    platform.hook = lambda _method, _url: None
    sync(company, platform)
    assert (Link.objects.get().changes_problem, state_of(invoice)) == ("", "taken_over")


def test_a_page_says_nothing_where_another_was_read_or_the_company_is_connected_elsewhere(
    company: Company, send: Send
) -> None:
    (invoice,) = send(1)
    page = changes.Changes(changes=(_change(changes.TAKEN_OVER, invoice, invoice.revision),), last=9, more=False)
    for uid, after in ((INTEGRATION, 3), (ANOTHER, 0)):
        assert not coming_back.keep(company=company, integration_uid=uid, after=after, page=page, now=NOW)
    assert (state_of(invoice), Link.objects.get().changes_after) == ("sent", 0)


def test_another_integration_is_read_from_its_start(company: Company, send: Send) -> None:
    platform = PlatformInMemory(*send(1), integration=ANOTHER)
    Link.objects.update(changes_after=70)
    connect(company, platform)
    assert Link.objects.get().changes_after == 0


@pytest.mark.parametrize("revision", ["", "x", "9" * 40, str(2**63 - 1)])
@pytest.mark.parametrize("external_id", ["", "1042", "018f0000-0000-7000-8000-00000000ffff"])
def test_what_no_platform_of_ours_tells_harms_nothing(
    company: Company, send: Send, revision: str, external_id: str
) -> None:
    (invoice,) = send(1)
    odd = changes.DocumentChange(n=1, kind="k" * 500, external_id=external_id, revision=revision, at=NOW)
    own = changes.DocumentChange(n=2, kind=changes.REMOVED, external_id=str(invoice.uid), revision=revision, at=NOW)
    page = changes.Changes(changes=(odd, own), last=2, more=False)
    assert coming_back.keep(company=company, integration_uid=INTEGRATION, after=0, page=page, now=NOW)
    assert state_of(invoice) == "sent"
    company.refresh_from_db()
    assert company.revision_last < 2**62


def _change(kind: str, invoice: Invoice, revision: int) -> changes.DocumentChange:
    return changes.DocumentChange(n=1, kind=kind, external_id=str(invoice.uid), revision=str(revision), at=NOW)
