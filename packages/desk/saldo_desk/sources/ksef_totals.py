"""VAT table and lines of an FA(3) invoice as issued, and where they disagree. No payments."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from saldo_desk.sources import amounts
from saldo_desk.sources.documents import ReadLine, ReadVatTotal, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, amount, every, text

POSITION_MAX = 1_000_000

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


def read_lines(fa: Node, *, currency: str) -> tuple[tuple[ReadLine, ...], tuple[ReadWarning, ...]]:
    """The lines in their order, numbered anew where a number repeats or is past POSITION_MAX."""
    lines = []
    for node in every(fa, "FaWiersz"):
        line = ReadLine(
            # the schema allows any number of leading zeros, int() does not
            position=int(Decimal(text(node, "NrWierszaFa"))),
            name=text(node, "P_7"),
            quantity=text(node, "P_8B"),
            unit=text(node, "P_8A"),
            unit_net_price=text(node, "P_9A"),
            unit_gross_price=text(node, "P_9B"),
            net_minor=amount(node, "P_11", currency=currency),
            gross_minor=amount(node, "P_11A", currency=currency),
            vat_rate=text(node, "P_12") or text(node, "P_12_XII"),
        )
        lines.append(line)
    positions = {line.position for line in lines}
    if len(positions) == len(lines) and max(positions, default=0) <= POSITION_MAX:
        return tuple(lines), ()
    renumbered = (replace(line, position=at) for at, line in enumerate(lines, start=1))
    return tuple(renumbered), (ReadWarning("line_numbers_changed"),)


def read_vat_totals(fa: Node, *, currency: str, lines: Sequence[ReadLine]) -> tuple[ReadVatTotal, ...]:
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


def compare(
    *,
    lines: Sequence[ReadLine],
    vat_totals: Sequence[ReadVatTotal],
    gross_minor: int,
    currency: str,
) -> tuple[ReadWarning, ...]:
    """Where totals as issued differ from their own sums, by as little as one minor unit.

    VAT may lawfully be counted line by line or out of gross prices, so a difference is a remark,
    never a fault.
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
    nets = [line.net_minor for line in lines if line.net_minor is not None]
    grosses = [line.gross_minor for line in lines if line.gross_minor is not None]
    if lines and vat_totals and len(nets) == len(lines) and sum(nets) != net_minor:
        found.append(_differs("lines_net_differ", net_minor, sum(nets), currency))
    if lines and len(grosses) == len(lines) and sum(grosses) != gross_minor:
        found.append(_differs("lines_gross_differ", gross_minor, sum(grosses), currency))
    return tuple(found)


def _differs(code: str, issued_minor: int, counted_minor: int, currency: str, **more: str) -> ReadWarning:
    issued = amounts.to_text(issued_minor, currency=currency)
    counted = amounts.to_text(counted_minor, currency=currency)
    return ReadWarning(code, (("issued", issued), ("counted", counted), *more.items()))
