"""Forms of the page of exchange keys."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

NAME_LENGTH_MAX = 100
EXPIRES = (
    ("", _("never")),
    ("90", _("in 90 days")),
    ("365", _("in a year")),
    ("date", _("at the end of a day")),
)
OVERLAPS = (
    ("day", _("24 more hours")),
    ("hour", _("one more hour")),
    ("week", _("7 more days")),
    ("now", _("no longer")),
)


class _ExpiryForm(forms.Form):
    """When the key that is made expires."""

    expires = forms.ChoiceField(label=_("The key expires"), choices=EXPIRES, required=False)
    expires_on = forms.DateField(
        label=_("Day, if one was chosen"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """A day must be named where „at the end of a day” was chosen."""
        values = super().clean() or {}
        if values.get("expires") == "date" and not values.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", _("Name the day on which the key expires."))
        return values


class NewKeyForm(_ExpiryForm):
    """What will use the key, and until when."""

    name = forms.CharField(
        label=_("What will use the key"), max_length=NAME_LENGTH_MAX, required=False, initial="Saldo Desk"
    )
    field_order = ("name", "expires", "expires_on")


class RotateForm(_ExpiryForm):
    """How long the old key still works, and when the new one expires."""

    overlap = forms.ChoiceField(label=_("The old key works"), choices=OVERLAPS)
    field_order = ("overlap", "expires", "expires_on")

    def __init__(self, *arguments: Any, **values: Any) -> None:
        """Ids differ for each key's form, so that every label names its own field."""
        super().__init__(*arguments, **values)
        self.auto_id = False
