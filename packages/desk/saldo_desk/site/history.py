"""What the history of an invoice says, in words: each change from what to what."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from saldo_core.writing import written
from saldo_desk.books.tables import HistoryEvent
from saldo_desk.site import list_texts
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
STATES: Final[dict[str, str | Promise]] = {"approved": gettext_lazy("approved"), "cancelled": gettext_lazy("cancelled")}
LENGTH_MAX: Final = 200


def told(event: HistoryEvent, currency: str) -> tuple[str, list[tuple[str, str, str]]]:
    """The event in words, and its changes as (field, from, to)."""
    values = event.values
    text = str(ACTIONS.get(event.action, event.action))
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
