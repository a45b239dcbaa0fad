"""Searching and filtering the lists of invoices and payments; in the address, so that a page can be shared."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from saldo_platform.exchange.lists import Criteria
from saldo_platform.exchange.searching import TEXT_LENGTH_MAX

ALL = ("", _("all"))
OPEN_OR_SETTLED = (
    ALL,
    ("to_pay", _("open or partly settled")),
    ("open", _("open")),
    ("partly", _("partly settled")),
    ("settled", _("settled")),
)
DUE = (
    ALL,
    ("overdue", _("overdue")),
    ("7", _("within 7 days")),
    ("30", _("within 30 days")),
)


class ListForm(forms.Form):
    """What both lists can be narrowed by. What isn't offered is told as an error and doesn't narrow."""

    sought: Any
    """What a search looks at."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=TEXT_LENGTH_MAX,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=OPEN_OR_SETTLED)
    due = forms.ChoiceField(label=_("Due"), required=False, choices=DUE)
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, asked: QueryDict, *, currencies: list[str]) -> None:
        super().__init__(asked, auto_id="filter-%s", label_suffix="")
        self.fields["q"].widget.attrs["placeholder"] = self.sought
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *((code, code) for code in currencies)]
        if len(currencies) < 2 and not asked.get("currency"):
            del self.fields["currency"]

    @property
    def criteria(self) -> Criteria:
        """What was asked for and is offered."""
        self.is_valid()
        told: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in told:
            told["search"] = told.pop("q")
        return Criteria(**told)


class InvoiceListForm(ListForm):
    """Of the list of invoices."""

    sought = _("Number, counterparty or NIP")
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=(*OPEN_OR_SETTLED, ("none", _("nothing to pay")), ("cancelled", _("cancelled"))),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=(ALL, ("sales", _("sales")), ("purchase", _("purchase"))),
    )
    field_order = ("q", "direction", "state", "due", "currency")


class PaymentListForm(ListForm):
    """Of „Lista wpływów” and „Lista wydatków”."""

    sought = _("Number or counterparty")
