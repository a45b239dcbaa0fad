"""What imports and archives refuse, in the words of users; and every code an imported file can end with.

::

    Refusal
    ├── FileRefused               (refusals.py; here what concerns archives)
    │   ├── ArchiveDamaged, EntryDamaged, ArchiveEncrypted, ArchiveOverlap, ArchiveWithoutInvoices
    │   ├── ArchiveTooMany, ArchiveTooLarge, ArchiveRatio, NestedArchive
    │   └── UnsafePath, DuplicateName, NotXml, FileLost, FileChanged
    ├── ConflictInImport
    └── ImportRefused
        └── NothingToImport, TooManyInImport, ImportNotThere, ImportBusy, ImportMovedOn, ImportBuiltOn,
            ImportHalted, PartTooLarge, PartOutOfOrder
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.invoices import Conflict, OtherCompany
from saldo_desk.sources import refusals
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.refusals import FileRefused
from saldo_protocol.money import Money


class ArchiveDamaged(FileRefused):
    """The archive ends early or its table of contents is broken."""

    code = "archive_damaged"
    text = _("The archive is damaged. Files saved from before the damage: %(count)s.")
    remedy = _("Download it again to get the others.")


class EntryDamaged(FileRefused):
    """One file in an archive can't be unpacked or has a wrong checksum."""

    code = "entry_damaged"
    text = _("The file is damaged inside its archive.")
    remedy = _("Download the archive again; its other files are not affected.")


class ArchiveEncrypted(FileRefused):
    """A file in an archive that needs a password."""

    code = "archive_encrypted"
    text = _("The file is encrypted inside its archive.")
    remedy = _("Unpack the archive with its password and import the files.")


class ArchiveOverlap(FileRefused):
    """Files of the archive share the same bytes, as in a zip bomb."""

    code = "archive_overlap"
    text = _("Files inside the archive overlap, which no honest program makes.")
    remedy = _("Do not use it; ask the sender for another one.")


class ArchiveWithoutInvoices(FileRefused):
    """Not one XML file."""

    code = "archive_without_invoices"
    text = _("There is no XML file in the archive.")
    remedy = _("Choose the archive that KSeF or the sender's program exported.")


class ArchiveTooMany(FileRefused):
    """Over the bound of names in one archive."""

    code = "archive_too_many"
    text = _("There are more than %(limit)s files in the archive.")
    remedy = _("Split it into several.")


class ArchiveTooLarge(FileRefused):
    """Over the bound of bytes that come out of one archive."""

    code = "archive_too_large"
    text = _("The archive is too large: more than %(limit_mb)s MB.")
    remedy = _("Split it into several.")


class ArchiveRatio(FileRefused):
    """Unpacks to so much more that it is made to harm."""

    code = "archive_ratio"
    text = _("It unpacks to more than %(limit)s times its size, as archives do that are made to do harm.")
    remedy = _("Do not use it; ask the sender for another one.")


class NestedArchive(FileRefused):
    """An archive inside an archive."""

    code = "nested_archive"
    text = _("This is an archive inside an archive, which is not opened.")
    remedy = _("Unpack it and import what is in it.")


class UnsafePath(FileRefused):
    """A name that leads out of the archive, or is no plain file."""

    code = "unsafe_path"
    text = _("The name inside the archive leads elsewhere or is no plain file.")
    remedy = _("Do not use it; ask the sender for another archive.")


class DuplicateName(FileRefused):
    """The second file of the same name in one archive."""

    code = "duplicate_name"
    text = _("Another file in the archive has the same name; only the first was read.")
    remedy = _("Unpack the archive and look at both.")


class NotXml(FileRefused):
    """A file of another kind in a folder or archive: left out, and said so."""

    code = "not_xml"
    text = _("Left out: only XML files are read.")
    remedy = _("Nothing needs to be done if it is no invoice.")


class FileLost(FileRefused):
    """The bytes are not where they were put."""

    code = "file_lost"
    text = _("The file is not where it was when the import began.")
    remedy = _("Import it again.")


class FileChanged(FileRefused):
    """Not what was shown in the preview."""

    code = "file_changed"
    text = _("The file was changed after the preview was made.")
    remedy = _("Import it again, and look at the preview.")


class ConflictInImport(Refusal):
    """Other content under the same identity, earlier in the same import."""

    code = "conflict_in_import"
    text = _(
        "Another document with the number %(number)s, issued on %(issued_on)s by %(seller)s, is in this import too: "
        "%(gross)s, file %(other)s. Compare the two; only the first goes in."
    )


class NothingToImport(Refusal):
    """No file came."""

    code = "nothing_to_import"
    text = _("Choose at least one file: XML from KSeF, a folder of them, or a zip archive.")


class TooManyInImport(Refusal):
    """Over the bound of files in one import."""

    code = "too_many_in_import"
    text = _("There are more than %(limit)s files. Import them in several parts.")


class ImportNotThere(Refusal):
    """No such import in the company."""

    code = "import_not_there"
    status = 404
    text = _("There is no import %(uid)s.")


class ImportBusy(Refusal):
    """Another process is at work on it."""

    code = "import_busy"
    status = 409
    text = _("The import is being worked on. Wait a moment, or stop it first.")


class ImportMovedOn(Refusal):
    """The import is in a state in which this can't be done."""

    code = "import_moved_on"
    status = 409
    text = _("This can't be done any more: the import is in the state “%(state)s”. Open it again to see how it stands.")


class ImportBuiltOn(Refusal):
    """Something was built on what came in; nothing was taken back."""

    code = "import_built_on"
    status = 409
    text = _("Nothing was taken back, because something was built on: %(invoices)s.")


class ImportHalted(Refusal):
    """It stopped by itself; it goes on where it was."""

    code = "import_halted"
    status = 503
    text = _("%(why)s To go on: saldo-desk import-record %(uid)s")


class PartTooLarge(Refusal):
    """One request holds more than the bound."""

    code = "part_too_large"
    status = 413
    text = _("More than %(limit_mb)s MB at once. Send fewer files, or use saldo-desk import FOLDER.")


class PartOutOfOrder(Refusal):
    """A piece of a large file that does not follow the last one."""

    code = "part_out_of_order"
    status = 409
    text = _("A piece of %(file)s is missing. Import it again.")


ARCHIVES: dict[str, type[FileRefused]] = {
    refused.code: refused
    for refused in (
        ArchiveDamaged,
        EntryDamaged,
        ArchiveEncrypted,
        ArchiveOverlap,
        ArchiveWithoutInvoices,
        ArchiveTooMany,
        ArchiveTooLarge,
        ArchiveRatio,
        NestedArchive,
        UnsafePath,
        DuplicateName,
        NotXml,
        FileLost,
        FileChanged,
    )
}
FILES: dict[str, type[FileRefused]] = refusals.BY_CODE | ARCHIVES
DOCUMENTS: dict[str, type[Refusal]] = {refused.code: refused for refused in (ConflictInImport, Conflict, OtherCompany)}
IMPORTS: dict[str, type[Refusal]] = {
    refused.code: refused
    for refused in (
        NothingToImport,
        TooManyInImport,
        ImportNotThere,
        ImportBusy,
        ImportMovedOn,
        ImportBuiltOn,
        ImportHalted,
        PartTooLarge,
        PartOutOfOrder,
    )
}


def stored(refusal: Refusal) -> dict[str, Any]:
    """The values of a refusal as JSON; money keeps its currency. A refusal of another room keeps its sentence."""
    if refusal.code not in FILES.keys() | DOCUMENTS.keys():
        return {"message": refusal.message}
    return {
        name: [value.amount_minor, value.currency] if isinstance(value, Money) else str(value)
        for name, value in refusal.values.items()
    }


def message_of(*, code: str, values: dict[str, Any], file: str = "", line: int | None = None) -> str:
    """The sentence for a stored reason in the language that is active now; file and line before it, where given."""
    if code in FILES:
        unreadable = Unreadable(code, line=line, **values)
        unreadable.file = file
        refused = FILES[code](unreadable)
        return refused.message if file else _with_line(refused)
    if code not in DOCUMENTS:
        return str(values.get("message", code))
    kept: dict[str, Any] = {name: Money(*value) if isinstance(value, list) else value for name, value in values.items()}
    sentence = DOCUMENTS[code](**kept).message
    return f"{file}: {sentence}" if file else sentence


def _with_line(refused: FileRefused) -> str:
    sentences = f"{refused.reason} {refused.advice}"
    if refused.line is None:
        return sentences
    return gettext("Line %(line)s: %(text)s") % {"line": refused.line, "text": sentences}
