"""What came back from the Platform: read after sending, kept with its effect, and shown beside the invoice.

A change counts for what the list says only while no newer revision of the invoice was answered: so a page may be read
twice, and a Platform that was restored from a backup is read again from the start. Decision 21.
"""

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from saldo_core.refusals import Refusal
from saldo_desk.books import marks, revisions
from saldo_desk.books.tables import Company, HistoryEvent, Invoice
from saldo_desk.exchange import connection, withdrawn
from saldo_desk.exchange.platform_api import Declined, PlatformApi
from saldo_desk.exchange.tables import Link, RunOutcome, SentDocument, Told, Withdrawal
from saldo_protocol import changes
from saldo_protocol.registration import IntegrationStatus

log = logging.getLogger(__name__)

PAGES_MAX: Final = 20
"""In one run; the next goes on from there."""
ACTION: Final = "platform_change"
"""Of a history event that tells a change: ``kind``, ``told_at`` (the Platform's time) and ``revision``."""
KIND_LENGTH_MAX: Final = 60
REVISION_DIGITS_MAX: Final = 19


def read(*, company: Company, api: PlatformApi, status: IntegrationStatus, now: datetime) -> None:
    """Read on from where the last run stopped, at most PAGES_MAX pages. A Platform that can't tell is not asked.

    What was to be sent is sent by then, so a refusal ends no run: it is noted with the link, and the next run reads on.
    """
    if changes.CHANGES not in status.capabilities:
        return
    problem = ""
    try:
        for _page in range(PAGES_MAX):
            if not _read_page(company, api, status.uid, now):
                break
    except Refusal as refusal:
        log.warning("What came back could not be read: %s", refusal)
        problem = refusal.code[:KIND_LENGTH_MAX]
    Link.objects.filter(company=company, integration_uid=status.uid).update(changes_problem=problem)


def keep(*, company: Company, integration_uid: UUID, after: int, page: changes.Changes, now: datetime) -> bool:
    """Keep a page with its effects and move the position, in one transaction; False when another process has read it,
    or the company was connected elsewhere meanwhile: then it says nothing here."""
    with transaction.atomic():
        link = Link.objects.select_for_update().filter(company=company).first()
        if link is None or (link.integration_uid, link.changes_after) != (integration_uid, after):
            return False
        _take(company, page.changes, now)
        link.changes_after = page.last
        if page.changes:
            link.answered_through = 0
        link.save(update_fields=["changes_after", "answered_through"])
    return True


def _read_page(company: Company, api: PlatformApi, integration_uid: UUID, now: datetime) -> bool:
    """One page; whether to ask for another. A feed that ends before our position is read from its start."""
    link = Link.objects.filter(company=company, integration_uid=integration_uid).first()
    if link is None:
        return False
    after = link.changes_after
    try:
        page = api.get_changes(after=after)
    except Declined as declined:
        if declined.code != "changes_ahead" or after == 0:
            raise
        Link.objects.filter(pk=link.pk, changes_after=after).update(changes_after=0)
        return True
    return keep(company=company, integration_uid=integration_uid, after=after, page=page, now=now) and page.more


def _take(company: Company, told: tuple[changes.DocumentChange, ...], now: datetime) -> None:
    uids = [uid for uid in map(_uid, told) if uid is not None]
    rows = Invoice.objects.filter(company=company, uid__in=uids).select_related("sent", "withdrawal")
    invoices = {str(row.uid): row for row in rows}
    known = [(change, invoices[change.external_id]) for change in told if change.external_id in invoices]
    if len(known) < len(told):
        log.warning("The Platform tells of %d documents that are not in these books", len(told) - len(known))
    if not known:
        return
    _keep_history(company, known, now)
    _follow_clock(company, max(_revision(change, now) for change, _invoice in known))
    last = {invoice: change for change, invoice in known if change.kind in EFFECTS}
    for kind, effect in EFFECTS.items():
        news = {invoice: _revision(change, now) for invoice, change in last.items() if change.kind == kind}
        counting = {
            invoice: revision
            for invoice, revision in news.items()
            if hasattr(invoice, "sent") and revision >= invoice.sent.answered_revision
        }
        if counting:
            effect(company, counting, now)


def _keep_history(company: Company, known: list[tuple[changes.DocumentChange, Invoice]], now: datetime) -> None:
    """Each once, also when a page is read again; kinds that aren't known yet too."""
    there = HistoryEvent.objects.filter(company=company, action=ACTION, invoice__in=[row for _change, row in known])
    seen = {(pk, values.get("kind"), values.get("told_at")) for pk, values in there.values_list("invoice_id", "values")}
    events = []
    for change, invoice in known:
        values = {
            "kind": change.kind[:KIND_LENGTH_MAX],
            "told_at": change.at.isoformat(),
            "revision": change.revision[:KIND_LENGTH_MAX],
        }
        if (invoice.pk, values["kind"], values["told_at"]) not in seen:
            events.append(HistoryEvent(company=company, at=now, action=ACTION, invoice=invoice, values=values))
    HistoryEvent.objects.bulk_create(events)


def _follow_clock(company: Company, revision: int) -> None:
    """Revisions of ours that follow are newer than what the Platform told of (a hybrid clock takes part in others')."""
    Company.objects.filter(pk=company.pk, revision_last__lt=revision).update(revision_last=revision)


def _restored(company: Company, by_invoice: dict[Invoice, int], now: datetime) -> None:
    """It is there again, as it was before it was removed, so it is an ordinary document that has to be compared: it
    gets a revision and travels with the next synchronisation. A withdrawal that was asked for since stays: it is the
    later word."""
    back = [invoice for invoice in by_invoice if invoice.sent.outcome == RunOutcome.REMOVED]
    SentDocument.objects.filter(invoice__in=back).update(
        outcome=RunOutcome.SENT, code="", message="", told=Told.RESTORED, sent_revision=F("answered_revision")
    )
    ended = [
        invoice.pk
        for invoice in back
        if not hasattr(invoice, "withdrawal") or invoice.withdrawal.revision <= by_invoice[invoice]
    ]
    withdrawn.take_back(company=company, invoice_pks=ended, operator=None, now=now)


def _removed(company: Company, by_invoice: dict[Invoice, int], now: datetime) -> None:
    """It is gone, as if it had been withdrawn here: it travels again by a person's word alone,
    and no mark that was left may be taken for that."""
    gone = [invoice for invoice in by_invoice if invoice.sent.outcome != RunOutcome.REMOVED]
    for invoice in gone:
        sent = invoice.sent
        sent.outcome, sent.code, sent.message, sent.told = RunOutcome.REMOVED, "", "", Told.REMOVED
        sent.sent_revision, sent.digest, sent.answered_revision = None, "", by_invoice[invoice]
    SentDocument.objects.bulk_update(
        [invoice.sent for invoice in gone],
        ["outcome", "code", "message", "told", "sent_revision", "digest", "answered_revision"],
    )
    Withdrawal.objects.bulk_create(
        [
            Withdrawal(company=company, invoice=invoice, revision=by_invoice[invoice], reason="", asked_at=now)
            for invoice in gone
        ],
        ignore_conflicts=True,
    )
    marks.unmark(company=company, invoices=Invoice.objects.filter(pk__in=[row.pk for row in gone]).values("pk"))


def _taken_over(_company: Company, by_invoice: dict[Invoice, int], _now: datetime) -> None:
    SentDocument.objects.filter(invoice__in=list(by_invoice)).update(told=Told.TAKEN_OVER)


def _uid(change: changes.DocumentChange) -> UUID | None:
    try:
        return UUID(change.external_id)
    except ValueError:
        return None


def _revision(change: changes.DocumentChange, now: datetime) -> int:
    """0, so that it counts for nothing, where it is no revision, or one that no Platform would have taken yet:
    following it would leave no room for ours."""
    text = change.revision
    if not (text.isascii() and text.isdecimal() and len(text) <= REVISION_DIGITS_MAX):
        return 0
    revision = int(text)
    return revision if revision <= revisions.next_after(last=0, now=now + connection.CLOCK_DIFFERENCE_MAX * 2) else 0


EFFECTS: Final = {changes.RESTORED: _restored, changes.REMOVED: _removed, changes.TAKEN_OVER: _taken_over}
"""What follows here from each kind, for the invoices of a page with the revision that each was told with."""
