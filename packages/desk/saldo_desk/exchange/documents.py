"""Invoices of the books as documents of the protocol; withdrawn ones as tombstones.

Rows are read as tuples straight into the protocol's Structs: model instances with their prefetched relations take ten
times as long (``docs/decisions/0023-what-sending-costs.md``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from saldo_desk.books.tables import Invoice, Line, Payment, Settlement, VatTotal
from saldo_protocol import digest, documents

TEXT_LENGTH_MAX: Final = 512
NOT_BROUGHT_BACK: Final[Mapping[int, int]] = {}
HEAD: Final = (
    "pk", "uid", "revision", "withdrawal__reason", "direction", "type", "state", "number", "issued_on", "sold_on",
    "seller_name", "seller_country", "seller_tax_id", "seller_address",
    "buyer_name", "buyer_country", "buyer_tax_id", "buyer_address",
    "currency", "net_minor", "vat_minor", "gross_minor", "split_payment", "ksef_number",
)  # fmt: skip
Parts = dict[int, list[Any]]


class Outgoing(msgspec.Struct, frozen=True):
    """An invoice as it goes: ``content`` is canonical, with its digest; ``payments`` says how many go with it."""

    pk: int
    external_id: str
    revision: int
    tombstone: bool
    payments: int
    content: bytes
    digest: str

    @property
    def document(self) -> documents.Document:
        """The envelope."""
        return documents.Document(
            kind="tombstone" if self.tombstone else "invoice",
            external_id=self.external_id,
            revision=str(self.revision),
            content=msgspec.Raw(self.content),
            digest=self.digest,
        )


def read(pks: Sequence[int], *, brought_back: Mapping[int, int] = NOT_BROUGHT_BACK) -> list[Outgoing]:
    """The invoices with all that travels with them, by primary key, in a fixed number of queries.

    :param brought_back: withdrawn ones that go as ordinary documents all the same, with the least revision for it.
    """
    heads = Invoice.objects.filter(**_among("pk", pks)).order_by("pk").values_list(*HEAD)
    lines, vat, payments = _lines(pks), _vat(pks), _payments(pks)
    return [_outgoing(head, brought_back, lines, vat, payments) for head in heads]


def _among(field: str, pks: Sequence[int]) -> dict[str, Any]:
    """Those of ``pks``; where none is left out between the first and the last, as a range, which is asked faster."""
    if pks and max(pks) - min(pks) + 1 == len(set(pks)):
        return {f"{field}__gte": min(pks), f"{field}__lte": max(pks)}
    return {f"{field}__in": pks}


def _outgoing(head: Any, brought_back: Mapping[int, int], lines: Parts, vat: Parts, payments: Parts) -> Outgoing:
    pk, uid, revision, reason, direction, kind, state, number, issued_on, sold_on, *rest = head
    *parties, currency, net_minor, vat_minor, gross_minor, split_payment, ksef_number = rest
    if reason is not None and pk not in brought_back:
        # It never says that the invoice left the books: nothing does.
        tombstone = digest.canonical(documents.Tombstone(reason="withdrawn", note=reason, number=number))
        return Outgoing(pk, str(uid), revision, True, 0, tombstone, digest.of_canonical(tombstone))
    due = payments.get(pk, [])
    content = digest.canonical(
        documents.Invoice(
            direction=direction,
            type=kind,
            state=state,
            number=number,
            issued_on=issued_on,
            sold_on=sold_on,
            seller=_party(*parties[:4]),
            buyer=_party(*parties[4:]),
            currency=currency,
            net_minor=net_minor,
            vat_minor=vat_minor,
            gross_minor=gross_minor,
            split_payment=split_payment,
            ksef_number=ksef_number,
            vat=tuple(vat.get(pk, ())),
            lines=_bounded(lines.get(pk, [])),
            payments=tuple(due),
        )
    )
    revision = max(revision, brought_back.get(pk, 0))
    return Outgoing(pk, str(uid), revision, False, len(due), content, digest.of_canonical(content))


def _party(name: str, country: str, tax_id: str, address: str) -> documents.Party:
    """Texts are cut to what the protocol carries, totals never touched."""
    return documents.Party(name, country, tax_id, address[:TEXT_LENGTH_MAX])


def _bounded(lines: list[documents.Line]) -> tuple[documents.Line, ...]:
    """Lines are optional: a cut list would be a wrong one."""
    return tuple(lines) if len(lines) <= documents.LINES_MAX else ()


def _lines(pks: Sequence[int]) -> Parts:
    """All lines; what a correction shows as it was is taken off, so that they sum up to the difference that it is."""
    rows = Line.objects.filter(**_among("invoice", pks)).order_by("invoice_id", "position")
    found: Parts = defaultdict(list)
    for pk, name, quantity, unit, price, net_minor, rate, before in rows.values_list(
        "invoice_id", "name", "quantity", "unit", "unit_net_price", "net_minor", "vat_rate", "before"
    ):
        if before:
            quantity, net_minor = _taken_off(quantity), None if net_minor is None else -net_minor
        found[pk].append(documents.Line(name, quantity, unit, price, net_minor, rate))
    return found


def _taken_off(quantity: str) -> str:
    return quantity.removeprefix("-") if quantity.startswith("-") else f"-{quantity}" if quantity else ""


def _vat(pks: Sequence[int]) -> Parts:
    rows = VatTotal.objects.filter(**_among("invoice", pks)).order_by("invoice_id", "position")
    found: Parts = defaultdict(list)
    for pk, rate, net_minor, vat_minor in rows.values_list("invoice_id", "rate", "net_minor", "vat_minor"):
        found[pk].append(documents.VatTotal(rate, net_minor, vat_minor))
    return found


def _payments(pks: Sequence[int]) -> Parts:
    settled: Parts = defaultdict(list)
    parts = Settlement.objects.filter(**_among("payment__invoice", pks)).order_by("pk")
    for payment_pk, uid, amount_minor, settled_on, kind in parts.values_list(
        "payment_id", "uid", "amount_minor", "settled_on", "kind"
    ):
        settled[payment_pk].append(documents.Settlement(str(uid), amount_minor, settled_on, kind))  # type: ignore[arg-type]
    rows = Payment.objects.filter(**_among("invoice", pks)).order_by("invoice_id", "position")
    found: Parts = defaultdict(list)
    for pk, invoice_pk, uid, amount_minor, due_on, form in rows.values_list(
        "pk", "invoice_id", "uid", "amount_minor", "due_on", "form"
    ):
        settlements = tuple(settled.get(pk, ()))
        found[invoice_pk].append(documents.Payment(str(uid), amount_minor, due_on, form, settlements))  # type: ignore[arg-type]
    return found
