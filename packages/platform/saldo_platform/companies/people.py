"""A person's own account: name and language, the password, consents given later or withdrawn."""

from datetime import datetime

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import consents, mail, passwords
from saldo_platform.companies.registration import NOT_IN_NAMES, NameInvalid
from saldo_platform.companies.tables import Consent, Person

CONSENTS_SHOWN_MAX = 100


class ConsentRequired(Refusal):
    """Without it there is no account."""

    code = "consent_required"
    status = 409
    text = _("This consent can't be withdrawn here: without it there is no account. Write to us to close the account.")


class OwnConsent(msgspec.Struct, frozen=True):
    """A consent of a person: the text in force, when it was given, and in which version; ``given`` says if it holds."""

    code: str
    text: str
    required: bool
    given: bool
    version: str
    given_at: datetime | None
    withdrawn_at: datetime | None


def rename(*, person: Person, name: str, language: str) -> None:
    """Change name and language; mails follow the language. :raises NameInvalid:"""
    if any(mark in name.lower() for mark in NOT_IN_NAMES):
        raise NameInvalid(name=" ".join(name.split()))
    person.name, person.language = name.strip(), language
    person.save(update_fields=["name", "language"])


def change_password(*, person: Person, old: str, new: str, client_address: str, now: datetime) -> None:
    """Set another password; every other session of the person ends with it, and the person is told by mail.

    :raises PasswordWrong, PasswordRefused, TooManyRequests:
    """
    passwords.check(person=person, password=old, client_address=client_address, now=now)
    passwords.set_new(person=person, password=new)
    with transaction.atomic():
        person.save(update_fields=["password"])
        tell_password_changed(person=person, now=now)


def tell_password_changed(*, person: Person, now: datetime) -> None:
    """Mail that the password was changed, so that a stranger can't do it unnoticed."""
    mail.write(to=person.email, template="password_changed", language=person.language, now=now, at=now)


def list_consents(*, person: Person, language: str) -> list[OwnConsent]:
    """Each consent in force, with what the person gave of it last."""
    rows = Consent.objects.filter(person=person).order_by("given_at", "pk")[:CONSENTS_SHOWN_MAX]
    latest = {row.code: row for row in rows}
    shown = []
    for text in consents.in_force(language=language).consents:
        row = latest.get(text.code)
        shown.append(
            OwnConsent(
                code=text.code,
                text=text.text,
                required=text.required,
                given=row is not None and row.withdrawn_at is None,
                version=row.version if row else text.version,
                given_at=row.given_at if row else None,
                withdrawn_at=row.withdrawn_at if row else None,
            )
        )
    return shown


def give_consent(*, person: Person, code: str, language: str, client_address: str, now: datetime) -> None:
    """Give an optional consent in the version in force; giving it twice changes nothing. :raises ConsentRequired:"""
    version = _optional(code)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        if Consent.objects.filter(person=person, code=code, version=version, withdrawn_at=None).exists():
            return
        Consent.objects.create(
            person=person,
            code=code,
            version=version,
            text_digest=consents.digest_of(code, language),
            language=language,
            given_at=now,
            client_address=client_address,
        )


def withdraw_consent(*, person: Person, code: str, now: datetime) -> None:
    """Withdraw an optional consent, everywhere it was given; the rows stay as evidence. :raises ConsentRequired:"""
    _optional(code)
    Consent.objects.filter(person=person, code=code, withdrawn_at=None).update(withdrawn_at=now)


def _optional(code: str) -> str:
    """The version in force of an optional consent. :raises ConsentRequired: it isn't optional, or isn't ours."""
    for text in consents.TEXTS:
        if text.code == code and not text.required:
            return text.version
    raise ConsentRequired()
