"""Commands on receipts: list them, write them into a file that a third party can check."""

import argparse
import sys
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.commands.output import DONE, say, usage
from saldo_desk.exchange import evidence, run_log
from saldo_desk.exchange.tables import OutboxBatch

STDOUT = "-"


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    group = commands.add_parser("receipts", help=_("the Platform's signed receipts")).add_subparsers(
        required=True, metavar="COMMAND"
    )
    listed = group.add_parser("list", parents=[base], help=_("the receipts that are kept, the oldest first"))
    listed.set_defaults(act=receipts_list)
    written = group.add_parser(
        "export", parents=[base], help=_("write them into a file that anybody can check without this program")
    )
    written.add_argument("file", metavar="FILE", help=_("the file (JSON lines); - for standard output"))
    written.set_defaults(act=receipts_export)
    for command in (listed, written):
        narrowed = command.add_mutually_exclusive_group()
        narrowed.add_argument("--run", metavar="UID", help=_("only those of one synchronisation"))
        narrowed.add_argument("--since", metavar="DATE", help=_("only those since this day (YYYY-MM-DD)"))


def receipts_list(options: argparse.Namespace) -> int:
    """``receipts list``"""
    _company, found = _asked(options)
    rows = found.defer("body", "receipt").iterator(chunk_size=evidence.PAGE)
    if options.json:
        say(options, "", {"receipts": [evidence.values_of(row) for row in rows]})
        return DONE
    for row in rows:
        at = timezone.localtime(row.received_at)
        told = _("signed") if row.checked_at else _("not signed")
        print(f"{row.uid}  {at:%Y-%m-%d %H:%M:%S}  {told}")
    return DONE


def receipts_export(options: argparse.Namespace) -> int:
    """``receipts export``"""
    company, found = _asked(options)
    lines = evidence.as_lines(company=company, found=found)
    if options.file == STDOUT:
        sys.stdout.writelines(lines)
        return DONE
    try:
        with open(options.file, "w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        usage(_("%(file)s can't be written: %(why)s") % {"file": options.file, "why": error.strerror})
    counts = evidence.count(found)
    values: dict[str, Any] = {"file": options.file, "signed": counts.signed, "unsigned": counts.unsigned}
    say(options, "\n".join(_told(counts)), values)
    return DONE


def _told(counts: evidence.Counts) -> list[str]:
    told = [
        ngettext("%(count)d signed receipt written.", "%(count)d signed receipts written.", counts.signed)
        % {"count": counts.signed}
    ]
    if counts.unsigned:
        left_out = ngettext(
            "%(count)d receipt bears no signature and was left out: the Platform signed none then.",
            "%(count)d receipts bear no signature and were left out: the Platform signed none then.",
            counts.unsigned,
        )
        told.append(left_out % {"count": counts.unsigned})
    return told


def _asked(options: argparse.Namespace) -> tuple[Company, "QuerySet[OutboxBatch]"]:
    company = companies.get(nip=options.company)
    run, since = None, None
    try:
        if options.run is not None:
            run = run_log.get(company=company, uid=UUID(options.run))
        if options.since is not None:
            since = date.fromisoformat(options.since)
    except ValueError:
        if options.run is not None:
            usage(_("%(text)s is no UID: the command runs lists them.") % {"text": options.run})
        usage(_("%(text)s is no day: write it as 2026-11-24.") % {"text": options.since})
    return company, evidence.list_receipts(company=company, run=run, since=since)
