"""Comparing what was sent with what the Platform holds: digests range by range, narrowed down where they differ.

Under the run's lock, and after the outbox: so what differs does not differ only because it is on its way. Nothing is
sent. Memory is bounded: both sides are read page by page, in the order of the protocol.

::

    Refusal
    └── VerifyNotOffered    nothing was asked: this Platform does not tell what it holds
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core import row_writes
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import documents
from saldo_desk.exchange.platform_api import PlatformApi
from saldo_desk.exchange.sending import may_go_on
from saldo_desk.exchange.tables import Difference, DifferenceKind, Run, SentDocument
from saldo_protocol import reconciliation
from saldo_protocol.reconciliation import Digests, Held, Row
from saldo_protocol.registration import DIGESTS, IntegrationStatus

PAGE: Final = 5000
FILL_PAGE: Final = 500
MANY: Final = 8
"""Where more than one range in so many differs, the documents are listed instead of asked for range by range."""


class VerifyNotOffered(Refusal):
    """The Platform is older than this comparison."""

    code = "verify_not_offered"
    text = _(
        "The Platform (version %(version)s) can't say what it holds, so nothing can be compared. Synchronising works "
        "all the same."
    )


class Verifying:
    """The comparison of one run, over one connection. A cut-off one begins anew."""

    def __init__(self, run: Run, api: PlatformApi, status: IntegrationStatus) -> None:
        self._run, self._api, self._status = run, api, status
        self._found: list[Difference] = []

    def compare(self) -> None:
        """Keep each difference, and how many documents were compared.

        :raises VerifyNotOffered: nothing was asked.
        :raises Unreachable, Declined: by the Platform.
        :raises Stopped, LinkChanged: between two questions.
        """
        if DIGESTS not in self._status.capabilities:
            raise VerifyNotOffered(version=self._status.platform_version)
        Difference.objects.filter(run=self._run).delete()
        make_digests(company=self._run.company)
        ranges = [("", "")]
        while ranges:
            ranges = [narrower for bounds in ranges for narrower in self._narrow(*bounds)]
        self._keep()
        Run.objects.filter(pk=self._run.pk).update(compared=sent_of(self._run.company).count())

    def _narrow(self, after: str, to: str) -> list[tuple[str, str]]:
        """The ranges within this one that differ; none where its documents were compared one by one."""
        may_go_on(run=self._run, integration_uid=self._status.uid)
        said = self._api.get_digests(after=after, to=to)
        if not said.ranges:
            self._compare_lists(after, to, iter(said.documents))
            return []
        ends = [part.to for part in said.ranges]
        folds = reconciliation.fold_along(_pages(_between(self._run.company, after, to)), ends)
        starts = [after, *ends]
        differing = [
            (starts[at], part.to or to)
            for at, (part, fold) in enumerate(zip(said.ranges, folds, strict=True))
            if (fold.count, fold.digest) != (part.count, part.digest)
        ]
        if len(differing) * MANY <= len(said.ranges):
            return differing
        self._compare_lists(after, to, self._listed(after, to))
        return []

    def _listed(self, after: str, to: str) -> Iterator[Held]:
        more = True
        while more:
            may_go_on(run=self._run, integration_uid=self._status.uid)
            said: Digests = self._api.get_digests(after=after, to=to, listed=True)
            yield from said.documents
            more = said.more and bool(said.documents)
            after = said.documents[-1].external_id if said.documents else after

    def _compare_lists(self, after: str, to: str, theirs: Iterator[Held]) -> None:
        """Both in order: whichever id comes first is missing on the other side."""
        ours = _rows(_between(self._run.company, after, to))
        here, there = next(ours, None), next(theirs, None)
        while here is not None or there is not None:
            if there is None or (here is not None and here[0] < there.external_id):
                assert here is not None
                self._note(DifferenceKind.MISSING, here[0])
                here = next(ours, None)
            elif here is None or there.external_id < here[0]:
                self._note(DifferenceKind.EXTRA, there.external_id, there)
                there = next(theirs, None)
            else:
                if here[1] != there.digest:
                    self._note(DifferenceKind.DIFFERENT, there.external_id, there)
                here, there = next(ours, None), next(theirs, None)

    def _note(self, kind: DifferenceKind, external_id: str, held: Held | None = None) -> None:
        self._found.append(
            Difference(
                run=self._run,
                external_id=external_id,
                kind=kind,
                number=held.number if held else "",
                issued_on=held.issued_on if held else None,
                held_revision=int(held.revision) if held else None,
            )
        )
        if len(self._found) >= FILL_PAGE:
            self._keep()

    def _keep(self) -> None:
        """Write down what was found, with the invoices of the books that it is about."""
        found, self._found = self._found, []
        company = self._run.company
        known = {
            row[0]: row[1:]
            for row in SentDocument.objects.filter(
                company=company, external_id__in=[row.external_id for row in found]
            ).values_list("external_id", "invoice_id", "invoice__number", "invoice__issued_on", "sent_revision")
        }
        for row in found:
            if row.external_id in known:
                row.invoice_id, row.number, row.issued_on, row.sent_revision = known[row.external_id]
            else:
                row.invoice = _same_invoice(company, row)
        Difference.objects.bulk_create(found)


def sent_of(company: Company) -> "QuerySet[SentDocument]":
    """What the Platform is known to hold, by its receipts."""
    return SentDocument.objects.filter(company=company, sent_revision__isnull=False)


def make_digests(*, company: Company) -> None:
    """Of documents that were sent before digests were kept, and have not changed since."""
    bare = sent_of(company).filter(digest="", invoice__revision=F("sent_revision"), invoice__withdrawal=None)
    while True:
        with transaction.atomic():
            pks = list(bare.values_list("invoice_id", flat=True).order_by("pk")[:FILL_PAGE])
            if not pks:
                return
            rows = [(row.digest, row.pk) for row in documents.read(pks)]
            row_writes.update(SentDocument, fields=("digest",), keys=("invoice",), rows=rows)


def _same_invoice(company: Company, extra: Difference) -> Invoice | None:
    """The invoice of the books that this is: under its uid, though nothing tells that it was sent (the books may come
    from a backup), or entered anew under another uid and not sent since."""
    own = Invoice.objects.filter(company=company)
    if not _is_uid(extra.external_id) or extra.issued_on is None:
        return None
    entered_anew = own.filter(number=extra.number, issued_on=extra.issued_on, sent__sent_revision=None)
    return own.filter(uid=extra.external_id).first() or entered_anew.first()


def _is_uid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _between(company: Company, after: str, to: str) -> "QuerySet[SentDocument]":
    rows = sent_of(company)
    if after:
        rows = rows.filter(external_id__gt=after)
    if to:
        rows = rows.filter(external_id__lte=to)
    return rows.order_by("external_id")


def _rows(rows: "QuerySet[SentDocument]") -> Iterator[Row]:
    return rows.values_list("external_id", "digest").iterator(chunk_size=PAGE)


def _pages(rows: "QuerySet[SentDocument]") -> Iterator[list[Row]]:
    found = _rows(rows)
    while page := list(islice(found, PAGE)):
        yield page
