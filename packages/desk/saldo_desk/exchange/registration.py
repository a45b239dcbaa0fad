"""Creating an account on the Platform from here, as one act with the synchronisation that was asked for.

The Desk makes its exchange key itself and registers only the SHA-256, so no answer can lose it. Everything is on
disk before it is sent: the same registration goes again after a crash.
"""

from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, key_files
from saldo_desk.exchange.platform_api import SENDER, Declined, PlatformApi, Transport, Unreachable, safe_address
from saldo_desk.exchange.tables import REGISTRATION_OPEN, Registration, RegistrationState
from saldo_protocol import keys
from saldo_protocol.registration import (
    CompanyCard,
    ConsentTexts,
    GivenConsent,
    Language,
    NewKey,
    RegistrationRequest,
    RegistrationStatus,
)

CHECK_S = 2
CHECK_UNREACHABLE_S = 30
DECLINED = {"refused", "revoked"}
STEPS = tuple(RegistrationState)


class NoRegistration(Refusal):
    """No registration was begun."""

    code = "no_registration"
    text = _("No registration was begun for this company.")


class AlreadyConnected(Refusal):
    """A key is configured, so no account is needed."""

    code = "already_connected"
    text = _("This company has an exchange key already.")


class FormNotComplete(Refusal):
    """A field of the form is missing or has a form that can't be right."""

    code = "form_not_complete"
    text = _("Check the form: %(detail)s")


def get_consents(*, platform_url: str, transport: Transport | None = None) -> ConsentTexts:
    """The consents in force on the Platform, in the active language. :raises Unreachable:"""
    return PlatformApi(platform_url, bearer="", transport=transport).get_consents()


def get_open(*, company: Company) -> Registration | None:
    """The registration that is under way, if any."""
    return Registration.objects.filter(company=company, state__in=REGISTRATION_OPEN).first()


def start(
    *,
    company: Company,
    platform_url: str,
    email: str,
    person_name: str,
    company_name: str,
    company_address: str,
    consents: tuple[GivenConsent, ...],
    language: Language,
    now: datetime,
    transport: Transport | None = None,
) -> Registration:
    """Begin: make uid, secret and key, store them, then send. An open registration is given up for the new one,
    unless the Platform declines the new one.

    :raises AlreadyConnected, AddressNotSafe, FormNotComplete:
    :raises Declined: the Platform's word, for instance ``consent_missing``; nothing is kept.
    :raises Unreachable: kept; the worker sends it again.
    """
    url = safe_address(platform_url)
    pending = get_open(company=company)
    if pending is None and connection.get_link(company=company) is not None:
        raise AlreadyConnected()
    key, uid = keys.make(), new_uid()
    request = RegistrationRequest(
        email=email.strip(),
        person_name=person_name.strip(),
        company=CompanyCard(nip=company.nip, name=company_name.strip(), address=company_address.strip()),
        consents=consents,
        language=language,
        key=NewKey(identifier=key.identifier, digest=key.digest),
        sender=SENDER,
    )
    body = msgspec.json.encode(request)
    try:
        msgspec.json.decode(body, type=RegistrationRequest)
    except msgspec.ValidationError as error:
        raise FormNotComplete(detail=str(error)) from None
    key_files.make_registration_secret(company=company, uid=uid)
    key_files.write_key(company=company, key=key)
    with transaction.atomic():
        Registration.objects.filter(company=company, state__in=REGISTRATION_OPEN).update(
            state=RegistrationState.ABANDONED
        )
        row = Registration.objects.create(
            company=company,
            uid=uid,
            platform_url=url,
            email=request.email,
            request=body,
            started_at=now,
            next_check_at=now + timedelta(seconds=CHECK_UNREACHABLE_S),
        )
        connection.keep_link(company=company, platform_url=url, key=key)
    try:
        return refresh(registration=row, now=now, transport=transport)
    except Unreachable:
        raise
    except Declined:
        Registration.objects.filter(pk=row.pk).update(state=RegistrationState.ABANDONED)
        connection.forget(company=company)
        raise


def enter_code(
    *, registration: Registration, code: str, now: datetime, transport: Transport | None = None
) -> Registration:
    """Enter the code from the mail. :raises Declined, Unreachable:"""
    api = _api(registration, transport)
    digits = "".join(code.split())
    try:
        status = api.verify(registration.uid, digits)
    except Declined:
        _remember(registration, api.get_registration(registration.uid), now)
        raise
    return _remember(registration, status, now)


def resend(*, registration: Registration, now: datetime, transport: Transport | None = None) -> Registration:
    """Have the mail that is waited for sent again: the code, or the activation link.

    :raises Declined: ``too_many_requests`` with the seconds to wait.
    :raises Unreachable:
    """
    what = "code" if registration.state in {RegistrationState.STARTED, RegistrationState.CODE_SENT} else "activation"
    return _remember(registration, _api(registration, transport).resend(registration.uid, what), now)


def refresh(*, registration: Registration, now: datetime, transport: Transport | None = None) -> Registration:
    """Ask how far it is (or send it, when it isn't known to have arrived) and remember the answer.

    :raises Declined, Unreachable:
    """
    api = _api(registration, transport)
    if registration.state == RegistrationState.STARTED:
        status = api.put_registration(registration.uid, bytes(registration.request))
    else:
        status = api.get_registration(registration.uid)
    return _remember(registration, status, now)


def check_due(*, now: datetime, transport: Transport | None = None) -> bool:
    """A step of the worker: refresh registrations whose time has come. True when any was."""
    due = list(
        Registration.objects.select_related("company").filter(state__in=REGISTRATION_OPEN, next_check_at__lte=now)[:20]
    )
    for row in due:
        try:
            refresh(registration=row, now=now, transport=transport)
        except Refusal:
            Registration.objects.filter(pk=row.pk).update(next_check_at=now + timedelta(seconds=CHECK_UNREACHABLE_S))
    return bool(due)


def _api(registration: Registration, transport: Transport | None) -> PlatformApi:
    secret = key_files.registration_secret(company=registration.company, uid=registration.uid)
    return PlatformApi(registration.platform_url, bearer=secret, transport=transport)


def _remember(registration: Registration, status: RegistrationStatus, now: datetime) -> Registration:
    """Take an answer in. The worker and the window ask at the same time: an older answer never takes a step back."""
    state = RegistrationState(status.state)
    if status.integration == "confirmed":
        state = RegistrationState.CONFIRMED
    elif status.integration in DECLINED:
        state = RegistrationState.REFUSED
    with transaction.atomic():
        row = Registration.objects.select_for_update().select_related("company").get(pk=registration.pk)
        if STEPS.index(state) < STEPS.index(row.state):
            return row
        row.state = state
        row.tries_left = status.tries_left
        row.code_expires_at = status.code_expires_at
        row.resend_at = now + timedelta(seconds=status.resend_after_s)
        row.next_check_at = None if state not in REGISTRATION_OPEN else now + timedelta(seconds=CHECK_S)
        row.save()
    if state not in REGISTRATION_OPEN:
        connection.wake_runs(company=row.company, now=now)
    return row
