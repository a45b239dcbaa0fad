"""The company that is open in the session, and how answers differ for htmx."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from saldo_desk.books.tables import Company, Operator

SESSION_KEY = "company"


def opened_company(request: HttpRequest) -> Company | None:
    """The company chosen in this session, else the first by name."""
    companies = Company.objects.order_by("name", "pk")
    chosen = request.session.get(SESSION_KEY)
    return (
        companies.filter(uid=chosen).first() if chosen and companies.filter(uid=chosen).exists() else companies.first()
    )


def in_company(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of who is logged in, with the open company; without any company, the page that adds one."""

    @wraps(view)
    @login_required
    def answer(request: HttpRequest, **values: Any) -> HttpResponse:
        company = opened_company(request)
        if company is None:
            return redirect("company-add")
        return view(request, company=company, **values)

    return answer


def operator_of(request: HttpRequest) -> Operator:
    """Who is logged in."""
    assert isinstance(request.user, Operator)
    return request.user


def page(request: HttpRequest, name: str, *, status: int = 200, **values: Any) -> HttpResponse:
    """A template; in a dialog for htmx, as a whole page otherwise."""
    is_htmx = bool(getattr(request, "htmx", False))
    layout = "saldo_desk/dialog.html" if is_htmx else "saldo_desk/base.html"
    values.setdefault("companies", [] if is_htmx else list(Company.objects.order_by("name", "pk")))
    return render(request, f"saldo_desk/{name}.html", {"layout": layout, **values}, status=status)


def done(request: HttpRequest, *, event: str = "books-changed") -> HttpResponse:
    """Close the dialog and let the page take notice; without htmx, back to the list."""
    if not getattr(request, "htmx", False):
        return redirect("home")
    response = HttpResponse(status=204)
    response["HX-Trigger"] = f'{{"dialog-close": true, "{event}": true}}'
    return response
