"""What came back: what happened on the Platform to documents that an ERP sent, without its doing."""

import datetime as dt

import msgspec

PAGE_CHANGES_MAX = 500
CHANGES = "changes"
"""The capability of a Platform that answers ``GET /changes``."""
RESTORED = "invoice_restored"
REMOVED = "invoice_removed"
TAKEN_OVER = "invoice_taken_over"


class DocumentChange(msgspec.Struct, frozen=True):
    """One thing that happened to a document.

    :param n: its position in the company's feed; positions in between are not for this ERP.
    :param kind: ``invoice_restored``: a person brought a removed document back; ``invoice_removed``: another program of
        the company removed it; ``invoice_taken_over``: another program sends it now. There will be more: keep or skip
        those that you don't know.
    :param revision: the document's on the Platform after it happened; what the ERP was answered of a newer one since
        counts more than this.
    """

    n: int
    kind: str
    external_id: str
    revision: str
    at: dt.datetime


class Changes(msgspec.Struct, frozen=True):
    """A page of what came back, in order.

    :param last: up to which position this page tells everything: ask next time with it as ``after``.
    :param more: there are more already.
    """

    changes: tuple[DocumentChange, ...]
    last: int
    more: bool
