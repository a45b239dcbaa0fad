"""Secrets in files that only their owner may read."""

import os
import secrets
import tempfile
from pathlib import Path


def make_folder(path: Path) -> Path:
    """Make the folder, readable by its owner alone, if it isn't there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, content: str) -> None:
    """Replace the file in one step, mode 0600, and have it on disk before returning."""
    make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read(path: Path) -> str | None:
    """What the file holds, or None when there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def remove(path: Path) -> bool:
    """Remove the file; False when there was none."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def read_or_make_secret(path: Path) -> str:
    """The secret in the file; a new one of 64 characters on first use, the same for all who ask at once."""
    found = read(path)
    if found:
        return found
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _wait_for(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def _wait_for(path: Path) -> str:
    for _ in range(1000):
        found = read(path)
        if found:
            return found
    raise OSError(f"{path} is empty: remove it and start again")


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
