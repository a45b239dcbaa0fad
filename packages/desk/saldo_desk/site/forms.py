"""Forms of the window."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from saldo_desk.books.tables import Invoice
from saldo_protocol.money import UnfitAmount, format_minor, parse_minor
from saldo_protocol.registration import ConsentTexts


class CompanyForm(forms.Form):
    """A company to add."""

    nip = forms.CharField(label=_("NIP"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=512)
    address = forms.CharField(label=_("Address"), max_length=512, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)


class SettleForm(forms.Form):
    """Which payment, how much, on which day. The amount is read as typed: 1 234,56 or 1234.56."""

    payment = forms.ChoiceField(label=_("Payment"))
    amount = forms.CharField(label=_("Amount"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    settled_on = forms.DateField(
        label=_("Day of settlement"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *arguments: Any, invoice: Invoice, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.currency = invoice.currency
        field = self.fields["payment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                str(row.uid),
                f"{row.position}. {row.due_on}: {format_minor(row.open_minor, self.currency)} {self.currency}",
            )
            for row in invoice.payments.order_by("position")
            if row.open_minor
        ]

    def clean_amount(self) -> int:
        """The amount in minor units."""
        text = "".join(self.cleaned_data["amount"].split()).replace(",", ".")
        try:
            return parse_minor(text, self.currency)
        except UnfitAmount:
            raise forms.ValidationError(_("Write an amount such as 123.45.")) from None


class LinkForm(forms.Form):
    """Platform and exchange key. A key that is kept is never shown."""

    platform_url = forms.CharField(label=_("Address of the Platform"), max_length=300)
    key = forms.CharField(
        label=_("Exchange key"),
        max_length=200,
        help_text=_("It begins with saldo_ and is shown once on the Platform, under „Integrations”."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """First step of the registration."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The code and the activation link are sent here.")
    )
    person_name = forms.CharField(label=_("Your name"), max_length=150)


class AccountForm(forms.Form):
    """Second step: company and consents."""

    email = forms.EmailField(widget=forms.HiddenInput)
    person_name = forms.CharField(widget=forms.HiddenInput)
    company_name = forms.CharField(label=_("Name of the company"), max_length=512)
    company_address = forms.CharField(label=_("Address"), max_length=512, required=False)
    consent = forms.MultipleChoiceField(label=_("Consents"), widget=forms.CheckboxSelectMultiple, required=False)

    def offer(self, texts: ConsentTexts) -> None:
        """Offer the consents in force; each value is CODE:VERSION."""
        field = self.fields["consent"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (
                f"{text.code}:{text.version}",
                f"{text.text} ({_('required') if text.required else _('optional')}, {_('version')} {text.version})",
            )
            for text in texts.consents
        ]


class CodeForm(forms.Form):
    """Third step: the code from the mail."""

    code = forms.RegexField(
        r"^\s*[0-9]{6}\s*$",
        label=_("Verification code"),
        error_messages={"invalid": _("Six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
