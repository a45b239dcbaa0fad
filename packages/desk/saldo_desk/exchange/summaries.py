"""What became of a run, in one sentence of the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.exchange import connection, link_states, previewing, runs
from saldo_desk.exchange.counting import Counts
from saldo_desk.exchange.previewing import Forecasts
from saldo_desk.exchange.tables import RUN_ACTIVE, Run, RunStage, RunState


def summary_of(run: Run, counts: Counts | None = None) -> str:
    """„Wysłano 12 faktur i 15 płatności; 3 bez zmian; 1 odrzucona.”, or why it waits.

    :param counts: where they were counted already, for many runs at once.
    """
    if run.stage == RunStage.VERIFY:
        return verify_summary_of(run)
    counts = counts or runs.counts_of(run)
    if run.state == RunState.PREVIEWED or (run.state in RUN_ACTIVE and run.stage != RunStage.SEND and not run.reason):
        return forecast_summary_of(run, previewing.forecasts_of(run))
    if run.state == RunState.WAITING:
        return run.reason_detail or _why_it_waits(run)
    if run.state in {RunState.QUEUED, RunState.RUNNING}:
        return _("Synchronising: %(done)d of %(total)d") % {
            "done": counts.total - counts.pending,
            "total": counts.total,
        }
    if counts.total == 0 and run.state == RunState.STOPPED:
        return _("Stopped; nothing was sent.")
    if counts.total == 0:
        return _nothing()
    parts = []
    if counts.sent or not (counts.unchanged or counts.refused or counts.removed):
        parts.append(_("Sent %(invoices)s and %(payments)s") % _counted(counts.sent, counts.payments))
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


def verify_summary_of(run: Run) -> str:
    """„Zgodne: Platforma ma wszystkie 1234 wysłane dokumenty.”, or in how many the two differ."""
    if run.state in {RunState.QUEUED, RunState.RUNNING}:
        return _("Comparing with the Platform …")
    if run.state == RunState.WAITING:
        return run.reason_detail or _why_it_waits(run)
    if run.state == RunState.STOPPED:
        return run.reason_detail or _("The comparison was stopped.")
    found, compared = run.differences.count(), run.compared or 0
    if found:
        return ngettext(
            "%(found)d document differs from what the Platform holds.",
            "%(found)d documents differ from what the Platform holds.",
            found,
        ) % {"found": found}
    if not compared:
        return _("Nothing was sent yet, and the Platform holds nothing: there is no difference.")
    return ngettext(
        "No difference: the Platform holds the %(compared)d document that was sent, as it was sent.",
        "No difference: the Platform holds all %(compared)d documents that were sent, as they were sent.",
        compared,
    ) % {"compared": compared}


def forecast_summary_of(run: Run, forecasts: Forecasts) -> str:
    """„Podgląd: 3 nowe, 1 zmieniona, 1 zostanie odrzucona.”, that nothing would be sent, or how far the Platform was
    asked."""
    if run.state == RunState.DONE and forecasts.total == 0:
        return _nothing()
    if run.state == RunState.DONE and forecasts.unchanged == forecasts.total:
        return ngettext(
            "Nothing to send: the Platform holds the %(count)d invoice as it is.",
            "Nothing to send: the Platform holds all %(count)d invoices as they are.",
            forecasts.total,
        ) % {"count": forecasts.total}
    if run.state != RunState.PREVIEWED and (forecasts.pending or forecasts.total == 0):
        return _("Checking with the Platform: %(done)d of %(total)d") % {
            "done": forecasts.total - forecasts.pending,
            "total": forecasts.total,
        }
    parts = [
        ngettext("%(count)d new there", "%(count)d new there", forecasts.created),
        ngettext("%(count)d changed", "%(count)d changed", forecasts.updated),
        ngettext("%(count)d unchanged", "%(count)d unchanged", forecasts.unchanged),
        ngettext("%(count)d to be withdrawn", "%(count)d to be withdrawn", forecasts.removed),
        ngettext("%(count)d will be refused", "%(count)d will be refused", forecasts.refused),
    ]
    counts = (forecasts.created, forecasts.updated, forecasts.unchanged, forecasts.removed, forecasts.refused)
    said = [text % {"count": count} for text, count in zip(parts, counts, strict=True) if count]
    return _("Preview: %(said)s. Nothing was sent yet.") % {"said": ", ".join(said) or "0"}


def _nothing() -> str:
    return _("Nothing to send: no invoice was marked, and none has changed since it was sent.")


def _why_it_waits(run: Run) -> str:
    """Where the Platform said no sentence of its own."""
    without_key = run.reason in {"", connection.NoKey.code}
    return str(connection.NoKey.text if without_key else link_states.state_of(run.reason).happened)


def whole_of(run: Run, forecasts: Forecasts) -> str:
    """„Wysłanie obejmie 1 fakturę i 3 płatności …”: counted as ``summary_of`` does; empty where nothing is."""
    invoices = forecasts.created + forecasts.updated
    if not invoices:
        return ""
    return _(
        "Sending takes %(invoices)s and %(payments)s: an invoice goes whole, also with payments that did not change."
    ) % _counted(invoices, previewing.payments_of(run))


def _counted(invoices: int, payments: int) -> dict[str, str]:
    return {
        "invoices": ngettext("%(count)d invoice", "%(count)d invoices", invoices) % {"count": invoices},
        "payments": ngettext("%(count)d payment", "%(count)d payments", payments) % {"count": payments},
    }
