"""Counting wrong passwords of the window, so that they can't be tried without end. The counts live in the database."""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.client_address import client_of
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import LogInAttempt

PERIOD = timedelta(minutes=15)
PER_PAIR_MAX = 10
"""For one log-in from one client: a stranger can't lock an operator out from elsewhere."""
PER_CLIENT_MAX = 50


class TooManyAttempts(Refusal):
    """Too many wrong passwords for a log-in or from one client."""

    code = "too_many_attempts"
    status = 429
    text = _("Too many wrong passwords. Try again in %(seconds)s s.")


def check(*, login: str, client_address: str, now: datetime) -> None:
    """Before a password is looked at. The same for log-ins that exist and that don't. :raises TooManyAttempts:"""
    for subject, most in _subjects(login, client_address):
        times = LogInAttempt.objects.filter(subject_digest=_digest(subject), at__gte=now - PERIOD).order_by("-at")
        found = list(times.values_list("at", flat=True)[:most])
        if len(found) == most:
            seconds = int((found[-1] + PERIOD - now).total_seconds()) + 1
            raise TooManyAttempts(retry_after_s=seconds, seconds=seconds)


def count_wrong(*, login: str, client_address: str, now: datetime) -> None:
    """A wrong password, or a log-in that isn't there; what is older than the period is removed. Past a limit there is
    nothing more to count."""
    with suppress(TooManyAttempts), transaction.atomic():
        check(login=login, client_address=client_address, now=now)
        LogInAttempt.objects.filter(at__lt=now - PERIOD).delete()
        LogInAttempt.objects.bulk_create(
            LogInAttempt(subject_digest=_digest(subject), at=now) for subject, _most in _subjects(login, client_address)
        )


def _subjects(login: str, client_address: str) -> tuple[tuple[str, int], ...]:
    client = client_of(client_address)
    return (f"client {client}", PER_CLIENT_MAX), (f"pair {login.strip().lower()} {client}", PER_PAIR_MAX)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
