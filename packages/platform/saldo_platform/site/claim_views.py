"""Joining a company that has an account already: the newcomer's page, and the administrator's decision."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from saldo_core.refusals import Refusal
from saldo_platform.companies import claims
from saldo_platform.companies.tables import Company, Person
from saldo_platform.site.claim_forms import ClaimForm
from saldo_platform.site.company_views import of_company, person_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def claim(request: HttpRequest, uid: UUID) -> HttpResponse:
    """„Firma ma już konto”: ask to join, or see how far the request is. Who didn't register for it gets 404."""
    person = person_of(request)
    form = ClaimForm(request.POST or None)
    try:
        row, asked = claims.get_not_joined(person=person, uid=uid)
        if form.is_valid():
            claims.ask(person=person, registration_uid=uid, message=form.cleaned_data["message"], now=timezone.now())
            messages.success(request, _("Asked. You will get a mail when it is decided."), extra_tags="ok")
            return redirect("claim", uid=uid)
    except claims.ClaimNotFound:
        raise Http404 from None
    except Refusal as refusal:
        form.add_error(None, refusal.message)
    answer_until = asked.asked_at + claims.ANSWER_AFTER if asked else None
    values = {"registration": row, "claim": asked, "form": form, "answer_until": answer_until}
    return render(request, "saldo_platform/claim.html", values)


@require_POST
@login_required
def claim_to_operator(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The operator is to decide."""
    try:
        claims.take_to_operator(person=person_of(request), registration_uid=uid, now=timezone.now())
        messages.success(request, _("The request is with the operator now."), extra_tags="ok")
    except claims.ClaimNotFound:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message, extra_tags="danger")
    return redirect("claim", uid=uid)


@require_POST
@of_company
def decide_claim(request: HttpRequest, *, company: Company, person: Person, claim: UUID) -> HttpResponse:
    """Accept in a role, or refuse."""
    wanted = request.POST.get("to", "")
    roles = {str(role): role for role in claims.ROLES}
    if wanted == "refused":
        claims.refuse(company=company, uid=claim, person=person, now=timezone.now())
        messages.success(request, _("Refused. Nothing was shared."), extra_tags="ok")
    elif wanted == "accepted" and request.POST.get("role", "") in roles:
        role = roles[request.POST["role"]]
        claims.accept(company=company, uid=claim, role=role, person=person, now=timezone.now())
        messages.success(request, _("Accepted. Their program waits for your confirmation."), extra_tags="ok")
    else:
        raise Http404
    return redirect("company", uid=company.uid)
