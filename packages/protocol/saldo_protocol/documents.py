"""The documents that an ERP sends: invoices with all their payments and settlements, and tombstones.

Every Struct refuses members it doesn't know: a misspelt member must not vanish silently. A sender may
leave out members equal to their default; the canonical form writes all of them.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from saldo_protocol.money import AMOUNT_MINOR_MAX
from saldo_protocol.patterns import ONE_LINE, whole

PAYMENTS_MAX = 200
SETTLEMENTS_MAX = 1000
LINES_MAX = 1000
REVISION_MAX = 2**63 - 1

AmountMinor = Annotated[int, Meta(ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)]
Currency = Annotated[str, Meta(pattern=whole("[A-Z]{3}"))]
Country = Annotated[str, Meta(pattern=whole("[A-Z]{2}"))]
ExternalId = Annotated[str, Meta(min_length=1, max_length=64, pattern=whole("[!-~]+"))]
Name = Annotated[str, Meta(min_length=1, max_length=512, pattern=whole(ONE_LINE))]
ShortText = Annotated[str, Meta(max_length=256, pattern=whole(ONE_LINE))]
Text = Annotated[str, Meta(max_length=512)]
DocumentNumber = Annotated[str, Meta(min_length=1, max_length=256, pattern=whole(ONE_LINE))]
TaxId = Annotated[str, Meta(max_length=50, pattern=whole(ONE_LINE))]
Revision = Annotated[str, Meta(pattern=whole("[0-9]{1,19}"))]
Digest = Annotated[str, Meta(pattern=whole("[0-9a-f]{32}"))]

Direction = Literal["sales", "purchase"]
InvoiceType = Literal[
    "invoice", "correction", "advance", "advance_correction", "final", "final_correction", "simplified"
]
InvoiceState = Literal["approved", "cancelled"]
PaymentForm = Literal["transfer", "cash", "card", "voucher", "cheque", "credit", "mobile", "other"]
RemovalReason = Literal["withdrawn", "removed"]
SettlementKind = Literal["bank_entry", "cash_entry", "payment", "other"]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What all parts of a document have in common. They hold no cycles, so the garbage collector needn't visit them."""


class Party(_Part, frozen=True):
    """A seller or buyer as printed on the document. ``tax_id`` is a NIP of ten digits where country is PL."""

    name: Name
    country: Country = "PL"
    tax_id: TaxId = ""
    address: Text = ""


class VatTotal(_Part, frozen=True):
    """One row of the VAT table. ``rate`` as printed: ``23``, ``8``, ``0``, ``zw``, ``np`` …"""

    rate: ShortText
    net_minor: AmountMinor
    vat_minor: AmountMinor


class Line(_Part, frozen=True):
    """One line as issued. Quantity and unit price are decimal texts: they have no minor unit."""

    name: Text
    quantity: ShortText = ""
    unit: ShortText = ""
    unit_net_price: ShortText = ""
    net_minor: AmountMinor | None = None
    vat_rate: ShortText = ""


class Settlement(_Part, frozen=True):
    """A part of a payment that was settled on a day, against a bank entry, a cash entry or another payment."""

    external_id: ExternalId
    amount_minor: AmountMinor
    settled_on: dt.date
    kind: SettlementKind = "other"


class Payment(_Part, frozen=True):
    """A due item of the payment schedule. Open = ``amount_minor`` − the sum of its settlements."""

    external_id: ExternalId
    amount_minor: AmountMinor
    due_on: dt.date
    form: PaymentForm = "transfer"
    settlements: Annotated[tuple[Settlement, ...], Meta(max_length=SETTLEMENTS_MAX)] = ()

    @property
    def settled_minor(self) -> int:
        """What was settled so far, in minor units."""
        return sum([settlement.amount_minor for settlement in self.settlements]) if self.settlements else 0


class Invoice(_Part, frozen=True):
    """The unit of consistency: header, parties, totals as issued, and *all* payments with their settlements."""

    direction: Direction
    number: DocumentNumber
    issued_on: dt.date
    seller: Party
    buyer: Party
    currency: Currency
    net_minor: AmountMinor
    vat_minor: AmountMinor
    gross_minor: AmountMinor
    payments: Annotated[tuple[Payment, ...], Meta(max_length=PAYMENTS_MAX)]
    type: InvoiceType = "invoice"
    state: InvoiceState = "approved"
    sold_on: dt.date | None = None
    split_payment: bool = False
    ksef_number: ShortText = ""
    vat: Annotated[tuple[VatTotal, ...], Meta(max_length=100)] = ()
    lines: Annotated[tuple[Line, ...], Meta(max_length=LINES_MAX)] = ()

    @property
    def company_party(self) -> Party:
        """The side that the sending company stands on: seller of its sales, buyer of its purchases."""
        return self.seller if self.direction == "sales" else self.buyer

    @property
    def counterparty(self) -> Party:
        """The other side."""
        return self.buyer if self.direction == "sales" else self.seller


class Tombstone(_Part, frozen=True):
    """Says that an invoice is to leave the Platform. Only this does: what is not sent stays as it is.

    :param reason: ``withdrawn`` (it stays in the ERP's books), ``removed`` (it left them).
    :param note: why, in a person's words.
    :param number: the invoice's number, without which a document that went under an earlier key is not found.
    """

    reason: RemovalReason
    note: Text = ""
    number: ShortText = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """The envelope of one document.

    :param kind: what ``content`` is: ``invoice`` or ``tombstone``.
    :param external_id: the ERP's own key, unique per integration, never reused; a tombstone has the invoice's.
    :param revision: a number that grows with every change, as decimal text (it passes 2**53).
    :param content: the ``Invoice`` or ``Tombstone``, not decoded yet: one bad document must not spoil the others.
    :param digest: when present it is checked against the content (see ``digest``).
    """

    kind: ShortText
    external_id: ExternalId
    revision: Revision
    content: msgspec.Raw
    digest: Digest | None = None


class Rule(Exception):
    """A rule between members that types can't tell. ``pointer`` is a JSON pointer into the content."""

    def __init__(self, code: str, pointer: str) -> None:
        self.code = code
        self.pointer = pointer
        super().__init__(code)


def check(invoice: Invoice) -> None:
    """The rules between members.

    :raises Rule: ``duplicate_external_id`` when two payments, or two settlements of the invoice, share an id;
        ``settled_beyond_amount`` when a payment is settled by more than its amount, or with the other sign.
    """
    payments: set[str] = set()
    settlements: set[str] = set()
    for at, payment in enumerate(invoice.payments):
        pointer = f"/payments/{at}"
        if payment.external_id in payments:
            raise Rule("duplicate_external_id", f"{pointer}/external_id")
        payments.add(payment.external_id)
        for place, settlement in enumerate(payment.settlements):
            if settlement.external_id in settlements:
                raise Rule("duplicate_external_id", f"{pointer}/settlements/{place}/external_id")
            settlements.add(settlement.external_id)
        if not payment.settlements:
            continue
        settled = payment.settled_minor
        if settled * payment.amount_minor < 0 or abs(settled) > abs(payment.amount_minor):
            raise Rule("settled_beyond_amount", f"{pointer}/settlements")
