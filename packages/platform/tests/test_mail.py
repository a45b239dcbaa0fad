"""The outbox and the purge: sent once, tried again, given up; what has expired goes."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as django_mail
from pytest_django import Settings

from packages.platform.tests.conftest import NOW
from packages.platform.tests.test_registration import Erp, set_password, verified
from saldo_platform.companies import mail, purging
from saldo_platform.companies.tables import ActivationLink, Consent, Mail, Registration

pytestmark = pytest.mark.django_db


def a_mail(to: str = "ewa@example.com") -> Mail:
    return Mail.objects.create(to=to, subject="Temat", text="123456\n", made_at=NOW, next_try_at=NOW)


def test_a_mail_is_sent_once_and_its_text_does_not_stay() -> None:
    a_mail()
    assert [mail.send_due(now=NOW), mail.send_due(now=NOW + timedelta(days=1))] == [True, False]
    assert [(sent.to, sent.body) for sent in django_mail.outbox] == [(["ewa@example.com"], "123456\n")]
    row = Mail.objects.get()
    assert (row.sent_at, row.text) == (NOW, "")


def test_a_mail_that_does_not_go_is_tried_again_later_then_given_up(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    a_mail()
    now, tries = NOW, 0
    while (row := Mail.objects.get()).next_try_at is not None:
        assert row.next_try_at >= now
        now = row.next_try_at
        assert mail.send_due(now=now)
        assert not mail.send_due(now=now)
        tries += 1
    assert (tries, row.sent_at, row.text) == (mail.TRIES_MAX, None, "")


def test_one_address_that_no_header_carries_does_not_hold_up_the_next() -> None:
    a_mail("ewa@example.com\nbcc: all@example.com")
    a_mail("ola@example.com")
    mail.send_due(now=NOW)
    assert [sent.to for sent in django_mail.outbox] == [["ola@example.com"]]
    assert [row.next_try_at is None for row in Mail.objects.order_by("pk")] == [True, False]


def test_the_purge_removes_what_nobody_finished_and_keeps_the_consents_of_accounts() -> None:
    verified()
    set_password()
    Erp(email="porzucona@example.com").put()
    kept = Registration.objects.get(state="activated")
    later = kept.started_at + purging.REGISTRATIONS_KEPT + timedelta(hours=1)
    purge = purging.Purge(purging.purge_expired)
    assert [purge.step(now=later), purge.step(now=later)] == [True, False]
    assert list(Registration.objects.all()) == [kept]
    assert set(Consent.objects.values_list("registration_id", flat=True)) == {kept.pk}
    assert not ActivationLink.objects.exists()
    assert Mail.objects.exists()


def test_the_purge_leaves_what_is_still_wanted() -> None:
    erp = verified()
    now = Registration.objects.get().started_at + timedelta(minutes=59)
    assert purging.purge_expired(now=now) == 0
    assert erp.client.get(erp.address()).json()["state"] == "activation_sent"
