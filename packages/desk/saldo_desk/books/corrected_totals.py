"""What a correction's lines add up to before and after it. Knows no VAT and no gross: the books keep lines net."""

from collections.abc import Iterable

import msgspec

from saldo_desk.books.tables import Invoice, Line


class NetOfLines(msgspec.Struct, frozen=True):
    """Net sums of the lines before and after a correction, and the difference: the net total of its document."""

    before_minor: int
    after_minor: int
    difference_minor: int


def net_of_lines(*, invoice: Invoice, lines: Iterable[Line]) -> NetOfLines | None:
    """The sums; None where no line is from before, a line has no net amount, or they disagree with the document.

    Source: art. 106j ust. 2 of the VAT Act (a correction tells the change); FA(3) marks lines from before by StanPrzed.
    """
    sums = {True: 0, False: 0}
    seen_before = False
    for line in lines:
        if line.net_minor is None:
            return None
        sums[line.before] += line.net_minor
        seen_before = seen_before or line.before
    difference_minor = sums[False] - sums[True]
    if not seen_before or difference_minor != invoice.net_minor:
        return None
    return NetOfLines(sums[True], sums[False], difference_minor)
