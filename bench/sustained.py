"""Many companies that send at once, for minutes, to one Platform on PostgreSQL: how long each waits, and what is lost.

``python -m bench.sustained ADDRESS SECONDS`` with ``{NIP: key}`` on standard input sends, and prints what it was told
as JSON: one thread a company, one batch after the other, most of it new, some of it changed. A batch without an answer,
or whose answer is „busy”, goes again under its uid, as a Desk sends it; a batch's time counts from its first try.
"""

import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec

from bench import documents, workload
from bench.measuring import Bench
from bench.programs import Platform, Wrong, finished
from bench.table import NO_AIM, Row, row
from saldo_protocol import batches, receipts
from tools import sample_names

GROUP = "sustained"
NEW, AGAIN = 40, 10
TIMEOUT_S, PAUSE_S = 60, 0.2
BUSY = {429, 502, 503, 504}
SENDER = batches.Sender(program="bench", version="1")
PLACES = 1_000_000
SHARE_ALONE = 10


class Told(msgspec.Struct):
    """What came back: ms of each batch; documents created; documents refused; answers „busy” and none at all."""

    took_ms: list[float] = []
    created: int = 0
    refused: int = 0
    busy: int = 0
    unanswered: int = 0


def measure(bench: Bench) -> Iterator[Row]:
    """All companies at once, and one alone for a tenth of the time."""
    sizes = bench.sizes
    serials = range(300_000, 300_000 + 20 * sizes.companies, 20)
    many, lost = _send(bench, [sample_names.nip(serial) for serial in serials], sizes.sustained_s)
    alone, lost_alone = _send(bench, [workload.NIP], max(2, sizes.sustained_s // SHARE_ALONE))
    p50, p99 = percentile(many.took_ms, 50), percentile(many.took_ms, 99)
    rate = len(many.took_ms) * (NEW + AGAIN) / sizes.sustained_s
    made = row(
        GROUP, f"{sizes.companies} companies at once, {sizes.sustained_s} s: p99 of a batch of {NEW + AGAIN}",
        "p50 of the same", unit="ms", aim=("≤", 10), ours=[p99], other=[p50],
        note=f"{len(many.took_ms):,} batches, {rate:,.0f} invoices/s; {many.refused} refused, {lost} lost; "
        f"{many.busy} answers „busy”, {many.unanswered} without an answer, all sent again",
    )  # fmt: skip
    made.met = bool(made.met) and not (many.refused or lost or alone.refused or lost_alone)
    yield made
    yield row(
        GROUP, f"p50 of a batch, {sizes.companies} companies at once", "1 company alone", unit="ms",
        aim=("≤", NO_AIM), ours=[p50], other=[percentile(alone.took_ms, 50)],
    )  # fmt: skip


def percentile(values: list[float], percent: int) -> float:
    """The value that so many of a hundred do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _send(bench: Bench, nips: list[str], seconds: int) -> tuple[Told, int]:
    bench.say(f"{len(nips)} companies send for {seconds} s")
    platform = Platform(bench.place("sustained"), database=bench.database())
    made = platform.make_keys(nips)
    platform.start()
    try:
        command = [sys.executable, "-m", "bench.sustained", platform.url, str(seconds)]
        told = msgspec.json.decode(finished(command, {}, typed=json.dumps(made)).printed, type=Told)
        if not told.took_ms:
            raise Wrong("not one batch was answered")
        return told, told.created - platform.sums().invoices
    finally:
        platform.stop()


class Sender:
    """One company's program."""

    def __init__(self, address: str, nip: str, key: str, give_up_at: float) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port
        self._nip, self._give_up_at = nip, give_up_at
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": "bench/1",
        }
        self._connection = self._connect()
        self.told = Told()

    def run(self) -> None:
        """Send until the time is over; the last batch is waited for."""
        first = 0
        while time.monotonic() < self._give_up_at:
            uid = uuid4()
            body = self._body(uid, first)
            start = time.perf_counter()
            receipt = self._send(uid, body)
            self.told.took_ms.append(1000 * (time.perf_counter() - start))
            outcomes = [said.outcome for said in receipt.outcomes] if receipt else []
            self.told.created += outcomes.count("created")
            self.told.refused += NEW + AGAIN if receipt is None else outcomes.count("refused")
            first = (first + NEW) % PLACES

    def _body(self, uid: UUID, first: int) -> bytes:
        revision = int(datetime.now(UTC).timestamp() * 1000) << 16
        again = range(max(0, first - NEW), max(0, first - NEW) + AGAIN) if first else ()
        rows = [workload.row(at) for at in range(first, first + NEW)]
        rows += [workload.row(at, version=2) for at in again]
        sent = tuple(documents.document_of(one, nip=self._nip, revision=revision + at) for at, one in enumerate(rows))
        return batches.pack(batches.encode(uid=uid, nip=self._nip, sender=SENDER, documents=sent))

    def _send(self, uid: UUID, body: bytes) -> receipts.Receipt | None:
        while True:
            try:
                self._connection.request("PUT", f"/api/v1/batches/{uid}", body, self._headers)
                answer = self._connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException):
                self.told.unanswered += 1
                self._connection.close()
                self._connection = self._connect()
                time.sleep(PAUSE_S)
                continue
            if answer.status < 300:
                return msgspec.json.decode(said, type=receipts.Receipt)
            if answer.status not in BUSY:
                return None
            self.told.busy += 1
            time.sleep(float(answer.headers.get("Retry-After") or PAUSE_S))

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)


def main(address: str, seconds: int) -> None:
    """A thread a company."""
    made: dict[str, str] = json.load(sys.stdin)
    give_up_at = time.monotonic() + seconds
    senders = [Sender(address, nip, key, give_up_at) for nip, key in made.items()]
    threads = [threading.Thread(target=sender.run) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Told(took_ms=[])
    for told in (sender.told for sender in senders):
        whole.took_ms += told.took_ms
        for name in ("created", "refused", "busy", "unanswered"):
            setattr(whole, name, getattr(whole, name) + getattr(told, name))
    sys.stdout.write(msgspec.json.encode(whole).decode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
