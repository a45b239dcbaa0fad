"""The form that logs in, whose wrong passwords are counted."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils import timezone

from saldo_core.client_address import client_address
from saldo_core.refusals import Refusal
from saldo_desk.books import log_in


class LogInForm(AuthenticationForm):
    """Log-in and password."""

    def clean(self) -> dict[str, Any]:
        """:raises ValidationError: alike for a wrong password and a log-in that isn't there."""
        assert self.request is not None
        tried = {
            "login": self.cleaned_data.get("username", ""),
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
