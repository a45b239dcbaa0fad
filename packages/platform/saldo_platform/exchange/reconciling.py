"""What the Platform holds of an integration, as digests over ranges: for a program that compares its books with it.

::

    Refusal
    └── RangeUnclear        422  „after”, „to” or „list” can't be taken for what it should be
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import Integration
from saldo_platform.exchange.tables import Invoice
from saldo_protocol import reconciliation
from saldo_protocol.reconciliation import Digests, Held, Row

PAGE: Final = 5000
_ID: Final = re.compile(r"[!-~]{1,64}")


class RangeUnclear(Refusal):
    """What is not understood is not answered: it could be taken for „nothing differs”."""

    code = "range_unclear"
    text = _("“%(name)s=%(value)s” is not understood: “after” and “to” are ids of documents, “list” is 1 or 0.")


class Asked(msgspec.Struct, frozen=True):
    """The documents after ``after`` up to ``to``, this one included; empty: from the first, to the last."""

    after: str = ""
    to: str = ""
    listed: bool = False


def read(values: Mapping[str, str]) -> Asked:
    """What a request asks for. :raises RangeUnclear:"""
    for name in ("after", "to"):
        if name in values and not _ID.fullmatch(values[name]):
            raise RangeUnclear(name=name, value=values[name][:20])
    if values.get("list", "0") not in {"0", "1"}:
        raise RangeUnclear(name="list", value=values["list"][:20])
    return Asked(values.get("after", ""), values.get("to", ""), values.get("list") == "1")


def digests(*, integration: Integration, asked: Asked) -> Digests:
    """The documents asked for, divided, or listed where they are few.

    Read in one go along an index that holds ids and digests. The order is that of bytes: the index is made so.
    """
    held = _held(integration, asked)
    with transaction.atomic():
        if asked.listed:
            found = _list(held, reconciliation.PAGE_MAX + 1)
            return _as_list(integration, found[: reconciliation.PAGE_MAX], more=len(found) > reconciliation.PAGE_MAX)
        count = held.count()
        if count <= reconciliation.LISTED_MAX:
            return _as_list(integration, _list(held, reconciliation.LISTED_MAX), more=False)
        whole, ranges = reconciliation.divide(_pages(held), count=count)
    return Digests(integration_uid=integration.uid, count=whole.count, digest=whole.digest, ranges=tuple(ranges))


def _held(integration: Integration, asked: Asked) -> "QuerySet[Invoice]":
    held = Invoice.objects.filter(company_id=integration.company_id, integration=integration, removed_at=None)
    if asked.after:
        held = held.filter(external_id__gt=asked.after)
    if asked.to:
        held = held.filter(external_id__lte=asked.to)
    return held.order_by("external_id")


def _pages(held: "QuerySet[Invoice]") -> Iterator[list[Row]]:
    rows = held.values_list("external_id", "digest").iterator(chunk_size=PAGE)
    while page := list(islice(rows, PAGE)):
        yield page


def _list(held: "QuerySet[Invoice]", most: int) -> list[Held]:
    rows = held.values_list("external_id", "digest", "revision", "number", "issued_on")[:most]
    return [Held(row[0], row[1], str(row[2]), row[3], row[4]) for row in rows]


def _as_list(integration: Integration, found: list[Held], *, more: bool) -> Digests:
    fold = reconciliation.Fold()
    fold.add((document.external_id, document.digest) for document in found)
    return Digests(
        integration_uid=integration.uid,
        count=fold.count,
        digest=fold.digest,
        documents=tuple(found),
        more=more,
    )
