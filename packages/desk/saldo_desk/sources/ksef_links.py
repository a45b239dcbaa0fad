"""The other invoices that an invoice names: what it corrects, which advances it settles. Looks nothing up."""

from saldo_desk.sources import ksef_number
from saldo_desk.sources.documents import CORRECTIONS, ReadLink, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, day, every, text

LINKS_MAX = 1000


def read_links(fa: Node, *, invoice_type: str) -> tuple[tuple[ReadLink, ...], tuple[ReadWarning, ...]]:
    """What is named, each once, in the order of the file; and what is missing or was cut off at LINKS_MAX.

    `NrKSeF` and `NrKSeFZN` are marks, not numbers; a KSeF number here is never the invoice's own.
    """
    corrected = [
        ReadLink(
            "corrects",
            number=text(node, "NrFaKorygowanej"),
            issued_on=day(node, "DataWystFaKorygowanej"),
            ksef_number=_plain(text(node, "NrKSeFFaKorygowanej")),
        )
        for node in every(fa, "DaneFaKorygowanej")
    ]
    settled = [
        ReadLink(
            "settles_advance",
            number=text(node, "NrFaZaliczkowej"),
            ksef_number=_plain(text(node, "NrKSeFFaZaliczkowej")),
        )
        for node in every(fa, "FakturaZaliczkowa")
    ]
    links = tuple(dict.fromkeys([*corrected, *settled]))
    warnings = []
    if invoice_type in CORRECTIONS and not corrected:
        warnings.append(ReadWarning("corrected_not_named"))
    if invoice_type == "final" and not settled:
        warnings.append(ReadWarning("advance_not_named"))
    if len(links) > LINKS_MAX:
        cut = (("count", str(len(links))), ("limit", str(LINKS_MAX)))
        warnings.append(ReadWarning("links_cut", cut))
    return links[:LINKS_MAX], tuple(warnings)


def _plain(number: str) -> str:
    """Without the dash that older numbers have inside; the schema has checked the rest."""
    return ksef_number.find(number) or number
