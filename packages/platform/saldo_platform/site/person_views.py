"""„Moje konto”: name, language, password, e-mail, consents of who is logged in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from saldo_core.client_address import client_address
from saldo_core.refusals import Refusal
from saldo_platform.companies import email_change, people
from saldo_platform.site.company_views import person_of
from saldo_platform.site.person_forms import ChangeEmailForm, ChangePasswordForm, ProfileForm

ON_THE_PASSWORD = {"password_wrong", "too_many_requests"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The account: its parts, name and language, consents."""
    person = person_of(request)
    form = ProfileForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if form.is_valid():
        language = form.cleaned_data["language"]
        try:
            people.rename(person=person, name=form.cleaned_data["name"], language=language)
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            with translation.override(language):
                messages.success(request, _("Saved."), extra_tags="ok")
            response = redirect("account")
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
            return response
    consents = people.list_consents(person=person, language=_language())
    return _page(request, "account", form=form, consents=consents)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Another password; this session goes on, all others end."""
    person = person_of(request)
    form = ChangePasswordForm(request.POST or None)
    if form.is_valid():
        try:
            people.change_password(
                person=person,
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["password1"],
                client_address=client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("old_password" if refusal.code in ON_THE_PASSWORD else "password1", refusal.message)
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("The password is changed. All other sessions have ended."), extra_tags="ok")
            return redirect("account")
    return _form(request, form, _("Change the password"), _("Change the password"))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def email(request: HttpRequest) -> HttpResponse:
    """Another e-mail address; the same answer whether or not it has an account."""
    person = person_of(request)
    form = ChangeEmailForm(request.POST or None)
    if form.is_valid():
        try:
            email_change.ask(
                person=person,
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                client_address=client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("password" if refusal.code in ON_THE_PASSWORD else "email", refusal.message)
        else:
            return render(
                request,
                "saldo_platform/form.html",
                {
                    "title": _("Check your mail"),
                    "lead": _(
                        "A link was sent to %(email)s; open it within 24 hours, logged in as now. Until then you log "
                        "in with the old address, which was told too."
                    )
                    % {"email": form.cleaned_data["email"]},
                },
            )
    lead = _("You log in with %(email)s.") % {"email": person.email}
    return _form(request, form, _("Change the e-mail address"), _("Send a link to the new address"), lead=lead)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link to the new address: looking consumes nothing, the button does."""
    person, now = person_of(request), timezone.now()
    try:
        change = email_change.look(person=person, token=token, now=now)
        if request.method == "POST":
            email_change.confirm(person=person, token=token, now=now)
            messages.success(request, _("From now on you log in with %(email)s.") % {"email": person.email}, "ok")
            return redirect("account")
    except Refusal as refusal:
        return _told(request, _("Change the e-mail address"), refusal)
    lead = _("%(new)s instead of %(old)s") % {"new": change.new_email, "old": person.email}
    return _press(request, _("Change the e-mail address"), lead, _("Log in with this address from now on"))


@require_http_methods(["GET", "HEAD", "POST"])
def email_undo(request: HttpRequest, token: str) -> HttpResponse:
    """The link to the old address, for whoever has that mailbox; nobody need be logged in."""
    try:
        change = email_change.look_undo(token=token, now=timezone.now())
        if request.method == "POST":
            change = email_change.undo(token=token, now=timezone.now())
            logout(request)
            return _undone(request, change.old_email, moved=change.confirmed_at is not None)
    except Refusal as refusal:
        return _told(request, _("Undo the change of address"), refusal)
    lead = _("%(old)s stays the address of the account, or becomes it again.") % {"old": change.old_email}
    return _press(request, _("Undo the change of address"), lead, _("Undo the change"))


@require_POST
@login_required
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """Give or withdraw an optional consent."""
    person, now = person_of(request), timezone.now()
    try:
        if request.POST.get("give") == "1":
            people.give_consent(
                person=person,
                code=code,
                language=_language(),
                client_address=client_address(request),
                now=now,
            )
            messages.success(request, _("The consent is given."), extra_tags="ok")
        else:
            people.withdraw_consent(person=person, code=code, now=now)
            messages.success(request, _("The consent is withdrawn."), extra_tags="ok")
    except Refusal as refusal:
        messages.error(request, refusal.message, extra_tags="danger")
    return redirect("account")


def _undone(request: HttpRequest, email: str, *, moved: bool) -> HttpResponse:
    if moved:
        lead = _("You log in with %(email)s again. To be safe the password works no more: set a new one now.")
    else:
        lead = _("You go on logging in with %(email)s. If it wasn't you who asked, change the password.")
    values = {
        "title": _("The change of address is undone"),
        "lead": lead % {"email": email},
        "next_url": "/password-reset/" if moved else "/account/password/",
        "next_text": _("Set a new password"),
    }
    return render(request, "saldo_platform/form.html", values)


def _told(request: HttpRequest, title: str, refusal: Refusal) -> HttpResponse:
    values = {"title": title, "lead": refusal.message}
    return render(request, "saldo_platform/form.html", values, status=refusal.status)


def _press(request: HttpRequest, title: str, lead: str, button: str) -> HttpResponse:
    return _page(request, "press", title=title, lead=lead, button=button)


def _form(request: HttpRequest, form: object, title: str, button: str, lead: str = "") -> HttpResponse:
    values = {"form": form, "title": title, "button": button, "lead": lead, "account": person_of(request).email}
    second = {"second_url": "/account/", "second_text": _("Back")}
    return render(request, "saldo_platform/form.html", {**values, **second})


def _page(request: HttpRequest, name: str, **values: object) -> HttpResponse:
    return render(request, f"saldo_platform/{name}.html", values)


def _language() -> str:
    return "en" if translation.get_language() == "en" else "pl"
