"""``saldo-platform``: serve, work, and Django's own commands."""

import argparse
import os
import sys
from pathlib import Path


def main() -> None:
    """The console script."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saldo_platform.settings")
    if sys.argv[1:2] == ["manage"]:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["saldo-platform manage", *sys.argv[2:]])
        return
    options = parser().parse_args()
    import django

    django.setup()
    if options.command == "run":
        serve()
    elif options.command == "openapi":
        sys.exit(write_openapi(path=options.path, check=options.check))
    elif options.command == "help-votes":
        print_help_votes()
    elif options.command == "work":
        work(once=options.once)
    else:
        sys.exit(operate(options))


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(prog="saldo-platform", description="The financial side of Saldo.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="serve pages and API")
    worker = commands.add_parser("work", help="send mail, remove what has expired")
    worker.add_argument("--once", action="store_true", help="do what is due, then end")
    described = commands.add_parser("openapi", help="write the description of the API (OpenAPI 3.1)")
    described.add_argument("path", nargs="?", type=Path, default=Path("docs/openapi.json"), help="the file")
    described.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")
    commands.add_parser("help-votes", help="which help articles people found helpful, and what they wrote")
    listed = commands.add_parser("claims", help="requests to join a company that wait for the operator")
    listed.add_argument("--json", action="store_true", help="print what a program can read")
    decide = commands.add_parser("claim", help="decide on such a request").add_subparsers(dest="verb", required=True)
    decision = decide.add_parser("decide", help="accept or refuse; both sides get a mail")
    decision.add_argument("id", help="as „claims” lists it")
    decision.add_argument("decision", choices=["accept", "hand-over", "refuse"])
    decision.add_argument("--note", required=True, help="the evidence that was looked at; kept in the audit")
    signing = commands.add_parser("signing-keys", help="the keys that sign receipts, the oldest first")
    signing.add_argument("--json", action="store_true", help="print what a program can read")
    commands.add_parser("rotate-signing-key", help="make a new key that signs from now on; earlier ones stay published")
    commands.add_parser("manage", help="Django's own commands", add_help=False)
    return whole


def serve() -> None:
    """Bring the database up to date, then serve until stopped."""
    from django.conf import settings

    from saldo_core import preparing, serving

    address, port = settings.BIND_ADDRESS, settings.PORT
    serving.refuse_taken_port(address=address, port=port, setting="SALDO_PLATFORM_PORT")
    preparing.bring_up_to_date()
    serving.serve(application="saldo_platform.wsgi:application", address=address, port=port, workers=settings.WORKERS)


def operate(options: argparse.Namespace) -> int:
    """The commands on claims and on signing keys, in the language of ``SALDO_LANGUAGE``."""
    from django.utils import translation

    from saldo_core import environment
    from saldo_platform.site import operator_commands

    translation.activate("en" if environment.text("SALDO_LANGUAGE") == "en" else "pl")
    if options.command == "signing-keys":
        return operator_commands.list_signing_keys(as_json=options.json)
    if options.command == "rotate-signing-key":
        return operator_commands.rotate_signing_key()
    if options.command == "claims":
        return operator_commands.list_claims(as_json=options.json)
    return operator_commands.decide_claim(uid=options.id, decision=options.decision, note=options.note)


def work(*, once: bool) -> None:
    """Until stopped, or with ``--once`` until nothing is due."""
    from django.utils import timezone

    from saldo_core import preparing, working
    from saldo_platform.companies import claims, mail
    from saldo_platform.companies.purging import Purge, purge_expired
    from saldo_platform.companies.rotation import Notices
    from saldo_platform.exchange import removals

    preparing.bring_up_to_date()
    expired, removed, notices = Purge(purge_expired), Purge(removals.purge), Notices()

    def send_due_mail() -> bool:
        return mail.send_due(now=timezone.now())

    def remove_expired() -> bool:
        return expired.step(now=timezone.now())

    def purge_removed() -> bool:
        return removed.step(now=timezone.now())

    def notify_of_expiry() -> bool:
        return notices.step(now=timezone.now())

    def hand_claims_over() -> bool:
        return claims.hand_over_due(now=timezone.now())

    working.work(send_due_mail, notify_of_expiry, hand_claims_over, remove_expired, purge_removed, once=once)


def write_openapi(*, path: Path, check: bool) -> int:
    """Write the description of the API, or compare it with what the file holds; the exit code."""
    from saldo_platform.site import openapi

    text = openapi.text()
    if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
        print(f"{path} is out of date. Run: make documents", file=sys.stderr)
        return 1
    if not check:
        path.write_text(text, encoding="utf-8")
    return 0


def print_help_votes() -> None:
    """One line for each article: yes, no, name; then what people wrote."""
    from saldo_core import preparing
    from saldo_core.help import voting
    from saldo_platform.help.handbook import HANDBOOK
    from saldo_platform.help.tables import HelpVote

    preparing.bring_up_to_date()
    print("\n".join(voting.lines(table=HelpVote, articles=HANDBOOK.names)))


if __name__ == "__main__":
    main()
