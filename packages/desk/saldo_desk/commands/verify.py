"""``verify``: compare what was sent with what the Platform holds, and mend it."""

import argparse

from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_desk.books import companies
from saldo_desk.commands.output import DONE, REFUSED, exit_code_of, say, usage
from saldo_desk.commands.runs import carried_out, carry_out_now, lines_of
from saldo_desk.exchange import connection, mending, runs
from saldo_desk.exchange.exporting import run_values
from saldo_desk.exchange.summaries import verify_summary_of
from saldo_desk.exchange.tables import Difference, RunState
from saldo_desk.exchange.words import difference_in_words

SHOWN_MAX = 1000


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the command."""
    verify = commands.add_parser(
        "verify",
        parents=[base],
        help=_("compare what was sent with what the Platform holds; 1 if they differ"),
    )
    verify.add_argument("--mend", action="store_true", help=_("send again what differs"))
    verify.add_argument(
        "--books-hold",
        action="store_true",
        help=_("with --mend: also in place of a newer version on the Platform"),
    )
    verify.set_defaults(act=verify_now)


def verify_now(options: argparse.Namespace) -> int:
    """``verify``: in this process, or by the worker that was faster."""
    if options.books_hold and not options.mend:
        usage(_("Say --mend too: --books-hold alone changes nothing."))
    company = companies.get(nip=options.company)
    connection.require_key(company=company)
    run = carry_out_now(runs.ask_to_verify(company=company, operator=None, now=timezone.now()))
    if run.state != RunState.DONE:
        say(options, "\n".join(lines_of(run)), {"state": run.state, "code": run.reason, "message": run.reason_detail})
        return exit_code_of(run.reason)
    rows = list(mending.list_differences(run=run)[:SHOWN_MAX])
    found = mending.look(run=run)
    lines = [
        verify_summary_of(run),
        *(f"{row.number or row.external_id:<24} {difference_in_words(row)}" for row in rows),
    ]
    values = {
        **run_values(run, runs.counts_of(run)),
        "compared": run.compared,
        "found": found.by_sending + found.newer_there + found.not_here,
        "differences": [_values(row) for row in rows],
    }
    if options.mend and (found.by_sending or (options.books_hold and found.newer_there)):
        if not options.json:
            print("\n".join(lines))
        again = mending.mend(run=run, desk_holds=options.books_hold, operator=None, now=timezone.now())
        return carried_out(options, again)
    say(options, "\n".join([*lines, *_ways(found)]), values)
    return REFUSED if values["found"] else DONE


def _values(row: Difference) -> dict[str, object]:
    return {
        "kind": row.kind,
        "number": row.number,
        "issued_on": row.issued_on,
        "external_id": row.external_id,
        "in_books": row.invoice_id is not None,
        "sent_revision": row.sent_revision,
        "held_revision": row.held_revision,
        "what_to_do": difference_in_words(row),
    }


def _ways(found: mending.Mendable) -> list[str]:
    """What to type next."""
    mend, hold = (_("Send again what differs"), "--mend"), (_("These books hold"), "--mend --books-hold")
    told = [*([mend] if found.by_sending else []), *([hold] if found.newer_there else [])]
    return [f"{label}: saldo-desk verify {way}" for label, way in told]
