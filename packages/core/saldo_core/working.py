"""The loop of a worker process: take what is due, sleep, stop cleanly."""

import logging
import signal
import threading
from collections.abc import Callable

from django.db import close_old_connections

from saldo_core import database_trouble

log = logging.getLogger(__name__)

PAUSE_S = 0.5
PAUSE_AFTER_ERROR_S = 5.0


def work(*steps: Callable[[], bool], once: bool = False) -> None:
    """Call each step in turn; a step says whether it did anything. Sleeps only when none did.

    SIGINT and SIGTERM end the loop between two steps. An exception in a step is logged with its traceback
    and the other steps go on: one poisoned row must not stop a company's mail.

    :param once: go round until nothing is left to do, then return.
    """
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stop.set())
    while not stop.is_set():
        busy, failed = False, False
        for step in steps:
            if stop.is_set():
                return
            close_old_connections()
            try:
                busy = step() or busy
            except Exception as error:
                told = database_trouble.refusal_of(error)
                if told is None:
                    log.exception("A step of the worker failed: %s", getattr(step, "__name__", step))
                else:
                    log.warning("A step of the worker waits: %s", told)
                failed = True
        if once and (failed or not busy):
            return
        if failed or not busy:
            stop.wait(PAUSE_AFTER_ERROR_S if failed else PAUSE_S)
