"""The worker's loop: takes what is due, survives a step that fails, stops when asked."""

import logging
import signal
from collections.abc import Iterator

import pytest

from saldo_core import working


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Gives back the handlers of signals that the loop takes."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def test_once_goes_round_until_nothing_is_left() -> None:
    left = {"mail": 3, "runs": 1}
    calls: list[str] = []

    def step(name: str) -> bool:
        calls.append(name)
        left[name] -= 1
        return left[name] >= 0

    working.work(lambda: step("mail"), lambda: step("runs"), once=True)
    assert calls == ["mail", "runs"] * 4


def test_a_step_that_fails_is_logged_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def poisoned() -> bool:
        raise ValueError("a poisoned row")

    def healthy() -> bool:
        done.append("healthy")
        return False

    with caplog.at_level(logging.ERROR):
        working.work(poisoned, healthy, once=True)
    assert done == ["healthy"]
    assert [record.getMessage() for record in caplog.records] == ["A step of the worker failed: poisoned"]
    assert "a poisoned row" in caplog.text


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_loop_between_two_steps(name: signal.Signals) -> None:
    calls: list[str] = []

    def asked_to_stop() -> bool:
        calls.append("first")
        signal.raise_signal(name)
        return True

    def second() -> bool:
        calls.append("second")
        return True

    working.work(asked_to_stop, second)
    assert calls == ["first"]
