"""Every page as owner, colleague, stranger and nobody. A page that is missing from the table fails."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from packages.platform.tests.conftest import NOW, logged_in, make_company, make_person
from saldo_core.ids import new_uid
from saldo_platform.companies.tables import Claim, Company, ExchangeKey, Integration, Membership, Person
from saldo_platform.site.urls import urlpatterns
from saldo_protocol.keys import ExchangeKey as NewKey

GET_PAGES = {"company", "invoices", "payments-incoming", "payments-outgoing", "services", "integrations", "removed"}
POST_PAGES = {"decide", "make-key", "revoke-key", "rotate-key"}
ELSEWHERE = {"restore", "decide-removal", "decide-claim", "invoice"}
"""Who may post to these is told in test_removals, test_removal_guard and below; who sees an invoice in
test_invoice_page."""
OWN_PAGES = {
    "account": 200, "account-password": 200, "account-email": 200, "account-email-confirm": 404,
    "account-consent": 405, "claim": 404, "claim-to-operator": 405,
}  # fmt: skip
"""A person's own: name → what a GET answers who is logged in and has nothing there."""
OPEN_PAGES = {
    "home", "set_language", "register", "register-code", "register-resend", "activate", "login", "logout",
    "password_reset", "password_reset_done", "password_reset_confirm", "password_reset_complete", "mailbox",
    "register-email", "account-email-undo", "help", "help-article", "help-vote", "api-page",
}  # fmt: skip


def address(name: str, company: Company) -> str:
    values: dict[str, str | UUID] = {"uid": company.uid}
    if name == "decide":
        values["integration"] = Integration.objects.get(company=company).uid
    if name in {"revoke-key", "rotate-key"}:
        values["identifier"] = ExchangeKey.objects.get(company=company).identifier
    return reverse(name, kwargs=values)


def test_every_page_is_in_the_table() -> None:
    pages = GET_PAGES | POST_PAGES | ELSEWHERE | set(OWN_PAGES) | OPEN_PAGES
    assert {pattern.name for pattern in urlpatterns} == pages


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
    before = list(ExchangeKey.objects.values_list("identifier", "revoked_at", "works_until", "integration__state"))
    posted = {"to": "revoked", "overlap": "now"}
    assert logged_in(charlie).post(page, posted).status_code == 404
    assert logged_in(bob).post(page, posted).status_code == 302
    assert Client().post(page, posted).status_code == 302
    assert (
        list(ExchangeKey.objects.values_list("identifier", "revoked_at", "works_until", "integration__state")) == before
    )
    assert logged_in(alice).post(page, posted).status_code in {200, 302}
    assert (
        list(ExchangeKey.objects.values_list("identifier", "revoked_at", "works_until", "integration__state")) != before
    )


@pytest.mark.django_db
def test_the_mailbox_exists_only_in_the_demonstration() -> None:
    assert Client().get("/mailbox/").status_code == 404


@pytest.mark.parametrize("to", ["accepted", "refused"])
def test_only_an_administrator_of_the_company_decides_on_a_claim(
    to: str, company: Company, alice: Person, bob: Person, charlie: Person
) -> None:
    make_company(charlie, "1111111111")
    dora = make_person("dora@example.com")
    claim = Claim.objects.create(company=company, person=dora, asked_at=NOW)
    page = reverse("decide-claim", kwargs={"uid": company.uid, "claim": claim.uid})
    posted = {"to": to, "role": "accountant"}
    assert [logged_in(person).post(page, posted).status_code for person in (charlie, dora)] == [404, 404]
    assert logged_in(bob).post(page, posted).status_code == 302
    assert Client().post(page, posted).status_code == 302
    claim.refresh_from_db()
    assert claim.state == "asked"
    through_another = reverse(
        "decide-claim", kwargs={"uid": Company.objects.get(nip="1111111111").uid, "claim": claim.uid}
    )
    logged_in(charlie).post(through_another, posted)
    claim.refresh_from_db()
    assert claim.state == "asked"
    assert logged_in(alice).post(page, posted).status_code == 302
    claim.refresh_from_db()
    assert claim.state == to
    assert Membership.objects.filter(company=company, person=dora).exists() == (to == "accepted")


@pytest.mark.parametrize("name", sorted(OWN_PAGES))
def test_a_persons_page_is_their_own(name: str, alice: Person, charlie: Person) -> None:
    values: dict[str, str | UUID] = {}
    if name in {"claim", "claim-to-operator"}:
        values["uid"] = new_uid()
    if name == "account-email-confirm":
        values["token"] = "somebody-elses"
    if name == "account-consent":
        values["code"] = "marketing"
    page = reverse(name, kwargs=values)
    assert logged_in(alice).get(page).status_code == OWN_PAGES[name]
    closed = Client().get(page)
    assert closed.status_code in {302, 405}
    assert alice.email not in logged_in(charlie).get(page).content.decode()
