"""Outcomes, states and changes in people's words, in the active language."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import msgspec
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from saldo_core.writing import written
from saldo_desk.exchange.tables import Difference, DifferenceKind, Run, RunDocument, RunOutcome, RunStage, RunState
from saldo_protocol.money import Money

AMOUNTS: Final = {"net_minor", "vat_minor", "gross_minor", "amount_minor"}
DAYS: Final = {"issued_on", "sold_on", "due_on", "settled_on"}
NOTHING: Final = "–"
FIELDS: Final[dict[str, str | Promise]] = {
    "direction": gettext_lazy("Sale or purchase"),
    "number": gettext_lazy("Number"),
    "issued_on": gettext_lazy("Issued"),
    "sold_on": gettext_lazy("Sold on"),
    "currency": gettext_lazy("Currency"),
    "net_minor": gettext_lazy("Net"),
    "vat_minor": gettext_lazy("VAT"),
    "gross_minor": gettext_lazy("Gross"),
    "type": gettext_lazy("Kind of invoice"),
    "state": gettext_lazy("State of the invoice"),
    "split_payment": gettext_lazy("Split payment"),
    "ksef_number": gettext_lazy("KSeF number"),
    "name": gettext_lazy("name"),
    "country": gettext_lazy("country"),
    "tax_id": gettext_lazy("NIP"),
    "address": gettext_lazy("address"),
    "amount_minor": gettext_lazy("amount"),
    "due_on": gettext_lazy("due date"),
    "form": gettext_lazy("form of payment"),
    "rate": gettext_lazy("rate"),
    "vat_rate": gettext_lazy("rate"),
    "quantity": gettext_lazy("quantity"),
    "unit": gettext_lazy("unit"),
    "unit_net_price": gettext_lazy("unit price"),
    "kind": gettext_lazy("kind"),
}
VALUES: Final[dict[str, str | Promise]] = {
    "sales": gettext_lazy("sale"),
    "purchase": gettext_lazy("purchase"),
    "approved": gettext_lazy("approved"),
    "cancelled": gettext_lazy("cancelled"),
    "invoice": gettext_lazy("invoice"),
    "correction": gettext_lazy("correction"),
    "advance": gettext_lazy("advance invoice"),
    "advance_correction": gettext_lazy("correction of an advance invoice"),
    "final": gettext_lazy("final invoice"),
    "final_correction": gettext_lazy("correction of a final invoice"),
    "simplified": gettext_lazy("simplified invoice"),
    "transfer": gettext_lazy("transfer"),
    "cash": gettext_lazy("cash"),
    "card": gettext_lazy("card"),
    "voucher": gettext_lazy("voucher"),
    "cheque": gettext_lazy("cheque"),
    "credit": gettext_lazy("credit"),
    "mobile": gettext_lazy("mobile payment"),
    "other": pgettext_lazy("kind", "other"),
    "bank_entry": gettext_lazy("bank entry"),
    "cash_entry": gettext_lazy("cash entry"),
    "payment": gettext_lazy("another payment"),
}
WORDED: Final = {"direction", "state", "type", "form", "kind"}
_PART = re.compile(r"/(payments|vat|lines)/(\d+)(?:/settlements/(\d+))?(?:/(\w+))?$")
_PARTY = re.compile(r"/(seller|buyer)/(\w+)$")


class Changed(msgspec.Struct, frozen=True):
    """One change as people read it; ``before`` or ``after`` is empty for what came or went."""

    what: str
    before: str
    after: str


def changes_in_words(changes: Iterable[dict[str, Any]], *, currency: str) -> list[Changed]:
    """``{pointer, from, to}`` of the protocol as „płatność 1, termin płatności: 15.10.2026 → 31.10.2026”."""
    return [_changed(change["pointer"], change["from"], change["to"], currency) for change in changes]


def outcome_in_words(row: RunDocument) -> str:
    """What became of a document of a run."""
    if row.outcome == RunOutcome.SENT:
        return _("sent, updated there") if row.result == "updated" else _("sent, new there")
    return {
        RunOutcome.UNCHANGED: _("unchanged"),
        RunOutcome.PENDING: _("not sent"),
        RunOutcome.STALE: _("the Platform holds a newer version"),
        RunOutcome.REFUSED: _("refused"),
        RunOutcome.REMOVED: _("withdrawn") if row.result == "removed" else _("was not there any more"),
    }[RunOutcome(row.outcome)]


def forecast_in_words(outcome: str) -> str:
    """What would become of a document."""
    return {
        "created": _("new there"),
        "updated": _("changes there"),
        "unchanged": _("unchanged"),
        "removed": _("leaves the Platform"),
        "stale": _("the Platform holds a newer version"),
    }.get(outcome) or _("will be refused")


def difference_in_words(row: Difference) -> str:
    """In what the two sides differ, and what to do about it."""
    if row.kind == DifferenceKind.MISSING:
        return _("The Platform does not hold it, though it said so. Send it again.")
    if row.invoice is None:
        return _(
            "The Platform holds it, and these books don't. Were they restored from a backup? Import the invoice again, "
            "then compare again."
        )
    if hasattr(row.invoice, "withdrawal"):
        return _("It was withdrawn here, and the Platform holds it. Withdraw it again, or restore it.")
    if row.kind == DifferenceKind.EXTRA:
        return _("The Platform holds it, and here nothing says that it was sent. Send it again.")
    if row.held_revision is not None and row.held_revision >= row.invoice.revision:
        return _(
            "The Platform holds a newer version. Were these books restored from a backup? Enter here what is missing, "
            "or choose that these books hold."
        )
    return _("The Platform holds an older version. Send it again.")


def kind_in_words(kind: str) -> str:
    """The kind of a difference, in a word."""
    return {
        DifferenceKind.MISSING: pgettext("difference", "missing there"),
        DifferenceKind.EXTRA: pgettext("difference", "only there"),
        DifferenceKind.DIFFERENT: pgettext("difference", "other content"),
    }[DifferenceKind(kind)]


def state_in_words(run: Run) -> str:
    """Where a run is."""
    if run.state == RunState.RUNNING and run.stage == RunStage.VERIFY:
        return _("being compared")
    if run.state == RunState.RUNNING:
        return _("being sent") if run.stage == RunStage.SEND else _("being checked")
    return {
        RunState.QUEUED: pgettext("synchronisation", "queued"),
        RunState.WAITING: pgettext("synchronisation", "waiting"),
        RunState.PREVIEWED: pgettext("synchronisation", "waits for your yes"),
        RunState.DONE: pgettext("synchronisation", "done"),
        RunState.STOPPED: pgettext("synchronisation", "stopped"),
    }[RunState(run.state)]


def _changed(pointer: str, before: Any, after: Any, currency: str) -> Changed:
    part = _PART.match(pointer)
    party = _PARTY.match(pointer)
    if party:
        who = {"seller": _("Seller"), "buyer": _("Buyer")}[party[1]]
        return _values(f"{who}, {_field(party[2])}", party[2], before, after, currency)
    if not part:
        name = pointer.rpartition("/")[2]
        return _values(_field(name), name, before, after, currency)
    collection, place, settlement, name = part.groups()
    where = _where(collection, int(place) + 1)
    if name:
        return _values(f"{where}, {_field(name)}", name, before, after, currency)
    if settlement is not None:
        return _whole(_("settlement of %(payment)s") % {"payment": where}, before, after, currency)
    return _whole(where, before, after, currency)


def _where(collection: str, number: int) -> str:
    text = {"payments": _("payment %(number)d"), "vat": _("VAT row %(number)d"), "lines": _("line %(number)d")}
    return text[collection] % {"number": number}


def _field(name: str) -> str:
    return str(FIELDS.get(name, name))


def _values(what: str, name: str, before: Any, after: Any, currency: str) -> Changed:
    return Changed(what, _value(name, before, currency), _value(name, after, currency))


def _whole(what: str, before: Any, after: Any, currency: str) -> Changed:
    return Changed(what, _part(before, currency) if before else NOTHING, _part(after, currency) if after else NOTHING)


def _part(part: dict[str, Any], currency: str) -> str:
    """The values of a whole part that say something, without its id."""
    said = [
        _value(name, part[name], currency)
        for name in ("name", "rate", "amount_minor", "net_minor", "due_on", "settled_on", "form")
        if part.get(name) not in {None, ""}
    ]
    return ", ".join(said)


def _value(name: str, value: Any, currency: str) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in AMOUNTS and isinstance(value, int):
        return written(Money(value, currency))
    if name in DAYS:
        return date_format(date.fromisoformat(value), "Y-m-d")
    return str(VALUES.get(value, value)) if name in WORDED else str(value)
