"""What waits here for the Platform, and why: one answer for the window and for ``saldo-desk status``."""

from datetime import datetime

import msgspec
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.books.tables import Company
from saldo_desk.exchange.tables import RUN_ACTIVE, OutboxBatch, Run, RunOutcome, RunStage, RunState


class Standing(msgspec.Struct, frozen=True):
    """What waits. ``batches``: on disk and without an answer, also of runs that ended. ``tries``: those in a row that
    failed; 0 while it waits for a person. ``next_try_at`` is None where only a person sets it going again."""

    batches: int
    documents: int = 0
    reason: str = ""
    since: datetime | None = None
    next_try_at: datetime | None = None
    tries: int = 0

    @property
    def anything(self) -> bool:
        """Whether anything waits at all."""
        return bool(self.batches or self.reason)


def of(*, company: Company) -> Standing:
    """What waits in the company now."""
    batches = OutboxBatch.objects.filter(company=company, receipt=None).count()
    run = Run.objects.filter(company=company, state__in=RUN_ACTIVE).exclude(stage=RunStage.LOOK).first()
    if run is None or not (run.state == RunState.WAITING or run.failures):
        return Standing(batches)
    return Standing(
        batches,
        documents=run.documents.filter(outcome=RunOutcome.PENDING).count(),
        reason=run.reason,
        since=run.waiting_since or run.asked_at,
        next_try_at=run.next_try_at if run.state == RunState.WAITING else None,
        tries=run.failures,
    )


def lines_of(standing: Standing) -> list[str]:
    """Since when it waits, how often it was tried, and what lies in the outbox: in sentences."""
    told = []
    if standing.since is not None:
        told.append(_("Waiting since %(at)s.") % {"at": f"{localtime(standing.since):%Y-%m-%d %H:%M:%S}"})
    if standing.tries:
        text = ngettext("%(count)d try in a row failed.", "%(count)d tries in a row failed.", standing.tries)
        told.append(text % {"count": standing.tries})
    if standing.batches:
        text = ngettext(
            "%(count)d batch waits in the outbox for its answer.",
            "%(count)d batches wait in the outbox for their answers.",
            standing.batches,
        )
        told.append(text % {"count": standing.batches})
    return told
