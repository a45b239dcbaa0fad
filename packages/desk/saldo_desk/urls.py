"""The addresses of the Desk."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from saldo_core.help.pages import Pages
from saldo_desk.help.handbook import HANDBOOK
from saldo_desk.help.tables import HelpVote
from saldo_desk.site import (
    book_views,
    import_views,
    invoice_views,
    link_views,
    list_views,
    run_views,
    schedule_views,
    verify_views,
    withdraw_views,
)
from saldo_desk.site.log_in_form import LogInForm

urlpatterns: list[URLPattern] = [
    path("", list_views.home, name="home"),
    path("payments/", list_views.payments, name="payments"),
    path("list/filter/", list_views.list_filter, name="list-filter"),
    path("list/columns/", list_views.list_columns, name="list-columns"),
    path("marks/", list_views.change_marks, name="marks"),
    path("shortcuts/", list_views.shortcuts, name="shortcuts"),
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
    path("invoices/<uuid:uid>/", invoice_views.invoice_page, name="invoice"),
    path("receipts/<uuid:uid>/", invoice_views.receipt, name="receipt"),
    path("settle/", book_views.settle, name="settle"),
    path("unsettle/", book_views.unsettle, name="unsettle"),
    path("import/", import_views.import_start, name="import"),
    path("import/<uuid:uid>/", import_views.import_page, name="import-page"),
    path("import/<uuid:uid>/part/", import_views.import_part, name="import-part"),
    path("import/<uuid:uid>/received/", import_views.import_received, name="import-received"),
    path("import/<uuid:uid>/progress/", import_views.import_progress, name="import-progress"),
    path("import/<uuid:uid>/record/", import_views.import_record, name="import-record"),
    path("import/<uuid:uid>/stop/", import_views.import_stop, name="import-stop"),
    path("import/<uuid:uid>/resume/", import_views.import_resume, name="import-resume"),
    path("import/<uuid:uid>/discard/", import_views.import_discard, name="import-discard"),
    path("import/<uuid:uid>/undo/", import_views.import_undo, name="import-undo"),
    path("import/<uuid:uid>/outcomes.csv", import_views.import_csv, name="import-csv"),
    path("imports/", import_views.import_list, name="imports"),
    path("cancel/", book_views.cancel, name="cancel"),
    path("synchronise/", link_views.synchronise, name="synchronise"),
    path("withdraw/", withdraw_views.withdraw, name="withdraw"),
    path("restore/", withdraw_views.restore, name="restore"),
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
    path("runs/", run_views.run_list, name="runs"),
    path("runs/export/<str:form>/", run_views.runs_export, name="runs-export"),
    path("runs/<uuid:uid>/", run_views.run_page, name="run"),
    path("runs/<uuid:uid>/preview/", run_views.run_preview, name="run-preview"),
    path("runs/<uuid:uid>/send/", run_views.run_agree, name="run-agree"),
    path("runs/<uuid:uid>/retry/", run_views.run_retry, name="run-retry"),
    path("runs/<uuid:uid>/export/<str:form>/", run_views.run_export, name="run-export"),
    path("runs/<uuid:uid>/receipts/", run_views.run_receipts, name="run-receipts"),
    path("runs/<uuid:uid>/stop/", run_views.run_stop, name="run-stop"),
    path("runs/<uuid:uid>/dismiss/", run_views.run_dismiss, name="run-dismiss"),
    path("verify/", verify_views.verify, name="verify"),
    path("runs/<uuid:uid>/verification/", verify_views.verification, name="verification"),
    path("runs/<uuid:uid>/mend/", verify_views.mend, name="mend"),
    path("schedule/", schedule_views.schedule, name="schedule"),
    path("preview/again/", run_views.preview_again, name="preview-again"),
    *Pages(handbook=HANDBOOK, table=HelpVote, layout="saldo_desk/base.html", counts_for_readers=True).patterns(),
]
handler400 = "saldo_core.problem_pages.bad_request"
