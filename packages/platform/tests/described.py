"""Every answer of the API in any test is what the description says: the middleware that looks at each."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from jsonschema import Draft202012Validator

from saldo_platform.site import openapi
from saldo_protocol import problems

BASE = "/api/v1"
UID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class CheckAnswers:
    """Raises where an answer has a status, a member or a code that the description does not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view, looked at."""
        response = self._get_response(request)
        if request.path.startswith((f"{BASE}/", "/.well-known/")):
            errors = wrong_with(request.method or "", request.path, response)
            assert errors == [], (request.method, request.path, response.status_code, errors)
        return response


def wrong_with(method: str, path: str, response: HttpResponse) -> list[str]:
    """What the description does not allow in an answer."""
    described = operation_at(method, path)
    kind = response.headers["Content-Type"]
    if described is None:  # another address or method: a problem all the same
        codes = {"not_found", "method_not_allowed"}
        return (
            [] if kind == problems.CONTENT_TYPE and json.loads(response.content)["code"] in codes else ["undescribed"]
        )
    answer = described["responses"].get(str(response.status_code))
    if answer is None:
        return [f"status {response.status_code} is not described: {response.content[:200]!r}"]
    if kind not in answer["content"]:
        return [f"{kind} is not described"]
    return [error.message for error in validator(json.dumps(answer["content"][kind]["schema"])).iter_errors(
        json.loads(response.content)
    )]  # fmt: skip


def operation_at(method: str, path: str) -> dict[str, Any] | None:
    """The described operation of a method on an address."""
    for template, methods in openapi.document()["paths"].items():
        if re.fullmatch(template.replace(".", r"\.").replace("{uid}", UID), path.removeprefix(BASE)):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


@cache
def validator(schema: str) -> Draft202012Validator:
    """A validator that also refuses members that the description does not name."""
    components = deepcopy(openapi.document()["components"])
    for described in components["schemas"].values():
        if described.get("type") == "object":
            described.setdefault("additionalProperties", False)
    checked = {**json.loads(schema), "components": components}
    return Draft202012Validator(checked, format_checker=Draft202012Validator.FORMAT_CHECKER)
