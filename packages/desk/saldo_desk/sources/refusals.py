"""What readers refuse and remark, in the words of users. Alone in its room it knows Django.

::

    Refusal
    └── FileRefused               file, line, what is wrong, what to do
        ├── FileTooLarge, EmptyFile, UnsafeXml, WrongEncoding, MalformedXml
        ├── NotAnInvoice, SchemaVersionNotSupported, SchemaError
        ├── AmountNotInCurrency, AmountOutOfRange, CurrencyNotSupported
        └── PathNotFound, PathUnreadable, TooManyFiles
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.sources.documents import ReadWarning, Unreadable


class FileRefused(Refusal):
    """A file that stays outside: `text` says what is wrong, `remedy` what to do about it."""

    remedy: ClassVar[str | Promise] = ""

    def __init__(self, unreadable: Unreadable) -> None:
        super().__init__()
        self.values = dict(unreadable.arguments)
        self.file = unreadable.file
        self.line = unreadable.line

    @property
    def reason(self) -> str:
        """What is wrong, in the language that is active now."""
        return str(self.text) % self.values

    @property
    def advice(self) -> str:
        """What to do about it, in the language that is active now."""
        return str(self.remedy) % self.values

    @property
    def message(self) -> str:
        """File, line, what is wrong and what to do, in the language that is active now."""
        if self.line is None:
            place = self.file
        else:
            place = gettext("%(file)s, line %(line)s") % {"file": self.file, "line": self.line}
        sentences = f"{self.reason} {self.advice}"
        return f"{place}: {sentences}" if place else sentences


class FileTooLarge(FileRefused):
    """Over the bound of a file's bytes."""

    code = "file_too_large"
    text = _("The file is larger than %(limit_mb)s MB.")
    remedy = _("An invoice is rarely over 1 MB: check that this is the right file.")


class EmptyFile(FileRefused):
    """No byte but blanks."""

    code = "empty_file"
    text = _("The file is empty.")
    remedy = _("Download it again.")


class UnsafeXml(FileRefused):
    """A document type declaration, which could define entities."""

    code = "unsafe_xml"
    text = _("The file declares a document type (DOCTYPE), which invoices never do.")
    remedy = _("Do not use it; ask the sender for the file from KSeF.")


class WrongEncoding(FileRefused):
    """Bytes that are not in the encoding that the file declares."""

    code = "wrong_encoding"
    text = _("The file is not in the encoding that it declares.")
    remedy = _("Download it again, or save it as UTF-8.")


class MalformedXml(FileRefused):
    """Not well-formed."""

    code = "malformed_xml"
    text = _("The file is not well-formed XML (%(detail)s).")
    remedy = _("It may have been cut off or edited: download it again.")


class NotAnInvoice(FileRefused):
    """Something other than a KSeF invoice."""

    code = "not_an_invoice"
    text = _("This is not a KSeF invoice: its root is not Faktura in the namespace of FA(3) or FA(2).")
    remedy = _("Choose the XML file of an invoice, not its picture, archive or confirmation.")


class SchemaVersionNotSupported(FileRefused):
    """A KSeF form other than FA(3) and FA(2)."""

    code = "schema_version_not_supported"
    text = _("The invoice is written as %(version)s; FA(3) and FA(2) can be read.")
    remedy = _("Ask the seller for an FA(3) file. Without one the invoice stays outside the books.")


class SchemaError(FileRefused):
    """Well-formed, but not what the schema of its version allows."""

    code = "schema_error"
    remedy = _("Ask the issuer for a correct file.")
    remedy_of_many = _("Ask the issuer for a correct file. Further errors in it: %(more)s.")
    texts: ClassVar[dict[str, str | Promise]] = {
        "missing": _("%(parent)s lacks the element %(element)s."),
        "unexpected": _("The element %(element)s must not stand here; expected: %(expected)s."),
        "value": _("The element %(element)s has a value that is not allowed: “%(value)s”."),
        "length": _("The element %(element)s has a text of %(length)s characters: not allowed."),
        "other": _("The element %(element)s is not valid: %(detail)s"),
    }

    @property
    def reason(self) -> str:
        """What is wrong, in the language that is active now."""
        return str(self.texts[self.values["problem"]]) % self.values

    @property
    def advice(self) -> str:
        """What to do about it, and how many errors more there are, if any."""
        return str(self.remedy if self.values["more"] == "0" else self.remedy_of_many) % self.values


class AmountNotInCurrency(FileRefused):
    """More decimal places than the currency has."""

    code = "amount_not_in_currency"
    text = _("%(element)s: %(amount)s has more decimal places than %(currency)s.")
    remedy = _("Ask the issuer for a correct file.")


class AmountOutOfRange(FileRefused):
    """Past what is kept exactly everywhere."""

    code = "amount_out_of_range"
    text = _("%(element)s: %(amount)s %(currency)s is too large an amount.")
    remedy = _("Ask the issuer for a correct file.")


class CurrencyNotSupported(FileRefused):
    """A code without a minor unit: a metal, a fund, a test code."""

    code = "currency_not_supported"
    text = _("%(currency)s is not a currency that can be paid in.")
    remedy = _("Ask the issuer for a correct file.")


class PathNotFound(FileRefused):
    """Nothing is at the path."""

    code = "path_not_found"
    text = _("There is no such file or folder.")
    remedy = _("Check the path.")


class PathUnreadable(FileRefused):
    """The system does not give the file or folder out."""

    code = "path_unreadable"
    text = _("It cannot be read (%(detail)s).")
    remedy = _("Check the permissions.")


class TooManyFiles(FileRefused):
    """Over the bound of files in one import."""

    code = "too_many_files"
    text = _("There are more than %(limit)s files.")
    remedy = _("Import them in several parts.")


BY_CODE: dict[str, type[FileRefused]] = {
    refused.code: refused
    for refused in (
        FileTooLarge,
        EmptyFile,
        UnsafeXml,
        WrongEncoding,
        MalformedXml,
        NotAnInvoice,
        SchemaVersionNotSupported,
        SchemaError,
        AmountNotInCurrency,
        AmountOutOfRange,
        CurrencyNotSupported,
        PathNotFound,
        PathUnreadable,
        TooManyFiles,
    )
}

ROLES = {"seller": _("seller"), "buyer": _("buyer")}

WARNINGS: dict[str, str | Promise] = {
    "advance_not_named": _("The final invoice names no advance: check what was paid before."),
    "advance_taken_as_paid": _("An advance documents money received: it is taken as paid on %(paid_on)s."),
    "amount_due_differs": _("To be paid is %(issued)s as issued; gross with charges and deductions is %(counted)s."),
    "amount_due_not_stated": _(
        "There are charges or deductions, but no amount to be paid: %(issued)s is taken, not %(counted)s."
    ),
    "assigned_to_factor": _("The invoice names a factor (%(factor)s): it may have been assigned already."),
    "bank_account_checksum": _("The bank account %(account)s has wrong check digits."),
    "corrected_not_named": _("The correction does not say which invoice it corrects."),
    "country_assumed": _("The %(role)s has no country: Poland is assumed."),
    "due_before_issue": _("The due date %(due_on)s is before the day of issue."),
    "due_date_assumed": _("There is no due date: the day of issue, %(due_on)s, is assumed."),
    "gross_differs": _("Gross is %(issued)s as issued; net and VAT sum up to %(counted)s."),
    "instalment_amounts_assumed": _("Due dates without amounts: %(count)s. Even instalments are assumed."),
    "ksef_number_checksum": _("The KSeF number %(ksef_number)s has a wrong checksum."),
    "ksef_number_of_another": _(
        "The KSeF number %(ksef_number)s of the file or its archive is not one of the seller, NIP %(nip)s."
    ),
    "line_numbers_changed": _("Line numbers repeat or are too large: the lines were numbered anew."),
    "lines_gross_differ": _("Gross is %(issued)s as issued; the lines sum up to %(counted)s."),
    "lines_net_differ": _("Net is %(issued)s as issued; the lines sum up to %(counted)s."),
    "links_cut": _("It names %(count)s other invoices; only the first %(limit)s are kept."),
    "name_missing": _("The %(role)s has no name: “%(name)s” is used."),
    "nip_as_eu_number": _("The NIP %(nip)s of the %(role)s stands in the field for EU numbers."),
    "nip_checksum": _("The NIP %(nip)s of the %(role)s has a wrong check digit."),
    "note_shortened": _("The additional descriptions were cut to %(limit)s characters."),
    "order_value_differs": _("The order is worth %(issued)s as issued; its lines sum up to %(counted)s."),
    "overpayment_to_settle": _("Nothing is to be paid; %(amount)s overpaid is left to settle."),
    "paid_after_issue": _("The invoice says that it was paid on %(paid_on)s, after its issue."),
    "paid_less_than_stated": _("The invoice says that it is paid in full, but %(left)s is left."),
    "paid_more_than_due": _("Paid at issue is more than due: %(excess)s was left out."),
    "part_paid_ignored": _("A part paid of %(amount)s is nothing, or against the sign of the amount due: left out."),
    "term_in_words": _("A payment term is given in words (%(term)s), without a date."),
    "vat_counted_from_gross": _("VAT is not stated: %(vat)s was counted out of gross at %(rate)s %%."),
    "vat_differs": _("VAT at %(rate)s %% is %(issued)s as issued; counted from net it is %(counted)s."),
    "vat_not_in_zlotys": _("The invoice in %(currency)s has VAT, but does not say how much it is in PLN."),
    "vat_not_stated": _("Net and VAT are not stated: all of gross is taken as net."),
}


def refusal_of(unreadable: Unreadable) -> FileRefused:
    """The refusal that tells a user what a reader could not read."""
    return BY_CODE[unreadable.code](unreadable)


def sentence_of(warning: ReadWarning) -> str:
    """A warning as a sentence in the language that is active now."""
    values = dict(warning.arguments)
    if "role" in values:
        values["role"] = str(ROLES[values["role"]])
    return str(WARNINGS[warning.code]) % values
