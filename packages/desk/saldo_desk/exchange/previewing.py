"""The preview before sending: the Platform's own word on each document of a run, asked for batch by batch and kept."""

from datetime import datetime
from http import HTTPStatus

import msgspec
from django.db import transaction
from django.db.models import Case, Count, F, Max, QuerySet, Value, When

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Operator
from saldo_desk.exchange import documents, outbox, withdrawn
from saldo_desk.exchange.documents import Outgoing
from saldo_desk.exchange.platform_api import Declined, PlatformApi
from saldo_desk.exchange.run_states import went_right
from saldo_desk.exchange.sending import may_go_on
from saldo_desk.exchange.tables import Forecast, Link, PreviewSkipped, Run, RunDocument, RunOutcome
from saldo_protocol import receipts
from saldo_protocol.registration import IntegrationStatus

SHOWN_FIRST = ("refused", "stale", "removed", "updated", "created", "unchanged")
Foreseen = receipts.ForeseenOutcome | receipts.DocumentOutcome


class Forecasts(msgspec.Struct, frozen=True):
    """How many documents would become what. ``pending``: not asked yet. ``unchanged``: with those that don't travel."""

    total: int
    pending: int
    created: int
    updated: int
    unchanged: int
    refused: int
    removed: int = 0


class Previewing:
    """The forecasts of one run, over one connection. Nothing is sent, and a cut-off preview goes on where it was."""

    def __init__(self, run: Run, api: PlatformApi, status: IntegrationStatus) -> None:
        self._run, self._api, self._status = run, api, status
        self._documents_max = outbox.BATCH_DOCUMENTS_MAX
        self._revisions: dict[int, int] = {}

    def ask_all(self) -> None:
        """One batch after the other, until each pending document has a forecast of what it is now.

        :raises PreviewNotOffered: by this Platform; nothing was asked.
        :raises Stopped, LinkChanged: between two batches.
        """
        while True:
            may_go_on(run=self._run, integration_uid=self._status.uid)
            asked = self._next()
            if asked:
                self._ask(asked)
            elif not self._forget_outdated():
                return

    def _forget_outdated(self) -> bool:
        """Forecasts of invoices that have moved since they were asked about are asked for again."""
        own = Forecast.objects.filter(document__run=self._run)
        deleted, _rows = own.exclude(revision=F("document__invoice__revision")).delete()
        return bool(deleted)

    def _next(self) -> list[Outgoing]:
        rows = without_forecast(self._run).order_by("invoice_id").values_list("invoice_id", "invoice__revision")
        self._revisions = dict(rows[: self._documents_max])
        pks = list(self._revisions)
        return documents.read(pks, brought_back=withdrawn.brought_back(run=self._run, pks=pks))

    def _ask(self, asked: list[Outgoing]) -> None:
        uid = new_uid()
        fitting, body = outbox.fill(uid, self._run.company, asked)
        if not fitting:
            self._keep_refused(asked[:1], outbox.DocumentTooLarge())
            return
        try:
            preview = self._api.preview_batch(uid, body, status=self._status)
        except Declined as declined:
            self._declined(fitting, declined)
        else:
            self._keep(fitting, outbox.said_of([row.external_id for row in fitting], preview.outcomes))
            went_right(self._run)

    def _declined(self, asked: list[Outgoing], declined: Declined) -> None:
        """As ``Sending`` takes a refusal of a whole batch."""
        if declined.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(asked) > 1:
            self._documents_max = max(1, min(self._documents_max, len(asked)) // 2)
        elif declined.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}:
            self._keep_refused(asked, declined)
        else:
            raise declined

    def _keep_refused(self, asked: list[Outgoing], refusal: Refusal) -> None:
        self._keep(asked, [outbox.refused(refusal)] * len(asked))

    def _keep(self, asked: list[Outgoing], answered: list[Foreseen]) -> None:
        """Unless the company was connected elsewhere meanwhile: what was said says nothing of the new place."""
        with transaction.atomic():
            link = Link.objects.select_for_update().filter(company=self._run.company).first()
            if link is not None and link.integration_uid == self._status.uid:
                self._put(asked, answered)

    def _put(self, asked: list[Outgoing], answered: list[Foreseen]) -> None:
        pks = [row.pk for row in asked]
        rows = dict(self._run.documents.filter(invoice__in=pks).values_list("invoice_id", "pk"))
        Forecast.objects.bulk_create(
            [_forecast(rows[row.pk], self._revisions[row.pk], said) for row, said in zip(asked, answered, strict=True)]
        )


def seal_of(run: Run) -> str:
    """What a window hands back to say which preview was seen: it differs once anything was foreseen anew."""
    kept = Forecast.objects.filter(document__run=run).aggregate(count=Count("pk"), last=Max("pk"))
    return f"{kept['count']}-{kept['last'] or 0}"


def without_forecast(run: Run) -> "QuerySet[RunDocument]":
    """The documents of the run that travel and that the Platform was not asked of yet."""
    return run.documents.filter(outcome=RunOutcome.PENDING, forecast=None)


def forecasts_of(run: Run) -> Forecasts:
    """How many documents would become what."""
    rows = run.documents.values_list("outcome", "forecast__outcome").annotate(count=Count("pk"))
    counts: dict[str, int] = {}
    for outcome, forecast, count in rows:
        word = (forecast or "pending") if outcome == RunOutcome.PENDING else "unchanged"
        counts[word] = counts.get(word, 0) + count
    return Forecasts(
        total=sum(counts.values()),
        pending=counts.get("pending", 0),
        created=counts.get("created", 0),
        updated=counts.get("updated", 0),
        unchanged=counts.get("unchanged", 0),
        refused=counts.get("refused", 0) + counts.get("stale", 0),
        removed=counts.get("removed", 0),
    )


def payments_of(run: Run) -> int:
    """How many payments go with the documents that would be new or changed there: all of each, as the result of a run
    counts those that were sent."""
    travelling = run.documents.filter(outcome=RunOutcome.PENDING, forecast__outcome__in=("created", "updated"))
    return travelling.aggregate(count=Count("invoice__payments"))["count"] or 0


def list_foreseen(run: Run) -> "QuerySet[RunDocument]":
    """The documents that travel, with their forecasts: refused ones first, then changed, new, unchanged."""
    rank = Case(
        *(When(forecast__outcome=outcome, then=Value(at)) for at, outcome in enumerate(SHOWN_FIRST)),
        default=Value(len(SHOWN_FIRST)),
    )
    return (
        run.documents.filter(outcome=RunOutcome.PENDING, forecast__isnull=False)
        .select_related("invoice__counterparty", "forecast")
        .annotate(rank=rank)
        .order_by("rank", "-invoice__issued_on", "pk")
    )


def is_skipped(*, company: Company, operator: Operator | None) -> bool:
    """Whether the operator wants no preview for this company; a program is never asked."""
    return operator is None or PreviewSkipped.objects.filter(company=company, operator=operator).exists()


def skip(*, company: Company, operator: Operator, now: datetime) -> None:
    """„Nie pytaj ponownie”."""
    PreviewSkipped.objects.get_or_create(company=company, operator=operator, defaults={"since": now})


def ask_again(*, company: Company, operator: Operator) -> bool:
    """Show previews again; False when they were shown all along."""
    deleted, _rows = PreviewSkipped.objects.filter(company=company, operator=operator).delete()
    return bool(deleted)


def _forecast(document_pk: int, revision: int, said: Foreseen) -> Forecast:
    changes, left_out = (said.changes, said.changes_left_out) if isinstance(said, receipts.ForeseenOutcome) else ((), 0)
    return Forecast(
        document_id=document_pk,
        revision=revision,
        outcome=said.outcome,
        code=said.code,
        message=said.message[: outbox.MESSAGE_LENGTH_MAX],
        changes=msgspec.to_builtins(changes),
        changes_left_out=left_out,
    )
