"""Sending what a run is for, batch by batch, and what a refusal of a whole batch means.

::

    Refusal
    ├── LinkChanged     the company was connected elsewhere meanwhile
    └── Stopped         somebody asked to stop
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.exchange import connection, outbox
from saldo_desk.exchange.platform_api import Declined, PlatformApi
from saldo_desk.exchange.receipt_checks import ReceiptChecks, ReceiptNotGenuine
from saldo_desk.exchange.run_states import went_right
from saldo_desk.exchange.tables import OutboxBatch, Run, RunState
from saldo_protocol import receipts
from saldo_protocol.registration import IntegrationStatus

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Answered = tuple[receipts.Receipt, bytes]
"""The receipt, decoded and as it came."""

NEW_UIDS_MAX: Final = 3


class LinkChanged(Refusal):
    """The company was connected elsewhere while the run was carried out; it goes on from there."""

    code = "link_changed"
    text = _("The connection to the Platform was changed. The synchronisation goes on with the new one.")


class Stopped(Refusal):
    """Somebody asked to stop."""

    code = "stopped"
    text = _("The synchronisation was stopped.")


def may_go_on(*, run: Run, integration_uid: UUID) -> None:
    """Asked between two batches.

    :raises Stopped: somebody asked to stop.
    :raises LinkChanged: what was begun for one integration doesn't go on with another.
    """
    if Run.objects.filter(pk=run.pk, stop_requested=True).exists():
        raise Stopped()
    link = connection.get_link(company=run.company)
    if link is None or link.integration_uid != integration_uid:
        raise LinkChanged()


class Sending:
    """The batches of one run, over one connection."""

    def __init__(self, run: Run, api: PlatformApi, status: IntegrationStatus, clock: Clock) -> None:
        self._run, self._api, self._integration_uid, self._clock = run, api, status.uid, clock
        self._checks = ReceiptChecks(api=api, status=status)
        self._documents_max = outbox.BATCH_DOCUMENTS_MAX
        self._new_uids_left = NEW_UIDS_MAX

    def finish_earlier(self) -> None:
        """Batches whose answer never came go again under their own uid. Of a run that was stopped, or is to stop,
        nothing goes any more: the Platform is asked whether the batch had come."""
        for batch in outbox.list_unacknowledged(company=self._run.company):
            if batch.run.state == RunState.STOPPED or batch.run.stop_requested:
                self._ask_whether_it_came(batch)
            else:
                self._send(batch)

    def send_all(self) -> None:
        """One batch after the other, until nothing is left; the next one is made while the last one is on its way.

        :raises Stopped: between two batches, when somebody asked to stop.
        """
        with ThreadPoolExecutor(1) as on_its_way:
            batch = self._put()
            while batch is not None:
                if not self._api.may_overlap:
                    self._send(batch)
                    batch = self._put()
                    continue
                self._may_still_go(batch)
                going = on_its_way.submit(self._ask, batch, get_language())
                following = self._made_meanwhile(going)
                self._take(batch, going.result)
                batch = following if following is not None else self._put()

    def _put(self) -> OutboxBatch | None:
        """The next batch, on disk."""
        may_go_on(run=self._run, integration_uid=self._integration_uid)
        return outbox.put(
            run=self._run,
            integration_uid=self._integration_uid,
            documents_max=self._documents_max,
            now=self._clock(),
        )

    def _may_still_go(self, batch: OutboxBatch) -> None:
        """A batch that was made before somebody asked to stop, and was not on its way yet, doesn't go."""
        try:
            may_go_on(run=self._run, integration_uid=self._integration_uid)
        except Refusal:
            outbox.give_up(batch=batch)
            raise

    def _made_meanwhile(self, going: "Future[Answered]") -> OutboxBatch | None:
        """The next batch while another is on its way. Whatever keeps it from being made is told once the answer to the
        one on its way was taken in."""
        try:
            return self._put()
        except Exception:
            wait([going])
            return None

    def _ask(self, batch: OutboxBatch, language: str | None) -> Answered:
        """In a thread of its own: it touches no table."""
        with override(language):
            return self._api.put_batch(batch.uid, bytes(batch.body))

    def _send(self, batch: OutboxBatch) -> None:
        self._take(batch, lambda: self._api.put_batch(batch.uid, bytes(batch.body)))

    def _take(self, batch: OutboxBatch, answer: Callable[[], Answered]) -> None:
        """Take in the answer to a batch."""
        try:
            receipt, raw = answer()
        except Declined as declined:
            self._declined(batch, declined)
        else:
            self._acknowledge(batch, receipt, raw)

    def _acknowledge(self, batch: OutboxBatch, receipt: receipts.Receipt, raw: bytes) -> None:
        """What can't be proven to be the Platform's answer is none: the batch stays, and the link has a problem."""
        now = self._clock()
        try:
            is_signed = self._checks.check(batch=batch, receipt=receipt, raw=raw, now=now)
        except ReceiptNotGenuine as refusal:
            log.warning("%s", refusal)
            connection.learn(company=self._run.company, code=refusal.code, now=now)
            raise
        outbox.acknowledge(batch=batch, receipt=receipt, raw=raw, is_signed=is_signed, now=now)
        went_right(self._run)

    def _declined(self, batch: OutboxBatch, declined: Declined) -> None:
        """The whole batch was refused. Too large: smaller ones. The uid was used: another one. Not as the protocol
        says: each document says so. All else is for later, or for a person, and the batch stays."""
        count = batch.documents.count()
        if declined.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and count > 1:
            self._documents_max = max(1, min(self._documents_max, count) // 2)
            outbox.give_up(batch=batch)
        elif declined.code == "batch_uid_reused" and self._new_uids_left > 0:
            self._new_uids_left -= 1
            outbox.give_up(batch=batch)
        elif declined.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}:
            outbox.decline(batch=batch, refusal=declined, now=self._clock())
        else:
            raise declined

    def _ask_whether_it_came(self, batch: OutboxBatch) -> None:
        try:
            receipt, raw = self._api.get_batch(batch.uid)
        except Declined as declined:
            if declined.code != "batch_not_found":
                raise
            outbox.give_up(batch=batch)
            return
        try:
            self._acknowledge(batch, receipt, raw)
        except ReceiptNotGenuine:  # a person has stopped waiting for a better one: what is marked again goes again
            outbox.give_up(batch=batch)
