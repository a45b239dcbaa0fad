"""The one workload of all measurements, ours and the peers': seeded invoices, any number of them, one after the other.

Two lines, one to five payments (three on average), some settled in full or in part, every twentieth a correction, every
tenth in euro, every fourth a purchase, Polish names. An invoice depends on the seed and its place alone, so the
millionth needs no other, and nothing is kept in memory. Amounts are minor units. Knows no table and no peer.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

SEED = 7
NIP, COMPANY = "9991001004", "Zielona Łąka sp. z o.o."
PARTIES = 500
FIRST_DAY, DAYS = date(2024, 1, 2), 1000
PAYMENT_COUNTS = (1, 2, 3, 3, 4, 5)
TERMS_DAYS = (7, 14, 30, 60)
RATES = (23, 23, 23, 8, 5)
FORMS = ("transfer", "transfer", "transfer", "cash", "card")
TRADES = ("Hurtownia", "Piekarnia", "Stolarnia", "Przychodnia", "Księgarnia", "Drukarnia", "Żwirownia", "Mleczarnia")
NAMES = ("Świt", "Źródło", "Jaźwiec", "Pod Kłosem", "Łużyce", "Gęś", "Bąk i Wspólnicy", "Kowalczyk", "Żuraw", "Ćma")
TOWNS = ("61-441 Poznań", "85-023 Bydgoszcz", "90-001 Łódź", "31-000 Kraków", "44-240 Żory", "42-200 Częstochowa")
GOODS = ("Usługa księgowa", "Papier ksero A4", "Śruba M8 × 40", "Żarówka LED", "Olej rzepakowy", "Projekt łazienki")

Row = dict[str, Any]


class Sums(NamedTuple):
    """What every side must hold in the end: counts, and totals of absolute amounts in minor units."""

    invoices: int
    gross: int
    payments: int
    amount: int
    settled: int


def rows(count: int, *, version: int = 1, changes: int = 0) -> Iterator[Row]:
    """The first ``count`` invoices; from version 2 on, ``changes`` of them changed since the version before."""
    chosen = set(chosen_of(count, changes)) if version > 1 else set()
    return (row(at, version=version if at in chosen else 1) for at in range(count))


def chosen_of(count: int, changes: int) -> list[int]:
    """Which places change: ``changes`` of them, evenly spread."""
    return [at * count // changes + count // changes // 2 for at in range(changes)] if changes else []


def row(at: int, *, version: int = 1) -> Row:
    """One invoice. A later version settles its first open payment; with none, and after version 2, its last one is due
    later."""
    random = Random(SEED * 1_000_003 + at)
    issued_on = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    correction = at % 20 == 8
    lines = [_line(random, position, -1 if correction else 1) for position in (1, 2)]
    net, vat = sum(line["net"] for line in lines), sum(line["vat"] for line in lines)
    payments = _payments(random, at, issued_on, net + vat)
    if version > 1:
        _change(payments, version)
    settled = [payment["settled"] for payment in payments]
    return {
        "id": f"0199{at:028x}",
        "number": f"{'FK' if correction else 'FV'}/{at + 1:07d}/{issued_on.year}",
        "type": "correction" if correction else "invoice",
        "direction": "purchase" if at % 4 == 1 else "sales",
        "currency": "EUR" if at % 10 == 7 else "PLN",
        "issued_on": issued_on.isoformat(),
        "party": party(random.randrange(PARTIES)),
        "net": net,
        "vat": vat,
        "gross": net + vat,
        "settled": sum(settled),
        "updated_at": f"2026-11-{version:02}T10:00:00+00:00",
        "lines": lines,
        "payments": payments,
    }


def party(serial: int) -> dict[str, str]:
    """One of the counterparties."""
    return {
        "tax_id": f"998{serial:07d}",
        "name": f"{TRADES[serial % 8]} {NAMES[serial % 10]} {serial} sp. z o.o.",
        "address": f"ul. Źródlana {serial % 90 + 1}, {TOWNS[serial % 6]}",
    }


def sums(found: Iterable[Row]) -> Sums:
    """The sums of the invoices."""
    count = gross = payments = amount = settled = 0
    for invoice in found:
        count, gross, payments = count + 1, gross + abs(invoice["gross"]), payments + len(invoice["payments"])
        amount += sum(abs(payment["amount"]) for payment in invoice["payments"])
        settled += sum(abs(payment["settled"]) for payment in invoice["payments"])
    return Sums(count, gross, payments, amount, settled)


def write(path: Path, found: Iterable[Row]) -> Path:
    """The invoices as lines of JSON, for the sides that run in an environment of their own."""
    with path.open("w", encoding="utf-8") as file:
        for invoice in found:
            file.write(json.dumps(invoice, ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def _line(random: Random, position: int, sign: int) -> Row:
    quantity, price, rate = random.randint(1, 9), random.randint(500, 250_000), random.choice(RATES)
    net = sign * quantity * price
    return {
        "position": position,
        "name": random.choice(GOODS),
        "quantity": sign * quantity,
        "unit_price": price,
        "vat_rate": rate,
        "net": net,
        "vat": (net * rate + 50) // 100,
    }


def _payments(random: Random, at: int, issued_on: date, gross: int) -> list[Row]:
    count, term = random.choice(PAYMENT_COUNTS), random.choice(TERMS_DAYS)
    share, kind = gross // count, random.random()
    made = []
    for place in range(count):
        amount = share if place else gross - share * (count - 1)
        full = kind < 0.25 or (kind < 0.6 and place == 0 and count > 1)
        settled = amount if full else amount // 3 if kind < 0.6 and place == count - 1 else 0
        due_on = issued_on + timedelta(days=term + 30 * place)
        made.append(
            {
                "id": f"0198{at:024x}{place:04x}",
                "position": place + 1,
                "due_on": due_on.isoformat(),
                "amount": amount,
                "form": random.choice(FORMS),
                "settled": settled,
                "settled_on": due_on.isoformat() if settled else None,
            }
        )
    return made


def _change(payments: list[Row], version: int) -> None:
    still_open = [payment for payment in payments if not payment["settled"]]
    if still_open:
        still_open[0].update(settled=still_open[0]["amount"], settled_on="2026-10-31")
    if not still_open or version > 2:
        last = payments[-1]
        last["due_on"] = (date.fromisoformat(last["due_on"]) + timedelta(days=7 * (version - 1))).isoformat()


if __name__ == "__main__":
    write(Path(sys.argv[2]), rows(int(sys.argv[1])))
