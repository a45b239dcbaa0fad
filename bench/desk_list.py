"""``python -m bench.desk_list``: the Desk's list at 100,000 invoices beside the same list at 1,000, as ratios."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

SMALL, LARGE, ROUNDS = 1_000, 100_000, 5
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGES: dict[str, str] = {
    "first page": "page=1",
    "last page": "page=last",
    "sorted by due date": "sort=due",
    "sorted by counterparty": "sort=party",
    "sorted by gross, largest first": "sort=-gross",
    "sorted by net (no index)": "sort=net",
    "overdue only": "state=overdue",
    "counterparty contains": "party=firma+77",
    "search, few": "q=firma+123",
    "search, none": "q=nothinglikethis",
    "never sent": "sync=never",
    "sent": "sync=sent",
}


def main() -> int:
    """Fill two Desks, ask each for the same pages by turns, print the ratios."""
    os.environ["SALDO_HOME"] = tempfile.mkdtemp(prefix="saldo-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "saldo_desk.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.test import Client

    from saldo_desk.books import companies
    from tools import many_invoices

    operator = companies.add_operator(login="bench", name="Bench", password="zielone-jablko-i-kot")
    clients = []
    for nip, count in (("5260001246", SMALL), ("1111111111", LARGE)):
        company = companies.add(nip=nip, name=f"Firma {count}")
        many_invoices.fill(company=company, count=count, now=NOW)
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(operator)
        client.post("/company/open/", {"company": company.uid})
        clients.append(client)
    print(f"{'the list':<34} {SMALL:>9,} {LARGE:>9,}  ratio   (ms of this process, median of {ROUNDS})")
    for name, query in PAGES.items():
        small, large = (_ms(partial(client.get, f"/?{query}")) for client in clients)
        print(f"{name:<34} {small:>9.1f} {large:>9.1f} {large / small:>6.1f}")
    small, large = (_ms(partial(client.post, "/marks/", {"list": "invoices", "all": "1"})) for client in clients)
    print(f"{'mark all':<34} {small:>9.1f} {large:>9.1f} {large / small:>6.1f}")
    size = Path(os.environ["SALDO_HOME"], "desk", "saldo.sqlite3").stat().st_size
    print(f"database: {size / 2**20:.0f} MiB")
    return 0


def _ms(act: Callable[[], Any]) -> float:
    assert act().status_code == 200
    taken = []
    for _round in range(ROUNDS):
        start = time.process_time()
        act()
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
