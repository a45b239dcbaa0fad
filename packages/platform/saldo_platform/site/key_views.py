"""Integrations and exchange keys of a company: made, replaced by a newer one, revoked."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from saldo_platform.companies import integrations, keys, memberships, rotation
from saldo_platform.companies.tables import Company, Person
from saldo_platform.site.company_views import of_company
from saldo_platform.site.key_forms import NewKeyForm, RotateForm

WARSAW = ZoneInfo("Europe/Warsaw")


@of_company
def integrations_page(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """Integrations and keys."""
    return _integrations(request, company, person)


@require_POST
@of_company
def make_key(request: HttpRequest, *, company: Company, person: Person) -> HttpResponse:
    """Make a key; it is in this answer and nowhere else."""
    memberships.require_administrator(company=company, person=person)
    form = NewKeyForm(request.POST)
    if not form.is_valid():
        return _integrations(request, company, person, form=form)
    now = timezone.now()
    key = keys.issue(
        company=company,
        name=form.cleaned_data["name"] or "Saldo Desk",
        person=person,
        now=now,
        expires_at=_expiry(form, now),
    )
    return _shown_once(request, company, person, key.text)


@require_POST
@of_company
def rotate_key(request: HttpRequest, *, company: Company, person: Person, identifier: str) -> HttpResponse:
    """Replace a key by a newer one; it is in this answer and nowhere else."""
    memberships.require_administrator(company=company, person=person)
    form = RotateForm(request.POST)
    if not form.is_valid():
        said = " ".join(str(error) for errors in form.errors.values() for error in errors)
        messages.error(request, said, extra_tags="danger")
        return redirect("integrations", uid=company.uid)
    now = timezone.now()
    key = rotation.rotate(
        company=company,
        identifier=identifier,
        overlap=rotation.OVERLAPS[form.cleaned_data["overlap"]],
        expires_at=_expiry(form, now),
        person=person,
        now=now,
    )
    return _shown_once(request, company, person, key.text, replaced=identifier)


@require_POST
@of_company
def revoke_key(request: HttpRequest, *, company: Company, person: Person, identifier: str) -> HttpResponse:
    """Revoke a key."""
    memberships.require_administrator(company=company, person=person)
    keys.revoke(company=company, identifier=identifier, person=person, now=timezone.now())
    messages.success(request, _("The key is revoked."), extra_tags="ok")
    return redirect("integrations", uid=company.uid)


def _expiry(form: NewKeyForm | RotateForm, now: dt.datetime) -> dt.datetime | None:
    """When the key stops working: with the end of the day named, or so many days from now. :raises ExpiryPast:"""
    chosen = form.cleaned_data["expires"]
    if chosen == "date":
        day: dt.date = form.cleaned_data["expires_on"]
        if day == dt.date.max:  # its end can't be written any more
            raise keys.ExpiryPast()
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=WARSAW)
    return now + dt.timedelta(days=int(chosen)) if chosen else None


def _shown_once(
    request: HttpRequest, company: Company, person: Person, new_key: str, replaced: str = ""
) -> HttpResponse:
    response = _integrations(request, company, person, new_key=new_key, replaced=replaced)
    response["Cache-Control"] = "no-store"
    return response


def _integrations(
    request: HttpRequest,
    company: Company,
    person: Person,
    *,
    new_key: str = "",
    replaced: str = "",
    form: NewKeyForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    rows = [
        (
            described,
            [
                (key, keys.state_of(key, now=now), rotation.days_left(key, now=now))
                for key in described.integration.keys.all()
            ],
        )
        for described in integrations.list_described(company=company)
    ]
    values = {
        "company": company,
        "rows": rows,
        "administrator": memberships.is_administrator(company=company, person=person),
        "new_key": new_key,
        "replaced": replaced,
        "form": form or NewKeyForm(),
        "rotate_form": RotateForm(),
        "place": "integrations",
    }
    return render(request, "saldo_platform/integrations.html", values)
