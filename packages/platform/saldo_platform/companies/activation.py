"""Activation: the link from the mail, the password, and what comes to be: person, company, integration, key."""

import hashlib
from datetime import datetime

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import audit, keys, mail, passwords
from saldo_platform.companies.tables import (
    ActivationLink,
    Company,
    Consent,
    Integration,
    IntegrationState,
    Membership,
    Person,
    Registration,
    RegistrationState,
    Role,
)


class LinkNotValid(Refusal):
    """Unknown, used or older than 24 hours."""

    code = "link_not_valid"
    status = 404
    text = _("This link is not valid any more. Have a new one sent from the program where you began.")


class Activated(msgspec.Struct, frozen=True):
    """Who is active now; ``joined`` says whether the person is a member of the company, ``asked`` whether its
    administrators were asked to decide on the integration."""

    person: Person
    company: Company
    joined: bool
    asked: bool


def look(*, token: str, now: datetime) -> tuple[Registration, bool]:
    """What the link is for, and whether its account exists. Consumes nothing: mail scanners follow links.

    :raises LinkNotValid:
    """
    link = _find(token, now)
    return link.registration, Person.objects.filter(email=link.registration.email).exists()


def activate(*, token: str, password: str, client_address: str, now: datetime) -> Activated:
    """Set the password (or, where the account exists, check it), then bring everything into being; one transaction.

    Wrong passwords of an account are counted with those of its log-in: a link that is found must not be a way around.

    A company whose NIP is here already isn't joined, and no integration is made: nobody has proven whose company it
    is, and whoever was here first must not receive a newcomer's books. Both sides learn of it by mail.

    :raises LinkNotValid, PasswordRefused, PasswordWrong, TooManyRequests:
    """
    link = _find(token, now)
    person = Person.objects.filter(email=link.registration.email).first()
    if person is not None:
        passwords.check(person=person, password=password, client_address=client_address, now=now)
    else:
        person = _new_person(link.registration, password, now)
    done = _bring_into_being(link, person, now)
    return done or activate(token=token, password=password, client_address=client_address, now=now)


def _bring_into_being(link: ActivationLink, person: Person, now: datetime) -> Activated | None:
    """The one transaction; None when another link made the person's account meanwhile, whose password is to be asked
    for then."""
    with transaction.atomic():
        if person.pk is None:
            if Person.objects.filter(email=person.email).exists():
                return None
            person.save()
        if ActivationLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now) != 1:
            raise LinkNotValid()
        row = Registration.objects.select_for_update().get(pk=link.registration_id)
        company, made = Company.objects.get_or_create(
            nip=row.nip, defaults={"name": row.company_name, "address": row.company_address, "joined_at": now}
        )
        if made:
            Membership.objects.create(company=company, person=person, role=Role.ADMINISTRATOR)
        role = Membership.objects.filter(company=company, person=person).values_list("role", flat=True).first()
        if row.key_identifier and role is not None:
            row.integration = make_integration(row=row, company=company, now=now)
        asked = row.integration is not None and role != Role.ADMINISTRATOR
        if role is None:
            _tell_newcomer(row, company, now)
        if role is None or asked:
            _tell_administrators(row, company, asked, now)
        row.state = RegistrationState.ACTIVATED
        row.save()
        Consent.objects.filter(registration=row).update(person=person)
        audit.note(company=company, person=person, action="activated", now=now, email=row.email)
    return Activated(person, company, joined=role is not None, asked=asked)


def _find(token: str, now: datetime) -> ActivationLink:
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = (
        ActivationLink.objects.select_related("registration")
        .filter(token_digest=digest, used_at=None, expires_at__gt=now)
        .first()
    )
    if found is None:
        raise LinkNotValid()
    return found


def _new_person(row: Registration, password: str, now: datetime) -> Person:
    person = Person(email=row.email, name=row.person_name, language=row.language, joined_at=now)
    passwords.set_new(person=person, password=password)
    return person


def make_integration(*, row: Registration, company: Company, now: datetime) -> Integration:
    """The integration of the key that a registration brought; it awaits confirmation. In the caller's transaction."""
    assert row.key_identifier is not None
    integration = Integration.objects.create(
        company=company,
        state=IntegrationState.AWAITING_CONFIRMATION,
        name=row.program,
        asked_by=row.email,
        made_at=now,
    )
    keys.keep(integration=integration, identifier=row.key_identifier, digest=row.key_digest, now=now)
    return integration


def _tell_newcomer(row: Registration, company: Company, now: datetime) -> None:
    mail.write(
        to=row.email,
        template="company_known",
        language=row.language,
        now=now,
        registration=row,
        url=settings.PUBLIC_URL,
    )


def _tell_administrators(row: Registration, company: Company, asked: bool, now: datetime) -> None:
    for membership in Membership.objects.select_related("person").filter(company=company, role=Role.ADMINISTRATOR):
        mail.write(
            to=membership.person.email,
            template="claim",
            language=membership.person.language,
            now=now,
            registration=row,
            company=company,
            asked=asked,
            url=settings.PUBLIC_URL,
        )
