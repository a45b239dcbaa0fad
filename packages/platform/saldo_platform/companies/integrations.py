"""Integrations: confirmed, refused, revoked by an administrator of the company.

::

    awaiting_confirmation → confirmed → revoked
                          ↘ refused
"""

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import audit, memberships
from saldo_platform.companies.tables import Company, ExchangeKey, Integration, IntegrationState, Person, Registration

ALLOWED = {
    (IntegrationState.AWAITING_CONFIRMATION, IntegrationState.CONFIRMED),
    (IntegrationState.AWAITING_CONFIRMATION, IntegrationState.REFUSED),
    (IntegrationState.CONFIRMED, IntegrationState.REVOKED),
}


class IntegrationNotFound(Refusal):
    """No such integration in the company."""

    code = "integration_not_found"
    status = 404
    text = _("There is no such integration.")


class DecidedAlready(Refusal):
    """The state doesn't allow this step."""

    code = "decided_already"
    status = 409
    text = _("This integration was decided on already. Look at its present state.")


class Described(msgspec.Struct, frozen=True):
    """What a person needs to know of an integration before deciding on it.

    :param asked: the registration that brought it; None for one whose key was made on the page.
    :param used: the key that was used last; None while none was.
    """

    integration: Integration
    asked: Registration | None
    used: ExchangeKey | None


def list_described(*, company: Company, states: tuple[IntegrationState, ...] = ()) -> list[Described]:
    """The company's integrations, the latest first; only those in ``states``, where any are named."""
    rows = company.integrations.select_related("decided_by").prefetch_related(
        Prefetch("keys", ExchangeKey.objects.select_related("made_by", "replaced_by").order_by("-pk")),
        Prefetch("registration_set", Registration.objects.order_by("pk")),
    )
    if states:
        rows = rows.filter(state__in=states)
    return [_described(row) for row in rows.order_by("-pk")]


def _described(row: Integration) -> Described:
    used = [key for key in row.keys.all() if key.used_at is not None]
    return Described(
        integration=row,
        asked=next(iter(row.registration_set.all()), None),
        used=max(used, key=lambda key: key.used_at or row.made_at, default=None),
    )


def decide(*, company: Company, uid: UUID, to: IntegrationState, person: Person, now: datetime) -> Integration:
    """Move an integration to another state.

    :raises NotAnAdministrator, IntegrationNotFound, DecidedAlready:
    """
    memberships.require_administrator(company=company, person=person)
    with transaction.atomic():
        found = Integration.objects.select_for_update().filter(company=company, uid=uid).first()
        if found is None:
            raise IntegrationNotFound()
        if found.state == to:
            return found
        if (found.state, to) not in ALLOWED:
            raise DecidedAlready()
        found.state, found.decided_at, found.decided_by = to, now, person
        found.save(update_fields=["state", "decided_at", "decided_by"])
        audit.note(company=company, person=person, action=f"integration_{to.value}", now=now, integration=str(uid))
    return found


def cut_off(*, company: Company, now: datetime) -> None:
    """The company's account goes to somebody else: what is confirmed is revoked, what waits is refused."""
    rows = Integration.objects.filter(company=company)
    moved = {
        IntegrationState.CONFIRMED: IntegrationState.REVOKED,
        IntegrationState.AWAITING_CONFIRMATION: IntegrationState.REFUSED,
    }
    for old, new in moved.items():
        assert (old, new) in ALLOWED
        rows.filter(state=old).update(state=new, decided_at=now, decided_by=None)
    audit.note(company=company, person=None, action="integrations_cut_off", now=now)
