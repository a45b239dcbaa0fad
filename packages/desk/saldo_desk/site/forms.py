"""Forms of the window."""

from typing import Any

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from saldo_core.consent_boxes import ConsentBoxes
from saldo_core.templatetags.saldo import money
from saldo_desk.books.tables import Invoice
from saldo_protocol.money import UnfitAmount, format_minor, parse_minor
from saldo_protocol.registration import ConsentText, ConsentTexts


class CompanyForm(forms.Form):
    """A company to add."""

    nip = forms.CharField(label=_("NIP"), max_length=20)
    name = forms.CharField(label=_("Name"), max_length=512)
    address = forms.CharField(label=_("Address"), max_length=512, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)


class PaymentSelect(forms.Select):
    """Payments; each option carries what is open of it, for desk.js to write into the amount."""

    amounts: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *arguments: Any, **values: Any) -> dict[str, Any]:
        """The option with its amount."""
        option: dict[str, Any] = super().create_option(name, value, *arguments, **values)
        option["attrs"]["data-amount"] = self.amounts.get(str(value), "")
        return option


class SettleForm(forms.Form):
    """Which payment, how much, on which day. The amount is read as typed: 1 234,56 or 1234.56."""

    uid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    payment = forms.ChoiceField(label=_("Payment"), widget=PaymentSelect)
    amount = forms.CharField(label=_("Amount"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    settled_on = forms.DateField(
        label=_("Day of settlement"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *arguments: Any, invoice: Invoice, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.currency = invoice.currency
        field = self.fields["payment"]
        assert isinstance(field, forms.ChoiceField)
        rows = [row for row in invoice.payments.order_by("position") if row.open_minor]
        assert isinstance(field.widget, PaymentSelect)
        field.widget.amounts = {str(row.uid): typed_amount(row.open_minor, self.currency) for row in rows}
        field.choices = [
            (str(row.uid), f"{row.position}. {row.due_on}: {money(row.open_minor, self.currency)}") for row in rows
        ]

    def clean_amount(self) -> int:
        """The amount in minor units."""
        text = "".join(self.cleaned_data["amount"].split()).replace(",", ".")
        try:
            return parse_minor(text, self.currency)
        except UnfitAmount:
            raise forms.ValidationError(_("Write an amount such as 123.45.")) from None


class ReasonForm(forms.Form):
    """Why; kept in the history."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.TextInput(attrs={"autofocus": True}))


class WithdrawForm(ReasonForm):
    """Why, and for many at once their number, typed."""

    count = forms.IntegerField(
        label=_("Number of invoices, to confirm"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )

    def ask_count(self) -> None:
        """The number is what is asked for now: the focus goes there."""
        self.fields["reason"].widget.attrs.pop("autofocus", None)


def typed_amount(amount_minor: int, currency: str) -> str:
    """An amount as one would type it: 1234,56 in Polish, 1234.56 in English."""
    return format_minor(amount_minor, currency).replace(".", str(get_format("DECIMAL_SEPARATOR")))


class LinkForm(forms.Form):
    """Platform and exchange key. A key that is kept is never shown."""

    platform_url = forms.CharField(label=_("Address of the Platform"), max_length=300)
    key = forms.CharField(
        label=_("Exchange key"),
        max_length=200,
        help_text=_("It begins with saldo_ and is shown once on the Platform, under “Integrations”."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PersonForm(forms.Form):
    """First step of the registration."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The code and the activation link are sent here.")
    )
    person_name = forms.CharField(label=_("Your name"), max_length=150)


class EmailForm(forms.Form):
    """Another address for a registration."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("The code and the activation link are sent here.")
    )


class AccountForm(forms.Form):
    """Second step: company and consents."""

    email = forms.EmailField(widget=forms.HiddenInput)
    person_name = forms.CharField(widget=forms.HiddenInput)
    company_name = forms.CharField(label=_("Name of the company"), max_length=512)
    company_address = forms.CharField(label=_("Address"), max_length=512, required=False)
    required_consents: frozenset[str] = frozenset()
    consent = forms.MultipleChoiceField(label=_("Consents"), widget=ConsentBoxes, required=False)

    def offer(self, texts: ConsentTexts) -> None:
        """Offer the consents in force; each value is CODE:VERSION."""
        field = self.fields["consent"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(f"{text.code}:{text.version}", _label(text)) for text in texts.consents]
        self.required_consents = frozenset(f"{text.code}:{text.version}" for text in texts.consents if text.required)
        assert isinstance(field.widget, ConsentBoxes)
        field.widget.required_values = self.required_consents

    def clean_consent(self) -> list[str]:
        """What was ticked; the Platform has the last word."""
        given: list[str] = self.cleaned_data["consent"]
        if self.required_consents - set(given):
            raise forms.ValidationError(_("Tick every required consent to go on."))
        return given


def _label(text: ConsentText) -> str:
    values = {"text": text.text, "version": text.version}
    if text.required:
        return gettext("%(text)s (required; version %(version)s)") % values
    return gettext("%(text)s (optional; version %(version)s)") % values


class CodeForm(forms.Form):
    """Third step: the code from the mail."""

    code = forms.RegexField(
        r"^\s*(?:[0-9]\s*){6}$",
        label=_("Verification code"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
