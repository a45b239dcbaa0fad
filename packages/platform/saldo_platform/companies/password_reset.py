"""A forgotten password: a link by mail to who has an account; nobody else learns whether there is one."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from saldo_core.client_address import client_of
from saldo_platform.companies import limits, mail
from saldo_platform.companies.tables import Person


def ask(*, email: str, client_address: str, now: datetime) -> None:
    """Mail a link that sets a new password, where the address has an account. The mail goes through the outbox, so
    that neither the time it takes nor a mail server that is down tells the two apart.

    :raises TooManyRequests: counted alike for addresses with and without an account.
    """
    address = email.strip().lower()
    with transaction.atomic():
        limits.count(limits.RESET_PER_CLIENT, client_of(client_address), now=now)
        limits.count(limits.RESET_PER_EMAIL, address, now=now)
        person = Person.objects.filter(email=address, is_active=True).first()
        if person is None:
            return
        place = urlsafe_base64_encode(force_bytes(person.pk))
        token = default_token_generator.make_token(person)
        mail.write(
            to=person.email,
            template="reset",
            language=person.language,
            now=now,
            link=f"{settings.PUBLIC_URL}/password-reset/{place}/{token}/",
        )
