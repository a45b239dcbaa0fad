"""Mail: written in the transaction of what caused it, sent by the worker, tried again when it fails."""

import logging
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from saldo_platform.companies.tables import Mail

log = logging.getLogger(__name__)

RETRY_S = (10, 60, 300, 1800, 7200)
TRIES_MAX = 12
"""About sixteen hours: past that the codes and links in it are long out of date."""
SEND_MAX = 50
SUBJECT_LENGTH_MAX = 200


def write(*, to: str, template: str, language: str, now: datetime, **values: object) -> Mail:
    """Store a mail. The template's first line is the subject."""
    with translation.override(language):
        text = render_to_string(f"saldo_platform/mail/{template}.txt", values)
    subject, _line, body = text.strip().partition("\n")
    return Mail.objects.create(
        to=to, subject=subject.strip()[:SUBJECT_LENGTH_MAX], text=body.strip() + "\n", made_at=now, next_try_at=now
    )


def send_due(*, now: datetime) -> bool:
    """A step of the worker: send what is due. True when anything was."""
    due = list(Mail.objects.filter(sent_at=None, next_try_at__lte=now).order_by("pk")[:SEND_MAX])
    for mail in due:
        pause = RETRY_S[min(mail.tries, len(RETRY_S) - 1)]
        claimed = Mail.objects.filter(pk=mail.pk, tries=mail.tries, sent_at=None).update(
            tries=mail.tries + 1, next_try_at=now + timedelta(seconds=pause)
        )
        if claimed == 1:
            _send(mail, now)
    return bool(due)


def _send(mail: Mail, now: datetime) -> None:
    try:
        EmailMessage(mail.subject, mail.text, to=[mail.to]).send()
    except OSError as error:
        if mail.tries + 1 < TRIES_MAX:
            log.warning("Mail %s was not sent and will be tried again: %s", mail.uid, error)
        else:
            _give_up(mail, error)
        return
    except ValueError as error:  # an address that no header can carry
        _give_up(mail, error)
        return
    Mail.objects.filter(pk=mail.pk).update(sent_at=now, text="")


def _give_up(mail: Mail, error: Exception) -> None:
    log.error("Mail %s was given up: %s", mail.uid, error)
    Mail.objects.filter(pk=mail.pk).update(next_try_at=None, text="")
