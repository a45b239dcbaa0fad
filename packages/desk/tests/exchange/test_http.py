"""The real transport against servers that misbehave, over loopback."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from saldo_desk.exchange import platform_api
from saldo_desk.exchange.platform_api import AddressNotSafe, Http, NoAnswer, safe_address

Serve = Callable[[socket.socket], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Serve], str]]:
    """Answers one connection with a function; its address."""
    listening: list[socket.socket] = []

    def start(answer: Serve) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def run() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                with suppress(OSError):  # the client has had enough
                    answer(connection)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    for server in listening:
        server.close()


def get(url: str) -> platform_api.Answer:
    http = Http()
    try:
        return http.send("GET", url, headers={}, body=None)
    finally:
        http.close()


def test_a_whole_answer_comes_as_it_is(serve: Callable[[Serve], str]) -> None:
    url = serve(lambda peer: peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
    assert get(url) == platform_api.Answer(201, b"{}")


def test_an_answer_that_drips_is_given_up(serve: Callable[[Serve], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_api, "ANSWER_S_MAX", 0.3)

    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _byte in range(1000):
            peer.sendall(b"x")
            time.sleep(0.02)  # noqa: TID251  a slow server is what is tested

    with pytest.raises(NoAnswer):
        get(serve(drip))


def test_a_bomb_is_not_unpacked(serve: Callable[[Serve], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_api, "ANSWER_BYTES_MAX", 1 << 20)
    bomb = gzip.compress(bytes(64 << 20))

    def explode(peer: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        peer.sendall(head.encode() + bomb)

    with pytest.raises(NoAnswer):
        get(serve(explode))


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"nonsense\r\n\r\n"],
    ids=["closed", "cut", "no http"],
)
def test_half_an_answer_is_none(serve: Callable[[Serve], str], answer: bytes) -> None:
    with pytest.raises(NoAnswer):
        get(serve(lambda peer: peer.sendall(answer)))


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoAnswer):
        get(f"http://127.0.0.1:{port}/")


def test_a_redirect_is_not_followed(serve: Callable[[Serve], str]) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    assert get(serve(lambda peer: peer.sendall(moved))).status == 302


@pytest.mark.parametrize(
    "address",
    [
        "http://saldo.example",
        "ftp://saldo.example",
        "https://[::1",
        "https://",
        "",
        "javascript:alert(1)",
        "http://127.0.0.1.evil.example",
    ],
)
def test_an_address_that_would_show_the_key_is_refused(address: str) -> None:
    with pytest.raises(AddressNotSafe):
        safe_address(address)


@pytest.mark.parametrize("address", ["https://saldo.example/", "http://127.0.0.1:8700", "http://localhost:8700/"])
def test_https_and_this_machine_are_taken(address: str) -> None:
    assert safe_address(address) == address.rstrip("/")
