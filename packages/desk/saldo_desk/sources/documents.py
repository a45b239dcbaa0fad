"""Why a file can't be read; and, by the same names, what is read (``saldo_desk.books.issued``)."""

from saldo_desk.books.issued import (
    CORRECTIONS,
    PAYMENT_FORMS,
    TYPES,
    ReadFactor,
    ReadInvoice,
    ReadLine,
    ReadLink,
    ReadParty,
    ReadPayment,
    ReadSettlement,
    ReadVatTotal,
    ReadWarning,
)

__all__ = [
    "CORRECTIONS",
    "PAYMENT_FORMS",
    "TYPES",
    "ReadFactor",
    "ReadInvoice",
    "ReadLine",
    "ReadLink",
    "ReadParty",
    "ReadPayment",
    "ReadSettlement",
    "ReadVatTotal",
    "ReadWarning",
    "Unreadable",
]


class Unreadable(Exception):
    """A file that cannot become a document: a stable `code` and what its text needs, untranslated.

    `file` is filled in by the reader's front door; `line` counts from 1 and is None where no line
    is to blame. `saldo_desk.sources.refusals` turns it into a translated refusal.
    """

    def __init__(self, code: str, *, line: int | None = None, **arguments: str) -> None:
        super().__init__(code)
        self.code = code
        self.file = ""
        self.line = line
        self.arguments = arguments

    def __str__(self) -> str:
        return f"{self.code} in {self.file or 'a file'}, line {self.line}: {self.arguments}"
