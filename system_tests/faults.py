"""A transport that loses requests and answers on purpose, around the real one."""

from collections.abc import Callable, Iterable
from typing import Literal

from saldo_desk.exchange.platform_api import Answer, Http, NoAnswer

Fault = Literal["none", "drop_before", "drop_after", "twice"]


class FaultyTransport:
    """Lets each PUT of a batch suffer the next of ``faults``; when they are used up, and all else, goes through."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = iter(faults)
        self._http = Http()
        self.puts: list[str] = []

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        """One request, or what is left of it."""
        fault: Fault = "none"
        if method == "PUT" and "/batches/" in url:
            fault = next(self._faults, "none")
            self.puts.append(url.rsplit("/", 1)[1])
        if fault == "drop_before":
            raise NoAnswer("dropped before it was sent")
        answer = self._http.send(method, url, headers=headers, body=body)
        if fault == "drop_after":
            raise NoAnswer("the answer was dropped")
        if fault == "twice":
            again = self._http.send(method, url, headers=headers, body=body)
            assert again == answer, "the same uid gives the same receipt"
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


class Intercepting:
    """Lets ``before`` answer in the Platform's place (None: the Platform answers), and tells ``after`` what it said."""

    def __init__(
        self,
        before: Callable[[str, str], Answer | None] = lambda _method, _url: None,
        after: Callable[[str, str], None] = lambda _method, _url: None,
    ) -> None:
        self._before, self._after = before, after
        self._http = Http()

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        """One request, answered by whom it is."""
        answer = self._before(method, url) or self._http.send(method, url, headers=headers, body=body)
        self._after(method, url)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
