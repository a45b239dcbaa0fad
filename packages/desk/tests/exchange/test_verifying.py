"""What was sent is compared with what the Platform holds, and mended by a person's word."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from django.utils import timezone

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from packages.desk.tests.exchange.platform_in_memory import PlatformInMemory
from saldo_core.ids import new_uid
from saldo_desk.books.tables import Company, HistoryEvent, Invoice
from saldo_desk.exchange import documents, mending, runs, verifying
from saldo_desk.exchange.platform_api import Answer
from saldo_desk.exchange.summaries import summary_of
from saldo_desk.exchange.tables import Difference, DifferenceKind, Run, RunState, SentDocument
from saldo_protocol import reconciliation
from saldo_protocol.reconciliation import Digests, Held

Send = Callable[[int], list[Invoice]]
RECORD = Callable[[str], Invoice]


class Holding(PlatformInMemory):
    """Also tells what it holds, as the Platform does."""

    def __init__(self, *invoices: Invoice) -> None:
        super().__init__(*invoices)
        self.documents = {
            row.external_id: Held(row.external_id, row.digest, str(row.revision), "", date(2026, 1, 1))
            for row in documents.read([invoice.pk for invoice in invoices])
        }
        self.asked: list[str] = []
        self.answered_bytes = 0

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if "/digests" in url:
            answer = Answer(200, msgspec.json.encode(self._digests(parse_qs(urlsplit(url).query))))
            self.asked.append(url)
            self.answered_bytes += len(answer.body)
            return answer
        answer = super().send(method, url, headers=headers, body=body)
        if url.endswith("/integration"):
            said = json.loads(answer.body)
            return Answer(200, json.dumps({**said, "capabilities": [*said["capabilities"], "digests"]}).encode())
        return answer

    def _digests(self, asked: dict[str, list[str]]) -> Digests:
        after, to = asked.get("after", [""])[0], asked.get("to", [""])[0]
        held = [self.documents[key] for key in sorted(self.documents) if key > after and (not to or key <= to)]
        rows = [(row.external_id, row.digest) for row in held]
        if asked.get("list") == ["1"] or len(rows) <= reconciliation.LISTED_MAX:
            shown = held[: reconciliation.PAGE_MAX]
            fold = reconciliation.Fold()
            fold.add((row.external_id, row.digest) for row in shown)
            return Digests(INTEGRATION, fold.count, fold.digest, documents=tuple(shown), more=len(held) > len(shown))
        whole, ranges = reconciliation.divide([rows], count=len(rows))
        return Digests(INTEGRATION, whole.count, whole.digest, ranges=tuple(ranges))


def verify(company: Company, platform: PlatformInMemory) -> Run:
    run = runs.ask_to_verify(company=company, operator=None, now=NOW)
    claimed = runs.claim(run=run, now=NOW)
    assert claimed is not None
    return runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)


def found(run: Run) -> set[tuple[str, str]]:
    return set(run.differences.values_list("kind", "external_id"))


def sent(send: Send, count: int) -> list[Invoice]:
    invoices = send(count)
    for invoice in invoices:
        SentDocument.objects.filter(invoice=invoice).update(external_id=str(invoice.uid))
    return invoices


def many(company: Company, template: Invoice, count: int) -> list[tuple[str, str]]:
    """So many documents that are known to be held; of invoices with nothing in them."""
    values = {field.name: getattr(template, field.name) for field in Invoice._meta.fields if field.name != "id"}
    rows = [Invoice(**{**values, "uid": new_uid(), "number": f"M/{at}", "company": company}) for at in range(count)]
    Invoice.objects.bulk_create(rows, batch_size=500)
    made = Invoice.objects.filter(number__startswith="M/").order_by("pk")
    SentDocument.objects.bulk_create(
        [
            SentDocument(
                invoice=row,
                company=company,
                platform_url="http://127.0.0.1:9",
                external_id=str(row.uid),
                digest=f"{row.pk:032x}",
                sent_revision=row.revision,
                answered_revision=row.revision,
                answered_at=NOW,
                outcome="sent",
            )
            for row in made
        ],
        batch_size=500,
    )
    return [(str(row.uid), f"{row.pk:032x}") for row in made]


def holding(rows: list[tuple[str, str]]) -> Holding:
    platform = Holding()
    platform.documents = {key: Held(key, digest, "1", "", date(2026, 1, 1)) for key, digest in rows}
    return platform


def test_nothing_differs_and_digests_are_made_of_what_was_sent_before_they_were_kept(
    company: Company, send: Send
) -> None:
    invoices = sent(send, 3)
    run = verify(company, Holding(*invoices))
    assert (run.state, run.compared, found(run)) == (RunState.DONE, 3, set())
    assert "wszystkie 3 wysłane" in summary_of(run)
    assert SentDocument.objects.filter(digest="").count() == 0


def test_each_kind_of_difference_is_named(company: Company, send: Send) -> None:
    kept, lost, changed = sent(send, 3)
    platform = Holding(kept, lost, changed)
    del platform.documents[str(lost.uid)]
    other = platform.documents[str(changed.uid)]
    platform.documents[str(changed.uid)] = msgspec.structs.replace(other, digest="0" * 32)
    stranger = str(new_uid())
    platform.documents[stranger] = Held(stranger, "1" * 32, "7", "FV/OBCA", date(2026, 5, 1))
    run = verify(company, platform)
    assert found(run) == {
        (DifferenceKind.MISSING, str(lost.uid)),
        (DifferenceKind.DIFFERENT, str(changed.uid)),
        (DifferenceKind.EXTRA, stranger),
    }
    extra = run.differences.get(kind=DifferenceKind.EXTRA)
    assert (extra.number, extra.invoice_id) == ("FV/OBCA", None)
    assert "3 dokumenty różnią się" in summary_of(run)


def test_nothing_differs_takes_one_request_and_less_than_64_kib(company: Company, record: RECORD) -> None:
    rows = many(company, record("FV/T"), 3000)
    platform = holding(rows)
    run = verify(company, platform)
    assert (found(run), run.compared) == (set(), 3000)
    assert len(platform.asked) == 1
    assert platform.answered_bytes < 64 * 1024


def test_it_descends_only_where_ranges_differ(company: Company, record: RECORD) -> None:
    rows = many(company, record("FV/T"), 3000)
    lost, changed = rows[100][0], rows[2900][0]
    platform = holding([row for row in rows if row[0] != lost])
    platform.documents[changed] = msgspec.structs.replace(platform.documents[changed], digest="e" * 32)
    run = verify(company, platform)
    assert found(run) == {(DifferenceKind.MISSING, lost), (DifferenceKind.DIFFERENT, changed)}
    assert len(platform.asked) == 3
    assert platform.answered_bytes < 64 * 1024


@pytest.mark.parametrize("there", [0, 2500])
def test_where_nearly_all_differs_the_documents_are_listed(
    company: Company, record: RECORD, there: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "PAGE_MAX", 1000)
    rows = many(company, record("FV/T"), 3000)
    platform = holding([(key, "d" * 32) for key, _digest in rows[:there]])
    run = verify(company, platform)
    kinds = list(run.differences.values_list("kind", flat=True))
    assert (kinds.count("different"), kinds.count("missing")) == (there, 3000 - there)
    assert len(platform.asked) <= 5


def test_what_is_missing_goes_again_and_then_nothing_differs(company: Company, send: Send) -> None:
    kept, lost = sent(send, 2)
    platform = Holding(kept, lost)
    del platform.documents[str(lost.uid)]
    run = verify(company, platform)
    again = mending.mend(run=run, desk_holds=False, operator=None, now=NOW)
    assert list(again.documents.values_list("invoice__uid", flat=True)) == [lost.uid]
    claimed = runs.claim(run=again, now=NOW)
    assert claimed is not None
    runs.carry_out(run=claimed, clock=lambda: NOW, transport=platform)
    assert platform.put == [("invoice", str(lost.uid))]
    assert SentDocument.objects.get(invoice=lost).digest == documents.read([lost.pk])[0].digest


def test_a_newer_version_there_is_replaced_only_when_a_person_says_that_the_books_hold(
    company: Company, send: Send
) -> None:
    (invoice,) = sent(send, 1)
    platform = Holding(invoice)
    newer = str(invoice.revision + 1000)
    platform.documents[str(invoice.uid)] = Held(str(invoice.uid), "0" * 32, newer, "", date(2026, 1, 1))
    run = verify(company, platform)
    assert mending.look(run=run) == mending.Mendable(by_sending=0, newer_there=1, not_here=0)
    with pytest.raises(mending.NothingToMend):
        mending.mend(run=run, desk_holds=False, operator=None, now=NOW)
    mending.mend(run=run, desk_holds=True, operator=None, now=NOW)
    invoice.refresh_from_db()
    assert invoice.revision > int(newer)
    assert HistoryEvent.objects.filter(invoice=invoice, action="books_hold").exists()


def test_an_invoice_that_was_entered_anew_takes_the_uid_that_the_platform_knows(
    company: Company, record: RECORD
) -> None:
    invoice = record("FV/ZNOWU")
    known = str(new_uid())
    platform = Holding()
    platform.documents[known] = Held(known, "0" * 32, "7", invoice.number, invoice.issued_on)
    run = verify(company, platform)
    assert run.differences.get().invoice_id == invoice.pk
    mending.mend(run=run, desk_holds=False, operator=None, now=NOW)
    invoice.refresh_from_db()
    assert str(invoice.uid) == known


def test_a_platform_that_can_not_tell_ends_it_and_says_so(company: Company, send: Send) -> None:
    run = verify(company, PlatformInMemory(*sent(send, 1)))
    assert (run.state, run.reason) == (RunState.STOPPED, verifying.VerifyNotOffered.code)
    assert "nie umie powiedzieć" in summary_of(run)


def test_a_synchronisation_that_waits_is_not_pushed_aside(company: Company, send: Send) -> None:
    invoice = sent(send, 1)[0]
    Invoice.objects.filter(pk=invoice.pk).update(revision=invoice.revision + 1)
    runs.ask(company=company, invoice_pks=[invoice.pk], operator=None, now=NOW)
    with pytest.raises(runs.RunUnderWay):
        runs.ask_to_verify(company=company, operator=None, now=timezone.now())


def test_asking_to_synchronise_ends_a_comparison_that_waits(company: Company, send: Send) -> None:
    invoice = sent(send, 1)[0]
    waiting = runs.ask_to_verify(company=company, operator=None, now=NOW)
    run = runs.ask(company=company, invoice_pks=[invoice.pk], operator=None, now=NOW)
    waiting.refresh_from_db()
    assert (waiting.state, run.pk != waiting.pk) == (RunState.STOPPED, True)
    assert Difference.objects.count() == 0
