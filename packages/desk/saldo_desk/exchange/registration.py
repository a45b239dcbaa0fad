"""Creating an account on the Platform from here, as one act with the synchronisation that was asked for.

The Desk makes its exchange key itself and registers only the SHA-256, so no answer can lose it. Everything is on
disk before it is sent: the same registration goes again after a crash.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, key_files
from saldo_desk.exchange.platform_api import SENDER, Declined, PlatformApi, Transport, safe_address
from saldo_desk.exchange.tables import REGISTRATION_OPEN, Registration, RegistrationState
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
CHECK_UNANSWERED_S = 15
"""While somebody else is to decide whether this company may be joined: that can take days."""
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
    with PlatformApi(platform_url, bearer="", transport=transport) as api:
        return api.get_consents()


def get_open(*, company: Company) -> Registration | None:
    """The registration that is under way, if any; the one that was begun last."""
    return Registration.objects.filter(company=company, state__in=REGISTRATION_OPEN).order_by("-pk").first()


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
    """Begin: make uid, secret and key, store them, then send. An open registration, and the key in use, give way
    when the Platform takes the new one; when it declines, they stay.

    :raises AlreadyConnected, AddressNotSafe, FormNotComplete:
    :raises Declined: the Platform's word, for instance ``consent_missing``.
    :raises Unreachable: kept; the worker sends it again.
    """
    url = safe_address(platform_url)
    pending = get_open(company=company)
    link = connection.get_link(company=company)
    if pending is None and link is not None and link.integration_uid is not None:
        raise AlreadyConnected()
    uid = new_uid()
    key = key_files.make_for_registration(company=company, uid=uid)
    request = RegistrationRequest(
        email=email.strip(),
        person_name=person_name.strip(),
        company=CompanyCard(nip=company.nip, name=company_name.strip(), address=company_address.strip()),
        consents=consents,
        language=language,
        key=NewKey(identifier=key.identifier, digest=key.digest),
        sender=SENDER,
    )
    row = _store(company, uid, url, request, now)
    return refresh(registration=row, now=now, transport=transport)


def _store(company: Company, uid: UUID, url: str, request: RegistrationRequest, now: datetime) -> Registration:
    body = msgspec.json.encode(request)
    try:
        msgspec.json.decode(body, type=RegistrationRequest)
    except msgspec.ValidationError as error:
        key_files.forget_registration(company=company, uid=uid)
        raise FormNotComplete(detail=str(error)) from None
    with transaction.atomic():
        connection.abandon_registrations(company=company, states=(RegistrationState.STARTED,))
        return Registration.objects.create(
            company=company,
            uid=uid,
            platform_url=url,
            email=request.email,
            request=body,
            started_at=now,
            next_check_at=now + timedelta(seconds=CHECK_UNREACHABLE_S),
        )


def enter_code(
    *, registration: Registration, code: str, now: datetime, transport: Transport | None = None
) -> Registration:
    """Enter the code from the mail. :raises Declined, Unreachable:"""
    digits = "".join(code.split())
    with _api(registration, transport) as api:
        try:
            status = api.verify(registration.uid, digits)
        except Declined:
            _remember(registration, api.get_registration(registration.uid), now)
            raise
    return _remember(registration, status, now)


def change_email(
    *, registration: Registration, email: str, now: datetime, transport: Transport | None = None
) -> Registration:
    """Another address for the same registration: all else that was typed, and the key, stay. A new code goes there.

    One that isn't known to have arrived is stored with the new address, then sent. Otherwise the Platform has the last
    word, and says which address holds whenever it is asked: so a lost answer loses nothing.

    :raises FormNotComplete: that can't be an address.
    :raises Declined: ``too_many_requests`` with the seconds to wait; ``already_verified``.
    :raises Unreachable:
    """
    body = _with_email(registration, email.strip())
    if registration.state == RegistrationState.STARTED:
        Registration.objects.filter(pk=registration.pk).update(email=email.strip(), request=body)
        registration.refresh_from_db()
        return refresh(registration=registration, now=now, transport=transport)
    with _api(registration, transport) as api:
        return _remember(registration, api.put_registration(registration.uid, body), now)


def _with_email(registration: Registration, email: str) -> bytes:
    try:
        request = msgspec.json.decode(bytes(registration.request), type=RegistrationRequest)
        body = msgspec.json.encode(msgspec.structs.replace(request, email=email))
        msgspec.json.decode(body, type=RegistrationRequest)
    except msgspec.MsgspecError as error:
        raise FormNotComplete(detail=str(error)) from None
    return body


def resend(*, registration: Registration, now: datetime, transport: Transport | None = None) -> Registration:
    """Have the mail that is waited for sent again: the code, or the activation link.

    :raises Declined: ``too_many_requests`` with the seconds to wait.
    :raises Unreachable:
    """
    what = "code" if registration.state in {RegistrationState.STARTED, RegistrationState.CODE_SENT} else "activation"
    with _api(registration, transport) as api:
        return _remember(registration, api.resend(registration.uid, what), now)


def refresh(*, registration: Registration, now: datetime, transport: Transport | None = None) -> Registration:
    """Ask how far it is (or send it, when it isn't known to have arrived) and remember the answer.

    :raises Declined: it is over then, and ``message`` says why; but for a limit, a Platform in trouble, and a Desk that
        is too old: the newer one goes on with it.
    :raises Unreachable:
    """
    try:
        with _api(registration, transport) as api:
            if registration.state == RegistrationState.STARTED:
                status = api.put_registration(registration.uid, bytes(registration.request))
            else:
                status = api.get_registration(registration.uid)
    except Declined as declined:
        too_many = declined.status == 429 and registration.state != RegistrationState.STARTED
        if declined.status < 500 and not too_many and declined.code != "program_too_old":
            _end(registration, declined.message)
        raise
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


def _end(registration: Registration, message: str) -> None:
    Registration.objects.filter(pk=registration.pk).update(
        state=RegistrationState.ABANDONED, message=message[:1000], next_check_at=None
    )
    key_files.forget_registration(company=registration.company, uid=registration.uid)


def _take_over(row: Registration) -> None:
    """The Platform has taken the registration: its key is the one in use, and what was open before gives way."""
    key = key_files.use_key_of_registration(company=row.company, uid=row.uid)
    if key is not None:
        connection.keep_link(company=row.company, platform_url=row.platform_url, key=key)
    connection.abandon_registrations(company=row.company, but=row.uid)


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
        if row.state == RegistrationState.STARTED:
            _take_over(row)
        if status.email and status.email != row.email.strip().lower():
            row.email, row.request = status.email, _with_email(row, status.email)
        row.state, row.integration = state, status.integration
        row.tries_left = status.tries_left
        row.code_expires_at = status.code_expires_at
        row.resend_at = now + timedelta(seconds=status.resend_after_s)
        pause_s = CHECK_UNANSWERED_S if state == "activated" and status.integration == "none" else CHECK_S
        row.next_check_at = None if state not in REGISTRATION_OPEN else now + timedelta(seconds=pause_s)
        row.save()
    connection.follow_registration(company=row.company, code=_suffers_from(row), now=now)
    connection.wake_runs(company=row.company, now=now)
    if state not in REGISTRATION_OPEN:
        key_files.forget_registration(company=row.company, uid=row.uid)
    return row


def _suffers_from(row: Registration) -> str:
    """The code that the key of the registration is told at its step."""
    if row.state == RegistrationState.CONFIRMED:
        return ""
    if row.state == RegistrationState.REFUSED:
        return f"integration_{row.integration}"
    if row.state == RegistrationState.ACTIVATED:
        return "integration_not_made" if row.step == "not_made" else "integration_not_confirmed"
    return "account_not_activated"
