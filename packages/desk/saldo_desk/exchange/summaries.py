"""What became of a run, in one sentence of the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.exchange import connection, runs
from saldo_desk.exchange.tables import Run, RunState


def summary_of(run: Run) -> str:
    """„Wysłano 12 faktur i 15 płatności; 3 bez zmian; 1 odrzucona.”, or why it waits."""
    counts = runs.counts_of(run)
    if run.state == RunState.WAITING:
        return run.reason_detail or str(connection.NoKey.text)
    if run.state in {RunState.QUEUED, RunState.RUNNING}:
        return _("Synchronising: %(done)d of %(total)d") % {
            "done": counts.total - counts.pending,
            "total": counts.total,
        }
    if counts.total == 0:
        return _("Nothing to send: no invoice was marked, and none has changed since it was sent.")
    parts = []
    if counts.sent or not (counts.unchanged or counts.refused or counts.removed):
        parts.append(
            _("Sent %(invoices)s and %(payments)s")
            % {
                "invoices": ngettext("%(count)d invoice", "%(count)d invoices", counts.sent) % {"count": counts.sent},
                "payments": ngettext("%(count)d payment", "%(count)d payments", counts.payments)
                % {"count": counts.payments},
            }
        )
    if counts.removed:
        parts.append(
            ngettext("Withdrawn: %(count)d invoice", "Withdrawn: %(count)d invoices", counts.removed)
            % {"count": counts.removed}
        )
    if counts.unchanged:
        parts.append(
            ngettext("%(count)d unchanged", "%(count)d unchanged", counts.unchanged) % {"count": counts.unchanged}
        )
    if counts.refused:
        parts.append(ngettext("%(count)d refused", "%(count)d refused", counts.refused) % {"count": counts.refused})
    if run.state == RunState.STOPPED:
        parts.append(
            ngettext("stopped, %(count)d not sent", "stopped, %(count)d not sent", counts.pending)
            % {"count": counts.pending}
        )
    return "; ".join(parts) + "."
