"""The Desk's list with many invoices beside the same list with few: the server's own time for a page.

``python -m bench.desk_list ROUNDS`` asks the Desk of its settings for the pages, and prints the medians in ms as JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.measuring import Bench, by_turns
from bench.programs import Desk, ended
from bench.table import Row, row

GROUP = "list"
PAGES: dict[str, str] = {
    "first page": "page=1",
    "last page": "page=last",
    "sorted by due date": "sort=due",
    "sorted by counterparty": "sort=party",
    "sorted by gross, largest first": "sort=-gross",
    "sorted by net (no index)": "sort=net",
    "filter: overdue": "state=overdue",
    "filter: counterparty": "party=kowalczyk+7",
    "search, few found": "q=fv/0000123",
    "search, none found": "q=nothinglikethis",
    "filter: never sent": "sync=never",
    "filter: sent": "sync=sent",
}


def measure(bench: Bench) -> Iterator[Row]:
    """All pages, the two Desks by turns."""
    large, small = (bench.world(size) for size in (bench.sizes.large, bench.sizes.small))
    bench.say(f"the list at {large.count:,} and at {small.count:,}")
    turns = by_turns(
        bench.sizes.list_turns, *((lambda _turn, desk=world.desk: _asked(bench, desk)) for world in (large, small))
    )
    for name in PAGES:
        ours, other = ([told[name] for told in side] for side in turns)
        yield row(
            GROUP, f"list of {large.count:,}: {name}", f"of {small.count:,}", unit="ms", aim=("≤", 2), ours=ours,
            other=other,
        )  # fmt: skip


def _asked(bench: Bench, desk: Desk) -> dict[str, float]:
    told: dict[str, float] = json.loads(
        ended([sys.executable, "-m", "bench.desk_list", str(bench.sizes.rounds)], desk.environment)
    )
    return told


def main(rounds: int) -> None:
    """Log in, ask for each page several times."""
    import django

    django.setup()
    from django.test import Client

    from saldo_desk.books import companies
    from saldo_desk.books.tables import Operator

    operator = Operator.objects.filter(login="bench").first() or companies.add_operator(
        login="bench", name="Bench", password="zielone-jablko-i-kot"
    )
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(operator)
    client.post("/company/open/", {"company": companies.get().uid})
    print(json.dumps({name: _ms(rounds, partial(client.get, f"/?{query}")) for name, query in PAGES.items()}))


def _ms(rounds: int, act: Callable[[], Any]) -> float:
    assert act().status_code == 200
    taken = []
    for _round in range(rounds):
        start = time.process_time()
        act()
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]))
