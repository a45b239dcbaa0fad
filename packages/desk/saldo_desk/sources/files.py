"""Which files a set of paths means, and their bytes, all bounded. Opens none of their contents."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX

SUFFIX = ".xml"
SUFFIXES = (SUFFIX, ".zip")


def find(paths: Iterable[Path], *, files_max: int) -> Iterator[Path]:
    """The files meant by `paths`: files as they are, folders by their *.xml and *.zip at any depth, sorted.

    Each file comes once. Hidden files and folders and links to folders are left out, except where
    named. Everything is looked up before the first file comes, so that a wrong path stops the
    import before it starts.

    :raises Unreadable: `path_not_found`, `path_unreadable`, `too_many_files`.
    """
    found = list(islice(_unique(_walk(paths)), files_max + 1))
    if len(found) > files_max:
        raise Unreadable("too_many_files", limit=str(files_max))
    return iter(found)


def load(path: Path) -> bytes:
    """The bytes of a file; one that is too large is never taken into memory.

    :raises Unreadable: `file_too_large`, `path_not_found`, `path_unreadable`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > FILE_BYTES_MAX:
        unreadable = Unreadable("file_too_large", limit_mb=str(FILE_BYTES_MAX // 1024**2))
        unreadable.file = path.name
        raise unreadable
    return content


def _walk(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            path.stat()
        except OSError as error:
            raise _unreadable(path, error) from error
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise _unreadable(Path(error.filename or folder), error) from error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                yield Path(place) / name


def _unique(paths: Iterable[Path]) -> Iterator[Path]:
    seen = set()
    for path in paths:
        key = path.resolve()
        if key not in seen:
            seen.add(key)
            yield path


def _unreadable(path: Path, error: OSError) -> Unreadable:
    code = "path_not_found" if isinstance(error, FileNotFoundError) else "path_unreadable"
    unreadable = Unreadable(code, detail=error.strerror or type(error).__name__)
    unreadable.file = str(path)
    return unreadable
