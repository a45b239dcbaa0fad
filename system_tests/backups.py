"""A program's database copied away while it rests, and put back later: the file, or a database on the server."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import psycopg

from tools import postgres

BESIDE = ("-wal", "-shm")


class Backup(NamedTuple):
    """A copy of a database: of a file, or of a database on the server under another name."""

    database: str
    copy: str

    def put_back(self) -> None:
        """In place of what is there now. Nobody may be connected."""
        if _server():
            with psycopg.connect(f"{_server()}/postgres", autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{self.database}" WITH (FORCE)')
            postgres.new_database(_server(), name=self.database, like=self.copy)
            return
        for beside in BESIDE:
            Path(self.database + beside).unlink(missing_ok=True)
        shutil.copy(self.copy, self.database)


def copy_of(program: str, environment: Mapping[str, str], *, name: str) -> Backup:
    """A backup of the program's database. Nobody may be connected, so that all of it is in the file."""
    database = database_of(program, environment)
    if _server():
        postgres.new_database(_server(), name=f"{database}_{name}", like=database)
        return Backup(database, f"{database}_{name}")
    assert not any(Path(database + beside).exists() for beside in BESIDE), "somebody is connected"
    shutil.copy(database, f"{database}.{name}")
    return Backup(database, f"{database}.{name}")


def database_of(program: str, environment: Mapping[str, str]) -> str:
    """Its name on the server, or its file."""
    if _server():
        return environment[f"SALDO_{program.upper()}_DATABASE_URL"].rpartition("/")[2]
    return str(Path(environment["SALDO_HOME"]) / program / "saldo.sqlite3")


def _server() -> str:
    return os.environ.get("SALDO_TEST_POSTGRESQL", "")
