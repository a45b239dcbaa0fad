"""Registration: code, verification, activation mail. Neutral: whether an account or a company exists is told by
the mail alone, never by an answer.

::

    code_sent → activation_sent → activated
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from stdnum.pl import nip as nip_rules

from saldo_core.client_address import client_of
from saldo_core.refusals import Refusal
from saldo_platform.companies import consents, limits, mail
from saldo_platform.companies.tables import (
    ActivationLink,
    Consent,
    ExchangeKey,
    Person,
    Registration,
    RegistrationState,
)
from saldo_protocol.registration import CODE_DIGITS, GivenConsent, RegistrationRequest, RegistrationStatus

CODE_VALID = timedelta(minutes=10)
CODE_TRIES_MAX = 5
LINK_VALID = timedelta(hours=24)
SECRET_LENGTH_MIN = 32
NOT_IN_NAMES = ("://", "www.", "\n", "\r", "\t", "\0")


class RegistrationNotFound(Refusal):
    """No such registration under this secret."""

    code = "registration_not_found"
    status = 404
    text = _("There is no such registration.")


class NipInvalid(Refusal):
    """A wrong check digit."""

    code = "nip_invalid"
    text = _("%(nip)s is not a valid NIP: check the ten digits.")


class CodeWrong(Refusal):
    """Not the code that was mailed."""

    code = "code_wrong"
    text = _("This is not the code from the e-mail. Attempts left: %(left)s.")


class CodeExpired(Refusal):
    """Older than ten minutes."""

    code = "code_expired"
    text = _("The code has expired. Have a new one sent.")


class CodeTriesUsedUp(Refusal):
    """Five wrong codes."""

    code = "code_tries_used_up"
    text = _("Too many wrong codes. Have a new one sent.")


class AlreadyVerified(Refusal):
    """The address can't be changed any more."""

    code = "already_verified"
    status = 409
    text = _("The e-mail address is verified already.")


class NotVerified(Refusal):
    """There is no activation link to send before the code is entered."""

    code = "not_verified"
    status = 409
    text = _("The e-mail address is not verified yet: enter the code first.")


class AlreadyActivated(Refusal):
    """There is nothing left to send."""

    code = "already_activated"
    status = 409
    text = _("The account is active already.")


class NameInvalid(Refusal):
    """A name that would carry a link into our mails."""

    code = "name_invalid"
    text = _("A name can't hold a web address or a line break: %(name)s")


class SecretTooShort(Refusal):
    """The secret that guards the registration could be guessed."""

    code = "secret_too_short"
    text = _("The bearer of a registration must be a secret of at least %(least)s characters.")


class RegistrationUidReused(Refusal):
    """The uid came before with other content."""

    code = "registration_uid_reused"
    status = 409
    text = _("A registration with this uid came before, with other content. Only its e-mail may change; use a new uid.")


class KeyTaken(Refusal):
    """A key with this identifier is known."""

    code = "key_taken"
    status = 409
    text = _("This exchange key is in use. Start again.")


def start(
    *, uid: UUID, secret: str, request: RegistrationRequest, client_address: str, now: datetime
) -> tuple[RegistrationStatus, bool]:
    """Begin, or repeat, a registration from an ERP: a code goes to the address. True when it is new.

    The same uid with the same address answers the present state; with another one before the code was entered,
    the address is changed and a new code goes there.

    :raises RegistrationNotFound: the uid is another secret's.
    :raises NipInvalid, NameInvalid, ConsentMissing, ConsentOutdated, SecretTooShort, KeyTaken:
    :raises TooManyRequests, AlreadyVerified, RegistrationUidReused:
    """
    _check(request)
    email = request.email.strip().lower()
    with transaction.atomic():
        row = Registration.objects.select_for_update().filter(uid=uid).first()
        if row is not None:
            _guard(row, secret)
            if row.request_digest != _request_digest(request):
                raise RegistrationUidReused()
            return _again(row, email, client_address, now), False
        if len(secret) < SECRET_LENGTH_MIN:
            raise SecretTooShort(least=SECRET_LENGTH_MIN)
        identifier = request.key.identifier
        if (
            Registration.objects.filter(key_identifier=identifier).exists()
            or ExchangeKey.objects.filter(identifier=identifier).exists()
        ):
            raise KeyTaken(pointer="/key/identifier")
        row = _new(uid, secret, request, email, client_address, now)
        row.key_identifier, row.key_digest = request.key.identifier, request.key.digest
        _mail_code(row, client_address, now)
        row.save(force_insert=True)
        _keep_consents(row, request.consents, client_address, now)
    return status_of(row, now=now), True


def start_on_the_web(
    *, uid: UUID, secret: str, request: RegistrationRequest, client_address: str, now: datetime
) -> None:
    """Begin a registration from the web form: the same, without a key.

    :raises NipInvalid, NameInvalid, ConsentMissing, ConsentOutdated, TooManyRequests:
    """
    _check(request)
    with transaction.atomic():
        row = _new(uid, secret, request, request.email.strip().lower(), client_address, now)
        _mail_code(row, client_address, now)
        row.save(force_insert=True)
        _keep_consents(row, request.consents, client_address, now)


def change_email(*, uid: UUID, secret: str, email: str, client_address: str, now: datetime) -> RegistrationStatus:
    """Another address for the same registration: a new code goes there, and the one that was sent stops working.

    :raises RegistrationNotFound, AlreadyVerified, TooManyRequests: within a minute of the last mail, or past a limit.
    """
    with transaction.atomic():
        row = _lock(uid, secret)
        return _again(row, email.strip().lower(), client_address, now)


def get(*, uid: UUID, secret: str, now: datetime) -> RegistrationStatus:
    """How far it is. :raises RegistrationNotFound:"""
    return status_of(_find(uid, secret), now=now)


def resend_code(*, uid: UUID, secret: str, client_address: str, now: datetime) -> RegistrationStatus:
    """Mail a new code; the old one stops working. :raises RegistrationNotFound, TooManyRequests, AlreadyVerified:"""
    with transaction.atomic():
        row = _lock(uid, secret)
        if row.state != RegistrationState.CODE_SENT:
            raise AlreadyVerified()
        limits.wait_between(last_at=row.mailed_at, now=now)
        _mail_code(row, client_address, now)
        row.save()
    return status_of(row, now=now)


def verify(*, uid: UUID, secret: str, code: str, client_address: str, now: datetime) -> RegistrationStatus:
    """Enter the code; when it is right the activation link is mailed. Entering it again changes nothing.

    :raises RegistrationNotFound, CodeWrong, CodeExpired, CodeTriesUsedUp:
    """
    with transaction.atomic():
        row = _lock(uid, secret)
        if row.state != RegistrationState.CODE_SENT:
            return status_of(row, now=now)
        if row.code_tries >= CODE_TRIES_MAX:
            raise CodeTriesUsedUp()
        if now > row.code_expires_at:
            raise CodeExpired()
        right = secrets.compare_digest(row.code_digest, _code_digest(uid, code))
        if right:
            row.state = RegistrationState.ACTIVATION_SENT
            _mail_link(row, now)
        else:
            row.code_tries += 1
        row.save()
    if not right and row.code_tries >= CODE_TRIES_MAX:
        raise CodeTriesUsedUp()
    if not right:
        raise CodeWrong(left=CODE_TRIES_MAX - row.code_tries)
    return status_of(row, now=now)


def resend_activation(*, uid: UUID, secret: str, client_address: str, now: datetime) -> RegistrationStatus:
    """Mail a new activation link; the old ones stop working.

    :raises RegistrationNotFound, NotVerified, AlreadyActivated, TooManyRequests:
    """
    with transaction.atomic():
        row = _lock(uid, secret)
        if row.state == RegistrationState.CODE_SENT:
            raise NotVerified()
        if row.state == RegistrationState.ACTIVATED:
            raise AlreadyActivated()
        limits.wait_between(last_at=row.mailed_at, now=now)
        _count_mail(row, client_address, now)
        ActivationLink.objects.filter(registration=row, used_at=None).delete()
        _mail_link(row, now)
        row.save()
    return status_of(row, now=now)


def status_of(row: Registration, *, now: datetime) -> RegistrationStatus:
    """What the guarded answer tells of a registration."""
    return RegistrationStatus(
        uid=row.uid,
        state=row.state,  # type: ignore[arg-type]
        integration=row.integration.state if row.integration else "none",  # type: ignore[arg-type]
        email=row.email,
        resend_after_s=limits.seconds_left(last_at=row.mailed_at, now=now),
        tries_left=CODE_TRIES_MAX - row.code_tries,
        code_expires_at=row.code_expires_at,
    )


def _find(uid: UUID, secret: str) -> Registration:
    row = Registration.objects.select_related("integration").filter(uid=uid).first()
    if row is None:
        raise RegistrationNotFound()
    _guard(row, secret)
    return row


def _lock(uid: UUID, secret: str) -> Registration:
    """Inside a transaction: two wrong codes at once must count twice."""
    row = Registration.objects.select_for_update().filter(uid=uid).first()
    if row is None:
        raise RegistrationNotFound()
    _guard(row, secret)
    return row


def _guard(row: Registration, secret: str) -> None:
    if not secrets.compare_digest(row.secret_digest, _digest(secret)):
        raise RegistrationNotFound()


def _check(request: RegistrationRequest) -> None:
    if not nip_rules.is_valid(request.company.nip):
        raise NipInvalid(pointer="/company/nip", nip=request.company.nip)
    for pointer, name in (("/person_name", request.person_name), ("/company/name", request.company.name)):
        if any(mark in name.lower() for mark in NOT_IN_NAMES):
            raise NameInvalid(pointer=pointer, name=" ".join(name.split()))
    consents.check(request.consents)


def _request_digest(request: RegistrationRequest) -> str:
    return _digest(msgspec.json.encode(msgspec.structs.replace(request, email=""), order="sorted").decode())


def _count_mail(row: Registration, client_address: str, now: datetime) -> None:
    limits.count(limits.REGISTRATION_PER_CLIENT, client_of(client_address), now=now)
    limits.count(limits.REGISTRATION_PER_EMAIL, row.email, now=now)


def _new(
    uid: UUID, secret: str, request: RegistrationRequest, email: str, client_address: str, now: datetime
) -> Registration:
    return Registration(
        uid=uid,
        secret_digest=_digest(secret),
        request_digest=_request_digest(request),
        email=email,
        person_name=request.person_name.strip(),
        nip=request.company.nip,
        company_name=request.company.name,
        company_address=request.company.address,
        language=request.language,
        program=f"{request.sender.program} {request.sender.version}"[:256],
        client_address=client_address,
        started_at=now,
    )


def _again(row: Registration, email: str, client_address: str, now: datetime) -> RegistrationStatus:
    if email != row.email:
        if row.state != RegistrationState.CODE_SENT:
            raise AlreadyVerified()
        limits.wait_between(last_at=row.mailed_at, now=now)
        row.email = email
        _mail_code(row, client_address, now)
        row.save()
    return status_of(row, now=now)


def _mail_code(row: Registration, client_address: str, now: datetime) -> None:
    _count_mail(row, client_address, now)
    code = "".join(secrets.choice("0123456789") for _place in range(CODE_DIGITS))
    row.code_digest = _code_digest(row.uid, code)
    row.code_expires_at = now + CODE_VALID
    row.code_tries = 0
    row.mailed_at = now
    mail.write(
        to=row.email,
        template="code",
        language=row.language,
        now=now,
        code=code,
        known=Person.objects.filter(email=row.email).exists(),
        registration=row,
        url=settings.PUBLIC_URL,
    )


def _mail_link(row: Registration, now: datetime) -> None:
    token = secrets.token_urlsafe(32)
    ActivationLink.objects.create(registration=row, token_digest=_digest(token), expires_at=now + LINK_VALID)
    row.mailed_at = now
    mail.write(
        to=row.email,
        template="activation",
        language=row.language,
        now=now,
        link=f"{settings.PUBLIC_URL}/activate/{token}/",
        known=Person.objects.filter(email=row.email).exists(),
        registration=row,
    )


def _keep_consents(row: Registration, given: tuple[GivenConsent, ...], client_address: str, now: datetime) -> None:
    Consent.objects.bulk_create(
        Consent(
            registration=row,
            code=consent.code,
            version=consent.version,
            text_digest=consents.digest_of(consent.code, row.language),
            language=row.language,
            given_at=now,
            client_address=client_address,
        )
        for consent in {consent.code: consent for consent in given}.values()
    )


def _code_digest(uid: UUID, code: str) -> str:
    """Bound to this registration, and to a secret outside the database: six digits alone are soon guessed."""
    return _digest(f"{settings.SECRET_KEY!s}:{uid}:{code}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
