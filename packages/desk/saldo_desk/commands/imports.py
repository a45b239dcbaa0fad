"""Commands on imports: import, list, record a preview, take back."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.commands.output import DONE, REFUSED, say
from saldo_desk.sources import importing, imports, receiving, undoing
from saldo_desk.sources.import_refusals import ImportHalted, ImportNotThere
from saldo_desk.sources.import_words import PROBLEMS, STATES
from saldo_desk.sources.tables import Import, ImportState

LIST_MAX = 100


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    command = commands.add_parser(
        "import", parents=[base], help=_("put KSeF files, folders and zip archives into the books")
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("a file, a folder or a zip archive"))
    command.add_argument("--preview", action="store_true", help=_("only say what would happen"))
    command.set_defaults(act=import_paths)
    commands.add_parser("imports", parents=[base], help=_("list the imports")).set_defaults(act=imports_list)
    command = commands.add_parser("import-record", parents=[base], help=_("put a previewed or stopped import in"))
    command.add_argument("uid", help=_("as the command imports lists it"))
    command.set_defaults(act=import_record)
    command = commands.add_parser("import-undo", parents=[base], help=_("take an import back, nothing built on it"))
    command.add_argument("uid", help=_("as the command imports lists it"))
    command.set_defaults(act=import_undo)


def import_paths(options: argparse.Namespace) -> int:
    """``import``: one line for each file that did not simply go in, then the counts."""
    company = companies.get(nip=options.company)
    found = receiving.from_paths(company=company, paths=options.paths, operator=None, now=timezone.now())
    with imports.worked_on(found, wait_s=imports.SLICE_S_MAX):
        _carry_out(found, _("Reading"))
        if not options.preview:
            imports.ask_recording(found=found)
            _carry_out(found, _("Recording"))
    return _result(options, found)


def import_record(options: argparse.Namespace) -> int:
    """``import-record``"""
    found = _import(companies.get(nip=options.company), options.uid)
    with imports.worked_on(found, wait_s=imports.SLICE_S_MAX):
        if found.state == ImportState.STOPPED:
            imports.resume(found=found)
            _carry_out(found, _("Reading"))
        if not found.recording_asked:
            imports.ask_recording(found=found)
        _carry_out(found, _("Recording"))
    return _result(options, found)


def imports_list(options: argparse.Namespace) -> int:
    """``imports``"""
    company = companies.get(nip=options.company)
    rows = list(imports.list_imports(company=company)[:LIST_MAX])
    counts = imports.counts_of_all(rows)
    lines = [
        f"{row.uid}  {timezone.localtime(row.began_at):%Y-%m-%d %H:%M}  {STATES[ImportState(row.state)]!s:<22} "
        f"{_summary(counts[row.pk])}"
        for row in rows
    ]
    values = [
        {
            "uid": str(row.uid),
            "began_at": row.began_at.isoformat(),
            "state": row.state,
            "operator": row.operator.login if row.operator else None,
            "counts": msgspec.to_builtins(counts[row.pk]),
        }
        for row in rows
    ]
    say(options, "\n".join(lines), {"imports": values})
    return DONE


def import_undo(options: argparse.Namespace) -> int:
    """``import-undo``"""
    found = _import(companies.get(nip=options.company), options.uid)
    removed = undoing.undo(found=found, operator=None, now=timezone.now())
    text = _("Taken back: %(count)d invoices. The same files can be imported again.") % {"count": removed}
    say(options, text, {"uid": str(found.uid), "invoices": removed})
    return DONE


def _import(company: Company, text: str) -> Import:
    try:
        return imports.get(company=company, uid=UUID(text))
    except ValueError:
        raise ImportNotThere(uid=text) from None


def _carry_out(found: Import, what: str) -> None:
    """Slice after slice; on a terminal the progress stands in one line of standard error."""
    shows = sys.stderr.isatty()
    for _slice in importing.carry_out(found=found, clock=timezone.now):
        if shows:
            counts = imports.counts_of(found)
            done, total = (counts.recorded, counts.new) if found.recording_asked else (counts.read, counts.total)
            print(f"\r{what}: {done} / {total} ", end="", file=sys.stderr, flush=True)
    if shows:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    found.refresh_from_db()
    if found.problem:
        raise ImportHalted(why=PROBLEMS[found.problem], uid=found.uid)


def _result(options: argparse.Namespace, found: Import) -> int:
    counts: Counter[str] = Counter()
    files = []
    for outcome in importing.outcomes_of(found=found):
        counts[outcome.outcome] += 1
        if options.json:
            files.append(msgspec.to_builtins(outcome))
        elif outcome.message:
            print(outcome.message)
    totals = imports.counts_of(found)
    text = _summary(totals)
    if found.state == ImportState.PREVIEWED:
        text += "\n" + _("Nothing is in the books yet. To put it in: saldo-desk import-record %(uid)s") % {
            "uid": found.uid
        }
    say(options, text, {"uid": str(found.uid), "state": found.state, "counts": dict(counts), "files": files})
    return REFUSED if totals.conflict or totals.refused else DONE


def _summary(counts: imports.ImportCounts) -> str:
    text = _("%(new)d new, %(here)d already here, %(conflict)d in conflict, %(refused)d refused") % {
        "new": counts.new,
        "here": counts.already_here,
        "conflict": counts.conflict,
        "refused": counts.refused,
    }
    return text + (_(", %(left)d left out") % {"left": counts.left_out} if counts.left_out else "")
