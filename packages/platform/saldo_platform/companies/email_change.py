"""Another address to log in with: confirmed from the new one, and undone from the old one for a week.

::

    asked ──→ confirmed (link to the new address, 24 h, by the person who is logged in)
      └────────┴──→ undone (link to the old address, 7 days, by whoever has that mailbox)
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import limits, mail, passwords
from saldo_platform.companies.tables import EmailChange, Person

CONFIRM_WITHIN = timedelta(hours=24)
UNDO_WITHIN = timedelta(days=7)


class EmailUnchanged(Refusal):
    """The address that the account has."""

    code = "email_unchanged"
    text = _("This is the address that you log in with already.")


class EmailTaken(Refusal):
    """Between the question and the confirmation somebody made an account with it."""

    code = "email_taken"
    status = 409
    text = _("The address has an account of its own by now. Nothing was changed.")


class ChangeNotValid(Refusal):
    """Unknown, used, too old, or somebody else's."""

    code = "change_not_valid"
    status = 404
    text = _("This link is not valid any more, or belongs to another account. Nothing was changed.")


def ask(*, person: Person, email: str, password: str, client_address: str, now: datetime) -> None:
    """Mail a link to the new address, and to the old one a notice with a link that undoes it.

    Answers the same when the address has an account already; that mailbox alone is told. Asking again makes the
    earlier links to a new address void; those that undo stay.

    :raises PasswordWrong, EmailUnchanged, TooManyRequests:
    """
    passwords.check(person=person, password=password, client_address=client_address, now=now)
    address = email.strip().lower()
    if address == person.email:
        raise EmailUnchanged()
    token, undo = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with transaction.atomic():
        limits.count(limits.EMAIL_CHANGE_PER_PERSON, str(person.pk), now=now)
        limits.count(limits.EMAIL_CHANGE_PER_EMAIL, address, now=now)
        taken = Person.objects.filter(email=address).exists()
        EmailChange.objects.filter(person=person, confirmed_at=None).update(token_digest=None)
        EmailChange.objects.create(
            person=person,
            old_email=person.email,
            new_email=address,
            token_digest=None if taken else _digest(token),
            undo_digest=_digest(undo),
            asked_at=now,
            expires_at=now + CONFIRM_WITHIN,
            undo_until=now + UNDO_WITHIN,
        )
        link = f"{settings.PUBLIC_URL}/account/email/confirm/{token}/"
        mail.write(
            to=address, template="email_new", language=person.language, now=now, link=link, taken=taken, person=person
        )
        mail.write(
            to=person.email,
            template="email_old",
            language=person.language,
            now=now,
            new_email=address,
            link=f"{settings.PUBLIC_URL}/account/email/undo/{undo}/",
        )


def look(*, person: Person, token: str, now: datetime) -> EmailChange:
    """What the link to the new address is for. Consumes nothing. :raises ChangeNotValid:"""
    found = (
        EmailChange.objects.filter(person=person, token_digest=_digest(token), expires_at__gt=now)
        .filter(confirmed_at=None, undone_at=None)
        .first()
    )
    if found is None:
        raise ChangeNotValid()
    return found


def confirm(*, person: Person, token: str, now: datetime) -> Person:
    """Log-in and mails follow to the new address from now on. Only the person who asked, logged in, can: who got the
    link by a typing error in the address must not get the account.

    :raises ChangeNotValid, EmailTaken:
    """
    with transaction.atomic():
        change = look(person=person, token=token, now=now)
        if (
            EmailChange.objects.filter(pk=change.pk, confirmed_at=None, undone_at=None).update(
                confirmed_at=now, undo_until=now + UNDO_WITHIN
            )
            != 1
        ):
            raise ChangeNotValid()
        if Person.objects.filter(email=change.new_email).exclude(pk=person.pk).exists():
            raise EmailTaken()
        Person.objects.filter(pk=person.pk).update(email=change.new_email)
        person.email = change.new_email
        mail.write(
            to=change.old_email,
            template="email_moved",
            language=person.language,
            now=now,
            new_email=change.new_email,
        )
    return person


def look_undo(*, token: str, now: datetime) -> EmailChange:
    """What the link to the old address is for. Consumes nothing. :raises ChangeNotValid:"""
    found = (
        EmailChange.objects.select_related("person")
        .filter(undo_digest=_digest(token), undone_at=None, undo_until__gt=now)
        .first()
    )
    if found is None:
        raise ChangeNotValid()
    return found


def undo(*, token: str, now: datetime) -> EmailChange:
    """The old address holds again; changes that were asked for since end with it.

    Where the change had been confirmed, somebody else may know the password: it works no more, all sessions end, and
    the way on is „I forgot my password” with the old address.

    :raises ChangeNotValid:
    :raises EmailTaken: the old address has an account of its own by now.
    """
    with transaction.atomic():
        change = look_undo(token=token, now=now)
        later = EmailChange.objects.filter(person=change.person, asked_at__gte=change.asked_at, undone_at=None)
        moved = later.filter(confirmed_at__isnull=False).exists()
        if later.update(undone_at=now) == 0:
            raise ChangeNotValid()
        if not moved:
            return change
        person = Person.objects.select_for_update().get(pk=change.person_id)
        if Person.objects.filter(email=change.old_email).exclude(pk=person.pk).exists():
            raise EmailTaken()
        person.email = change.old_email
        person.set_unusable_password()
        person.save(update_fields=["email", "password"])
        change.confirmed_at = change.confirmed_at or now
    return change


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
