"""``make bench``: what the protocol costs beside plain JSON; a table, and ``bench/results.json``.

Both sides of a row work on the same bytes in the same run, by turns; a row is the ratio of their best rates.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from bench import importing
from saldo_protocol.documents import Invoice, check

COUNT, SEED, ROUNDS = 10_000, 7, 5
RESULTS = Path(__file__).parent / "results.json"


def invoices(count: int) -> list[bytes]:
    """Seeded invoices as they travel: one to four lines, one to three payments, some settled."""
    random = Random(SEED)
    return [msgspec.json.encode(_invoice(random, at)) for at in range(count)]


def _invoice(random: Random, at: int) -> dict[str, object]:
    amounts = [random.randint(100, 2_000_000) for _ in range(random.randint(1, 3))]
    settled = {"external_id": f"{at}-S", "amount_minor": 100, "settled_on": "2026-12-01"}
    payments = [
        {"external_id": f"{at}-{place}", "amount_minor": amount, "due_on": f"2026-{random.randint(1, 12):02}-15",
         "settlements": [settled] if place == at % 3 else []}
        for place, amount in enumerate(amounts)
    ]  # fmt: skip
    lines = [{"name": f"Usługa nr {line}", "quantity": "1", "net_minor": 100} for line in range(random.randint(1, 4))]
    gross = sum(amounts)
    return {
        "direction": "sales", "number": f"FV/2026/{at}", "issued_on": "2026-01-10", "currency": "PLN",
        "seller": {"name": "Zielnik Sp. z o.o.", "tax_id": "9991001004", "address": "ul. Lipowa 1, Łódź"},
        "buyer": {"name": "Łąka S.A.", "tax_id": "9993022016", "address": "ul. Długa 2, Żory"},
        "net_minor": gross, "vat_minor": 0, "gross_minor": gross, "payments": payments, "lines": lines,
    }  # fmt: skip


def rate(side: Callable[[], object]) -> float:
    """Documents a second."""
    start = time.perf_counter()
    side()
    return COUNT / (time.perf_counter() - start)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default="", help="rows whose name contains this; quick: those that take no peer")
    only = parser.parse_args().only
    bodies, decoder = invoices(COUNT), msgspec.json.Decoder(Invoice)
    sides: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "decode and validate / json.loads alone": (
            lambda: list(map(check, map(decoder.decode, bodies))),
            lambda: list(map(json.loads, bodies)),
        )
    }
    rows = []
    print(f"{'what / beside what':<42} {'ours /s':>10} {'other /s':>10} {'ratio':>6}")
    for name, (ours, other) in sides.items():
        if only in {"", "quick"} or only in name:
            pairs = [(rate(ours), rate(other)) for _ in range(ROUNDS)]
            best = [max(side) for side in zip(*pairs, strict=True)]
            rows.append({"name": name, "ours_per_s": best[0], "other_per_s": best[1], "ratio": best[0] / best[1]})
            print(f"{name:<42} {best[0]:>10,.0f} {best[1]:>10,.0f} {best[0] / best[1]:>6.2f}")
    if only in {"", "import"}:
        rows.append(row := importing.row())
        print(f"{row['name']:<42} {row['ours_per_s']:>10,.0f} {row['other_per_s']:>10,.0f} {row['ratio']:>6.2f}")
    machine = {"python": platform.python_version(), "msgspec": msgspec.__version__, "count": COUNT, "seed": SEED}
    RESULTS.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
