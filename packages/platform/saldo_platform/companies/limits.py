"""How often somebody may try. The counts live in the database, not in a process."""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import Attempt

RESEND_S = 60


class Limit(NamedTuple):
    """At most so many attempts of a kind, by one subject, in a period."""

    kind: str
    most: int
    period: timedelta


HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
REGISTRATION_PER_EMAIL = Limit("registration-email", 5, HOUR)
REGISTRATION_PER_CLIENT = Limit("registration-client", 20, HOUR)
RESET_PER_EMAIL = Limit("reset-email", 5, HOUR)
RESET_PER_CLIENT = Limit("reset-client", 20, HOUR)
EMAIL_CHANGE_PER_PERSON = Limit("email-change-person", 5, HOUR)
EMAIL_CHANGE_PER_EMAIL = Limit("email-change-email", 5, HOUR)
CLAIM_PER_PERSON = Limit("claim-person", 10, HOUR)
LOG_IN_PER_CLIENT = Limit("log-in-client", 50, QUARTER)
LOG_IN_PER_PAIR = Limit("log-in-pair", 10, QUARTER)
"""Wrong passwords for one address from one client: a stranger can't lock the owner out from elsewhere."""
PERIOD_MAX = HOUR


class TooManyRequests(Refusal):
    """A limit is reached; ``retry_after_s`` says when it isn't any more."""

    code = "too_many_requests"
    status = 429
    text = _("Too many attempts. Try again in %(seconds)s s.")

    def __init__(self, *, seconds: int) -> None:
        super().__init__(retry_after_s=seconds, seconds=seconds)


def check(limit: Limit, subject: str, *, now: datetime) -> None:
    """:raises TooManyRequests: when the limit is reached."""
    times = list(
        Attempt.objects.filter(kind=limit.kind, subject_digest=_digest(subject), at__gte=now - limit.period)
        .order_by("-at")
        .values_list("at", flat=True)[: limit.most]
    )
    if len(times) == limit.most:
        raise TooManyRequests(seconds=int((times[-1] + limit.period - now).total_seconds()) + 1)


def count(limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one attempt; inside the caller's transaction. :raises TooManyRequests: and counts nothing."""
    check(limit, subject, now=now)
    Attempt.objects.create(kind=limit.kind, subject_digest=_digest(subject), at=now)


def wait_between(*, last_at: datetime, now: datetime) -> None:
    """„Send again” must wait a minute after the last mail. :raises TooManyRequests:"""
    left = seconds_left(last_at=last_at, now=now)
    if left > 0:
        raise TooManyRequests(seconds=left)


def seconds_left(*, last_at: datetime, now: datetime) -> int:
    """How long „send again” must still wait, in whole seconds."""
    left = RESEND_S - (now - last_at).total_seconds()
    return max(0, int(left) + (left > int(left)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
