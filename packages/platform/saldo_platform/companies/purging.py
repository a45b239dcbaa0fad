"""Removing what has served: it holds personal data that nobody needs any more."""

from datetime import datetime, timedelta
from typing import Protocol

from django.contrib.sessions.models import Session
from django.db.models import Q

from saldo_platform.companies import limits
from saldo_platform.companies.tables import ActivationLink, Attempt, EmailChange, Mail, Registration, RegistrationState

EVERY = timedelta(hours=1)
REGISTRATIONS_KEPT = timedelta(days=30)
MAILS_KEPT = timedelta(days=90)


class Purging(Protocol):
    """What removes: how many rows it has removed at ``now``."""

    def __call__(self, *, now: datetime) -> int: ...


class Purge:
    """A step of the worker that does its work once an hour."""

    def __init__(self, purge: Purging) -> None:
        self._purge = purge
        self._next_at: datetime | None = None

    def step(self, *, now: datetime) -> bool:
        """Purge when the hour is over. True when anything was removed."""
        if self._next_at is not None and now < self._next_at:
            return False
        self._next_at = now + EVERY
        return self._purge(now=now) > 0


def purge_expired(*, now: datetime) -> int:
    """Remove expired links and sessions, counts past their hour, registrations that nobody finished, and the traces
    of mails sent long ago. How many rows.

    Consents go with an unfinished registration only: those of an account are evidence and stay.
    """
    unfinished = ~Q(state=RegistrationState.ACTIVATED)
    expired = (
        ActivationLink.objects.filter(expires_at__lt=now),
        Attempt.objects.filter(at__lt=now - limits.PERIOD_MAX),
        Registration.objects.filter(unfinished, started_at__lt=now - REGISTRATIONS_KEPT),
        EmailChange.objects.filter(undo_until__lt=now, expires_at__lt=now),
        Mail.objects.filter(made_at__lt=now - MAILS_KEPT),
        Session.objects.filter(expire_date__lt=now),
    )
    return sum(rows.delete()[0] for rows in expired if rows.exists())
