"""A database that stays locked for too long, or has no room, is no bug: a page that says so, and when to try again."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from saldo_core.database_trouble import refusal_of

Respond = Callable[[HttpRequest], HttpResponse]


class BusyMiddleware:
    """Answers 503 where another process kept the writer lock past the bound, 507 where there is no room."""

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view, or of ``process_exception``."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page for a database that can't write now; anything else stays what it is."""
        refusal = refusal_of(error)
        if refusal is None:
            return None
        response = render(request, "saldo_core/busy.html", {"refusal": refusal}, status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
