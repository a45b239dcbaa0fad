"""How far runs are: their documents by outcome, in one query however many runs."""

from collections.abc import Iterable

import msgspec
from django.db.models import Count, Sum

from saldo_desk.exchange.tables import Run, RunDocument, RunOutcome


class Counts(msgspec.Struct, frozen=True):
    """Documents by outcome, and payments of those that were sent."""

    total: int = 0
    pending: int = 0
    sent: int = 0
    payments: int = 0
    unchanged: int = 0
    refused: int = 0
    removed: int = 0


def counts_of_all(runs: Iterable[Run]) -> dict[int, Counts]:
    """The counts of each of the runs, by its primary key."""
    pks = [run.pk for run in runs]
    found: dict[int, dict[str, tuple[int, int]]] = {pk: {} for pk in pks}
    rows = (
        RunDocument.objects.filter(run__in=pks)
        .values_list("run_id", "outcome")
        .annotate(documents=Count("pk"), payments=Sum("payments"))
    )
    for pk, outcome, documents, payments in rows:
        found[pk][outcome] = (documents, payments or 0)
    return {pk: _counts(by_outcome) for pk, by_outcome in found.items()}


def _counts(by_outcome: dict[str, tuple[int, int]]) -> Counts:
    def documents(*outcomes: RunOutcome) -> int:
        return sum(by_outcome.get(outcome, (0, 0))[0] for outcome in outcomes)

    return Counts(
        total=documents(*RunOutcome),
        pending=documents(RunOutcome.PENDING),
        sent=documents(RunOutcome.SENT),
        payments=by_outcome.get(RunOutcome.SENT, (0, 0))[1],
        unchanged=documents(RunOutcome.UNCHANGED),
        refused=documents(RunOutcome.REFUSED, RunOutcome.STALE),
        removed=documents(RunOutcome.REMOVED),
    )
