"""Taking invoices out of the books again, as long as nothing was built on them.

Whatever table points to an invoice, other than its own parts, stands in the way; and so does whatever its history tells
beyond its being recorded. A document that names an invoice was built on it when it was recorded after it; one that was
there before waits again. A table of tomorrow stands in the way by itself, until somebody says here that it doesn't, or
says ``BUILT_ON`` in it: which of its rows do.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import models, transaction
from django.db.models import Q

from saldo_desk.books import links, revisions
from saldo_desk.books.tables import (
    Company,
    Counterparty,
    HistoryEvent,
    Invoice,
    InvoiceLink,
    InvoiceMark,
    Line,
    Operator,
    Payment,
    VatTotal,
)

PARTS: Final = (Line, VatTotal, Payment, HistoryEvent, InvoiceLink, InvoiceMark)
NOT_BUILT_ON: Final = ("recorded",)
REASONS: Final = {"SentDocument": "sent", "RunDocument": "in_run"}
ACTIONS: Final = {"settled": "settled", "unsettled": "settled"}
CHUNK: Final = 500


class Obstacle(msgspec.Struct, frozen=True):
    """An invoice that something was built on. ``reason``: sent, in_run, settled, linked or changed."""

    number: str
    reason: str


class Stamped(msgspec.Struct, frozen=True):
    """An invoice and the revision that it had when nothing was built on it yet; None when that is not known."""

    invoice_pk: int
    revision: int | None


def in_the_way(*, company: Company, stamped: Iterable[Stamped], limit: int) -> tuple[Obstacle, ...]:
    """What keeps the invoices in the books, at most ``limit`` of it."""
    found: dict[int, str] = {}
    revision_of = {row.invoice_pk: row.revision for row in stamped}
    pks = list(revision_of)
    inside = set(pks)
    for start in range(0, len(pks), CHUNK):
        some = pks[start : start + CHUNK]
        for pk, reason in _built_on(some, inside):
            found.setdefault(pk, reason)
        for pk, revision in Invoice.objects.filter(company=company, pk__in=some).values_list("pk", "revision"):
            if revision_of[pk] not in {None, revision}:
                found.setdefault(pk, "changed")
        if len(found) >= limit:
            break
    shown = sorted(found)[:limit]
    numbers = dict(Invoice.objects.filter(company=company, pk__in=shown).values_list("pk", "number"))
    return tuple(Obstacle(numbers[pk], found[pk]) for pk in shown if pk in numbers)


def remove(
    *,
    company: Company,
    invoice_pks: Iterable[int],
    counterparties_after: int,
    operator: Operator | None,
    now: datetime,
    values: dict[str, Any],
) -> int:
    """Take the invoices out, with their parts, and counterparties that came with them and nobody else uses.

    The company's history keeps one event, ``import_undone``, with ``values``. The caller has made sure, in the same
    transaction, that nothing is in the way. Returns how many went.
    """
    pks = list(invoice_pks)
    with transaction.atomic():
        revisions.take(company=company, now=now)
        counterparties: set[int] = set()
        numbers: set[str] = set()
        ksef_numbers: set[str] = set()
        removed = 0
        for start in range(0, len(pks), CHUNK):
            rows = Invoice.objects.filter(company=company, pk__in=pks[start : start + CHUNK])
            named = list(rows.values_list("counterparty_id", "number", "ksef_number"))
            counterparties |= {counterparty for counterparty, _number, _ksef_number in named}
            numbers |= {number for _counterparty, number, _ksef_number in named}
            ksef_numbers |= {ksef_number for _counterparty, _number, ksef_number in named}
            removed += len(named)
            rows.delete()
        links.look_again(company=company, numbers=numbers, ksef_numbers=ksef_numbers)
        _remove_unused(company, {pk for pk in counterparties if pk > counterparties_after})
        HistoryEvent.objects.create(
            company=company, at=now, operator=operator, action="import_undone", values={**values, "invoices": removed}
        )
    return removed


def _built_on(pks: list[int], inside: set[int]) -> Iterator[tuple[int, str]]:
    for relation in Invoice._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if model in PARTS or isinstance(model, str) or relation.on_delete is models.SET_NULL:
            continue
        pointing = model._default_manager.filter(getattr(model, "BUILT_ON", Q()), **{f"{name}__in": pks})
        for pk in pointing.values_list(f"{name}_id", flat=True):
            yield pk, REASONS.get(model.__name__, "changed")
    for pk, namer in InvoiceLink.objects.filter(target__in=pks).values_list("target_id", "invoice_id"):
        if pk is not None and namer > pk and namer not in inside:
            yield pk, "linked"
    events = HistoryEvent.objects.filter(invoice__in=pks).exclude(action__in=NOT_BUILT_ON)
    for pk, action in events.values_list("invoice_id", "action"):
        if pk is not None:
            yield pk, ACTIONS.get(action, "changed")


def _remove_unused(company: Company, pks: set[int]) -> None:
    unused = Counterparty.objects.filter(company=company, pk__in=pks)
    for relation in Counterparty._meta.related_objects:
        used = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": pks})
        unused = unused.filter(~Q(pk__in=list(used.values_list(relation.field.name, flat=True))))
    unused.delete()
