"""Secrets in files that only their owner may read."""

import os
import secrets
import tempfile
from pathlib import Path


class Unreadable(OSError):
    """The file is there, but can't be read as text."""


def make_folder(path: Path) -> Path:
    """The folder, made if it isn't there, readable by its owner alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt" and path.stat().st_mode & 0o077:
        path.chmod(0o700)
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
    """What the file holds, or None when there is none. :raises Unreadable: damaged, or not for us to read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(path) from error


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
    mine = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write(mine, secrets.token_urlsafe(48))
    try:
        os.link(mine, path)  # whole or not at all, and only once
    except FileExistsError:
        pass  # somebody else was first
    finally:
        mine.unlink()
    made = read(path)
    if not made:
        raise OSError(f"{path} is empty: remove it and start again")
    return made


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
