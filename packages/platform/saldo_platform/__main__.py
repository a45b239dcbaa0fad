"""``saldo-platform``: serve, work, and Django's own commands."""

import argparse
import os
import sys


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
    else:
        work(once=options.once)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(prog="saldo-platform", description="The financial side of Saldo.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="serve pages and API")
    worker = commands.add_parser("work", help="send mail, remove what has expired")
    worker.add_argument("--once", action="store_true", help="do what is due, then end")
    commands.add_parser("manage", help="Django's own commands", add_help=False)
    return whole


def serve() -> None:
    """Bring the database up to date, then serve until stopped."""
    from django.conf import settings

    from saldo_core import preparing, serving

    address, port = settings.BIND_ADDRESS, settings.PORT
    serving.refuse_taken_port(address=address, port=port, setting="SALDO_PLATFORM_PORT")
    preparing.bring_up_to_date()
    serving.serve(application="saldo_platform.wsgi:application", address=address, port=port)


def work(*, once: bool) -> None:
    """Until stopped, or with ``--once`` until nothing is due."""
    from django.utils import timezone

    from saldo_core import preparing, working
    from saldo_platform.companies import mail
    from saldo_platform.companies.purging import Purge, purge_expired
    from saldo_platform.exchange import removals

    preparing.bring_up_to_date()
    expired, removed = Purge(purge_expired), Purge(removals.purge)

    def send_due_mail() -> bool:
        return mail.send_due(now=timezone.now())

    def remove_expired() -> bool:
        return expired.step(now=timezone.now())

    def purge_removed() -> bool:
        return removed.step(now=timezone.now())

    working.work(send_due_mail, remove_expired, purge_removed, once=once)


if __name__ == "__main__":
    main()
