"""The form over the log of synchronisations."""

from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from saldo_desk.books.tables import Company
from saldo_desk.exchange.run_log import NOBODY, SCHEDULE, Filters, list_people

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2999, 12, 31)
"""Beyond these a day has no begin or no end that a clock can tell."""


def day_field(label: Any, *, hint: Any = "") -> forms.DateField:
    """A day that may be left out, within what a clock can tell."""
    bounds = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
    return forms.DateField(
        label=label,
        required=False,
        help_text=hint,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **bounds}),
    )


class RunFilterForm(forms.Form):
    """From, to, outcome, who, number. What is wrong is said, and filters nothing."""

    since = day_field(_("From"))
    until = day_field(_("To"))
    result = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", pgettext_lazy("outcome", "any")),
            ("done", _("all taken")),
            ("failed", _("something refused or not sent")),
            ("stopped", _("stopped")),
            ("active", _("under way")),
        ],
    )
    by = forms.ChoiceField(label=_("Asked by"), required=False)
    number = forms.CharField(label=_("Invoice number"), required=False, max_length=256)

    def __init__(self, *arguments: Any, company: Company, **values: Any) -> None:
        super().__init__(*arguments, **values)
        field = self.fields["by"]
        assert isinstance(field, forms.ChoiceField)
        people = [(row.login, row.name) for row in list_people(company=company)]
        field.choices = [
            ("", pgettext_lazy("person", "anybody")),
            (SCHEDULE, _("the schedule")),
            (NOBODY, _("command line")),
            *people,
        ]

    def filters(self) -> Filters:
        """What was asked for; a field that is wrong is left out."""
        if not self.is_bound:
            return Filters()
        self.is_valid()
        return Filters(**self.cleaned_data)
