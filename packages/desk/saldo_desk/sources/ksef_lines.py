"""The lines of an invoice and of the order behind an advance, as issued. No totals, no payments."""

from decimal import Decimal

from msgspec.structs import replace

from saldo_desk.sources.documents import ReadLine, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, amount, every, text

POSITION_MAX = 1_000_000


def read_lines(fa: Node, *, currency: str) -> tuple[tuple[ReadLine, ...], tuple[ReadWarning, ...]]:
    """The lines in their order; those of the order after those of the invoice.

    They keep their numbers. A correction repeats a line's number for what it was before, and then all are
    numbered anew; so they are, with a remark, where numbers repeat otherwise or are past POSITION_MAX.
    """
    lines = [_line(node, currency) for node in every(fa, "FaWiersz")]
    lines += [_order_line(node, currency) for node in every(fa, "Zamowienie/ZamowienieWiersz")]
    positions = {line.position for line in lines}
    within = max(positions, default=0) <= POSITION_MAX
    if len(positions) == len(lines) and within:
        return tuple(lines), ()
    renumbered = tuple(replace(line, position=at) for at, line in enumerate(lines, start=1))
    paired = len({(line.position, line.before) for line in lines}) == len(lines)
    return renumbered, () if paired and within else (ReadWarning("line_numbers_changed"),)


def _number(written: str) -> int:
    """The schema allows any number of leading zeros, int() does not."""
    return int(Decimal(written))


def _line(node: Node, currency: str) -> ReadLine:
    return ReadLine(
        position=_number(text(node, "NrWierszaFa")),
        name=text(node, "P_7"),
        quantity=text(node, "P_8B"),
        unit=text(node, "P_8A"),
        unit_net_price=text(node, "P_9A"),
        unit_gross_price=text(node, "P_9B"),
        net_minor=amount(node, "P_11", currency=currency),
        gross_minor=amount(node, "P_11A", currency=currency),
        vat_rate=text(node, "P_12") or text(node, "P_12_XII"),
        before=text(node, "StanPrzed") == "1",
    )


def _order_line(node: Node, currency: str) -> ReadLine:
    net_minor = amount(node, "P_11NettoZ", currency=currency)
    vat_minor = amount(node, "P_11VatZ", currency=currency)
    return ReadLine(
        position=_number(text(node, "NrWierszaZam")),
        name=text(node, "P_7Z"),
        quantity=text(node, "P_8BZ"),
        unit=text(node, "P_8AZ"),
        unit_net_price=text(node, "P_9AZ"),
        unit_gross_price="",
        net_minor=net_minor,
        gross_minor=None if net_minor is None or vat_minor is None else net_minor + vat_minor,
        vat_rate=text(node, "P_12Z") or text(node, "P_12Z_XII"),
        before=text(node, "StanPrzedZ") == "1",
    )
