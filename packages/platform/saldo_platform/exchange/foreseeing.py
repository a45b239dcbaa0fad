"""What a batch would do, told without doing it: the writes are watched, and taken back by the caller."""

from saldo_platform.exchange import storing
from saldo_platform.exchange.reading import ReadDocument
from saldo_platform.exchange.tables import Invoice
from saldo_protocol import differences, receipts

CHANGES_IN_BATCH_MAX = 4000
"""So that the answer stays within a few MB; of what is past it only the number is told."""


class WatchedWrites(storing.Writes):
    """Writes as they are, which also note what each document replaces."""

    def carry_out(self) -> None:
        """Write all of it, after the stored contents were fetched in one query."""
        going = {row.uid: document for document, row in self._put_up if row is not None and document.refusal is None}
        stored = Invoice.objects.filter(company=self.integration.company, uid__in=list(going))
        for uid, content in stored.values_list("uid", "content"):
            going[uid].replaces = bytes(content)
        super().carry_out()


def outcomes(said: list[tuple[receipts.DocumentOutcome, ReadDocument]]) -> tuple[receipts.ForeseenOutcome, ...]:
    """The outcomes, each ``updated`` one with what changes. Pure; costs time, so not under a lock."""
    left = CHANGES_IN_BATCH_MAX
    foreseen = []
    for outcome, document in said:
        found = differences.Differences()
        if outcome.outcome == "updated":
            changes_max = min(left, differences.CHANGES_MAX)
            found = differences.between(document.replaces, document.content, changes_max=changes_max)
            left -= len(found.changes)
        foreseen.append(_foreseen(outcome, found))
    return tuple(foreseen)


def of_receipt(receipt: receipts.Receipt) -> receipts.Preview:
    """A batch that came before would get this receipt again."""
    return receipts.Preview(
        batch_uid=receipt.batch_uid,
        integration_uid=receipt.integration_uid,
        body_digest=receipt.body_digest,
        received_at=receipt.received_at,
        preview=True,
        outcomes=tuple(_foreseen(outcome, differences.Differences()) for outcome in receipt.outcomes),
    )


def _foreseen(said: receipts.DocumentOutcome, found: differences.Differences) -> receipts.ForeseenOutcome:
    return receipts.ForeseenOutcome(
        position=said.position,
        outcome=said.outcome,
        external_id=said.external_id,
        revision=said.revision,
        code=said.code,
        message=said.message,
        pointer=said.pointer,
        changes=found.changes,
        changes_left_out=found.left_out,
    )
