"""What the window and the command line call the columns of the lists and the values in them."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

COLUMNS: Final[Mapping[str, Text]] = {
    "number": _("Number"),
    "ksef": _("KSeF number"),
    "kind": _("Kind"),
    "direction": _("Direction"),
    "party": _("Counterparty"),
    "nip": _("NIP"),
    "issued": _("Issued"),
    "due": _("Due"),
    "net": _("Net"),
    "gross": _("Gross"),
    "amount": _("Amount"),
    "settled": pgettext_lazy("amount", "Settled"),
    "open": pgettext_lazy("amount", "Open"),
    "currency": _("Currency"),
    "mpp": _("MPP"),
    "form": _("Form"),
    "state": _("Payment"),
    "sync": _("Synchronisation"),
}
HEADINGS: Final[Mapping[str, Text]] = {"sync": pgettext_lazy("heading of a narrow column", "Sync.")}
"""What stands over a column whose whole name is wider than all that is in it."""
PAYMENT_STATES: Final[Mapping[str, Text]] = {
    "none": _("nothing to pay"),
    "open": _("open"),
    "partly": _("partly settled"),
    "settled": _("settled"),
    "cancelled": _("cancelled"),
    "overdue": _("overdue"),
}
SYNC_STATES: Final[Mapping[str, Text]] = {
    "never": _("never sent"),
    "waiting": _("waiting"),
    "sent": _("sent"),
    "changed": _("changed since"),
    "refused": _("refused"),
    "to_withdraw": _("to be withdrawn"),
    "withdrawn": _("withdrawn"),
    "restored_there": _("restored there"),
    "removed_there": _("removed there"),
    "taken_over": _("taken over"),
}
KINDS: Final[Mapping[str, Text]] = {
    "invoice": _("invoice"),
    "correction": _("correction"),
    "advance": _("advance"),
    "advance_correction": _("correction of an advance"),
    "final": _("final"),
    "final_correction": _("correction of a final"),
    "simplified": _("simplified"),
}
FORMS: Final[Mapping[str, Text]] = {
    "transfer": _("transfer"),
    "cash": _("cash"),
    "card": _("card"),
    "voucher": _("voucher"),
    "cheque": _("cheque"),
    "credit": _("credit"),
    "mobile": _("mobile"),
    "other": pgettext_lazy("form of payment", "other"),
}
CHOICES: Final[Mapping[str, Mapping[str, Text]]] = {
    "kind": KINDS,
    "direction": {"sales": _("sales"), "purchase": _("purchase")},
    "mpp": {"yes": _("yes"), "no": _("no")},
    "form": FORMS,
    "state": PAYMENT_STATES,
    "sync": SYNC_STATES,
}
PAYMENT_DIRECTIONS: Final[Mapping[str, Text]] = {"sales": _("incoming"), "purchase": _("outgoing")}
PROBLEMS: Final[Mapping[str, Text]] = {
    "date": _("“%(value)s” is not a day: write it as 2026-11-25. This filter is not applied."),
    "amount": _("“%(value)s” is not an amount: write it as 123.45. This filter is not applied."),
    "choice": _("“%(value)s” can't be chosen here. This filter is not applied."),
    "digits": _("“%(value)s” has no digits to look for. This filter is not applied."),
    "sort": _("The list can't be sorted by “%(value)s”. It stands in its usual order."),
}


def of_choice(shape: str, column: str, value: str) -> str:
    """What a value of a column is called; the value itself where it has no name."""
    names = PAYMENT_DIRECTIONS if (shape, column) == ("payments", "direction") else CHOICES.get(column, {})
    return str(names.get(value, value))


def of_problem(code: str, value: str) -> str:
    """What is wrong with a filter, and how to write it."""
    return str(PROBLEMS[code]) % {"value": value}
