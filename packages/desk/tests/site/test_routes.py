"""Every address of the window: whole for who is logged in, closed for nobody, and never another company's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.tables import OutboxBatch, Run, RunState
from saldo_desk.site.opened import SESSION_KEY
from saldo_desk.sources.tables import Import, ImportState
from saldo_desk.urls import urlpatterns

OPEN = {"login", "logout", "set_language", "help", "help-article"}
OTHER_NIP = "5260001246"
# name → method, answer for Anna
ROUTES = {
    "home": ("get", 200),
    "payments": ("get", 200),
    "list-filter": ("get", 200),
    "list-columns": ("get", 200),
    "marks": ("post", 200),
    "shortcuts": ("get", 200),
    "company-add": ("get", 200),
    "company-open": ("post", 302),
    "invoice": ("get", 200),
    "receipt": ("get", 200),
    "settle": ("get", 200),
    "unsettle": ("get", 200),
    "cancel": ("get", 200),
    "import": ("get", 200),
    "import-page": ("get", 200),
    "import-part": ("post", 409),
    "import-received": ("post", 422),
    "import-progress": ("get", 200),
    "import-record": ("post", 302),
    "import-stop": ("post", 200),
    "import-resume": ("post", 200),
    "import-discard": ("post", 302),
    "import-undo": ("get", 200),
    "import-csv": ("get", 200),
    "imports": ("get", 200),
    "synchronise": ("post", 200),
    "withdraw": ("post", 200),
    "restore": ("post", 200),
    "banner": ("get", 200),
    "link": ("get", 200),
    "link-check": ("post", 200),
    "link-forget": ("post", 302),
    "link-problem": ("get", 302),
    "register": ("get", 200),
    "register-account": ("post", 200),
    "register-code": ("post", 404),
    "register-email": ("get", 404),
    "register-resend": ("post", 404),
    "register-status": ("get", 404),
    "runs": ("get", 200),
    "runs-export": ("get", 200),
    "run": ("get", 200),
    "run-preview": ("get", 302),
    "run-agree": ("post", 200),
    "run-retry": ("post", 200),
    "run-export": ("get", 200),
    "run-receipts": ("get", 200),
    "run-stop": ("post", 302),
    "run-dismiss": ("post", 302),
    "help-vote": ("post", 404),
    "help-votes": ("get", 200),
    "schedule": ("get", 200),
    "preview-again": ("post", 200),
    "verify": ("post", 302),
    "verification": ("get", 302),
    "mend": ("post", 200),
}
OF_A_RUN = {
    "run",
    "run-preview",
    "run-agree",
    "run-retry",
    "run-export",
    "run-receipts",
    "run-stop",
    "run-dismiss",
    "verification",
    "mend",
}
OF_AN_IMPORT = {name for name in ROUTES if name.startswith("import-")}
OF_A_ROW = {"invoice", "receipt", *OF_A_RUN, *OF_AN_IMPORT}
WITHOUT_A_COMPANY = {"company-add", "company-open", "help-vote", "help-votes"}
OF_A_FORM = {"run-export", "runs-export"}


@pytest.fixture
def previewed(company: Company) -> Import:
    return Import.objects.create(company=company, began_at="2026-11-24T12:00:00Z", state=ImportState.PREVIEWED)


@pytest.fixture
def run(company: Company, previewed: Import) -> Run:
    run = Run.objects.create(
        company=company, asked_at="2026-11-24T12:00:00Z", finished_at="2026-11-24T12:00:01Z", state=RunState.DONE
    )
    OutboxBatch.objects.create(
        company=company, uid=run.uid, integration_uid=run.uid, run=run, body=b"", made_at=run.asked_at, receipt=b"{}"
    )
    return run


def address(name: str, invoice: Invoice, run: Run) -> str:
    form = {"form": "csv"} if name in OF_A_FORM else {}
    if name == "help-vote":
        return reverse(name, kwargs={"article": "start"})
    if name not in OF_A_ROW:
        return reverse(name, kwargs=form)
    if name in OF_AN_IMPORT:
        return reverse(name, kwargs={"uid": Import.objects.get().uid})
    return reverse(name, kwargs={"uid": invoice.uid if name == "invoice" else run.uid, **form})


def test_every_route_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} - OPEN == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_a_page_answers_who_is_logged_in(name: str, window: Client, invoice: Invoice, run: Run) -> None:
    method, status = ROUTES[name]
    assert getattr(window, method)(address(name, invoice, run)).status_code == status


@pytest.mark.parametrize("name", ROUTES)
def test_a_page_sends_nobody_to_the_log_in(name: str, invoice: Invoice, run: Run) -> None:
    where = address(name, invoice, run)
    answer = getattr(Client(), ROUTES[name][0])(where)
    assert (answer.status_code, answer["Location"]) == (302, f"{reverse('login')}?next={where}")


@pytest.mark.parametrize("name", sorted(set(ROUTES) - WITHOUT_A_COMPANY))
def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in(name: str, invoice: Invoice, run: Run) -> None:
    answer = getattr(Client(), ROUTES[name][0])(address(name, invoice, run), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, reverse("login"))


@pytest.mark.parametrize("name", sorted(OF_A_ROW))
def test_rows_of_a_company_that_is_not_open_are_not_there(
    name: str, window: Client, invoice: Invoice, run: Run
) -> None:
    other = companies.add(nip=OTHER_NIP, name="Inna")
    assert window.post(reverse("company-open"), {"company": other.uid}).status_code == 302
    assert getattr(window, ROUTES[name][0])(address(name, invoice, run)).status_code == 404
    run.refresh_from_db()
    assert not run.seen


def test_settle_of_a_company_that_is_not_open_is_not_there(window: Client, invoice: Invoice) -> None:
    other = companies.add(nip=OTHER_NIP, name="Inna")
    window.post(reverse("company-open"), {"company": other.uid})
    assert window.get(reverse("settle"), {"invoice": str(invoice.uid)}).status_code == 404


@pytest.mark.parametrize("chosen", ["", "nonsense", "01980000-0000-7000-8000-000000000000"])
def test_a_company_that_is_not_there_opens_the_first(chosen: str, window: Client, company: Company) -> None:
    window.post(reverse("company-open"), {"company": chosen})
    assert f"– {company.name} –" in window.get(reverse("home")).content.decode()
    assert window.session[SESSION_KEY] == chosen


def test_without_a_company_the_form_that_adds_one_opens(window: Client) -> None:
    assert window.get(reverse("home"))["Location"] == reverse("company-add")
    assert "Anuluj" not in window.get(reverse("company-add")).content.decode(), "there is nothing to go back to"
    answer = window.post(reverse("company-add"), {"nip": "5260001247", "name": "Zła"})
    assert "nie jest poprawny NIP" in answer.content.decode()
    assert window.post(reverse("company-add"), {"nip": OTHER_NIP, "name": "Nowa"})["Location"] == reverse("home")
    page = window.get(reverse("company-add")).content.decode()
    assert '<nav class="menu-bar"' in page
    assert re.search(rf'<a class="button button--quiet" href="{reverse("home")}">Anuluj</a>', page)
    assert "– Nowa –" in window.get(reverse("home")).content.decode()
