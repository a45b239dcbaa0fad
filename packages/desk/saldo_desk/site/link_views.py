"""Synchronise, the banner, the configuration of the link, the registration."""

import hashlib
from math import ceil

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saldo_core.help import context as help_context
from saldo_core.refusals import Refusal
from saldo_desk import __version__
from saldo_desk.books.tables import Company
from saldo_desk.exchange import connection, link_states, previewing, registration, runs, schedules, standing, waiting
from saldo_desk.exchange.counting import Counts
from saldo_desk.exchange.previewing import Forecasts
from saldo_desk.exchange.summaries import summary_of
from saldo_desk.exchange.tables import RUN_ACTIVE, Registration, RegistrationState, Run, RunStage, RunState
from saldo_desk.site.forms import AccountForm, CodeForm, EmailForm, LinkForm, PersonForm
from saldo_desk.site.marked import marked_pks
from saldo_desk.site.opened import done, in_company, operator_of, page, telling
from saldo_desk.site.run_views import preview_window
from saldo_protocol.registration import GivenConsent

OWN_WINDOW = waiting.BY_ITSELF | waiting.FOR_A_PERSON - {"no_key"}
"""Of these the registration's step says nothing, also while one is open."""
ON_ITS_WAY = frozenset(RUN_ACTIVE) - {RunState.WAITING}
"""Between these states of a run no row of a list changes."""
FINGERPRINT = b"FINGERPRINT"
FINGERPRINT_LENGTH = 16


@require_POST
@in_company
def synchronise(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask for a run with the marked invoices, and show what it would do; without a key, show the two ways on."""
    try:
        run = runs.ask_for_preview(
            company=company,
            invoice_pks=marked_pks(request, company),
            operator=operator_of(request),
            now=timezone.now(),
        )
    except runs.RunUnderWay as refusal:
        under_way = runs.get_latest(company=company)
        if under_way is None or under_way.stage != RunStage.PREVIEW or under_way.state not in RUN_ACTIVE:
            return page(request, "say", title=_("Synchronise"), text=refusal.message)
        run = under_way
    except Refusal as refusal:
        return page(request, "say", title=_("Synchronise"), text=refusal.message)
    if run.state == RunState.WAITING and run.reason == "no_key":
        return telling(_problem(request, company, "no_key", run), "run-changed", "books-changed")
    if run.stage == RunStage.PREVIEW:
        return telling(preview_window(request, company, run), "run-changed", "books-changed")
    return done(request, "run-changed", "books-changed")


@require_safe
@in_company
def banner(request: HttpRequest, *, company: Company) -> HttpResponse:
    """What the menu bar says of the latest run; asks again by itself while something is under way."""
    run = runs.get_latest(company=company)
    row = registration.get_open(company=company)
    active = run is not None and run.state in RUN_ACTIVE
    counts = runs.counts_of(run) if run else None
    by_itself = schedules.is_on(company=company)
    foreseen = previewing.forecasts_of(run) if run and active and run.stage == RunStage.PREVIEW else None
    shown = page(
        request,
        "banner",
        company=company,
        run=run,
        active=active,
        summary=summary_of(run, counts) if run else "",
        counts=counts,
        previewed=run is not None and run.state == RunState.PREVIEWED,
        processed=_processed(foreseen or counts),
        total=counts.total if counts else 0,
        link_state=link_states.of_run(run, row) if run and run.state == RunState.WAITING else None,
        own_window=run is not None and run.reason in OWN_WINDOW,
        registration=row,
        asks_again=active or row is not None or by_itself,
        pause_s=_pause_s(run, registration=row, active=active),
    )
    fingerprint = hashlib.sha256(shown.content).hexdigest()[:FINGERPRINT_LENGTH]
    if request.GET.get("shown") == fingerprint:
        return HttpResponse(status=204)  # htmx leaves what is there, and the focus in it
    response = HttpResponse(shown.content.replace(FINGERPRINT, fingerprint.encode()))
    events = _news(run, request.GET.get("run", ""), request.GET.get("was", ""))
    return telling(response, *events) if events else response


@require_safe
@in_company
def link_problem(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The window of what the link suffers from."""
    run = _waiting(company)
    if run is None:
        return redirect("link")
    return _problem(request, company, run.reason, run)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def link(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Configuration: address and key, checked before they are kept."""
    there = connection.get_link(company=company)
    address = there.platform_url if there else settings.PLATFORM_URL
    state = None
    form = LinkForm(request.POST or None, initial={"platform_url": address})
    if form.is_valid():
        try:
            connection.configure(
                company=company,
                platform_url=form.cleaned_data["platform_url"],
                key_text=form.cleaned_data["key"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            state = link_states.STATES.get(refusal.code)
            form.add_error(
                "platform_url" if refusal.code in {"unreachable", "address_not_safe"} else "key", refusal.message
            )
        else:
            return done(request, "run-changed")
    skipped = previewing.is_skipped(company=company, operator=operator_of(request))
    return page(request, "link", company=company, form=form, link=there, state=state, preview_skipped=skipped)


@require_POST
@in_company
def link_check(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Ask the Platform whether the kept key works."""
    try:
        status = connection.check(company=company, now=timezone.now())
    except Refusal as refusal:
        return _problem(request, company, refusal.code, _waiting(company), detail=refusal.message)
    text = _("The key works: %(name)s, NIP %(nip)s.") % {"name": status.company.name, "nip": status.company.nip}
    return page(request, "say", title=_("Connection"), text=text)


@require_POST
@in_company
def link_forget(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Forget the key."""
    connection.forget(company=company)
    return done(request, "run-changed")


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def register(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The registration, at the step it has reached."""
    row = registration.get_open(company=company)
    if row is not None and "again" not in request.GET:
        return _progress(request, company, row)
    email = row.email if row is not None else company.email
    form = PersonForm(request.POST or None, initial={"email": email, "person_name": operator_of(request).name})
    if form.is_valid():
        account = AccountForm(
            initial={**form.cleaned_data, "company_name": company.name, "company_address": company.address}
        )
        return _account(request, company, account)
    return page(request, "register_person", company=company, form=form)


@require_POST
@in_company
def register_account(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Second step: company and consents; then the code is mailed."""
    if "back" in request.POST:
        form = PersonForm(
            initial={"email": request.POST.get("email", ""), "person_name": request.POST.get("person_name", "")}
        )
        return page(request, "register_person", company=company, form=form)
    return _account(request, company, AccountForm(request.POST))


@require_POST
@in_company
def register_code(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Third step: the code."""
    row = _open_registration(company)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            row = registration.enter_code(registration=row, code=form.cleaned_data["code"], now=timezone.now())
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            form = CodeForm()
    return _progress(request, company, row, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def register_email(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Another address for the registration that is open; only the address is asked for."""
    row = _open_registration(company)
    form = EmailForm(request.POST or None, initial={"email": row.email})
    if form.is_valid():
        try:
            row = registration.change_email(registration=row, email=form.cleaned_data["email"], now=timezone.now())
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            return _progress(request, company, row, said=_("A new code is on its way; the old one will not work."))
    if row.state not in {RegistrationState.STARTED, RegistrationState.CODE_SENT}:
        return _progress(request, company, row)
    return page(request, "register_email", company=company, form=form, registration=row, seconds=_seconds(row))


@require_POST
@in_company
def register_resend(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Have the mail sent again."""
    row = _open_registration(company)
    said = _("Sent again.")
    try:
        row = registration.resend(registration=row, now=timezone.now())
    except Refusal as refusal:
        said = refusal.message
    return _progress(request, company, row, said=said)


def _pause_s(run: Run | None, *, registration: Registration | None, active: bool) -> int:
    """How soon the banner asks again: seldom where only the schedule may begin something."""
    if active and run is not None and run.state != RunState.PREVIEWED:
        return 1
    return 5 if active or registration is not None else 20


def _processed(counts: Counts | Forecasts | None) -> int:
    return counts.total - counts.pending if counts else 0


def _waiting(company: Company) -> Run | None:
    """The run that waits for the link; while it is tried again it still tells why it waited."""
    run = runs.get_latest(company=company)
    if run is None:
        return None
    tried_again = run.state == RunState.RUNNING and bool(run.reason)
    return run if tried_again or run.state == RunState.WAITING else None


def _problem(request: HttpRequest, company: Company, code: str, run: Run | None, detail: str = "") -> HttpResponse:
    there = connection.get_link(company=company)
    state = link_states.state_of(code)
    return page(
        request,
        "link_problem",
        company=company,
        code=code,
        state=state,
        buttons=[
            (button, link_states.BUTTONS[button])
            for button in state.buttons
            if button not in {"try", "unseen"} or run is not None
        ],
        stop=link_states.BUTTONS["stop"],
        run=run,
        kept=link_states.kept_of(run),
        waits=standing.lines_of(standing.of(company=company)) if run is not None else [],
        detail=detail or (run.reason_detail if run else ""),
        platform_url=there.platform_url if there else settings.PLATFORM_URL,
        help_url=f"{help_context.url_of('link-states')}#{code}",
        key_identifier=there.key_identifier if there else "",
        asked_at=(there.checked_at if there else None) or (run.claimed_at or run.asked_at if run else timezone.now()),
        version=__version__,
    )


def _account(request: HttpRequest, company: Company, form: AccountForm) -> HttpResponse:
    try:
        form.offer(registration.get_consents(platform_url=settings.PLATFORM_URL))
        if form.is_bound and form.is_valid():
            return _progress(request, company, _start(company, form))
    except Refusal as refusal:
        if not form.is_bound:
            return _problem(request, company, refusal.code, _waiting(company), detail=refusal.message)
        row = registration.get_open(company=company)
        if row is not None and row.state == RegistrationState.STARTED:  # kept; it goes again by itself
            return _progress(request, company, row, said=refusal.message)
        form.add_error("consent" if refusal.code.startswith("consent") else None, refusal.message)
    return page(request, "register_account", company=company, form=form)


def _start(company: Company, form: AccountForm) -> Registration:
    values = form.cleaned_data
    given = (value.partition(":") for value in values["consent"])
    return registration.start(
        company=company,
        platform_url=settings.PLATFORM_URL,
        email=values["email"],
        person_name=values["person_name"],
        company_name=values["company_name"],
        company_address=values["company_address"],
        consents=tuple(GivenConsent(code=code, version=version) for code, _colon, version in given),
        language="en" if get_language() == "en" else "pl",
        now=timezone.now(),
    )


def _news(run: Run | None, uid: str, was: str) -> list[str]:
    """What the page has to notice when the run and the state that it shows are no more the latest."""
    if run is None or not was or (str(run.uid), run.state) == (uid, was):
        return []
    events = []
    if str(run.uid) != uid or run.state not in ON_ITS_WAY:
        events.append("books-changed")
    if was in RUN_ACTIVE and run.state == RunState.WAITING and run.reason in waiting.FOR_A_PERSON:
        events.append("link-problem")
    return events


def _progress(
    request: HttpRequest, company: Company, row: Registration, *, form: CodeForm | None = None, said: str = ""
) -> HttpResponse:
    response = page(
        request,
        "register_code" if row.state == RegistrationState.CODE_SENT else "register_done",
        company=company,
        registration=row,
        form=form or CodeForm(),
        said=said,
        seconds=_seconds(row),
        platform_url=row.platform_url,
    )
    return telling(response, "run-changed")


def _seconds(row: Registration) -> int:
    """How long „send again”, or another address, must still wait."""
    return max(0, ceil((row.resend_at - timezone.now()).total_seconds())) if row.resend_at else 0


@require_safe
@in_company
def register_status(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The last step, asked for again by itself until the integration is confirmed."""
    row = registration.get_open(company=company) or Registration.objects.filter(company=company).order_by("-pk").first()
    if row is None:
        raise Http404
    if request.GET.get("was") == row.step:
        return HttpResponse(status=204)
    return _progress(request, company, row)


def _open_registration(company: Company) -> Registration:
    row = registration.get_open(company=company)
    if row is None:
        raise Http404
    return row
