"""The description of the API as OpenAPI 3.1, made of the protocol's Structs and the table of operations."""

import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from django.utils import translation

from saldo_core.refusals import Refusal
from saldo_platform.site.operations import OF_A_DOCUMENT, OPERATIONS, Auth, Operation
from saldo_protocol import batches, documents, problems

REF = "#/components/schemas/"
CONTENTS: tuple[type[Any], ...] = (documents.Invoice, documents.Tombstone)
"""What a document's ``content`` may be."""
SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    "none": [],
    "key": [{"exchange_key": []}],
    "secret": [{"registration_secret": []}],
}
INTRODUCTION = (
    "An ERP sends a company's invoices with their payments and settlements. Uids are made by the ERP (UUID, best "
    "version 7) and stored before they are sent; whatever was sent may be sent again under the same uid. Amounts are "
    "integers in minor units. Objects that an ERP sends refuse members that they don't know; answers may get new "
    "members, which an ERP ignores. 429, 503 and a lost connection mean: send the same again later."
)
_PARAM = re.compile(r":param (\w+): (.*?)(?=:param |:raises|$)", re.S)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description, in English. It is the same for every installation."""
    with translation.override("en"):
        described: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": "Saldo Platform", "version": batches.VERSION, "description": INTRODUCTION},
            "servers": [{"url": "/api/v1"}],
            "paths": _paths(),
            "components": {
                "schemas": schemas(),
                "securitySchemes": {
                    "exchange_key": {"type": "http", "scheme": "bearer", "description": "The exchange key."},
                    "registration_secret": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "A secret of the ERP's own, at least 32 characters, one for each registration.",
                    },
                },
            },
        }
    made: dict[str, Any] = json.loads(json.dumps(described))  # tuples among the defaults become lists
    return made


def text() -> str:
    """The description as it is stored and served."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


@lru_cache(maxsize=1)
def schemas() -> dict[str, Any]:
    """Every Struct that travels, by its name."""
    kinds = [operation.request for operation in OPERATIONS if operation.request is not None]
    answered = [kind for operation in OPERATIONS for several in operation.answers.values() for kind in several]
    kinds += [kind for kind in answered if _is_struct(kind)]
    kinds += [problems.Problem, documents.Document, *CONTENTS]
    _references, found = msgspec.json.schema_components(kinds, ref_template=REF + "{name}")
    found["Batch"]["properties"]["documents"]["items"] = {"$ref": REF + "Document"}
    contents = [{"$ref": REF + kind.__name__} for kind in CONTENTS]
    found["Document"]["properties"]["content"] = contents[0] if len(contents) == 1 else {"anyOf": contents}
    for schema in found.values():
        _tell(schema)
    return dict(sorted(found.items()))


def reference(kind: type[Any]) -> dict[str, Any]:
    """The schema of an answer or a request."""
    return {"$ref": REF + kind.__name__} if _is_struct(kind) else {"type": "object"}


def english(refusal: type[Refusal]) -> str:
    """A refusal's sentence; what is filled in stands as …."""
    return re.sub(r"%\(\w+\)[sd]", "…", str(refusal.text))


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        described = paths.setdefault(operation.path, {} if operation.base else {"servers": [{"url": "/"}]})
        described[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": str(operation.summary),
        "description": str(operation.text),
        "security": SECURITY[operation.auth],
        "parameters": _parameters(operation),
        "responses": {
            **{str(status): _answer(operation, kinds) for status, kinds in operation.answers.items()},
            **_problems(operation),
        },
    }
    if operation.request is not None:
        content: dict[str, Any] = {"schema": reference(operation.request)}
        if operation.example is not None:
            content["example"] = plain(operation.example)
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    if operation.request is batches.Batch:
        described["x-document-refusals"] = {kind.code: english(kind) for kind in OF_A_DOCUMENT}
    return described


def plain(example: object) -> object:
    """An example as JSON's own values."""
    return json.loads(msgspec.json.encode(example))


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    language = {"name": "Accept-Language", "in": "header", "schema": {"type": "string"}, "example": "pl"}
    uid = {"name": "uid", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    query = [
        {"name": row.name, "in": "query", "description": str(row.text), "schema": row.schema}
        for row in operation.parameters
    ]
    return [*([uid] if operation.has_uid else []), *query, language]


def any_of(kinds: tuple[type[Any], ...]) -> dict[str, Any]:
    """The schema of an answer that is one of these kinds."""
    return reference(kinds[0]) if len(kinds) == 1 else {"oneOf": [reference(kind) for kind in kinds]}


def _answer(operation: Operation, kinds: tuple[type[Any], ...]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": any_of(kinds)}
    if operation.answer_example is not None:
        content["example"] = plain(operation.answer_example)
    return {"description": str(operation.summary), "content": {"application/json": content}}


def _problems(operation: Operation) -> dict[str, Any]:
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in operation.all_refusals:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": "\n".join(f"- `{kind.code}`: {english(kind)}" for kind in kinds),
            "content": {
                problems.CONTENT_TYPE: {
                    "schema": {
                        "allOf": [
                            {"$ref": REF + "Problem"},
                            {"properties": {"code": {"enum": [kind.code for kind in kinds]}}},
                        ]
                    }
                }
            },
        }
        for status, kinds in by_status.items()
    }


def _tell(schema: dict[str, Any]) -> None:
    """Turn the docstring into descriptions: of the whole, and of each member that it explains."""
    told = " ".join(str(schema.get("description", "")).split()).replace("``", "`")
    for name, words in _PARAM.findall(told):
        if name in schema.get("properties", {}):
            schema["properties"][name] = {**schema["properties"][name], "description": words.strip()}
    whole = re.split(r"\s*:(?:param|raises)", told)[0].strip()
    if whole:
        schema["description"] = whole


def _is_struct(kind: type[Any]) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
