"""Forms of a person's own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from saldo_platform.companies import people
from saldo_platform.site.forms import NewPasswordForm

LANGUAGES = (("pl", "Polski"), ("en", "English"))


class ProfileForm(forms.Form):
    """Name, and the language of pages and mails."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language of pages and mails"), choices=LANGUAGES)


class ChangePasswordForm(NewPasswordForm):
    """The old password, and the new one twice."""

    old_password = forms.CharField(
        label=_("The password you have"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )
    field_order = ("old_password", "password1", "password2")


class ChangeEmailForm(forms.Form):
    """The new address, and the password."""

    email = forms.EmailField(
        label=_("New e-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False
    )


class ResetPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password by the link from the mail; the person is told by another mail."""

    def save(self, commit: bool = True) -> Any:
        """Keep the password; every session of the person ends with it."""
        saved = super().save(commit)
        people.tell_password_changed(person=self.user, now=timezone.now())
        return saved
