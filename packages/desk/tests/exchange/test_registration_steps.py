"""Key, registration and waiting run tell one story: what one of them learns, the others know."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection
from saldo_desk.exchange.registration import _remember
from saldo_desk.exchange.summaries import summary_of
from saldo_desk.exchange.tables import Link, Registration, Run, RunState
from saldo_protocol.registration import CompanyName, IntegrationStatus, RegistrationStatus
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
INTEGRATION = UUID("018f0000-0000-7000-8000-000000000001")


def begun(company: Company, state: str = "activation_sent") -> Registration:
    return Registration.objects.create(
        company=company,
        platform_url="http://127.0.0.1:9",
        email="jan@example.com",
        request=b"",
        started_at=NOW,
        state=state,
        next_check_at=NOW,
    )


def works(company: Company) -> None:
    there = IntegrationStatus(
        uid=INTEGRATION,
        state="confirmed",
        company=CompanyName(nip=samples.COMPANY_NIP, name="Firma"),
        key_identifier="x",
        platform_version="0",
        now=NOW,
    )
    connection.works(company=company, status=there, now=NOW)


def answered(row: Registration, state: str, integration: str) -> None:
    status = RegistrationStatus(
        uid=row.uid,
        state=state,  # type: ignore[arg-type]
        integration=integration,  # type: ignore[arg-type]
        email=row.email,
        resend_after_s=0,
        tries_left=5,
        code_expires_at=NOW,
    )
    _remember(row, status, NOW)


@pytest.mark.parametrize("state", ["code_sent", "activation_sent", "activated"])
def test_a_key_that_works_ends_the_registration_that_made_it(state: str, company: Company) -> None:
    row = begun(company, state)
    works(company)
    row.refresh_from_db()
    assert (row.state, row.integration, row.next_check_at) == ("confirmed", "confirmed", None)


@pytest.mark.parametrize("state", ["started", "abandoned", "refused"])
def test_a_key_that_works_says_nothing_of_a_registration_that_did_not_make_it(state: str, company: Company) -> None:
    row = begun(company, state)
    works(company)
    row.refresh_from_db()
    assert row.state == state


@pytest.mark.parametrize(
    ("was", "code", "step"),
    [
        ("activation_sent", "integration_not_confirmed", "activated"),
        ("activation_sent", "integration_not_made", "not_made"),
        ("activated", "integration_refused", "refused"),
        ("activation_sent", "integration_revoked", "refused"),
        ("code_sent", "account_not_activated", "code_sent"),
        ("activation_sent", "unreachable", "activation_sent"),
    ],
)
def test_a_refused_key_tells_how_far_its_registration_is(was: str, code: str, step: str, company: Company) -> None:
    row = begun(company, was)
    connection.learn(company=company, code=code, now=NOW)
    row.refresh_from_db()
    assert (row.step, Link.objects.get().problem) == (step, code)


@pytest.mark.parametrize(
    ("state", "integration", "code"),
    [
        ("activation_sent", "none", "account_not_activated"),
        ("activated", "none", "integration_not_made"),
        ("activated", "awaiting_confirmation", "integration_not_confirmed"),
        ("activated", "refused", "integration_refused"),
    ],
)
def test_the_next_step_of_a_registration_is_what_the_key_and_the_run_wait_for(
    state: str, integration: str, code: str, company: Company
) -> None:
    Link.objects.update(problem="account_not_activated")
    run = Run.objects.create(
        company=company, asked_at=NOW, state=RunState.WAITING, reason="account_not_activated", reason_detail="earlier"
    )
    answered(begun(company), state, integration)
    run.refresh_from_db()
    assert (Link.objects.get().problem, run.state, run.reason) == (code, "waiting", code)
    assert summary_of(run)


def test_once_confirmed_the_run_goes_on_and_the_key_suffers_from_nothing(company: Company) -> None:
    Link.objects.update(problem="integration_not_confirmed")
    run = Run.objects.create(
        company=company, asked_at=NOW, state=RunState.WAITING, reason="integration_not_confirmed", reason_detail="x"
    )
    answered(begun(company), "activated", "confirmed")
    run.refresh_from_db()
    assert (run.state, run.reason, run.reason_detail, run.next_try_at) == ("queued", "", "", NOW)
    assert Link.objects.get().problem == ""


def test_a_run_that_waits_for_something_else_goes_on_waiting(company: Company) -> None:
    run = Run.objects.create(
        company=company, asked_at=NOW, state=RunState.WAITING, reason="unreachable", next_try_at=NOW
    )
    answered(begun(company), "activated", "confirmed")
    run.refresh_from_db()
    assert (run.state, run.reason) == ("waiting", "unreachable")


def test_an_older_answer_takes_no_step_back(company: Company) -> None:
    row = begun(company, "activated")
    Link.objects.update(problem="integration_not_confirmed")
    answered(row, "activation_sent", "none")
    assert Link.objects.get().problem == "integration_not_confirmed"
