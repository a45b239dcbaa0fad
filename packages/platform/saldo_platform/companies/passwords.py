"""A person's password: whether it is theirs, whether a new one is good enough. Hashing takes as long as it is meant to,
so it is never done while the database is being written."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import log_in
from saldo_platform.companies.tables import Person


class PasswordRefused(Refusal):
    """Too weak; ``reason`` says why."""

    code = "password_refused"
    text = _("%(reason)s")


class PasswordWrong(Refusal):
    """Not the password of the account that exists."""

    code = "password_wrong"
    text = _("The password is not right.")


def check(*, person: Person, password: str, client_address: str, now: datetime) -> None:
    """Ask for the password before something that a found session, or a found link, must not do. Wrong ones are counted
    with those of the log-in.

    :raises PasswordWrong, TooManyRequests:
    """
    tried = {"email": person.email, "client_address": client_address, "now": now}
    log_in.check(**tried)  # type: ignore[arg-type]
    if not person.check_password(password):
        log_in.count_wrong(**tried)  # type: ignore[arg-type]
        raise PasswordWrong()


def set_new(*, person: Person, password: str) -> None:
    """Hash a new password into the row, which the caller saves. :raises PasswordRefused:"""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PasswordRefused(reason=" ".join(error.messages)) from None
    person.set_password(password)
