"""What the protocol costs: decoding and validating documents beside parsing the same bytes as plain JSON."""

import json
import time
from collections.abc import Callable, Iterator

import msgspec

from bench import documents, workload
from bench.measuring import Bench, by_turns
from bench.table import NO_AIM, Row, row
from saldo_protocol import digest
from saldo_protocol.documents import Invoice, check

GROUP = "protocol"


def measure(bench: Bench) -> Iterator[Row]:
    """The same bytes on both sides."""
    count, decoder = bench.sizes.ingest, msgspec.json.Decoder(Invoice)
    bodies = [digest.canonical(documents.invoice_of(one, nip=workload.NIP)) for one in workload.rows(count)]
    ours, other = by_turns(
        bench.sizes.rounds,
        lambda _turn: _rate(count, lambda: list(map(check, map(decoder.decode, bodies)))),
        lambda _turn: _rate(count, lambda: list(map(json.loads, bodies))),
    )
    yield row(
        GROUP, f"decode and validate {count:,} documents", "json.loads alone", unit="invoices/s", aim=("≥", NO_AIM),
        ours=ours, other=other,
    )  # fmt: skip


def _rate(count: int, act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return count / (time.perf_counter() - start)
