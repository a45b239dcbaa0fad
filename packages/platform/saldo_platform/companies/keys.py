"""Exchange keys on the Platform's side: issue, revoke, and tell whose request this is.

::

    Refusal
    ├── 401  KeyMissing, KeyMalformed, KeyUnknown, KeyRevoked
    └── 403  AccountNotActivated, IntegrationNotMade, IntegrationNotConfirmed, IntegrationRefused, IntegrationRevoked
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import audit
from saldo_platform.companies.tables import (
    Company,
    ExchangeKey,
    Integration,
    IntegrationState,
    Person,
    Registration,
    RegistrationState,
)
from saldo_protocol import keys

USE_NOTED_EVERY = timedelta(minutes=1)


class KeyMissing(Refusal):
    """No bearer."""

    code = "key_missing"
    status = 401
    text = _("The request has no exchange key.")


class KeyMalformed(Refusal):
    """The bearer can't be a key."""

    code = "key_malformed"
    status = 401
    text = _("This is not an exchange key, or a character of it is wrong.")


class KeyUnknown(Refusal):
    """Nobody has this key."""

    code = "key_unknown"
    status = 401
    text = _("The Platform does not know this exchange key. Copy it again from „Integrations”, or make a new one.")


class KeyRevoked(Refusal):
    """The key was revoked."""

    code = "key_revoked"
    status = 401
    text = _("This exchange key was revoked. Make a new one on the Platform.")


class AccountNotActivated(Refusal):
    """The registration that brought the key isn't finished."""

    code = "account_not_activated"
    status = 403
    text = _("The account is not active yet. Open the link from the e-mail and set the password.")


class IntegrationNotMade(Refusal):
    """The account is active, but it got no integration. Why, is told by mail alone."""

    code = "integration_not_made"
    status = 403
    text = _("The account is active, but the program was not connected. Read the e-mail that we sent about it.")


class IntegrationNotConfirmed(Refusal):
    """Nobody has confirmed the integration yet."""

    code = "integration_not_confirmed"
    status = 403
    text = _("The integration is not confirmed yet. Log in to the Platform and confirm it.")


class IntegrationRefused(Refusal):
    """An administrator refused it."""

    code = "integration_refused"
    status = 403
    text = _("The integration was refused on the Platform by an administrator of the company.")


class IntegrationRevoked(Refusal):
    """An administrator revoked it."""

    code = "integration_revoked"
    status = 403
    text = _("The integration was revoked on the Platform. Connect again to go on.")


class KeyNotFound(Refusal):
    """No such key in the company."""

    code = "key_not_found"
    status = 404
    text = _("There is no such key.")


_BY_STATE: dict[str, type[Refusal]] = {
    IntegrationState.AWAITING_CONFIRMATION: IntegrationNotConfirmed,
    IntegrationState.REFUSED: IntegrationRefused,
    IntegrationState.REVOKED: IntegrationRevoked,
}


def issue(*, company: Company, name: str, person: Person, now: datetime) -> keys.ExchangeKey:
    """Make a key with an integration of its own, confirmed by who asks for it. The key is returned once."""
    key = keys.make()
    with transaction.atomic():
        integration = Integration.objects.create(
            company=company,
            state=IntegrationState.CONFIRMED,
            name=name,
            asked_by=person.email,
            made_at=now,
            decided_at=now,
            decided_by=person,
        )
        keep(integration=integration, identifier=key.identifier, digest=key.digest, now=now)
        audit.note(company=company, person=person, action="key_issued", now=now, identifier=key.identifier)
    return key


def keep(*, integration: Integration, identifier: str, digest: str, now: datetime) -> ExchangeKey:
    """Store a key that somebody made; only its digest is known here."""
    return ExchangeKey.objects.create(
        company=integration.company, integration=integration, identifier=identifier, digest=digest, made_at=now
    )


def revoke(*, company: Company, identifier: str, person: Person, now: datetime) -> None:
    """Revoke a key; from now on it is refused. Revoking twice changes nothing. :raises KeyNotFound:"""
    with transaction.atomic():
        found = ExchangeKey.objects.filter(company=company, identifier=identifier)
        if not found.exists():
            raise KeyNotFound()
        if found.filter(revoked_at=None).update(revoked_at=now) == 1:
            audit.note(company=company, person=person, action="key_revoked", now=now, identifier=identifier)


def authenticate(*, text: str, client_address: str, now: datetime) -> tuple[ExchangeKey, Integration]:
    """Whose key it is, when it works. :raises Refusal: each reason by its own class, see the module."""
    if not text:
        raise KeyMissing()
    try:
        parsed = keys.parse(text)
    except keys.MalformedKey:
        raise KeyMalformed() from None
    key = ExchangeKey.objects.select_related("integration", "company").filter(identifier=parsed.identifier).first()
    if key is None:
        raise _unknown(parsed)
    if not secrets.compare_digest(key.digest, parsed.digest):
        raise KeyUnknown()
    if key.revoked_at is not None:
        raise KeyRevoked()
    refusal = _BY_STATE.get(key.integration.state)
    if refusal is not None:
        raise refusal()
    if key.used_at is None or now - key.used_at > USE_NOTED_EVERY:
        ExchangeKey.objects.filter(pk=key.pk).update(used_at=now, used_from=client_address)
    return key, key.integration


def list_integrations(*, company: Company) -> list[Integration]:
    """The company's integrations with their keys, the latest first."""
    return list(company.integrations.prefetch_related("keys").select_related("decided_by").order_by("-pk"))


def _unknown(parsed: keys.ExchangeKey) -> Refusal:
    row = Registration.objects.filter(key_identifier=parsed.identifier).first()
    if row is None or not secrets.compare_digest(row.key_digest, parsed.digest):
        return KeyUnknown()
    return IntegrationNotMade() if row.state == RegistrationState.ACTIVATED else AccountNotActivated()
