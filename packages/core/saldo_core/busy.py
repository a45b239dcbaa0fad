"""A database that stays locked for too long is no bug: a page that says so, and when to try again."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from saldo_core.refusals import WriterBusy

RETRY_S = 5

Respond = Callable[[HttpRequest], HttpResponse]


class BusyMiddleware:
    """Answers 503 where another process kept the writer lock past the bound (``saldo_core.sqlite``)."""

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view, or of ``process_exception``."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 for a locked database; anything else stays what it is."""
        if not is_busy(error):
            return None
        response = render(request, "saldo_core/busy.html", {"refusal": WriterBusy()}, status=WriterBusy.status)
        response["Retry-After"] = str(RETRY_S)
        return response


def is_busy(error: Exception) -> bool:
    """Whether the error says that another transaction held a lock for too long: SQLite's, or PostgreSQL's (whose
    text is in the server's language, so it is known by its SQLSTATE: lock_not_available, deadlock_detected)."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and ("locked" in str(error) or state in {"55P03", "40P01"})
