"""VAT table and totals of an invoice as issued, and where they and the lines disagree. No payments."""

from collections.abc import Sequence
from typing import NamedTuple

from saldo_desk.sources import amounts
from saldo_desk.sources.documents import ReadLine, ReadVatTotal, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, amount, find

TOTALS_OF_LINES = frozenset(("invoice", "simplified", "correction"))

# Net and VAT fields of the schema, with the rates that they stand for: the present one first.
VAT_TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("P_13_1", "P_14_1", ("23", "22")),
    ("P_13_2", "P_14_2", ("8", "7")),
    ("P_13_3", "P_14_3", ("5",)),
    ("P_13_4", "P_14_4", ("4", "3")),
    ("P_13_5", "P_14_5", ("oss",)),
    ("P_13_6_1", "", ("0 KR",)),
    ("P_13_6_2", "", ("0 WDT",)),
    ("P_13_6_3", "", ("0 EX",)),
    ("P_13_7", "", ("zw",)),
    ("P_13_8", "", ("np I",)),
    ("P_13_9", "", ("np II",)),
    ("P_13_10", "", ("oo",)),
    ("P_13_11", "", ("margin",)),
)


class Totals(NamedTuple):
    """Net and VAT of the whole invoice, and the VAT table."""

    net_minor: int
    vat_minor: int
    rows: tuple[ReadVatTotal, ...]


def read_totals(
    fa: Node, *, invoice_type: str, lines: Sequence[ReadLine], gross_minor: int, currency: str
) -> tuple[Totals, tuple[ReadWarning, ...]]:
    """The totals as issued, and where they disagree with each other and with the lines."""
    rows = _vat_totals(fa, currency, lines)
    net_minor, vat_minor, counted = _net_and_vat(rows, lines, gross_minor, currency)
    remarks = (
        *_compare(invoice_type, lines, rows, gross_minor, currency),
        *_compare_order(fa, lines, currency),
        *counted,
        *_vat_in_zlotys(fa, currency, rows),
    )
    return Totals(net_minor, vat_minor, rows), remarks


def _vat_totals(fa: Node, currency: str, lines: Sequence[ReadLine]) -> tuple[ReadVatTotal, ...]:
    """One row for each rate that the invoice has, in the order of the schema.

    A field stands for a present rate and a former one; the former one is meant where only lines
    of that rate exist.
    """
    used = {line.vat_rate for line in lines}
    totals = []
    for net_field, vat_field, rates in VAT_TABLE:
        net_minor = amount(fa, net_field, currency=currency)
        if net_minor is None:
            continue
        vat_minor = (amount(fa, vat_field, currency=currency) if vat_field else None) or 0
        rate = next((rate for rate in rates if rate in used), rates[0])
        totals.append(ReadVatTotal(rate, net_minor, vat_minor))
    return tuple(totals)


def _net_and_vat(
    vat_totals: Sequence[ReadVatTotal], lines: Sequence[ReadLine], gross_minor: int, currency: str
) -> tuple[int, int, tuple[ReadWarning, ...]]:
    """Net and VAT of the whole invoice, as its VAT table has them.

    A simplified invoice, or one of an exempt seller, may give gross alone. Then VAT is counted out of gross where
    all lines have one rate of so many per cent, and is nothing otherwise; both are remarked on.

    Source: art. 106e ust. 5 pkt 3 of the VAT Act.
    """
    if vat_totals or gross_minor == 0:
        return sum(row.net_minor for row in vat_totals), sum(row.vat_minor for row in vat_totals), ()
    rates = {line.vat_rate for line in lines}
    rate = rates.pop() if len(rates) == 1 else ""
    if not rate.isdigit():
        return gross_minor, 0, (ReadWarning("vat_not_stated"),)
    vat_minor = amounts.part_of_whole(gross_minor, part=int(rate), whole=100 + int(rate))
    shown = (("rate", rate), ("vat", amounts.to_text(vat_minor, currency=currency)))
    return gross_minor - vat_minor, vat_minor, (ReadWarning("vat_counted_from_gross", shown),)


def _compare(
    invoice_type: str,
    lines: Sequence[ReadLine],
    vat_totals: Sequence[ReadVatTotal],
    gross_minor: int,
    currency: str,
) -> tuple[ReadWarning, ...]:
    """Where totals as issued differ from their own sums, by as little as one minor unit.

    VAT may lawfully be counted line by line or out of gross prices, so a difference is a remark,
    never a fault. Lines are compared only where the totals are theirs: the totals of an advance are of the
    money received, those of a final invoice of what is left, while their lines tell the whole order.
    """
    net_minor = sum(total.net_minor for total in vat_totals)
    vat_minor = sum(total.vat_minor for total in vat_totals)
    found = []
    if vat_totals and net_minor + vat_minor != gross_minor:
        found.append(_differs("gross_differs", gross_minor, net_minor + vat_minor, currency))
    for total in vat_totals:
        if total.rate.isdigit():
            counted_minor = amounts.percentage(total.net_minor, percent=int(total.rate))
            if counted_minor != total.vat_minor:
                found.append(_differs("vat_differs", total.vat_minor, counted_minor, currency, rate=total.rate))
    if invoice_type not in TOTALS_OF_LINES:
        return tuple(found)
    nets_minor = _sum([(line.net_minor, line.before) for line in lines])
    grosses_minor = _sum([(line.gross_minor, line.before) for line in lines])
    if nets_minor is not None and vat_totals and nets_minor != net_minor:
        found.append(_differs("lines_net_differ", net_minor, nets_minor, currency))
    if grosses_minor is not None and grosses_minor != gross_minor:
        found.append(_differs("lines_gross_differ", gross_minor, grosses_minor, currency))
    return tuple(found)


def _compare_order(fa: Node, lines: Sequence[ReadLine], currency: str) -> tuple[ReadWarning, ...]:
    """Where the value of an order differs from the gross of its lines, as they are after a correction."""
    issued_minor = amount(fa, "Zamowienie/WartoscZamowienia", currency=currency)
    counted_minor = _sum([(line.gross_minor, False) for line in lines if not line.before])
    if issued_minor is None or counted_minor is None or counted_minor == issued_minor:
        return ()
    return (_differs("order_value_differs", issued_minor, counted_minor, currency),)


def _vat_in_zlotys(fa: Node, currency: str, vat_totals: Sequence[ReadVatTotal]) -> tuple[ReadWarning, ...]:
    """A remark where an invoice in another currency has VAT, but nowhere in złotys (art. 106e ust. 11)."""
    if currency == "PLN" or not any(total.vat_minor for total in vat_totals):
        return ()
    stated = any(find(fa, f"{vat_field}W") is not None for _net, vat_field, _rates in VAT_TABLE if vat_field)
    return () if stated else (ReadWarning("vat_not_in_zlotys", (("currency", currency),)),)


def _sum(parts: list[tuple[int | None, bool]]) -> int | None:
    """What lines sum up to, those from before a correction taken off; None where one has no amount."""
    known = [-minor if before else minor for minor, before in parts if minor is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _differs(code: str, issued_minor: int, counted_minor: int, currency: str, **more: str) -> ReadWarning:
    issued = amounts.to_text(issued_minor, currency=currency)
    counted = amounts.to_text(counted_minor, currency=currency)
    return ReadWarning(code, (("issued", issued), ("counted", counted), *more.items()))
