"""Registration on the web, and activation: the same verbs as the API's."""

import secrets
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from saldo_core.client_address import client_address
from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_platform import __version__
from saldo_platform.companies import activation, consents, password_reset, registration
from saldo_platform.site.forms import CodeForm, KnownPasswordForm, NewPasswordForm, RegisterForm, ResetForm
from saldo_protocol.batches import Sender
from saldo_protocol.registration import CompanyCard, GivenConsent, NewKey, RegistrationRequest, RegistrationStatus

SESSION_KEY = "registration"
NO_KEY = NewKey(identifier="00000000", digest="0" * 64)


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The form; then a code is mailed."""
    language = "en" if get_language() == "en" else "pl"
    form = RegisterForm(request.POST or None)
    form.offer(consents.in_force(language=language))
    if form.is_valid():
        uid, secret = new_uid(), secrets.token_urlsafe(32)
        try:
            registration.start_on_the_web(
                uid=uid,
                secret=secret,
                request=_request_of(form, language),
                client_address=client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("consent" if refusal.code.startswith("consent") else None, refusal.message)
        else:
            request.session[SESSION_KEY] = [str(uid), secret]
            return redirect("register-code")
    return render(
        request,
        "saldo_platform/form.html",
        {"form": form, "title": _("Create an account"), "button": _("Next")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def register_code(request: HttpRequest) -> HttpResponse:
    """The code; then the activation link is mailed."""
    found = _in_session(request)
    if found is None:
        return redirect("register")
    uid, secret, status = found
    if status.state == "activated":
        return redirect("home")
    if status.state != "code_sent":
        return _sent(request, status)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            status = registration.verify(
                uid=uid,
                secret=secret,
                code="".join(form.cleaned_data["code"].split()),
                client_address=client_address(request),
                now=timezone.now(),
            )
            return _sent(request, status)
        except Refusal as refusal:
            form.add_error("code", refusal.message)
    return render(
        request,
        "saldo_platform/form.html",
        {
            "form": form,
            "title": _("Verification code"),
            "lead": _("We sent a code to %(email)s.") % {"email": status.email},
            "button": _("Submit"),
            "resend_url": reverse("register-resend"),
            "other_email_url": reverse("register-email"),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def register_email(request: HttpRequest) -> HttpResponse:
    """Another address for the same registration, until the code is entered; all else stays as it was typed."""
    found = _in_session(request)
    if found is None:
        return redirect("register")
    uid, secret, status = found
    if status.state != "code_sent":
        return redirect("register-code")
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            registration.change_email(
                uid=uid,
                secret=secret,
                email=form.cleaned_data["email"],
                client_address=client_address(request),
                now=timezone.now(),
            )
            return redirect("register-code")
        except Refusal as refusal:
            form.add_error("email", refusal.message)
    context = {
        "form": form,
        "title": _("Other e-mail address"),
        "lead": _(
            "The code went to %(email)s. A new one goes to the address that you enter; the old one will not work."
        )
        % {"email": status.email},
        "button": _("Send the code there"),
        "second_url": reverse("register-code"),
        "second_text": _("Back"),
    }
    return render(request, "saldo_platform/form.html", context)


@require_POST
def register_resend(request: HttpRequest) -> HttpResponse:
    """Send the mail that is waited for again."""
    found = _in_session(request)
    if found is None:
        return redirect("register")
    uid, secret, status = found
    verb = registration.resend_code if status.state == "code_sent" else registration.resend_activation
    try:
        verb(uid=uid, secret=secret, client_address=client_address(request), now=timezone.now())
        messages.success(request, _("Sent again."), extra_tags="ok")
    except Refusal as refusal:
        messages.error(request, refusal.message, extra_tags="danger")
    return redirect("register-code")


@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    """A link to set a new password; the answer doesn't tell whether there is an account."""
    form = ResetForm(request.POST or None)
    if form.is_valid():
        try:
            password_reset.ask(
                email=form.cleaned_data["email"], client_address=client_address(request), now=timezone.now()
            )
            return redirect("password_reset_done")
        except Refusal as refusal:
            form.add_error(None, refusal.message)
    context = {"form": form, "title": _("Reset the password"), "button": _("Send a link")}
    return render(request, "saldo_platform/form.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the mail: looking consumes nothing, the password does."""
    try:
        row, known = activation.look(token=token, now=timezone.now())
    except Refusal as refusal:
        context = {"title": _("Activation"), "lead": refusal.message}
        return render(request, "saldo_platform/form.html", context, status=refusal.status)
    form = (KnownPasswordForm if known else NewPasswordForm)(request.POST or None)
    if form.is_valid():
        try:
            done = activation.activate(
                token=token,
                password=form.cleaned_data["password1"],
                client_address=client_address(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("password1", refusal.message)
        else:
            login(request, done.person, backend="django.contrib.auth.backends.ModelBackend")
            return _activated(request, done)
    return render(
        request,
        "saldo_platform/form.html",
        {
            "form": form,
            "title": _("Activate the account"),
            "account": row.email,
            "lead": _("%(email)s, for %(company)s") % {"email": row.email, "company": row.company_name},
            "button": _("Log in and connect") if known else _("Set the password"),
        },
    )


def _activated(request: HttpRequest, done: activation.Activated) -> HttpResponse:
    if done.joined:
        messages.success(request, _("The account is active."), extra_tags="ok")
        if done.asked:
            messages.warning(request, _("An administrator of the company decides on your program."), extra_tags="warn")
        return redirect("company", uid=done.company.uid)
    messages.warning(
        request,
        _("The account is active. The company has an account already: read the e-mail that we sent about it."),
        extra_tags="warn",
    )
    return redirect("home")


def _request_of(form: RegisterForm, language: str) -> RegistrationRequest:
    values = form.cleaned_data
    given = (value.partition(":") for value in values["consent"])
    return RegistrationRequest(
        email=values["email"],
        person_name=values["person_name"],
        company=CompanyCard(nip=values["nip"], name=values["company_name"], address=values["company_address"]),
        consents=tuple(GivenConsent(code=code, version=version) for code, _colon, version in given),
        language="en" if language == "en" else "pl",
        key=NO_KEY,
        sender=Sender(program="web", version=__version__),
    )


def _in_session(request: HttpRequest) -> tuple[UUID, str, RegistrationStatus] | None:
    stored = request.session.get(SESSION_KEY)
    if not stored:
        return None
    uid, secret = UUID(stored[0]), stored[1]
    try:
        return uid, secret, registration.get(uid=uid, secret=secret, now=timezone.now())
    except Refusal:
        return None


def _sent(request: HttpRequest, status: RegistrationStatus) -> HttpResponse:
    context = {
        "title": _("Check your mail"),
        "lead": _("We sent a link to %(email)s. Open it and set the password.") % {"email": status.email},
        "resend_url": reverse("register-resend"),
    }
    return render(request, "saldo_platform/form.html", context)
