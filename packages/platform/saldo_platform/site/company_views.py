"""Pages of a company. Its rows are reached through the membership: a stranger gets 404."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from saldo_core.refusals import Refusal
from saldo_platform.companies import claims, integrations, memberships, rotation
from saldo_platform.companies.tables import Company, IntegrationState, Person
from saldo_platform.exchange import guarding, lists
from saldo_platform.site import mailbox

PAGE_ROWS = 50
TO_COME = (
    (gettext_lazy("Factoring"), gettext_lazy("Money for an invoice before its due date.")),
    (gettext_lazy("Debt collection"), gettext_lazy("Overdue invoices handed over online.")),
    (gettext_lazy("Payment link"), gettext_lazy("“Pay now” on the invoice.")),
    (gettext_lazy("Preventive stamp"), gettext_lazy("A mark on invoices that reminds the buyer to pay on time.")),
    (gettext_lazy("Paying costs"), gettext_lazy("Purchase invoices paid from here.")),
    (gettext_lazy("Counterparty check"), gettext_lazy("Know your counterparty before you sell on credit.")),
    (gettext_lazy("Invoicing"), gettext_lazy("Invoices written on the Platform.")),
)
CompanyView = Callable[..., HttpResponse]


def of_company(view: CompanyView) -> Callable[..., HttpResponse]:
    """The view of a member: gets ``company`` and ``person``; others get 404, a refusal becomes a message."""

    @wraps(view)
    @login_required
    def answer(request: HttpRequest, uid: UUID, **values: object) -> HttpResponse:
        person = person_of(request)
        company = memberships.get_company(person=person, uid=uid)
        if company is None:
            raise Http404
        try:
            return view(request, company=company, person=person, **values)
        except Refusal as refusal:
            messages.error(request, refusal.message, extra_tags="danger")
            return redirect("integrations", uid=uid)

    return answer


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Landing; for who is logged in, the companies (or the only one)."""
    if not request.user.is_authenticated:
        return _page(request, "home")
    person = person_of(request)
    companies = list(person.companies.order_by("name"))
    not_joined = claims.list_not_joined(person=person)
    if len(companies) == 1 and not not_joined:
        return redirect("company", uid=companies[0].uid)
    return _page(request, "home", companies=companies, not_joined=not_joined)


@of_company
def company_page(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """Start: what waits for a decision, how much has come."""
    invoices, batches = lists.count_received(company=company)
    connected = company.integrations.filter(state=IntegrationState.CONFIRMED).exists()
    waiting = integrations.list_described(company=company, states=(IntegrationState.AWAITING_CONFIRMATION,))
    administrator = memberships.is_administrator(company=company, person=person)
    return _page(
        request,
        "company",
        company=company,
        waiting=waiting,
        connected=connected,
        administrator=administrator,
        claims=claims.list_open(company=company) if administrator else [],
        expiring=rotation.list_expiring(company=company, now=timezone.now()),
        invoices=invoices,
        batches=batches,
        requests=[(row, guarding.look(request=row)) for row in guarding.list_asked(company=company)],
        place="company",
    )


@of_company
def services_page(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """Which services exist, and which are to come."""
    return _page(request, "services", company=company, to_come=TO_COME, place="services")


@require_POST
@of_company
def decide(request: HttpRequest, *, company: Company, person: Person, integration: UUID) -> HttpResponse:
    """Confirm, refuse or revoke an integration."""
    wanted = request.POST.get("to", "")
    if wanted not in {IntegrationState.CONFIRMED, IntegrationState.REFUSED, IntegrationState.REVOKED}:
        raise Http404
    integrations.decide(
        company=company, uid=integration, to=IntegrationState(wanted), person=person, now=timezone.now()
    )
    said = {
        IntegrationState.CONFIRMED: _("Confirmed. What was marked in the program arrives by itself."),
        IntegrationState.REFUSED: _("Refused. The program can send nothing."),
        IntegrationState.REVOKED: _("Revoked. The program can send nothing any more."),
    }
    messages.success(request, said[IntegrationState(wanted)], extra_tags="ok")
    return redirect("company", uid=company.uid)


@require_safe
def mailbox_page(request: HttpRequest) -> HttpResponse:
    """Mails of the demonstration; no such page otherwise."""
    if not settings.DEMO:
        raise Http404
    return _page(request, "mailbox", mails=mailbox.list_mails(settings.MAIL_FOLDER))


def _page(request: HttpRequest, name: str, **values: object) -> HttpResponse:
    return render(request, f"saldo_platform/{name}.html", values)


def person_of(request: HttpRequest) -> Person:
    """Who is logged in."""
    assert isinstance(request.user, Person)
    return request.user
