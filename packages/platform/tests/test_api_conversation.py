"""The conversation on the API page is held with a real Platform, request by request."""

import json
import re
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.test import Client

from packages.platform.tests.test_registration import code, set_password
from saldo_platform.companies import integrations
from saldo_platform.companies.tables import Integration, IntegrationState, Membership
from saldo_platform.exchange import removals
from saldo_platform.exchange.tables import Removal
from saldo_protocol.keys import parse
from tools.api_page import Message, conversation

ANYTHING = "…"
CODE_ON_THE_PAGE = "123456"


class Conversation:
    """Compares answers up to uids and times that the Platform makes; a uid that comes again must be the same."""

    def __init__(self) -> None:
        self.uids: dict[str, str] = {}

    def differs(self, told: Any, got: Any, place: str = "") -> list[str]:
        """Where an answer is not the one on the page."""
        if told == ANYTHING:
            return []
        if isinstance(told, dict) and isinstance(got, dict):
            if list(told) != list(got):
                return [f"{place}: {list(told)} ≠ {list(got)}"]
            return [line for name in told for line in self.differs(told[name], got[name], f"{place}/{name}")]
        if isinstance(told, list) and isinstance(got, list) and len(told) == len(got):
            pairs = enumerate(zip(told, got, strict=True))
            return [line for at, (left, right) in pairs for line in self.differs(left, right, f"{place}/{at}")]
        if told == got or (is_uid(told) and is_uid(got) and self.uids.setdefault(told, got) == got):
            return []
        if is_time(told) and is_time(got):
            return []
        if place.endswith("_s") and isinstance(got, int) and 0 <= got <= told:
            return []
        return [f"{place}: {told!r} ≠ {got!r}"]


def is_uid(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def send(request: Message) -> Any:
    method, path, _version = request.first.split()
    body = request.body.replace(CODE_ON_THE_PAGE, code()) if path.endswith("/verify") else request.body
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    return Client(headers=headers).generic(method, path, body, content_type="application/json")


def activate_and_confirm() -> None:
    set_password()
    row = Integration.objects.get()
    person = Membership.objects.get(company=row.company).person
    integrations.decide(company=row.company, uid=row.uid, to=IntegrationState.CONFIRMED, person=person, now=row.made_at)


def restore() -> None:
    removal = Removal.objects.get()
    person = Membership.objects.get(company=removal.company).person
    removals.restore(company=removal.company, invoice_uid=removal.invoice_uid, person=person, now=removal.at)


def test_the_conversation_on_the_page_is_what_is_said(db: None) -> None:
    compared = Conversation()
    parts = conversation()
    answered = 0
    while parts:
        part = parts.pop(0)
        if part == "activate and confirm":
            activate_and_confirm()
            continue
        if part == "restore FV/1":
            restore()
            continue
        assert isinstance(part, Message), part
        answer, told = send(part), parts.pop(0)
        assert isinstance(told, Message)
        status = int(told.first.split()[1])
        assert told.first == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, told.headers["content-type"]), (
            part.first,
            answer.content,
        )
        assert compared.differs(json.loads(told.body), answer.json()) == [], part.first
        answered += 1
    assert answered >= 9


def test_the_key_on_the_page_is_one_and_its_digest_is_the_registered_one() -> None:
    texts = [part for part in conversation() if isinstance(part, Message)]
    (key,) = {text for part in texts for text in re.findall(r"saldo_live_\w+", str(part.headers))}
    registered = next(json.loads(part.body)["key"] for part in texts if "/registrations/" in part.first and part.body)
    assert registered == {"identifier": parse(key).identifier, "digest": parse(key).digest}


def test_a_difference_is_seen() -> None:
    one, other = str(UUID(int=1)), str(UUID(int=2))
    compared = Conversation()
    assert compared.differs({"a": one, "b": "…", "at": "2026-10-10T08:00:00Z"}, {"a": other, "b": 7, "at": "2026-11-25T00:00:00Z"}) == []  # fmt: skip  # noqa: E501
    assert compared.differs({"a": one}, {"a": one}) == []
    assert compared.differs({"a": one}, {"a": str(UUID(int=3))}) != []
    assert compared.differs({"a": 1}, {"a": 1, "b": 2}) != []
    assert compared.differs([1], [1, 2]) != []
    assert compared.differs("x", "y") != []
