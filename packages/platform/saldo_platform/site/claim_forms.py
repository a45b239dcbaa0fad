"""The form that asks to join a company."""

from django import forms
from django.utils.translation import gettext_lazy as _

from saldo_platform.companies.claims import MESSAGE_LENGTH_MAX


class ClaimForm(forms.Form):
    """A message to the administrators, if one likes."""

    ask = forms.CharField(widget=forms.HiddenInput, initial="1")
    message = forms.CharField(
        label=_("Message to the administrators of the company"),
        help_text=_("Who you are and what you do in the company. They see it with your verified address."),
        max_length=MESSAGE_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
