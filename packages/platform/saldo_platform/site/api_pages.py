"""The API's description for people: the page ``/api/``, and the document for tools."""

import json
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from saldo_core.refusals import Refusal
from saldo_platform.site import api_words, openapi
from saldo_platform.site.answers import api
from saldo_platform.site.answers import json as answered
from saldo_platform.site.operations import OF_A_DOCUMENT, OPERATIONS, Operation
from saldo_protocol.batches import Batch

DEPTH_MAX = 6


class Field(msgspec.Struct, frozen=True):
    """A row of a table of fields: its path, what it holds, whether it must be there, and the bounds."""

    path: str
    holds: str
    required: bool
    bounds: str
    text: str


@api("GET")
def get_openapi(request: HttpRequest) -> HttpResponse:
    """The description as OpenAPI 3.1."""
    return answered(openapi.text().encode())


@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    """Every operation with its fields, examples and refusals."""
    rows = [_row(operation) for operation in OPERATIONS]
    return render(request, "saldo_platform/api.html", {"operations": rows})


def _row(operation: Operation) -> dict[str, Any]:
    return {
        "operation": operation,
        "address": f"{operation.base}{operation.path}",
        "request": _fields(operation.request),
        "example": _json(operation.example),
        "statuses": ", ".join(str(status) for status in operation.answers),
        "answer": _fields(next(iter(operation.answers.values()))[0]),
        "answer_example": _json(operation.answer_example),
        "refusals": [_refusal(kind) for kind in operation.all_refusals],
        "document_refusals": [_refusal(kind) for kind in OF_A_DOCUMENT] if operation.request is Batch else [],
    }


def _refusal(kind: type[Refusal]) -> dict[str, object]:
    return {"code": kind.code, "status": kind.status, "text": openapi.english(kind)}


def _json(example: object) -> str:
    return "" if example is None else json.dumps(openapi.plain(example), ensure_ascii=False, indent=2)


def _fields(kind: type[Any] | None) -> list[Field]:
    schema = openapi.reference(kind) if kind is not None else {}
    return list(_walk(schema, "", 0)) if "$ref" in schema else []


def _walk(schema: dict[str, Any], path: str, depth: int) -> list[Field]:
    """The members of an object and of what they hold, depth first."""
    found = _resolved(schema)
    rows: list[Field] = []
    for name, member in found.get("properties", {}).items() if depth < DEPTH_MAX else ():
        here = f"{path}.{name}" if path else name
        inner = _resolved(member)
        many = inner.get("type") == "array"
        held = _resolved(inner.get("items", {})) if many else inner
        rows.append(
            Field(
                path=here + ("[]" if many else ""),
                holds=_holds(held),
                required=name in found.get("required", ()),
                bounds=_bounds({**held, **inner} if many else held),
                text=api_words.translated(str(member.get("description", ""))),
            )
        )
        rows += _walk(held, rows[-1].path, depth + 1)
    return rows


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = openapi.schemas()[schema["$ref"].removeprefix(openapi.REF)]
        return found
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return {**_resolved(choices[0]), "null": True} if choices else schema


def _holds(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("format") or schema.get("type") or "object")
    return f"{kind} | null" if schema.get("null") else kind


def _bounds(schema: dict[str, Any]) -> str:
    signs = {
        "minLength": _("≥ {} ch."),
        "maxLength": _("≤ {} ch."),
        "minimum": "≥ {}",
        "maximum": "≤ {}",
        "maxItems": "≤ {}×",
    }
    return ", ".join(text.format(schema[name]) for name, text in signs.items() if name in schema)
