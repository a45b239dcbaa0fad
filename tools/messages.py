"""Message catalogues, without system gettext: ``python -m tools.messages compile|update|check``."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
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
    for source in _sources(package):
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            flags = {"python-format"} if "%(" in str(message) else set()
            catalogue.add(message, context=context, flags=flags)
    return catalogue


def merged(package: Path) -> Catalog:
    """What the catalogue should hold: the messages of today with the translations there are."""
    today = messages_in(package)
    path = path_of(package)
    if path.exists():
        old = _read(path)
        today.creation_date, today.revision_date = old.creation_date, old.revision_date
        for message in today:
            known = _known(old, message)
            if known is not None:
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
    wrong = [f"{package.name}: {line}" for package in packages() for line in _wrong_in(package)]
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print("Run: make messages, and translate", file=sys.stderr)
    return 1 if wrong else 0


def _wrong_in(package: Path) -> Iterator[str]:
    path = path_of(package)
    today = messages_in(package)
    there = _read(path) if path.exists() else Catalog(locale="pl")
    for message in today:
        if not message.id:
            continue
        known = _known(there, message)
        if known is not None and known.fuzzy:
            yield f"fuzzy: {message.id!r}"
        elif known is None or not (known.string if isinstance(known.string, str) else all(known.string or [""])):
            yield f"not translated: {message.id!r}"
    for message in there:
        if message.id and _known(today, message) is None:
            yield f"no longer used: {message.id!r}"


def _known(catalogue: Catalog, message: Message) -> Message | None:
    """The same message in another catalogue: same text, context, and both with a plural or both without."""
    if not message.id:
        return None
    found = catalogue.get(message.id if isinstance(message.id, str) else message.id[0], context=message.context)
    return found if found is not None and found.pluralizable == message.pluralizable else None


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="pl")


def _sources(package: Path) -> Iterator[str]:
    for path in sorted(package.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.read_text(encoding="utf-8")
    for path in sorted([*package.rglob("templates/**/*.html"), *package.rglob("templates/**/*.txt")]):
        # What templatize leaves is indented as the template was, which is no Python.
        lines = templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines()
        yield "\n".join(line.strip() for line in lines)


def main(arguments: list[str]) -> int:
    """The command line."""
    verbs = {"update": update, "compile": compile_all, "check": check}
    if len(arguments) != 1 or arguments[0] not in verbs:
        print("python -m tools.messages compile|update|check", file=sys.stderr)
        return 2
    if not settings.configured:
        settings.configure(USE_I18N=True)
    return verbs[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
