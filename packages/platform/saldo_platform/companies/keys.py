"""Exchange keys on the Platform's side: issue, revoke, and tell whose request this is.

::

    Refusal
    ├── 401  KeyMissing, KeyMalformed, KeyUnknown, KeyRevoked, KeyReplaced, KeyExpired
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
SENDER_LENGTH_MAX = 1100
EXPIRY_MAX = timedelta(days=3660)


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
    text = _("The Platform does not know this exchange key. Copy it again from “Integrations”, or make a new one.")


class KeyRevoked(Refusal):
    """The key was revoked."""

    code = "key_revoked"
    status = 401
    text = _("This exchange key was revoked. Make a new one on the Platform.")


class KeyReplaced(Refusal):
    """Another key took its place, and the time of both is over."""

    code = "key_replaced"
    status = 401
    text = _("This exchange key was replaced by a newer one (%(newer)s…) on the Platform. Enter the newer one.")


class KeyExpired(Refusal):
    """Its time is over."""

    code = "key_expired"
    status = 401
    text = _("This exchange key has expired. Replace it on the Platform, under “Integrations”, and enter the new one.")


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


class ExpiryPast(Refusal):
    """The day on which the key should expire is not ahead."""

    code = "expiry_past"
    text = _("The key must expire in the future, and within ten years.")


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


def issue(
    *, company: Company, name: str, person: Person, now: datetime, expires_at: datetime | None = None
) -> keys.ExchangeKey:
    """Make a key with an integration of its own, confirmed by who asks for it. The key is returned once.

    :param expires_at: from then on it is refused; None: never.
    :raises ExpiryPast:
    """
    check_expiry(expires_at=expires_at, now=now)
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
        kept = keep(integration=integration, identifier=key.identifier, digest=key.digest, now=now)
        ExchangeKey.objects.filter(pk=kept.pk).update(made_by=person, expires_at=expires_at)
        audit.note(company=company, person=person, action="key_issued", now=now, identifier=key.identifier)
    return key


def keep(*, integration: Integration, identifier: str, digest: str, now: datetime) -> ExchangeKey:
    """Store a key that somebody made; only its digest is known here."""
    return ExchangeKey.objects.create(
        company=integration.company, integration=integration, identifier=identifier, digest=digest, made_at=now
    )


def check_expiry(*, expires_at: datetime | None, now: datetime) -> None:
    """:raises ExpiryPast: not after now, or more than ten years ahead."""
    if expires_at is not None and not now < expires_at <= now + EXPIRY_MAX:
        raise ExpiryPast()


def revoke(*, company: Company, identifier: str, person: Person, now: datetime) -> None:
    """Revoke a key; from now on it is refused. Revoking twice changes nothing. :raises KeyNotFound:"""
    with transaction.atomic():
        found = ExchangeKey.objects.filter(company=company, identifier=identifier)
        if not found.exists():
            raise KeyNotFound()
        if found.filter(revoked_at=None).update(revoked_at=now) == 1:
            audit.note(company=company, person=person, action="key_revoked", now=now, identifier=identifier)


def authenticate(
    *, text: str, client_address: str, now: datetime, program: str = ""
) -> tuple[ExchangeKey, Integration]:
    """Whose key it is, when it works; notes its use. :raises Refusal: each reason by its own class, see the module.

    :param program: what the request calls itself, as „saldo-desk 0.1.0”.
    """
    if not text:
        raise KeyMissing()
    try:
        parsed = keys.parse(text)
    except keys.MalformedKey:
        raise KeyMalformed() from None
    key = (
        ExchangeKey.objects.select_related("integration", "company", "replaced_by")
        .filter(identifier=parsed.identifier)
        .first()
    )
    if key is None:
        raise _unknown(parsed)
    if not secrets.compare_digest(key.digest, parsed.digest):
        raise KeyUnknown()
    _check_time(key, now)
    refusal = _BY_STATE.get(key.integration.state)
    if refusal is not None:
        raise refusal()
    note_use(key=key, client_address=client_address, program=program, now=now)
    return key, key.integration


def note_use(*, key: ExchangeKey, client_address: str, program: str, now: datetime) -> None:
    """Remember when, from where and by which program the key was used; at most once a minute while none of it moves."""
    same = (key.used_from, key.used_program) == (client_address, program)
    if key.used_at is None or now - key.used_at > USE_NOTED_EVERY or not same:
        ExchangeKey.objects.filter(pk=key.pk).update(used_at=now, used_from=client_address, used_program=program)


def note_sender(*, key: ExchangeKey, sender: str) -> None:
    """Remember which program a batch named as its sender; its request may have called itself something general."""
    sender = sender[:SENDER_LENGTH_MAX]
    if key.used_sender != sender:
        ExchangeKey.objects.filter(pk=key.pk).update(used_sender=sender)


def state_of(key: ExchangeKey, *, now: datetime) -> str:
    """``works``, ``revoked``, ``replaced``, ``expired``; ``replaced_soon`` while it and its successor both work."""
    if key.revoked_at is not None:
        return "revoked"
    if key.works_until is not None and now >= key.works_until:
        return "replaced"
    if key.expires_at is not None and now >= key.expires_at:
        return "expired"
    return "works" if key.works_until is None else "replaced_soon"


def _check_time(key: ExchangeKey, now: datetime) -> None:
    state = state_of(key, now=now)
    if state == "revoked":
        raise KeyRevoked()
    if state == "replaced":
        raise KeyReplaced(newer=f"saldo_live_{key.replaced_by.identifier}" if key.replaced_by else "")
    if state == "expired":
        raise KeyExpired()


def _unknown(parsed: keys.ExchangeKey) -> Refusal:
    row = Registration.objects.filter(key_identifier=parsed.identifier).first()
    if row is None or not secrets.compare_digest(row.key_digest, parsed.digest):
        return KeyUnknown()
    return IntegrationNotMade() if row.state == RegistrationState.ACTIVATED else AccountNotActivated()
