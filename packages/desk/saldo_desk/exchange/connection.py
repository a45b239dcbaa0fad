"""The link of a company to its Platform: keep the key, check it, forget it.

::

    Refusal
    ├── NoKey               nothing is configured
    ├── KeyMalformed        told offline by form or checksum; or the key's file is damaged
    ├── OtherCompanysKey    it works, but for another NIP
    └── ClockWrong          it works, but our clock and the Platform's are too far apart
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.exchange import key_files, outbox
from saldo_desk.exchange.platform_api import Declined, PlatformApi, Transport, Unreachable, safe_address
from saldo_desk.exchange.run_states import move
from saldo_desk.exchange.tables import (
    REGISTRATION_OPEN,
    REGISTRATION_TAKEN,
    RUN_ACTIVE,
    Forecast,
    Link,
    Registration,
    RegistrationState,
    Run,
    RunState,
)
from saldo_protocol import keys
from saldo_protocol.registration import IntegrationStatus

CLOCK_DIFFERENCE_MAX = timedelta(minutes=10)
"""As much as the Platform allows a revision to be ahead of its own clock."""


OF_REGISTRATION = frozenset({"account_not_activated", "integration_not_confirmed", "integration_not_made"})
"""What a key is told whose registration goes on; each is over with the next step."""
REACHED = {
    "integration_not_made": (RegistrationState.ACTIVATED, "none"),
    "integration_not_confirmed": (RegistrationState.ACTIVATED, "awaiting_confirmation"),
    "integration_refused": (RegistrationState.REFUSED, "refused"),
    "integration_revoked": (RegistrationState.REFUSED, "revoked"),
}
"""Which step of its registration, with which word on the integration, a key has reached that is told so."""


class NoKey(Refusal):
    """No exchange key is configured for the company."""

    code = "no_key"
    text = _("There is no exchange key yet: enter one, or create an account.")


class KeyMalformed(Refusal):
    """The text, or the file that keeps the key, can't be a key."""

    code = "key_malformed"
    text = _("This is not a whole exchange key, or one of its characters is wrong. Copy it again from the Platform.")


class OtherCompanysKey(Refusal):
    """The key works, but for another NIP."""

    code = "other_company"
    text = _("This key belongs to %(other)s (NIP %(other_nip)s), not to NIP %(nip)s.")


class ClockWrong(Refusal):
    """The clocks are more than ten minutes apart. Revisions come from this one: each document would be refused."""

    code = "clock_wrong"
    text = _("This computer's clock says %(here)s, the Platform's says %(there)s.")


def configure(
    *, company: Company, platform_url: str, key_text: str, now: datetime, transport: Transport | None = None
) -> IntegrationStatus:
    """Check a key for form, then against the Platform, and keep it. Waiting runs become due.

    :raises KeyMalformed: nothing was sent.
    :raises AddressNotSafe, Unreachable, Declined, OtherCompanysKey: the key is not kept.
    """
    try:
        key = keys.parse(key_text)
    except keys.MalformedKey:
        raise KeyMalformed() from None
    url = safe_address(platform_url)
    with PlatformApi(url, bearer=key.text, transport=transport) as api:
        status = api.get_integration()
    _check_company(company, status)
    key_files.write_key(company=company, key=key)
    with transaction.atomic():
        keep_link(company=company, platform_url=url, key=key)
        abandon_registrations(company=company)
        works(company=company, status=status, now=now)
    return status


def keep_link(*, company: Company, platform_url: str, key: keys.ExchangeKey) -> Link:
    """Remember the Platform and which key is used; what the key is stays in its file."""
    link, _made = Link.objects.update_or_create(
        company=company,
        defaults={"platform_url": platform_url, "key_identifier": key.identifier, "problem": ""},
    )
    return link


def check(*, company: Company, now: datetime, transport: Transport | None = None) -> IntegrationStatus:
    """Ask the Platform whether the kept key works, and remember what it said.

    :raises NoKey, KeyMalformed, Unreachable, Declined, OtherCompanysKey, ClockWrong:
    """
    try:
        with api_of(company=company, transport=transport) as api:
            status = api.get_integration()
        _check_company(company, status)
        _check_clock(status, now)
    except (KeyMalformed, Unreachable, Declined, OtherCompanysKey, ClockWrong) as refusal:
        learn(company=company, code=refusal.code, now=now)
        raise
    works(company=company, status=status, now=now)
    return status


def learn(*, company: Company, code: str, now: datetime) -> None:
    """Remember what the link suffers from; it tells how far the registration is that made the key."""
    Link.objects.filter(company=company).update(problem=code, checked_at=now)
    if code in REACHED:
        _reached(company, *REACHED[code])


def _check_company(company: Company, status: IntegrationStatus) -> None:
    if status.company.nip != company.nip:
        raise OtherCompanysKey(other=status.company.name, other_nip=status.company.nip, nip=company.nip)


def _check_clock(status: IntegrationStatus, now: datetime) -> None:
    """How long the answer took is part of the difference, and far below what is allowed."""
    if abs(status.now - now) > CLOCK_DIFFERENCE_MAX:
        raise ClockWrong(here=_written(now), there=_written(status.now))


def _written(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M:%S}"


def works(*, company: Company, status: IntegrationStatus, now: datetime) -> None:
    """Remember that the link works, and which integration it is. What waited for that is due now."""
    with transaction.atomic():
        link = Link.objects.select_for_update().filter(company=company).first()
        if link is None:
            return
        moved = link.integration_uid != status.uid
        link.integration_uid, link.problem, link.checked_at = status.uid, "", now
        if moved:
            link.changes_after = link.answered_through = 0  # another integration is told, and holds, other things
        link.save(update_fields=["integration_uid", "problem", "checked_at", "changes_after", "answered_through"])
        outbox.follow_link(link=link)
        if moved:
            _foresee_anew(company=company, now=now)
    _reached(company, RegistrationState.CONFIRMED, "confirmed")
    wake_runs(company=company, now=now)


def forget(*, company: Company) -> bool:
    """Forget key and link; what was sent stays known. False when there was none."""
    forgotten = key_files.forget_key(company=company)
    abandon_registrations(company=company)
    deleted, _rows = Link.objects.filter(company=company).delete()
    return forgotten or bool(deleted)


def get_link(*, company: Company) -> Link | None:
    """The link, when one is configured; whether its key is whole is told when it is used."""
    return Link.objects.filter(company=company).first()


def require_key(*, company: Company) -> tuple[Link, keys.ExchangeKey]:
    """The link and the key in use.

    :raises NoKey: nothing is configured.
    :raises KeyMalformed: the key's file is gone or damaged.
    """
    link = get_link(company=company)
    if link is None:
        raise NoKey()
    key = key_files.read_key(company=company)
    if key is None or key.identifier != link.key_identifier:  # one was written and the other not: never mix them
        raise KeyMalformed()
    return link, key


def api_of(*, company: Company, transport: Transport | None = None) -> PlatformApi:
    """The Platform with the company's key.

    :raises NoKey, KeyMalformed: as ``require_key``.
    """
    link, key = require_key(company=company)
    return PlatformApi(link.platform_url, bearer=key.text, transport=transport)


def abandon_registrations(
    *, company: Company, states: tuple[RegistrationState, ...] = REGISTRATION_OPEN, but: UUID | None = None
) -> None:
    """Give up what is under way, but for one, and remove its secrets: another key is used, or none."""
    rows = Registration.objects.filter(company=company, state__in=states)
    if but is not None:
        rows = rows.exclude(uid=but)
    uids = list(rows.values_list("uid", flat=True))
    rows.update(state=RegistrationState.ABANDONED, next_check_at=None)
    for uid in uids:
        key_files.forget_registration(company=company, uid=uid)


def _foresee_anew(*, company: Company, now: datetime) -> None:
    """What another integration foresaw says nothing any more: previews under way, and those that wait for a yes, are
    asked for again."""
    Forecast.objects.filter(document__run__company=company, document__run__state__in=RUN_ACTIVE).delete()
    move(Run.objects.filter(company=company, state=RunState.PREVIEWED), to=RunState.QUEUED, next_try_at=now)


def follow_registration(*, company: Company, code: str, now: datetime) -> None:
    """A registration has taken a step: what the link was said to suffer from, and what a run waits for, take it too.

    :param code: what the link suffers from at that step; empty once the program is confirmed.
    """
    Link.objects.filter(company=company, problem__in=OF_REGISTRATION).update(problem=code)
    waits = Run.objects.filter(company=company, state=RunState.WAITING, reason__in=OF_REGISTRATION - {code})
    if code:
        waits.update(reason=code, reason_detail="")
    else:
        move(waits, to=RunState.QUEUED, reason="", reason_detail="", next_try_at=now)


def _reached(company: Company, state: RegistrationState, integration: str) -> None:
    """What the key is answered tells how far the registration is that made it; never a step back."""
    ends = state not in REGISTRATION_TAKEN
    earlier = REGISTRATION_TAKEN if ends else REGISTRATION_TAKEN[: REGISTRATION_TAKEN.index(state)]
    rows = Registration.objects.filter(company=company, state__in=earlier)
    uids = list(rows.values_list("uid", flat=True))
    rows.update(state=state, integration=integration, **({"next_check_at": None} if ends else {}))
    for uid in uids if ends else ():
        key_files.forget_registration(company=company, uid=uid)


def wake_runs(*, company: Company, now: datetime) -> None:
    """What was waiting for a person is due now; what had failed before counts no more."""
    waits = Run.objects.filter(company=company, state=RunState.WAITING, next_try_at=None)
    waits.update(next_try_at=now, failures=0)
