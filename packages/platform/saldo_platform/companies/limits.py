"""How often a registration may cause a mail. The counts live in the database, not in a process."""

import hashlib
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import CodeSent

PERIOD = timedelta(hours=1)
PER_EMAIL_MAX = 5
PER_CLIENT_MAX = 20
RESEND_S = 60


class TooManyRequests(Refusal):
    """A limit is reached; ``retry_after_s`` says when it isn't any more."""

    code = "too_many_requests"
    status = 429
    text = _("Too many attempts. Try again in %(seconds)s s.")

    def __init__(self, *, seconds: int) -> None:
        super().__init__(retry_after_s=seconds, seconds=seconds)


def count_mail(*, email: str, client_address: str, now: datetime) -> None:
    """Count one mail; inside the caller's transaction.

    :raises TooManyRequests: past 5 an hour for the address, or 20 an hour for the client.
    """
    since = now - PERIOD
    CodeSent.objects.filter(at__lt=since).delete()
    email_digest, client_digest = _digest(email), _digest(client_address)
    for field, digest, most in (
        ("email_digest", email_digest, PER_EMAIL_MAX),
        ("client_digest", client_digest, PER_CLIENT_MAX),
    ):
        times = list(
            CodeSent.objects.filter(at__gte=since, **{field: digest})
            .order_by("-at")
            .values_list("at", flat=True)[:most]
        )
        if len(times) == most:
            raise TooManyRequests(seconds=int((times[-1] + PERIOD - now).total_seconds()) + 1)
    CodeSent.objects.create(at=now, email_digest=email_digest, client_digest=client_digest)


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
