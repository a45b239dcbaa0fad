"""What is done about the differences that a comparison found: documents go again, by the Desk's word or not at all.

Which side holds where the Platform has a newer version, is a person's choice: these books may come from a backup.
Nothing is taken from the Platform into the books, and nothing leaves the Platform by this.

::

    Refusal
    └── NothingToMend       none of the differences can be mended by sending
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books import revisions
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, Operator
from saldo_desk.exchange import runs
from saldo_desk.exchange.tables import Difference, DifferenceKind, Link, Run, SentDocument

PAGE: Final = 500
_HERE = Q(invoice__isnull=False) & Q(invoice__withdrawal=None)
_NEWER_THERE = Q(kind=DifferenceKind.DIFFERENT, held_revision__gte=F("invoice__revision"))


class NothingToMend(Refusal):
    """A person has to act first."""

    code = "nothing_to_mend"
    text = _("None of the differences can be mended by sending. What to do stands beside each of them.")


class Mendable(msgspec.Struct, frozen=True):
    """How many differences sending mends; of how many the Platform holds a newer version, where a person has to choose;
    how many are about what these books don't hold, or have withdrawn."""

    by_sending: int
    newer_there: int
    not_here: int


def list_differences(*, run: Run) -> "QuerySet[Difference]":
    """The differences that the run found, in the order of the documents; ``newer_there`` and ``withdrawn`` told."""
    return (
        Difference.objects.filter(run=run)
        .select_related("invoice__withdrawal", "invoice__counterparty")
        .order_by("kind", "external_id")
    )


def look(*, run: Run) -> Mendable:
    """What can be done about the differences of the run."""
    found = Difference.objects.filter(run=run)
    return Mendable(
        by_sending=found.filter(_HERE).exclude(_NEWER_THERE).count(),
        newer_there=found.filter(_HERE & _NEWER_THERE).count(),
        not_here=found.exclude(_HERE).count(),
    )


def mend(*, run: Run, desk_holds: bool, operator: Operator | None, now: datetime) -> Run:
    """Send what differs again. An invoice that was entered anew takes the uid that the Platform knows it by.

    :param desk_holds: also send those of which the Platform holds a newer version: their revision moves past it.
    :raises NothingToMend:
    :raises RunUnderWay: while one is carried out.
    """
    company = run.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        chosen = Difference.objects.filter(_HERE, run=run)
        if not desk_holds:
            chosen = chosen.exclude(_NEWER_THERE)
        pks = list(chosen.values_list("invoice_id", flat=True).order_by("pk"))
        if not pks:
            raise NothingToMend()
        if desk_holds:
            _renew(company, chosen.filter(_NEWER_THERE), operator, now)
        _take_uids(company, chosen.filter(kind=DifferenceKind.EXTRA))
        Link.objects.filter(company=company).update(answered_through=0)
        for at in range(0, len(pks), PAGE):  # what it was known to hold was wrong
            SentDocument.objects.filter(company=company, invoice__in=pks[at : at + PAGE]).delete()
        return runs.ask(company=company, invoice_pks=pks, operator=operator, now=now)


def _renew(company: Company, chosen: "QuerySet[Difference]", operator: Operator | None, now: datetime) -> None:
    """These books hold: their revision moves past what the Platform has."""
    highest = chosen.aggregate(highest=Max("held_revision"))["highest"]
    if highest is None:
        return
    pks = list(chosen.values_list("invoice_id", flat=True))
    revision = revisions.take(company=company, now=now, beyond=highest)
    for at in range(0, len(pks), PAGE):
        Invoice.objects.filter(company=company, pk__in=pks[at : at + PAGE]).update(revision=revision)
    HistoryEvent.objects.bulk_create(
        HistoryEvent(company=company, at=now, operator=operator, action="books_hold", invoice_id=pk, values={})
        for pk in pks
    )


def _take_uids(company: Company, chosen: "QuerySet[Difference]") -> None:
    for pk, uid, external_id in list(chosen.values_list("invoice_id", "invoice__uid", "external_id")):
        if str(uid) != external_id:
            Invoice.objects.filter(company=company, pk=pk).update(uid=UUID(external_id))
