"""Registration of a company from its ERP, and what the ERP may know of its integration."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from saldo_protocol.batches import Sender
from saldo_protocol.documents import Name, ShortText, Text
from saldo_protocol.keys import DIGEST_PATTERN, IDENTIFIER_PATTERN
from saldo_protocol.patterns import ONE_LINE, whole

Email = Annotated[
    str,
    Meta(
        min_length=3, max_length=254, pattern=whole(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]+")
    ),
]
Nip = Annotated[str, Meta(pattern=whole(r"[0-9]{10}"))]
Language = Literal["pl", "en"]
RegistrationState = Literal["code_sent", "activation_sent", "activated"]
IntegrationState = Literal["none", "awaiting_confirmation", "confirmed", "refused", "revoked"]

CODE_DIGITS = 6
PREVIEW = "preview"
DIGESTS = "digests"
SIGNED_RECEIPTS = "signed_receipts"


class ConsentText(msgspec.Struct, frozen=True):
    """A consent to be given. ``digest`` is the full SHA-256 of ``text`` in UTF-8."""

    code: str
    version: str
    required: bool
    text: str
    digest: str


class ConsentTexts(msgspec.Struct, frozen=True):
    """The consents in force, in the language that was asked for."""

    language: str
    consents: tuple[ConsentText, ...]


class GivenConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent that the user ticked, by code and the version that was on the screen."""

    code: ShortText
    version: ShortText


class CompanyCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The company as its ERP knows it."""

    nip: Nip
    name: Name
    address: Text = ""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exchange key that the ERP made itself. The key never travels: only its identifier and SHA-256."""

    identifier: Annotated[str, Meta(pattern=IDENTIFIER_PATTERN)]
    digest: Annotated[str, Meta(pattern=DIGEST_PATTERN)]


class RegistrationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What ``PUT /api/v1/registrations/{uid}`` carries. Guarded by a secret of the ERP's, sent as bearer."""

    email: Email
    person_name: Annotated[str, Meta(min_length=1, max_length=150, pattern=whole(ONE_LINE))]
    company: CompanyCard
    consents: Annotated[tuple[GivenConsent, ...], Meta(max_length=20)]
    language: Language
    key: NewKey
    sender: Sender


class CodeEntered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The verification code from the mail."""

    code: Annotated[str, Meta(pattern=whole(r"[0-9]{6}"))]


class RegistrationStatus(msgspec.Struct, frozen=True):
    """How far a registration is. Says nothing about whether the account or the company existed before.

    ``resend_after_s`` is how long „send again” must wait, in seconds, of the mail that comes next: the code
    until it is verified, the activation link from then on.
    """

    uid: UUID
    state: RegistrationState
    integration: IntegrationState
    email: str
    resend_after_s: int
    tries_left: int
    code_expires_at: dt.datetime


class CompanyName(msgspec.Struct, frozen=True):
    """The company that an integration belongs to."""

    nip: str
    name: str


class IntegrationStatus(msgspec.Struct, frozen=True):
    """What ``GET /api/v1/integration`` answers to a key that works.

    :param capabilities: what this Platform can do beyond the first version of the protocol; ``preview``: it only looks
        at a batch that is sent with ``preview=1``. A Platform that does not say so would store it. ``changes``: it
        tells what came back. ``digests``: it tells what it holds, to be compared. ``signed_receipts``: each new receipt
        is signed with one of the keys at ``/.well-known/jwks.json``.
    """

    uid: UUID
    state: IntegrationState
    company: CompanyName
    key_identifier: str
    platform_version: str
    now: dt.datetime
    capabilities: tuple[str, ...] = ()
