"""A KSeF invoice, FA(3) or FA(2) of any kind, as a document. No table, network, clock or user text."""

from datetime import date
from typing import TypeVar

from saldo_desk.sources import amounts, ksef_number
from saldo_desk.sources.documents import ReadInvoice, ReadWarning, Unreadable
from saldo_desk.sources.ksef_digest import content_digest
from saldo_desk.sources.ksef_lines import read_lines
from saldo_desk.sources.ksef_links import read_links
from saldo_desk.sources.ksef_nodes import Node, amount, day, every, find, text, tree
from saldo_desk.sources.ksef_parties import read_bank_accounts, read_factor, read_party
from saldo_desk.sources.ksef_payments import read_payments, term_in_words
from saldo_desk.sources.ksef_schema import parse
from saldo_desk.sources.ksef_totals import read_totals

Part = TypeVar("Part")

# RodzajFaktury of the schema.
TYPES = {
    "VAT": "invoice",
    "KOR": "correction",
    "ZAL": "advance",
    "KOR_ZAL": "advance_correction",
    "ROZ": "final",
    "KOR_ROZ": "final_correction",
    "UPR": "simplified",
}

NOTE_CHARACTERS_MAX = 4000


def read(content: bytes, *, name: str, ksef_number: str = "") -> ReadInvoice:
    """The invoice in `content`, amounts as issued.

    `name` is the file's name. The invoice's own KSeF number can only come from there, or from the
    metadata of its archive as `ksef_number`, which then counts.

    :raises Unreadable: with the file's name, the line where known and a code of
        `ksef_schema.parse`, or `amount_not_in_currency`, `amount_out_of_range`,
        `currency_not_supported`.
    """
    try:
        root = parse(content)
        return _read(tree(root), ksef_number or name, content_digest(root))
    except Unreadable as unreadable:
        unreadable.file = name
        raise


class _Remarks(list[ReadWarning]):
    """The warnings of all parts, in the order in which they are read."""

    def aside(self, read: tuple[Part, tuple[ReadWarning, ...]]) -> Part:
        """Keep the warnings of a part, and give what was read."""
        part, warnings = read
        self.extend(warnings)
        return part


def _read(root: Node, named: str, digest: str) -> ReadInvoice:
    fa, seller_node, buyer_node = (find(root, path) for path in ("Fa", "Podmiot1", "Podmiot2"))
    assert fa is not None and seller_node is not None and buyer_node is not None, "schema-valid"
    currency = text(fa, "KodWaluty")
    issued_on = day(fa, "P_1")
    gross_minor = amount(fa, "P_15", currency=currency)
    assert issued_on is not None and gross_minor is not None, "schema-valid"
    invoice_type = TYPES[text(fa, "RodzajFaktury")]
    remarks = _Remarks()
    number = remarks.aside(_own_number(named, seller_node))
    seller = remarks.aside(read_party(seller_node, role="seller"))
    buyer = remarks.aside(read_party(buyer_node, role="buyer"))
    lines = remarks.aside(read_lines(fa, currency=currency))
    totals = remarks.aside(
        read_totals(fa, invoice_type=invoice_type, lines=lines, gross_minor=gross_minor, currency=currency)
    )
    due_minor = remarks.aside(_amount_due(fa, gross_minor=gross_minor, currency=currency))
    payments = remarks.aside(
        read_payments(fa, invoice_type=invoice_type, due_amount_minor=due_minor, currency=currency, issued_on=issued_on)
    )
    return ReadInvoice(
        type=invoice_type,
        number=text(fa, "P_2"),
        issued_on=issued_on,
        sold_on=_sold_on(fa),
        seller=seller,
        buyer=buyer,
        currency=currency,
        net_minor=totals.net_minor,
        vat_minor=totals.vat_minor,
        gross_minor=gross_minor,
        due_amount_minor=due_minor,
        split_payment=text(fa, "Adnotacje/P_18A") == "1",
        ksef_number=number,
        lines=lines,
        vat_totals=totals.rows,
        payments=payments,
        bank_accounts=remarks.aside(read_bank_accounts(fa)),
        factor=remarks.aside(read_factor(root)),
        links=remarks.aside(read_links(fa, invoice_type=invoice_type)),
        note=remarks.aside(_note(fa)),
        term_in_words=term_in_words(fa),
        correction_reason=text(fa, "PrzyczynaKorekty"),
        content_digest=digest,
        warnings=tuple(remarks),
    )


def _sold_on(fa: Node) -> date | None:
    """The day of sale, the end of the period, or the last day that a line has of its own."""
    stated = day(fa, "P_6") or day(fa, "OkresFa/P_6_Do")
    of_lines = (day(line, "P_6A") for line in every(fa, "FaWiersz"))
    return stated or max((sold_on for sold_on in of_lines if sold_on is not None), default=None)


def _amount_due(fa: Node, *, gross_minor: int, currency: str) -> tuple[int, tuple[ReadWarning, ...]]:
    """What is to be paid: stated, or gross; nothing where an overpayment is left to settle.

    Gross (`P_15`) is the amount due of a plain invoice, the amount received of an advance, what is left of a
    final invoice and the difference of a correction: in each of them it is what its payments sum up to.
    """
    overpaid_minor = amount(fa, "Rozliczenie/DoRozliczenia", currency=currency)
    if overpaid_minor is not None:
        shown = amounts.to_text(overpaid_minor, currency=currency)
        return 0, (ReadWarning("overpayment_to_settle", (("amount", shown),)),)
    stated_minor = amount(fa, "Rozliczenie/DoZaplaty", currency=currency)
    charged_minor = _sum(fa, "Rozliczenie/Obciazenia", currency)
    deducted_minor = _sum(fa, "Rozliczenie/Odliczenia", currency)
    counted_minor = gross_minor + charged_minor - deducted_minor
    due_minor = gross_minor if stated_minor is None else stated_minor
    if due_minor == counted_minor:
        return due_minor, ()
    code = "amount_due_not_stated" if stated_minor is None else "amount_due_differs"
    issued = amounts.to_text(due_minor, currency=currency)
    counted = amounts.to_text(counted_minor, currency=currency)
    return due_minor, (ReadWarning(code, (("issued", issued), ("counted", counted))),)


def _sum(fa: Node, path: str, currency: str) -> int:
    return sum(amount(node, "Kwota", currency=currency) or 0 for node in every(fa, path))


def _own_number(named: str, seller: Node) -> tuple[str | None, tuple[ReadWarning, ...]]:
    number = ksef_number.find(named)
    seller_tax_id = text(seller, "DaneIdentyfikacyjne/NIP")
    if number is None:
        return None, ()
    warnings = []
    if not ksef_number.is_valid(number):
        warnings.append(ReadWarning("ksef_number_checksum", (("ksef_number", number),)))
    if number.partition("-")[0] != seller_tax_id:
        of_whom = (("ksef_number", number), ("nip", seller_tax_id))
        warnings.append(ReadWarning("ksef_number_of_another", of_whom))
    return number, tuple(warnings)


def _note(fa: Node) -> tuple[str, tuple[ReadWarning, ...]]:
    """The additional descriptions, one a line, of the whole invoice and of single lines."""
    entries = []
    for node in every(fa, "DodatkowyOpis"):
        position = text(node, "NrWiersza")
        entry = f"{text(node, 'Klucz')}: {text(node, 'Wartosc')}"
        entries.append(f"{position}. {entry}" if position else entry)
    note = "\n".join(entries)
    if len(note) <= NOTE_CHARACTERS_MAX:
        return note, ()
    limit = (("limit", str(NOTE_CHARACTERS_MAX)),)
    return f"{note[: NOTE_CHARACTERS_MAX - 1]}…", (ReadWarning("note_shortened", limit),)
