"""A wire that loses, cuts, repeats, delays and turns away requests as a script says, around the real transport."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, get_args

from saldo_desk.exchange.platform_api import Answer, Http, NoAnswer

Fault = Literal[
    "none", "drop_before", "drop_after", "truncate", "twice", "older_again", "late",
    "delay", "500", "429", "413", "503", "garbage", "stop",
]  # fmt: skip
"""``older_again``: an earlier batch arrives once more, after this request. ``late``: no answer comes, and the request
arrives after all, before a later one or at the very end. ``stop``: a person stops the run just before."""
FAULTS: tuple[Fault, ...] = get_args(Fault)
DELAY_S = 0.02
SOONEST_S = 7


class Request(NamedTuple):
    """One request as it was given to the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @property
    def stores(self) -> bool:
        """Whether it is a batch to be stored."""
        return self.method == "PUT" and "/batches/" in self.url and "preview" not in self.url


class FaultyWire:
    """Lets each batch suffer the next fault of a script, and each other request that of another script; when they are
    used up, all goes through.

    :param stop: what a person does who stops the run.
    :param may_overlap: the next batch may be made while one is on its way; nobody stops the run then.
    """

    def __init__(self, stop: Callable[[], None] = lambda: None, *, may_overlap: bool = False) -> None:
        self.may_overlap = may_overlap
        self._batches: list[Fault] = []
        self._others: list[Fault] = []
        self.stop = stop
        self.suffered: list[Fault] = []
        self._http = Http()
        self._earlier: list[Request] = []
        self._late: list[Request] = []

    def follow(self, batches: Iterable[Fault], others: Iterable[Fault] = ()) -> None:
        """New scripts in place of what is left of the last ones."""
        self._batches, self._others = list(batches), list(others)

    def deliver_late(self) -> None:
        """What was on its way for so long arrives."""
        late, self._late = self._late, []
        for request in late:
            self._http.send(*request[:2], headers=request.headers, body=request.body)

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        """One request, and what befalls it."""
        request = Request(method, url, headers, body)
        script = self._batches if request.stores else self._others
        fault: Fault = script.pop(0) if script else "none"
        if fault != "none":
            self.suffered.append(fault)
        if fault == "late":
            self._late.append(request)
            raise NoAnswer("it is on its way for long")
        if fault == "drop_before":
            raise NoAnswer("dropped before it arrived")
        if fault in {"500", "429", "413", "503", "garbage"}:
            return _turned_away(fault)
        if fault == "stop" and not self.may_overlap:
            self.stop()
        self.deliver_late()
        return self._after(request, fault)

    def _after(self, request: Request, fault: Fault) -> Answer:
        if fault == "delay":
            threading.Event().wait(DELAY_S)
        answer = self._carry(request)
        if fault == "twice":
            again = self._carry(request)
            assert not request.stores or again == answer, "the same uid gives the same receipt"
        if fault == "older_again" and self._earlier:
            self._carry(self._earlier[0])
        if request.stores:
            self._earlier.append(request)
        if fault == "drop_after":
            raise NoAnswer("the answer was dropped")
        return Answer(answer.status, answer.body[: len(answer.body) // 2]) if fault == "truncate" else answer

    def _carry(self, request: Request) -> Answer:
        return self._http.send(request.method, request.url, headers=request.headers, body=request.body)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _turned_away(fault: Fault) -> Answer:
    if fault == "garbage":
        return Answer(200, b"<html>Wi-Fi: log in</html>")
    if fault == "500":
        return Answer(500, b"<h1>Server Error (500)</h1>")
    code = {"429": "too_many_requests", "413": "body_too_large", "503": "busy"}[fault]
    problem = {"type": f"urn:saldo:problem:{code}", "title": code, "status": int(fault), "detail": code, "code": code}
    if fault == "429":
        problem["retry_after_s"] = SOONEST_S
    return Answer(int(fault), json.dumps(problem).encode())
