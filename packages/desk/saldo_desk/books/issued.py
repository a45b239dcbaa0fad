"""An invoice as issued, before it is in the books: what a source reads. Pure; knows no format and no table."""

from datetime import date
from typing import Literal

import msgspec

TYPES = ("invoice", "correction", "advance", "advance_correction", "final", "final_correction", "simplified")
CORRECTIONS = frozenset(("correction", "advance_correction", "final_correction"))
PAYMENT_FORMS = ("transfer", "cash", "card", "voucher", "cheque", "credit", "mobile", "other")


class ReadWarning(msgspec.Struct, frozen=True):
    """Something odd that does not stop the import: a stable `code` and what its text needs."""

    code: str
    arguments: tuple[tuple[str, str], ...] = ()


class ReadParty(msgspec.Struct, frozen=True):
    """Seller or buyer. `country` is ISO 3166-1 alpha-2; `tax_id` has no prefix, "" if none."""

    name: str
    country: str
    tax_id: str
    address: str = ""
    email: str = ""


class ReadLine(msgspec.Struct, frozen=True):
    """One line. Quantity and prices are decimal text as issued, empty where the line has none.

    `before` marks what a correction shows as it was; such a line does not count any more.
    """

    position: int
    name: str
    quantity: str
    unit: str
    unit_net_price: str
    unit_gross_price: str
    net_minor: int | None
    gross_minor: int | None
    vat_rate: str
    before: bool = False


class ReadVatTotal(msgspec.Struct, frozen=True):
    """Totals of one VAT rate as issued: "23", "0 WDT", "zw", "np I", "oo", "margin", "oss" …"""

    rate: str
    net_minor: int
    vat_minor: int


class ReadSettlement(msgspec.Struct, frozen=True):
    """Money that had been paid when the invoice was issued."""

    amount_minor: int
    settled_on: date


class ReadPayment(msgspec.Struct, frozen=True):
    """A due item of the payment schedule. `form` is one of PAYMENT_FORMS."""

    position: int
    amount_minor: int
    due_on: date
    form: str
    due_on_assumed: bool = False
    paid: tuple[ReadSettlement, ...] = ()

    @property
    def settled_minor(self) -> int:
        """What was paid of it when the invoice was issued, in minor units."""
        return sum(settlement.amount_minor for settlement in self.paid)

    @property
    def open_minor(self) -> int:
        """What is left to pay, in minor units."""
        return self.amount_minor - self.settled_minor


class ReadLink(msgspec.Struct, frozen=True):
    """Another invoice that this one names: one that it corrects, or an advance that it settles.

    A number, a KSeF number or both are given; `issued_on` only with corrections.
    """

    kind: Literal["corrects", "settles_advance"]
    number: str = ""
    issued_on: date | None = None
    ksef_number: str = ""


class ReadFactor(msgspec.Struct, frozen=True):
    """Who may have bought the receivable, and where to pay then: an IBAN, or "" for either."""

    name: str
    account: str


class ReadInvoice(msgspec.Struct, frozen=True):
    """An invoice as issued: amounts in minor units of `currency`, nothing recomputed.

    `type` is one of TYPES. `due_amount_minor` is what has to be paid: it differs from gross by charges and
    deductions. The payments sum up to it, and there are none where nothing is due. Corrections carry
    differences, so all of these can be negative. `bank_accounts` are the seller's own, IBANs without blanks
    where they can be. `term_in_words` is what the terms say besides or instead of dates. `content_digest` is
    the hex SHA-256 of the content without the marks of the program that wrote the file.
    """

    type: str
    number: str
    issued_on: date
    sold_on: date | None
    seller: ReadParty
    buyer: ReadParty
    currency: str
    net_minor: int
    vat_minor: int
    gross_minor: int
    due_amount_minor: int
    split_payment: bool
    ksef_number: str | None
    lines: tuple[ReadLine, ...]
    vat_totals: tuple[ReadVatTotal, ...]
    payments: tuple[ReadPayment, ...]
    bank_accounts: tuple[str, ...]
    note: str
    content_digest: str
    warnings: tuple[ReadWarning, ...]
    links: tuple[ReadLink, ...] = ()
    factor: ReadFactor | None = None
    term_in_words: str = ""
    correction_reason: str = ""
