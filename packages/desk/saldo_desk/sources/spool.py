"""Where the files of an import lie until it is done: a private folder each, files named by number alone."""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote_from_bytes, unquote_to_bytes
from uuid import UUID

from django.conf import settings

from saldo_core import private_files

NAME_LENGTH_MAX = 1000
PRIVATE = 0o600


def root() -> Path:
    """The folder of all imports."""
    return Path(settings.PROGRAM_HOME) / "imports"


def folder_of(uid: UUID) -> Path:
    """The folder of one import, made if it isn't there."""
    return private_files.make_folder(root() / str(uid))


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file for its owner alone, whatever the umask is."""
    with create(path) as file:
        for chunk in chunks:
            file.write(chunk)


def create(path: Path, *, keep: bool = False) -> BinaryIO:
    """A file to write into, for its owner alone; emptied unless it is to be kept and added to."""
    flags = os.O_RDWR | os.O_CREAT | (0 if keep else os.O_TRUNC) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, PRIVATE), "r+b")


def stored(path: Path) -> str:
    """A path as a row keeps it; names that are no text survive."""
    return quote_from_bytes(os.fsencode(path))


def where(uid: UUID, path: str) -> Path:
    """The file of a row: in the folder of its import, or where the command line found it."""
    return root() / str(uid) / os.fsdecode(unquote_to_bytes(path))


def places(uid: UUID, paths: Iterable[str]) -> list[bytes]:
    """``where`` of many rows, as the system's calls take it."""
    folder = os.fsencode(root() / str(uid))
    return [os.path.join(folder, unquote_to_bytes(path)) for path in paths]


def shown(name: str) -> str:
    """A name for people: control characters and what is no text made visible, the end of a long one kept."""
    text = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "\ufffd", name)
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= NAME_LENGTH_MAX else f"…{text[-NAME_LENGTH_MAX + 1 :]}"


def remove(uid: UUID) -> None:
    """Remove what lies here of an import; what was never copied stays where it is."""
    shutil.rmtree(root() / str(uid), ignore_errors=True)
