"""Receipts as evidence: found by run and day, written into a file that anybody can check without this program.

The file is JSON lines: first what it is, whose, and the public keys; then each signed receipt as it came, with the body
it was given for. ``docs/api.md`` has the procedure that checks it.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

import msgspec
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import get_default_timezone

from saldo_desk.books.tables import Company
from saldo_desk.exchange.tables import OutboxBatch, PlatformKey, Run

FORMAT: Final = "saldo-receipts-1"
PAGE: Final = 10
"""Batches in memory at once: each is up to a megabyte."""
AS_ONE_LINE: Final = {ord("\n"): " ", ord("\r"): " "}
"""In JSON line ends can only stand between members, where a blank is as good."""


class Counts(msgspec.Struct, frozen=True):
    """How many receipts there are. Those without a signature prove nothing and stay out of the file."""

    signed: int
    unsigned: int


def list_receipts(*, company: Company, run: Run | None = None, since: date | None = None) -> "QuerySet[OutboxBatch]":
    """The batches that the Platform answered, the oldest first: of one run, and since a day of Warsaw's, if asked."""
    found = OutboxBatch.objects.filter(company=company, received_at__isnull=False).select_related("run")
    if run is not None:
        found = found.filter(run=run)
    if since is not None:
        found = found.filter(received_at__gte=datetime.combine(since, time.min, tzinfo=get_default_timezone()))
    return found.order_by("pk")


def count(found: "QuerySet[OutboxBatch]") -> Counts:
    """How many of them are signed, how many not."""
    rows = found.order_by().aggregate(all=Count("pk"), signed=Count("pk", filter=Q(checked_at__isnull=False)))
    return Counts(signed=rows["signed"], unsigned=rows["all"] - rows["signed"])


def values_of(batch: OutboxBatch) -> dict[str, Any]:
    """One receipt as a program reads it, without what it holds."""
    return {
        "batch_uid": str(batch.uid),
        "run_uid": str(batch.run.uid),
        "received_at": batch.received_at.isoformat() if batch.received_at else None,
        "signed": batch.checked_at is not None,
        "body_digest": batch.body_digest,
    }


def as_lines(*, company: Company, found: "QuerySet[OutboxBatch]") -> Iterator[str]:
    """The file, line by line."""
    yield _line({"format": FORMAT, "nip": company.nip, "keys": _keys(company), "unsigned": count(found).unsigned})
    for batch in found.filter(checked_at__isnull=False).iterator(chunk_size=PAGE):
        receipt = bytes(batch.receipt or b"").decode().translate(AS_ONE_LINE)
        body = json.dumps(bytes(batch.body).decode(), ensure_ascii=False)
        yield f'{{"receipt": {receipt}, "body": {body}}}\n'


def _keys(company: Company) -> list[dict[str, Any]]:
    """Every key that the company's Platforms have signed with, as far as it was needed here."""
    return [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "kid": key.kid,
            "x": key.public_key,
            "saldo_from": key.signs_from.isoformat(),
            "saldo_until": key.signs_until.isoformat() if key.signs_until else None,
            "saldo_platform": key.platform_url,
        }
        for key in PlatformKey.objects.filter(company=company).order_by("platform_url", "signs_from", "kid")
    ]


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"
