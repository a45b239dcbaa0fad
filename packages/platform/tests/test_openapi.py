"""The description of the API: valid OpenAPI, whole, up to date, served, and shown to people."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from packages.platform.tests import described
from saldo_platform.__main__ import write_openapi
from saldo_platform.site import api, api_words, openapi
from saldo_platform.site.operations import OF_A_DOCUMENT, OPERATIONS, Operation
from saldo_platform.urls import api_patterns, well_known
from tools import api_page

WRITTEN = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"
IDS = [operation.name for operation in OPERATIONS]


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(openapi.document()).iter_errors()) == []  # type: ignore[arg-type]


def test_the_file_is_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_openapi(path=WRITTEN, check=True) == 0
    other = tmp_path / "openapi.json"
    assert write_openapi(path=other, check=True) == 1
    assert "make documents" in capsys.readouterr().err
    assert (write_openapi(path=other, check=False), write_openapi(path=other, check=True)) == (0, 0)
    other.write_text(other.read_text("utf-8").replace("Saldo", "Dolsa"), "utf-8")
    assert write_openapi(path=other, check=True) == 1


def test_every_address_and_method_of_the_api_is_described_and_no_other() -> None:
    routed = {
        (method, base + str(pattern.pattern).replace("<uuid:uid>", "{uid}"))
        for base, patterns in (("/api/", api_patterns), ("/.well-known/", well_known))
        for pattern in patterns
        if pattern.callback is not api.nothing_here
        for method in pattern.callback.methods
    }
    assert {(operation.method, operation.base + operation.path) for operation in OPERATIONS} == routed


@pytest.mark.parametrize("operation", OPERATIONS, ids=IDS)
def test_an_operation_answers_at_its_address_as_described(operation: Operation, db: None) -> None:
    address = operation.base + operation.path.replace("{uid}", str(UUID(int=7)))
    answer = Client().generic(operation.method, address, content_type="application/json")
    assert answer.json().get("code") not in {"not_found", "method_not_allowed"}
    refused = Client().generic("DELETE", address)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("operation", OPERATIONS, ids=IDS)
def test_an_example_is_what_the_description_says(operation: Operation) -> None:
    (answer,) = {json.dumps(openapi.any_of(kinds)) for kinds in operation.answers.values()}
    assert (operation.example is None) == (operation.request is None)
    if operation.request is not None:
        request = described.validator(json.dumps(openapi.reference(operation.request)))
        assert list(request.iter_errors(openapi.plain(operation.example))) == []
    if operation.answer_example is not None:
        assert list(described.validator(answer).iter_errors(openapi.plain(operation.answer_example))) == []


def test_every_refusal_of_the_api_page_is_described() -> None:
    told = {kind.code for operation in OPERATIONS for kind in operation.all_refusals} | {
        kind.code for kind in OF_A_DOCUMENT
    }
    assert told == set(api_page.codes()) - set(api_page.codes(of="On the pages only"))


def test_every_member_is_explained_or_speaks_for_itself() -> None:
    for name, schema in openapi.schemas().items():
        assert schema.get("description"), name
        assert ":param" not in schema["description"]
        assert "``" not in json.dumps(schema)


def test_it_is_served_and_shown_in_both_languages(db: None) -> None:
    served = Client().get(reverse("openapi"))
    assert json.loads(served.content) == json.loads(WRITTEN.read_text("utf-8"))
    for language, words in (("pl", "Wyślij paczkę"), ("en", "Send a batch")):
        page = Client(headers={"Accept-Language": language}).get(reverse("api-page")).content.decode()
        assert words in page
        assert [name for name in IDS if f'id="{name}"' not in page] == []
        assert "documents[].content.payments[].settlements[].amount_minor" in page
    assert reverse("api-page") in Client().get("/").content.decode()


def answer(status: int, body: Any, kind: str = "application/json") -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type=kind)


@pytest.mark.parametrize(
    ("response", "wrong"),
    [
        (answer(200, {"language": "pl", "consents": []}), False),
        (answer(200, {"language": "pl", "consents": [], "more": 1}), True),
        (answer(200, {"language": "pl"}), True),
        (answer(418, {}), True),
        (answer(200, {"language": "pl", "consents": []}, "text/plain"), True),
        (
            answer(
                503,
                {"type": "t", "title": "t", "status": 503, "detail": "d", "code": "another"},
                "application/problem+json",
            ),
            True,
        ),
    ],
)
def test_the_look_at_every_answer_sees_what_is_not_described(response: HttpResponse, wrong: bool) -> None:
    assert bool(described.wrong_with("GET", "/api/v1/consents", response)) == wrong


def test_every_schema_is_a_schema() -> None:
    for schema in openapi.schemas().values():
        Draft202012Validator.check_schema(schema)


def test_what_is_said_of_members_is_marked_for_translation_and_nothing_else() -> None:
    said = {
        member["description"]
        for schema in openapi.schemas().values()
        for member in schema.get("properties", {}).values()
        if "description" in member
    }
    assert set(api_words.MEMBERS) == said


def test_the_page_says_it_in_the_readers_language_and_the_document_in_english() -> None:
    pages = {
        language: Client(headers={"accept-language": language}).get("/api/").content.decode()
        for language in ("pl", "en")
    }
    assert "<span>własny klucz ERP" in pages["pl"] and "<span>the ERP&#x27;s own key" in pages["en"]
    assert "<code>tombstone</code>" in pages["pl"] and "≤ 256 zn." in pages["pl"]
    assert "the ERP's own key" in openapi.text() and "klucz ERP" not in openapi.text()
