"""The company that is open in the session, and how answers differ for htmx."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from saldo_desk.books.tables import Company, Operator
from saldo_desk.site.shown import OtherCompanyOpen, require_shown

SESSION_KEY = "company"


def opened_company(request: HttpRequest) -> Company | None:
    """The company chosen in this session, else the first by name."""
    companies = Company.objects.order_by("name", "pk")
    try:
        chosen = companies.filter(uid=UUID(request.session.get(SESSION_KEY, ""))).first()
    except ValueError:
        chosen = None
    return chosen or companies.first()


def in_company(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of who is logged in, with the open company; without any company, the page that adds one.

    What a window of another company asks for is refused, see ``shown``.
    htmx would follow a redirect and put the log-in page into a dialog or the banner: it is told to leave the page.
    """

    @wraps(view)
    def answer(request: HttpRequest, **values: Any) -> HttpResponseBase:
        if is_htmx(request) and not request.user.is_authenticated:
            return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
        return whole(request, **values)

    @login_required
    def whole(request: HttpRequest, **values: Any) -> HttpResponseBase:
        company = opened_company(request)
        if company is None:
            return redirect("company-add")
        try:
            require_shown(request, company=company)
        except OtherCompanyOpen as refusal:
            return _refused(request, company, refusal)
        return view(request, company=company, **values)

    return answer


def window_bar(request: HttpRequest) -> dict[str, object]:
    """What the bar of every whole page shows: the open company and those that may be opened, once a template asks."""

    def of_reader(found: Callable[[], object], none: object) -> object:
        user = getattr(request, "user", None)
        return SimpleLazyObject(lambda: found() if user is not None and user.is_authenticated else none)

    return {
        "company": of_reader(lambda: opened_company(request), None),
        "companies": of_reader(_companies, []),
    }


def is_htmx(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for, not a whole one."""
    return bool(getattr(request, "htmx", False))


def operator_of(request: HttpRequest) -> Operator:
    """Who is logged in."""
    assert isinstance(request.user, Operator)
    return request.user


def page(request: HttpRequest, name: str, *, status: int = 200, **values: Any) -> HttpResponse:
    """A template; in a dialog for htmx, as a whole page otherwise."""
    part = is_htmx(request)
    values["layout"] = "saldo_desk/dialog.html" if part else "saldo_desk/base.html"
    return render(request, f"saldo_desk/{name}.html", {"in_dialog": part, **values}, status=status)


def _refused(request: HttpRequest, company: Company, refusal: OtherCompanyOpen) -> HttpResponse:
    """Why nothing was done, with the ways on: in the dialog whatever part was asked for, for scripts as JSON.

    The banner, which is there all the time, says it itself.
    """
    if is_htmx(request) and request.headers.get("HX-Target") == "banner":
        return page(request, "banner_other", company=company, refusal=refusal)
    if request.accepts("text/html"):
        shown = page(request, "other_company", company=company, refusal=refusal, status=refusal.status)
        shown["HX-Retarget"], shown["HX-Reswap"], shown["HX-Reselect"] = "#dialog-body", "innerHTML", "unset"
        return shown
    return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)


def done(request: HttpRequest, *events: str) -> HttpResponse:
    """Close the dialog and let the page take notice; without htmx, back to the list."""
    if not is_htmx(request):
        return redirect("home")
    return telling(HttpResponse(status=204), "dialog-close", *events)


def telling(response: HttpResponse, *events: str) -> HttpResponse:
    """The answer, with events for the page: ``books-changed`` for the list, ``run-changed`` for the banner."""
    response["HX-Trigger"] = ", ".join(events)
    return response


def _companies() -> list[Company]:
    return list(Company.objects.order_by("name", "pk"))
