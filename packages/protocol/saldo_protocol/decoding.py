"""Invoices decoded at the speed that a first synchronisation needs; with the verdict and the errors of ``documents``.

A pattern is a call into Python's ``re`` for each text, and an invoice has some twenty: most of what decoding it
took. Nearly all of them say „no control character”. JSON holds such a character only behind a backslash (but for DEL),
so one look at the bytes answers for all texts at once. The other patterns are checked by string methods. Where anything
is in doubt, the invoice is decoded as ``documents`` says.
"""

import re
import types
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from saldo_protocol import documents
from saldo_protocol.documents import Invoice
from saldo_protocol.patterns import ONE_LINE, whole

CHECKED = {documents.Currency, documents.Country, documents.ExternalId}
"""Types whose patterns ``_fits`` checks; those of any other type stay where they are."""
_DOUBTFUL = re.compile(rb'\\[^"\\/]|\x7f')
"""A backslash with something behind it that may be a control character, or DEL."""


def invoice(content: bytes | msgspec.Raw) -> Invoice:
    """An invoice. :raises msgspec.MsgspecError, UnicodeDecodeError, RecursionError: as decoding ``Invoice`` does."""
    raw = bytes(content)
    if (b"\\" not in raw and b"\x7f" not in raw) or not _DOUBTFUL.search(raw):
        try:
            found: Invoice = _plain_decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _decoder.decode(raw)  # it names the first thing that is wrong
        if _fits(found):
            return found
    return _decoder.decode(raw)


def _fits(found: Invoice) -> bool:
    currency, one, other = found.currency, found.seller.country, found.buyer.country
    codes = currency + one + other
    if (len(currency), len(one), len(other)) != (3, 2, 2) or not (
        codes.isascii() and codes.isalpha() and codes.isupper()
    ):
        return False
    ids = "".join(
        [payment.external_id for payment in found.payments]
        + [settlement.external_id for payment in found.payments for settlement in payment.settlements]
    )
    return ids.isascii() and ids.isprintable() and " " not in ids


def _plain(kind: Any) -> Any:
    """The type without the patterns that are checked otherwise; of a Struct, a subclass."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind, include_extras=True)
        fields = [
            (field.name, _plain(hints[field.name]), *(() if field.required else (field.default,)))
            for field in msgspec.structs.fields(kind)
        ]
        return msgspec.defstruct(
            kind.__name__, fields, bases=(kind,), kw_only=True, frozen=True, forbid_unknown_fields=True, gc=False
        )
    if get_origin(kind) is Annotated:
        return _without_pattern(kind)
    if get_origin(kind) is tuple:
        return tuple[tuple(_plain(part) if part is not ... else part for part in get_args(kind))]  # type: ignore[misc]
    if get_origin(kind) in {Union, types.UnionType}:
        return Union[tuple(_plain(part) for part in get_args(kind))]  # noqa: UP007  made while running
    return kind


def _without_pattern(kind: Any) -> Any:
    inner, meta = get_args(kind)
    if meta.pattern is not None and (kind in CHECKED or meta.pattern == whole(ONE_LINE)):
        meta = Meta(min_length=meta.min_length, max_length=meta.max_length)
    return Annotated[_plain(inner), meta]


_decoder = msgspec.json.Decoder(Invoice)
_plain_decoder = msgspec.json.Decoder(_plain(Invoice))
