"""What the list says of each invoice: never sent, waiting, sent, changed since, refused, withdrawn; and what the
Platform told of it since: restored or removed there, taken over by another program."""

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When

from saldo_desk.books.tables import Invoice
from saldo_desk.exchange import withdrawn
from saldo_desk.exchange.tables import RUN_ACTIVE, RunDocument, RunOutcome, Told

NEVER, WAITING, SENT, CHANGED, REFUSED = "never", "waiting", "sent", "changed", "refused"
TO_WITHDRAW, WITHDRAWN = "to_withdraw", "withdrawn"
RESTORED_THERE, REMOVED_THERE, TAKEN_OVER = "restored_there", "removed_there", "taken_over"


def with_sync_state(invoices: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
    """The invoices with ``sync_state`` and ``sync_message`` (why it was refused), in the same query."""
    waiting = RunDocument.objects.filter(invoice=OuterRef("pk"), outcome=RunOutcome.PENDING, run__state__in=RUN_ACTIVE)
    return invoices.annotate(
        sync_state=Case(
            When(Exists(waiting), then=Value(WAITING)),
            When(sent=None, then=Value(NEVER)),
            When(withdrawn.GONE, sent__told=Told.REMOVED, then=Value(REMOVED_THERE)),
            When(withdrawn.GONE, then=Value(WITHDRAWN)),
            When(withdrawn.TO_GO, then=Value(TO_WITHDRAW)),
            When(sent__told=Told.RESTORED, then=Value(RESTORED_THERE)),
            When(sent__told=Told.TAKEN_OVER, then=Value(TAKEN_OVER)),
            When(sent__answered_revision__lt=F("revision"), then=Value(CHANGED)),
            When(sent__outcome__in=[RunOutcome.REFUSED, RunOutcome.STALE], then=Value(REFUSED)),
            default=Value(SENT),
            output_field=CharField(),
        ),
        sync_message=F("sent__message"),
        sync_code=F("sent__code"),
    )
