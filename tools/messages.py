"""Message catalogues, without system gettext: ``python -m tools.messages compile|update|check``."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def packages() -> list[Path]:
    """The packages that may hold user texts."""
    return sorted(path.parent for path in ROOT.glob("packages/*/saldo_*/__init__.py"))


def path_of(package: Path) -> Path:
    """Where the Polish catalogue of a package lies."""
    return package / "locale" / "pl" / "LC_MESSAGES" / "django.po"


def messages_in(package: Path) -> Catalog:
    """Every message of the package's code and templates."""
    catalogue = Catalog(locale="pl", charset="utf-8", header_comment="# Polish texts.")
    for source, name in _sources(package):
        found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
        for _line, message, _comments, context in found:
            flags = {"python-format"} if "%(" in str(message) else set()
            catalogue.add(message, context=context, flags=flags, auto_comments=(), locations=[(name, None)])
    return catalogue


def merged(package: Path) -> Catalog:
    """What the catalogue should hold: the messages of today with the translations there are."""
    today = messages_in(package)
    path = path_of(package)
    if path.exists():
        old = _read(path)
        for message in today:
            if message.id and (known := old.get(_key(message.id), context=message.context)):
                message.string, message.flags = known.string, message.flags | (known.flags & {"fuzzy"})
    return today


def update() -> int:
    """Rewrite the catalogues."""
    for package in packages():
        catalogue = merged(package)
        if len(catalogue) > 0:
            path = path_of(package)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                write_po(file, catalogue, no_location=True, sort_output=True, width=110, ignore_obsolete=True)
    return 0


def compile_all() -> int:
    """Write each ``.mo`` beside its ``.po``."""
    for package in packages():
        path = path_of(package)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, _read(path))
    return 0


def check() -> int:
    """Name every message that is missing, fuzzy or no longer used."""
    wrong = []
    for package in packages():
        path = path_of(package)
        today = messages_in(package)
        there = _read(path) if path.exists() else Catalog(locale="pl")
        for message in today:
            known = there.get(_key(message.id), context=message.context) if message.id else None
            strings = (
                known.string if known and isinstance(known.string, (tuple, list)) else [known.string if known else ""]
            )
            if message.id and (known is None or known.fuzzy or not all(strings)):
                wrong.append(f"{package.name}: not translated: {message.id!r}")
        for message in there:
            if message.id and today.get(_key(message.id), context=message.context) is None:
                wrong.append(f"{package.name}: no longer used: {message.id!r}")
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print("Run: make messages, and translate", file=sys.stderr)
    return 1 if wrong else 0


def _key(id_: str | tuple[str, ...] | list[str]) -> str:
    return id_ if isinstance(id_, str) else id_[0]


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="pl")


def _sources(package: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(package.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.read_text(encoding="utf-8"), path.name
    for path in sorted([*package.rglob("templates/**/*.html"), *package.rglob("templates/**/*.txt")]):
        yield templatize(path.read_text(encoding="utf-8"), origin=str(path)), path.name


if __name__ == "__main__":
    settings.configure(USE_I18N=True)
    sys.exit({"update": update, "compile": compile_all, "check": check}[sys.argv[1]]())
