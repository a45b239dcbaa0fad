"""Forms of the Platform's pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from saldo_core.client_address import client_address
from saldo_core.consent_boxes import ConsentBoxes
from saldo_core.refusals import Refusal
from saldo_platform.companies import log_in
from saldo_protocol.registration import ConsentTexts


class RegisterForm(forms.Form):
    """E-mail and person first, then the company and the consents."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    person_name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    nip = forms.RegexField(r"^[0-9]{10}$", label=_("NIP of the company"), error_messages={"invalid": _("Ten digits.")})
    company_name = forms.CharField(
        label=_("Name of the company"),
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    company_address = forms.CharField(label=_("Address"), max_length=512, required=False)
    consent = forms.MultipleChoiceField(label=_("Consents"), widget=ConsentBoxes, required=False)

    def offer(self, texts: ConsentTexts) -> None:
        """Offer the consents in force; each value is CODE:VERSION."""
        field = self.fields["consent"]
        assert isinstance(field, forms.MultipleChoiceField)
        optional = _("(optional)")
        field.choices = [
            (f"{text.code}:{text.version}", text.text if text.required else f"{text.text} {optional}")
            for text in texts.consents
        ]
        assert isinstance(field.widget, ConsentBoxes)
        field.widget.required_values = frozenset(
            f"{text.code}:{text.version}" for text in texts.consents if text.required
        )


class CodeForm(forms.Form):
    """The code from the mail."""

    code = forms.RegexField(
        r"^\s*(?:[0-9]\s*){6}$",
        label=_("Verification code"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class LogInForm(AuthenticationForm):
    """Log-in whose wrong passwords are counted."""

    def clean(self) -> dict[str, Any]:
        """:raises ValidationError: alike for a wrong password and an address without an account."""
        assert self.request is not None
        tried = {
            "email": self.cleaned_data.get("username", ""),
            "client_address": client_address(self.request),
            "now": timezone.now(),
        }
        try:
            log_in.check(**tried)
            return super().clean()
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from None
        except forms.ValidationError:
            log_in.count_wrong(**tried)
            raise


class ResetForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password1 = forms.CharField(
        label=_("Password"),
        help_text=_("At least 15 characters; a few words are easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean(self) -> None:
        """Both must be the same."""
        super().clean()
        values = self.cleaned_data
        if values.get("password1") and values.get("password2") and values["password1"] != values["password2"]:
            self.add_error("password2", _("The two passwords differ."))


class KnownPasswordForm(forms.Form):
    """The password of an account that exists."""

    password1 = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )
