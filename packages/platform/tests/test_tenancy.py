"""Every page as owner, colleague, stranger and nobody. A page that is missing from the table fails."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from packages.platform.tests.conftest import logged_in, make_company
from saldo_platform.companies.tables import Company, ExchangeKey, Integration, Person
from saldo_platform.site.urls import urlpatterns
from saldo_protocol.keys import ExchangeKey as NewKey

GET_PAGES = {"company", "invoices", "payments-incoming", "payments-outgoing", "services", "integrations", "removed"}
POST_PAGES = {"decide", "make-key", "revoke-key"}
ELSEWHERE = {"restore", "decide-removal"}
"""Who may post to these is told in test_removals and test_removal_guard."""
OPEN_PAGES = {
    "home", "set_language", "register", "register-code", "register-resend", "activate", "login", "logout",
    "password_reset", "password_reset_done", "password_reset_confirm", "password_reset_complete", "mailbox",
    "help", "help-article", "help-vote", "api-page",
}  # fmt: skip


def address(name: str, company: Company) -> str:
    values: dict[str, str | UUID] = {"uid": company.uid}
    if name == "decide":
        values["integration"] = Integration.objects.get(company=company).uid
    if name == "revoke-key":
        values["identifier"] = ExchangeKey.objects.get(company=company).identifier
    return reverse(name, kwargs=values)


def test_every_page_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == GET_PAGES | POST_PAGES | ELSEWHERE | OPEN_PAGES


@pytest.mark.parametrize("name", sorted(GET_PAGES))
def test_a_page_is_the_companys_own(
    name: str, company: Company, key: NewKey, alice: Person, bob: Person, charlie: Person
) -> None:
    make_company(charlie, "1111111111")
    page = address(name, company)
    codes = [logged_in(person).get(page).status_code for person in (alice, bob, charlie)]
    assert codes == [200, 200, 404]
    assert Client().get(page).status_code == 302


@pytest.mark.parametrize("name", sorted(POST_PAGES))
def test_only_an_administrator_changes_anything(
    name: str, company: Company, key: NewKey, alice: Person, bob: Person, charlie: Person
) -> None:
    make_company(charlie, "1111111111")
    page = address(name, company)
    before = list(ExchangeKey.objects.values_list("identifier", "revoked_at", "integration__state"))
    posted = {"to": "revoked"}
    assert logged_in(charlie).post(page, posted).status_code == 404
    assert logged_in(bob).post(page, posted).status_code == 302
    assert Client().post(page, posted).status_code == 302
    assert list(ExchangeKey.objects.values_list("identifier", "revoked_at", "integration__state")) == before
    assert logged_in(alice).post(page, posted).status_code in {200, 302}
    assert list(ExchangeKey.objects.values_list("identifier", "revoked_at", "integration__state")) != before


@pytest.mark.django_db
def test_the_mailbox_exists_only_in_the_demonstration() -> None:
    assert Client().get("/mailbox/").status_code == 404
