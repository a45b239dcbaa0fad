"""The answer to a batch: one outcome for each document, and the same answer for ever."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from saldo_protocol.differences import Change
from saldo_protocol.signing import Signature

Outcome = Literal["created", "updated", "unchanged", "stale", "removed", "refused"]


class DocumentOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one document.

    :param position: its place in the batch, from 0: a document too broken to have an id is named by it.
    :param outcome: ``created``, ``updated``; ``unchanged`` (same content, the revision moved forward);
        ``stale`` (the Platform holds a newer revision); ``removed`` (by a tombstone); ``refused`` (with ``code``,
        ``message`` and a JSON ``pointer`` into the document).
    """

    position: int
    outcome: Outcome
    external_id: str = ""
    revision: str = ""
    code: str = ""
    message: str = ""
    pointer: str = ""


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the Platform committed, for the company with this NIP, and its signature over all the rest (``signing``).
    ``body_digest`` is the full SHA-256 of the decoded body, in hexadecimal. One of a Platform that signed none yet, or
    when it signed none yet, has neither NIP nor signature.
    """

    batch_uid: UUID
    integration_uid: UUID
    body_digest: str
    received_at: dt.datetime
    outcomes: tuple[DocumentOutcome, ...]
    nip: str = ""
    signature: Signature | None = None


class ForeseenOutcome(DocumentOutcome, frozen=True, omit_defaults=True):
    """What would become of one document.

    :param changes: for ``updated``, what differs between the stored and the sent content; empty when only the order
        of its payments or settlements does. ``changes_left_out`` says how many more there are.
    """

    changes: tuple[Change, ...] = ()
    changes_left_out: int = 0


class Preview(msgspec.Struct, frozen=True):
    """The answer to a batch that was only looked at: nothing of it was stored, and its uid is not used.

    ``received_at`` is when the Platform looked, or, for a batch that had come before, when it came.
    """

    batch_uid: UUID
    integration_uid: UUID
    body_digest: str
    received_at: dt.datetime
    preview: Literal[True]
    outcomes: tuple[ForeseenOutcome, ...]
