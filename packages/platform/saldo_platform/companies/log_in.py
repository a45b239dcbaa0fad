"""Counting wrong passwords, so that they can't be tried without end."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction

from saldo_core.client_address import client_of
from saldo_platform.companies import limits


def check(*, email: str, client_address: str, now: datetime) -> None:
    """Before a password is looked at. The same for addresses with and without an account. :raises TooManyRequests:"""
    client = client_of(client_address)
    limits.check(limits.LOG_IN_PER_CLIENT, client, now=now)
    limits.check(limits.LOG_IN_PER_PAIR, _pair(email, client), now=now)


def count_wrong(*, email: str, client_address: str, now: datetime) -> None:
    """A wrong password, or an address without an account. Past a limit there is nothing more to count."""
    client = client_of(client_address)
    with suppress(limits.TooManyRequests), transaction.atomic():
        limits.count(limits.LOG_IN_PER_CLIENT, client, now=now)
        limits.count(limits.LOG_IN_PER_PAIR, _pair(email, client), now=now)


def _pair(email: str, client: str) -> str:
    return f"{email.strip().lower()} {client}"
