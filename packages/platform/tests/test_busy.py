"""A database that stays locked is told as 503, one without room as 507, on pages and in the API; any other error stays
an error."""

import json

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from saldo_core.busy import BusyMiddleware
from saldo_platform.site.answers import api


def fails(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("database is locked: another process has been writing for too long")


def test_a_page_says_so_and_when_to_try_again() -> None:
    middleware = BusyMiddleware(fails)
    with translation.override("pl"):
        answer = middleware.process_exception(RequestFactory().get("/"), OperationalError("database is locked"))
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Baza danych jest zajęta" in answer.content.decode()


@pytest.mark.parametrize("error", [OperationalError("no such table: x"), ValueError("database is locked")])
def test_any_other_error_stays_one(error: Exception) -> None:
    assert BusyMiddleware(fails).process_exception(RequestFactory().get("/"), error) is None


def test_the_api_answers_with_a_problem() -> None:
    answer = api("GET")(fails)(RequestFactory().get("/api/v1/consents"))
    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (503, "5", "application/problem+json")
    assert json.loads(answer.content)["code"] == "busy"


class Named(Exception):
    """As PostgreSQL's errors are: its texts are in the server's language."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate
        super().__init__("…")


@pytest.mark.parametrize(
    ("text", "sqlstate", "status", "code"),
    [
        ("database or disk is full", "", 507, "disk_full"),
        ("disk I/O error", "", 507, "disk_full"),
        ("…", "53100", 507, "disk_full"),
        ("…", "55P03", 503, "busy"),
        ("…", "40P01", 503, "busy"),
    ],
)
def test_each_database_is_understood(text: str, sqlstate: str, status: int, code: str) -> None:
    def breaks(_request: HttpRequest) -> HttpResponse:
        raise OperationalError(text) from (Named(sqlstate) if sqlstate else None)

    answer = api("GET")(breaks)(RequestFactory().get("/api/v1/consents"))
    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)
    assert int(answer["Retry-After"]) > 0
