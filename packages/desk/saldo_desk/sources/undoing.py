"""Taking an import back: all of what it put into the books, or nothing."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_desk.books import undoing
from saldo_desk.books.tables import Company, Operator
from saldo_desk.books.undoing import Obstacle, Stamped
from saldo_desk.sources import imports, spool
from saldo_desk.sources.import_refusals import ImportBuiltOn, ImportMovedOn
from saldo_desk.sources.import_words import STATES
from saldo_desk.sources.tables import Import, ImportFile, ImportState

OBSTACLES_SHOWN: Final = 10
UNDOABLE: Final = (ImportState.DONE, ImportState.STOPPED)
REASONS: Final = {
    "sent": _("sent to the Platform"),
    "in_run": _("in a synchronisation"),
    "settled": _("settled since"),
    "linked": _("another document refers to it"),
    "changed": _("changed later"),
}


def in_the_way(*, found: Import) -> tuple[Obstacle, ...]:
    """What was built on the import, at most ``OBSTACLES_SHOWN`` of it; empty when it can be taken back."""
    rows = ImportFile.objects.filter(within=found, recorded=True).exclude(invoice=None)
    stamped = [Stamped(pk, revision) for pk, revision in rows.values_list("invoice_id", "revision") if pk is not None]
    return undoing.in_the_way(company=found.company, stamped=stamped, limit=OBSTACLES_SHOWN)


def undo(*, found: Import, operator: Operator | None, now: datetime) -> int:
    """Take every invoice of the import out of the books, and counterparties that came with it and nobody else uses.

    One transaction under the import's lock; the company's history keeps it. Returns how many invoices went.

    :raises ImportMovedOn: when it is not done, or undone already.
    :raises ImportBuiltOn: names what stands in the way; nothing was taken back.
    :raises ImportBusy:
    """
    with imports.worked_on(found), transaction.atomic():
        Company.objects.select_for_update().get(pk=found.company_id)
        locked = Import.objects.select_for_update().get(pk=found.pk)
        if locked.state not in UNDOABLE or not locked.recording_asked:
            raise ImportMovedOn(state=STATES[ImportState(locked.state)])
        obstacles = in_the_way(found=found)
        if obstacles:
            raise ImportBuiltOn(invoices=told(obstacles))
        rows = ImportFile.objects.filter(within=found, recorded=True).exclude(invoice=None)
        removed = undoing.remove(
            company=found.company,
            invoice_pks=[pk for pk in rows.values_list("invoice_id", flat=True) if pk is not None],
            counterparties_after=locked.counterparty_last or 0,
            operator=operator,
            now=now,
            values={"import": str(found.uid)},
        )
        Import.objects.filter(pk=found.pk).update(state=ImportState.UNDONE, undone_at=now, undone_by=operator)
    spool.remove(found.uid)
    return removed


def told(obstacles: tuple[Obstacle, ...]) -> str:
    """The obstacles for a sentence, in the language that is active now."""
    return ", ".join(f"{row.number} ({REASONS[row.reason]})" for row in obstacles)
