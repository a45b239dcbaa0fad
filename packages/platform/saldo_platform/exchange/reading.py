"""Reading one document of a batch: decoded by itself, checked against the rules; touches no table.

::

    Refusal
    ├── BodyInvalid                              the whole request, not one document
    ├── InvalidDocument, UnknownKind, DigestMismatch, ClockAhead, NotThisCompany
    ├── SettledBeyondAmount, DuplicateExternalId
    └── DuplicateInBatch, SameInvoiceOtherId, NothingToRemove     told when it is compared with others
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_protocol import decoding, digest, documents
from saldo_protocol.receipts import Outcome

T = TypeVar("T")

_envelope = msgspec.json.Decoder(documents.Document).decode
_tombstone = msgspec.json.Decoder(documents.Tombstone).decode

CLOCK_AHEAD_MAX = timedelta(minutes=10)
REVISION_COUNTER_BITS = 16
_PLACE = re.compile(r" - at `\$(.*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_UNKNOWN = re.compile(r"unknown field `(\w+)`")


class BodyInvalid(Refusal):
    """The body isn't what the address takes."""

    code = "invalid_body"
    text = _("The request is not as the protocol says: %(detail)s")


class InvalidDocument(Refusal):
    """Not as the protocol says."""

    code = "invalid_document"
    text = _("The document is not as the protocol says: %(detail)s")


class UnknownKind(Refusal):
    """Neither an invoice nor a tombstone."""

    code = "unknown_kind"
    text = _("Documents of kind “%(kind)s” are not taken; send kind “invoice” or “tombstone”.")


class DigestMismatch(Refusal):
    """The digest that came is not the content's."""

    code = "digest_mismatch"
    text = _("The digest does not belong to the content: it is %(counted)s. Check the canonical encoding.")


class ClockAhead(Refusal):
    """The revision is more than ten minutes ahead."""

    code = "clock_ahead"
    text = _("The revision is ahead of the Platform's clock by more than ten minutes. Set the computer's clock.")


class NotThisCompany(Refusal):
    """The company is not on its side of the invoice."""

    code = "not_this_company"
    text = _("The %(side)s of the invoice is not this company, NIP %(nip)s.")


class SettledBeyondAmount(Refusal):
    """More settled than there was to pay."""

    code = "settled_beyond_amount"
    text = _("A payment is settled by more than its amount, or with the other sign.")


class DuplicateExternalId(Refusal):
    """Two payments or settlements under one id."""

    code = "duplicate_external_id"
    text = _("Two payments or settlements of the invoice have the same external_id.")


class DuplicateInBatch(Refusal):
    """The second of two under one id."""

    code = "duplicate_in_batch"
    text = _("The batch has a document with this external_id already; only the first was taken.")


class SameInvoiceOtherId(Refusal):
    """The same invoice came before under another id."""

    code = "same_invoice_other_id"
    text = _(
        "Invoice %(number)s is on the Platform already, sent by %(program)s as document %(other)s. Compare the two."
    )


class NothingToRemove(Refusal):
    """A tombstone for a document that never came."""

    code = "nothing_to_remove"
    text = _("The Platform has no document with this external_id from this program, so there is nothing to remove.")


class Stale(Refusal):
    """The Platform holds a newer revision. Not a refusal of the document, but said like one."""

    code = "stale"
    text = _("The Platform holds a newer version of this document. Were these books restored from a backup?")


_RULES: dict[str, type[Refusal]] = {
    "settled_beyond_amount": SettledBeyondAmount,
    "duplicate_external_id": DuplicateExternalId,
}


class ReadDocument:
    """A document on its way through: what it says, or why it is refused. ``revision`` is −1 while unknown;
    ``replaces`` is the stored content that it changes, where somebody asked what changes (``foreseeing``)."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.external_id = ""
        self.revision = -1
        self.digest = ""
        self.content = b""
        self.replaces = b""
        self.outcome: Outcome = "refused"
        self.refusal: Refusal | None = None
        self.note: Refusal | None = None
        self.tombstone: documents.Tombstone | None = None
        self._invoice: documents.Invoice | None = None

    @property
    def invoice(self) -> documents.Invoice:
        """The content; only where there is no refusal, and no tombstone. Of one that is here already it is decoded only
        when somebody asks."""
        if self._invoice is None:
            assert self.content and self.tombstone is None
            self._invoice = decoding.invoice(self.content)
        return self._invoice

    def refuse(self, refusal: Refusal) -> None:
        """Keep why it can't be taken."""
        self.refusal = refusal


def open_envelope(raw: msgspec.Raw, *, position: int) -> tuple[ReadDocument, documents.Document | None]:
    """A document whose content was not looked at yet, and its envelope; none where it is refused."""
    document = ReadDocument(position)
    try:
        envelope = decode(raw, _envelope, refusal=InvalidDocument)
        document.external_id = envelope.external_id
        if int(envelope.revision) > documents.REVISION_MAX:
            raise InvalidDocument(pointer="/revision", detail="revision < 2**63")
        document.revision = int(envelope.revision)
    except Refusal as refusal:
        document.refuse(refusal)
        return document, None
    return document, envelope


def read(
    document: ReadDocument, envelope: documents.Document, *, held: Collection[str], nip: str, latest_ms: int
) -> None:
    """Read and check the content; a refusal is kept in the document, never raised.

    :param held: digests that the company's documents of this external id have. Content whose very bytes have one of
        them is canonical and was checked when it came: it isn't read again.
    :param latest_ms: how far ahead a revision may be (``latest``).
    """
    try:
        if envelope.kind == "invoice" and held and digest.of_canonical(envelope.content) in held:
            document.content = bytes(envelope.content)
        else:
            _read_content(document, envelope)
        _finish(document, envelope, nip, latest_ms)
    except Refusal as refusal:
        document.refuse(refusal)


def latest(received_at: datetime) -> int:
    """The latest time, in milliseconds, that a revision may be of."""
    return int((received_at + CLOCK_AHEAD_MAX).timestamp() * 1000)


def decode(
    raw: bytes | msgspec.Raw, read_as: Callable[[bytes | msgspec.Raw], T], *, refusal: type[Refusal], base: str = ""
) -> T:
    """``raw`` by a decoder; what can't be read raises ``refusal`` with a JSON pointer below ``base``.

    Next to msgspec's own errors come bytes that are no UTF-8, and nesting deeper than any document has.
    """
    try:
        return read_as(raw)
    except msgspec.MsgspecError as error:
        detail = str(error)
    except UnicodeDecodeError:
        detail = "not UTF-8"
    except RecursionError:
        detail = "nested too deep"
    raise refusal(pointer=pointer_of(detail, base=base), detail=detail)


def pointer_of(message: str, *, base: str = "") -> str:
    """A JSON pointer (RFC 6901) to what msgspec complains of: at ``$.payments[0].form`` → ``/payments/0/form``."""
    place = _PLACE.search(message)
    path = place[1] if place else ""
    parts = re.sub(r"\[(\d+)\]", r".\1", path).strip(".")
    pointer = "".join(f"/{part}" for part in parts.split(".") if part)
    named = _MISSING.search(message) or _UNKNOWN.search(message)
    return f"{base}{pointer}{f'/{named[1]}' if named else ''}"


def _read_content(document: ReadDocument, envelope: documents.Document) -> None:
    if envelope.kind == "invoice":
        document._invoice = decode(envelope.content, decoding.invoice, refusal=InvalidDocument, base="/content")
        document.content = digest.canonical(document._invoice)
    elif envelope.kind == "tombstone":
        document.tombstone = decode(envelope.content, _tombstone, refusal=InvalidDocument, base="/content")
        document.content = digest.canonical(document.tombstone)
    else:
        raise UnknownKind(pointer="/kind", kind=envelope.kind)


def _finish(document: ReadDocument, envelope: documents.Document, nip: str, latest_ms: int) -> None:
    document.digest = digest.of_canonical(document.content)
    if envelope.digest is not None and envelope.digest != document.digest:
        raise DigestMismatch(pointer="/digest", counted=document.digest)
    if document.revision >> REVISION_COUNTER_BITS > latest_ms:
        raise ClockAhead(pointer="/revision")
    if document._invoice is not None:
        _check(document._invoice, nip)


def _check(invoice: documents.Invoice, nip: str) -> None:
    try:
        documents.check(invoice)
    except documents.Rule as rule:
        raise _RULES[rule.code](pointer=f"/content{rule.pointer}") from None
    party = invoice.company_party
    if (party.country, party.tax_id) != ("PL", nip):
        side = "seller" if invoice.direction == "sales" else "buyer"
        raise NotThisCompany(pointer=f"/content/{side}/tax_id", side=_SIDES[side], nip=nip)


_SIDES = {"seller": _("seller"), "buyer": _("buyer")}
