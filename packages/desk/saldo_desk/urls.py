"""The addresses of the Desk."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from saldo_desk.site import book_views, link_views
from saldo_desk.site.log_in_form import LogInForm

urlpatterns: list[URLPattern] = [
    path("", book_views.home, name="home"),
    path(
        "login/",
        auth.LoginView.as_view(
            authentication_form=LogInForm,
            template_name="saldo_desk/form.html",
            extra_context={"layout": "saldo_desk/base.html", "title": _("Log in"), "button": _("Log in")},
        ),
        name="login",
    ),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("company/add/", book_views.company_add, name="company-add"),
    path("company/open/", book_views.company_open, name="company-open"),
    path("invoices/<uuid:uid>/", book_views.invoice_page, name="invoice"),
    path("settle/", book_views.settle, name="settle"),
    path("unsettle/", book_views.unsettle, name="unsettle"),
    path("import/", book_views.import_files, name="import"),
    path("synchronise/", link_views.synchronise, name="synchronise"),
    path("banner/", link_views.banner, name="banner"),
    path("link/", link_views.link, name="link"),
    path("link/check/", link_views.link_check, name="link-check"),
    path("link/forget/", link_views.link_forget, name="link-forget"),
    path("link/problem/", link_views.link_problem, name="link-problem"),
    path("registration/", link_views.register, name="register"),
    path("registration/account/", link_views.register_account, name="register-account"),
    path("registration/code/", link_views.register_code, name="register-code"),
    path("registration/email/", link_views.register_email, name="register-email"),
    path("registration/resend/", link_views.register_resend, name="register-resend"),
    path("registration/status/", link_views.register_status, name="register-status"),
    path("runs/", link_views.run_list, name="runs"),
    path("runs/<uuid:uid>/", link_views.run_page, name="run"),
    path("runs/<uuid:uid>/stop/", link_views.run_stop, name="run-stop"),
    path("runs/<uuid:uid>/dismiss/", link_views.run_dismiss, name="run-dismiss"),
]
handler400 = "saldo_core.problem_pages.bad_request"
