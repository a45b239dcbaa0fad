"""Serving a WSGI application with Granian on one address, bounded."""

import errno
import gc
import os
import socket
import sys

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from saldo_core.sqlite.base import DatabaseWrapper

THREADS = 4
BACKPRESSURE = 64
WAIT_FOR_WRITER_S = 5


def refuse_taken_port(*, address: str, port: int, setting: str) -> None:
    """Say in one sentence that the port is taken, before anything is started.

    :raises SystemExit: when it is.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                sys.exit(
                    f"Port {port} on {address} is taken: stop what listens there, or set {setting} to another port."
                )
            sys.exit(f"Can't listen on {address}:{port}: {error.strerror}. Set {setting} to another port.")


def application(settings_module: str) -> WSGIHandler:
    """The WSGI application of a program, as the server loads it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module)
    DatabaseWrapper.wait_s = WAIT_FOR_WRITER_S
    made = get_wsgi_application()
    gc.collect()
    gc.freeze()  # what was loaded stays: it needn't be visited again and again while a batch makes thousands of objects
    return made


def serve(*, application: str, address: str, port: int, workers: int = 1) -> None:
    """Serve until SIGINT or SIGTERM, in so many processes; requests wait in a bounded queue."""
    Server(
        application,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        log_level=LogLevels.warning,
        websockets=False,
        respawn_failed_workers=True,
    ).serve()
