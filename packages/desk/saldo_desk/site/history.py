"""What the history of an invoice says, in words: each change from what to what."""

from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from saldo_core.writing import written
from saldo_desk.books.tables import HistoryEvent
from saldo_desk.exchange import coming_back
from saldo_desk.site import list_texts
from saldo_protocol import changes
from saldo_protocol.money import Money

FIELDS: Final[dict[str, str | Promise]] = {
    "open_minor": pgettext_lazy("amount", "Open"),
    "settled_minor": pgettext_lazy("amount", "Settled"),
    "payment_state": gettext_lazy("Payment"),
    "due_on": gettext_lazy("Due"),
    "state": gettext_lazy("State"),
}
ACTIONS: Final[dict[str, str | Promise]] = {
    "recorded": gettext_lazy("put into the books"),
    "settled": gettext_lazy("payment settled"),
    "unsettled": gettext_lazy("settlement taken back"),
    "cancelled": gettext_lazy("cancelled"),
    "withdrawn": gettext_lazy("withdrawn from the Platform"),
    "books_hold": gettext_lazy("sent again in place of the Platform's newer version"),
    "withdrawal_ended": gettext_lazy("goes to the Platform again"),
}
TOLD: Final[dict[str, str | Promise]] = {
    changes.RESTORED: gettext_lazy("restored on the Platform"),
    changes.REMOVED: gettext_lazy("removed from the Platform by another program"),
    changes.TAKEN_OVER: gettext_lazy("sent to the Platform by another program"),
}
STATES: Final[dict[str, str | Promise]] = {"approved": gettext_lazy("approved"), "cancelled": gettext_lazy("cancelled")}
LENGTH_MAX: Final = 200


def told(event: HistoryEvent, currency: str) -> tuple[str, list[tuple[str, str, str]]]:
    """The event in words, and its changes as (field, from, to)."""
    values = event.values
    text = _told_there(values) if event.action == coming_back.ACTION else str(ACTIONS.get(event.action, event.action))
    if "amount_minor" in values:
        text = f"{text}: {written(Money(values['amount_minor'], currency))}"
    if "reason" in values:
        text = f"{text} ({str(values['reason'])[:LENGTH_MAX]})"
    changes = [
        (
            str(FIELDS.get(change["field"], change["field"])),
            _value(change["field"], change.get("from"), currency),
            _value(change["field"], change.get("to"), currency),
        )
        for change in values.get("changes", [])
    ]
    return text, changes


def _told_there(values: dict[str, Any]) -> str:
    """What the Platform told, with its time; a kind that isn't known yet by its name."""
    kind = str(values.get("kind", ""))
    text = str(TOLD.get(kind) or _("the Platform tells: %(kind)s") % {"kind": kind})
    return f"{text} ({localtime(datetime.fromisoformat(values['told_at'])):%Y-%m-%d %H:%M})"


def _value(field: str, value: object, currency: str) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.endswith("_minor") and isinstance(value, int):
        return written(Money(value, currency))
    if field == "payment_state":
        return str(list_texts.PAYMENT_STATES.get(str(value), value))
    if field == "state":
        return str(STATES.get(str(value), value))
    return str(value)[:LENGTH_MAX]
