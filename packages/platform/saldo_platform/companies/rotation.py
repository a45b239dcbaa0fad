"""Replacing a key by a newer one of the same integration, both working for a time; notices before one expires."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import audit, keys, mail
from saldo_platform.companies.tables import Company, ExchangeKey, IntegrationState, Membership, Person, Role
from saldo_protocol.keys import ExchangeKey as WholeKey
from saldo_protocol.keys import make

OVERLAPS = {
    "now": timedelta(0),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
"""How long the old key still works."""
NOTICE_DAYS = (30, 20, 10)
NOTICES_MAX = 200
NOTICE_EVERY = timedelta(minutes=10)


class KeyReplacedAlready(Refusal):
    """Two asked at once, or the page was old."""

    code = "key_replaced_already"
    status = 409
    text = _("This key was replaced already. Replace the newest key of the integration, or revoke it.")


class KeyNotReplaceable(Refusal):
    """A revoked key, or an integration that sends nothing."""

    code = "key_not_replaceable"
    status = 409
    text = _("Only a key that was not revoked, of a confirmed integration, can be replaced. Make a new key.")


def rotate(
    *, company: Company, identifier: str, overlap: timedelta, expires_at: datetime | None, person: Person, now: datetime
) -> WholeKey:
    """Make a newer key of the same integration; the old one works until ``now + overlap``. The key is returned once.

    Same integration, so documents go on where they were. A key that has expired can be replaced too: that is the
    remedy. Of two at once one gets the new key.

    :raises KeyNotFound, KeyNotReplaceable, KeyReplacedAlready, ExpiryPast: nothing was made.
    """
    keys.check_expiry(expires_at=expires_at, now=now)
    with transaction.atomic():
        old = (
            ExchangeKey.objects.select_for_update(of=("self",))
            .select_related("integration")
            .filter(company=company, identifier=identifier)
            .first()
        )
        if old is None:
            raise keys.KeyNotFound()
        if old.replaced_by_id is not None:
            raise KeyReplacedAlready()
        if old.revoked_at is not None or old.integration.state != IntegrationState.CONFIRMED:
            raise KeyNotReplaceable()
        made = make()
        newer = ExchangeKey.objects.create(
            company=company,
            integration=old.integration,
            identifier=made.identifier,
            digest=made.digest,
            made_at=now,
            made_by=person,
            expires_at=expires_at,
        )
        old.replaced_by, old.works_until = newer, now + overlap
        old.save(update_fields=["replaced_by", "works_until"])
        audit.note(
            company=company,
            person=person,
            action="key_replaced",
            now=now,
            identifier=identifier,
            newer=made.identifier,
            works_until=old.works_until.isoformat(),
        )
    return made


def days_left(key: ExchangeKey, *, now: datetime) -> int | None:
    """Whole days, rounded up, until a working key without a successor expires; None where no notice is due."""
    if key.expires_at is None or keys.state_of(key, now=now) != "works":
        return None
    left = key.expires_at - now
    days = left.days + (left > timedelta(days=left.days))
    return days if days <= NOTICE_DAYS[0] else None


def list_expiring(*, company: Company, now: datetime) -> list[tuple[ExchangeKey, int]]:
    """Working keys that expire within 30 days and have no successor, with the days left; the first to expire first."""
    rows = ExchangeKey.objects.select_related("integration").filter(
        company=company,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=NOTICE_DAYS[0]),
        integration__state=IntegrationState.CONFIRMED,
    )
    shown = [(key, days_left(key, now=now)) for key in rows.order_by("expires_at", "pk")[:NOTICES_MAX]]
    return [(key, days) for key, days in shown if days is not None]


def notify_due(*, now: datetime) -> int:
    """Mail the company's administrators 30, 20 and 10 days before a key expires, each once. How many keys.

    After a pause of the worker only the latest of the notices that are due is sent.
    """
    told = 0
    for step in sorted(NOTICE_DAYS):
        due = (
            ExchangeKey.objects.select_related("company", "integration")
            .filter(expires_at__gt=now, expires_at__lte=now + timedelta(days=step), revoked_at=None, replaced_by=None)
            .filter(_not_told(step), integration__state=IntegrationState.CONFIRMED)
        )
        for key in due.order_by("expires_at", "pk")[:NOTICES_MAX]:
            told += _notify(key, step, now)
    return told


def _not_told(step: int) -> Q:
    return Q(notice_days=None) | Q(notice_days__gt=step)


def _notify(key: ExchangeKey, step: int, now: datetime) -> int:
    """1 when this call sent it; two workers send it once."""
    with transaction.atomic():
        if ExchangeKey.objects.filter(_not_told(step), pk=key.pk).update(notice_days=step) != 1:
            return 0
        rows = Membership.objects.select_related("person").filter(company=key.company, role=Role.ADMINISTRATOR)
        for membership in rows:
            mail.write(
                to=membership.person.email,
                template="key_expires",
                language=membership.person.language,
                now=now,
                key=key,
                days=days_left(key, now=now) or 0,
                url=f"{settings.PUBLIC_URL}/companies/{key.company.uid}/integrations/",
            )
    return 1


class Notices:
    """A step of the worker that looks every ten minutes."""

    def __init__(self) -> None:
        self._next_at: datetime | None = None

    def step(self, *, now: datetime) -> bool:
        """True when a notice was written."""
        if self._next_at is not None and now < self._next_at:
            return False
        self._next_at = now + NOTICE_EVERY
        return notify_due(now=now) > 0
