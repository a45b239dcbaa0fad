"""The addresses of the pages."""

from typing import Any

from django.contrib.auth import views as auth
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from saldo_core.help.pages import Pages
from saldo_platform.help.handbook import HANDBOOK
from saldo_platform.help.tables import HelpVote
from saldo_platform.site import (
    account_views,
    api_pages,
    claim_views,
    company_views,
    key_views,
    list_views,
    person_views,
    removal_views,
)
from saldo_platform.site.forms import LogInForm
from saldo_platform.site.person_forms import ResetPasswordForm

FORM = "saldo_platform/form.html"


def _form(title: object, button: object = "", **more: object) -> dict[str, Any]:
    return {"template_name": FORM, "extra_context": {"title": title, "button": button, **more}}


urlpatterns: list[URLPattern] = [
    path("", company_views.home, name="home"),
    path("language/", set_language, name="set_language"),
    path("register/", account_views.register, name="register"),
    path("register/code/", account_views.register_code, name="register-code"),
    path("register/email/", account_views.register_email, name="register-email"),
    path("register/resend/", account_views.register_resend, name="register-resend"),
    path("activate/<str:token>/", account_views.activate, name="activate"),
    path(
        "login/",
        auth.LoginView.as_view(
            authentication_form=LogInForm,
            **_form(_("Log in"), _("Log in"), second_url="/password-reset/", second_text=_("I forgot my password")),
        ),
        name="login",
    ),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password-reset/", account_views.ask_for_reset, name="password_reset"),
    path(
        "password-reset/sent/",
        auth.PasswordResetDoneView.as_view(
            **_form(_("Check your mail"), lead=_("If there is an account with this address, a link is on its way."))
        ),
        name="password_reset_done",
    ),
    path(
        "password-reset/<uidb64>/<token>/",
        auth.PasswordResetConfirmView.as_view(
            form_class=ResetPasswordForm, **_form(_("Set a new password"), _("Set the password"))
        ),
        name="password_reset_confirm",
    ),
    path(
        "password-reset/done/",
        auth.PasswordResetCompleteView.as_view(**_form(_("The password is set"), lead=_("You can log in now."))),
        name="password_reset_complete",
    ),
    path("account/", person_views.account, name="account"),
    path("account/password/", person_views.password, name="account-password"),
    path("account/email/", person_views.email, name="account-email"),
    path("account/email/confirm/<str:token>/", person_views.email_confirm, name="account-email-confirm"),
    path("account/email/undo/<str:token>/", person_views.email_undo, name="account-email-undo"),
    path("account/consents/<slug:code>/", person_views.consent, name="account-consent"),
    path("claims/<uuid:uid>/", claim_views.claim, name="claim"),
    path("claims/<uuid:uid>/operator/", claim_views.claim_to_operator, name="claim-to-operator"),
    path("companies/<uuid:uid>/", company_views.company_page, name="company"),
    path("companies/<uuid:uid>/invoices/", list_views.invoices_page, name="invoices"),
    path("companies/<uuid:uid>/invoices/<uuid:invoice>/", list_views.invoice_page, name="invoice"),
    path(
        "companies/<uuid:uid>/payments/incoming/",
        list_views.payments_page,
        {"incoming": True},
        name="payments-incoming",
    ),
    path(
        "companies/<uuid:uid>/payments/outgoing/",
        list_views.payments_page,
        {"incoming": False},
        name="payments-outgoing",
    ),
    path("companies/<uuid:uid>/removed/", removal_views.removed_page, name="removed"),
    path("companies/<uuid:uid>/removed/<uuid:invoice>/restore/", removal_views.restore, name="restore"),
    path("companies/<uuid:uid>/removals/<uuid:request_uid>/decide/", removal_views.decide, name="decide-removal"),
    path("companies/<uuid:uid>/services/", company_views.services_page, name="services"),
    path("companies/<uuid:uid>/integrations/", key_views.integrations_page, name="integrations"),
    path("companies/<uuid:uid>/integrations/<uuid:integration>/decide/", company_views.decide, name="decide"),
    path("companies/<uuid:uid>/keys/make/", key_views.make_key, name="make-key"),
    path("companies/<uuid:uid>/keys/<str:identifier>/revoke/", key_views.revoke_key, name="revoke-key"),
    path("companies/<uuid:uid>/keys/<str:identifier>/rotate/", key_views.rotate_key, name="rotate-key"),
    path("companies/<uuid:uid>/claims/<uuid:claim>/decide/", claim_views.decide_claim, name="decide-claim"),
    path("mailbox/", company_views.mailbox_page, name="mailbox"),
    path("api/", api_pages.api_page, name="api-page"),
    *Pages(handbook=HANDBOOK, table=HelpVote, layout="saldo_platform/base.html", counts_for_readers=False).patterns(),
]
