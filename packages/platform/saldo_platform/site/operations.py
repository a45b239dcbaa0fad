"""The operations of the API: what each takes, answers and refuses. The document and the page are made of it."""

from typing import Any, Literal

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import DiskFull, Refusal, WriterBusy
from saldo_platform.companies import consents, keys, limits, programs, registration
from saldo_platform.exchange import coming_back, guarding, ingest, reading, reconciling, signing
from saldo_platform.site import answers, api_examples
from saldo_protocol.batches import Batch
from saldo_protocol.changes import Changes
from saldo_protocol.receipts import Preview, Receipt
from saldo_protocol.reconciliation import Digests
from saldo_protocol.registration import (
    CodeEntered,
    ConsentTexts,
    IntegrationStatus,
    RegistrationRequest,
    RegistrationStatus,
)
from saldo_protocol.signing import KEYS_PATH, SigningKeys

ID = {"type": "string", "pattern": "^[!-~]{1,64}$"}

Auth = Literal["none", "key", "secret"]
Refusals = tuple[type[Refusal], ...]

ANY: Refusals = (answers.MethodNotAllowed, programs.ProgramTooOld, WriterBusy, DiskFull)
WITH_BODY: Refusals = (answers.BodyTooLarge, answers.BodyUnreadable, reading.BodyInvalid)
WITH_KEY: Refusals = (
    keys.KeyMissing,
    keys.KeyMalformed,
    keys.KeyUnknown,
    keys.KeyRevoked,
    keys.KeyExpired,
    keys.KeyReplaced,
    keys.AccountNotActivated,
    keys.IntegrationNotMade,
    keys.IntegrationNotConfirmed,
    keys.IntegrationRefused,
    keys.IntegrationRevoked,
)
WITH_SECRET: Refusals = (registration.RegistrationNotFound,)
OF_A_DOCUMENT: Refusals = (
    reading.InvalidDocument,
    reading.UnknownKind,
    reading.DigestMismatch,
    reading.ClockAhead,
    reading.NotThisCompany,
    reading.SettledBeyondAmount,
    reading.DuplicateExternalId,
    reading.DuplicateInBatch,
    reading.SameInvoiceOtherId,
    reading.Stale,
    reading.NothingToRemove,
    guarding.RemovalNeedsConsent,
    guarding.RemovalDeclined,
)
"""Told in a receipt, document by document."""


class Parameter(msgspec.Struct, frozen=True):
    """A parameter in the query."""

    name: str
    text: str | Promise
    schema: dict[str, Any]


class Operation(msgspec.Struct, frozen=True):
    """One method on one address. ``name`` is stable; ``answers`` are by status, each one
    of these kinds; ``refusals`` those of its own. ``base``: what its path is below."""

    name: str
    method: str
    path: str
    summary: str | Promise
    text: str | Promise
    auth: Auth
    answers: dict[int, tuple[type[Any], ...]]
    refusals: Refusals
    request: type[Any] | None = None
    parameters: tuple[Parameter, ...] = ()
    example: Any = None
    answer_example: Any = None
    base: str = "/api/v1"

    @property
    def has_uid(self) -> bool:
        """Whether its path holds a uid."""
        return "{uid}" in self.path

    @property
    def all_refusals(self) -> list[type[Refusal]]:
        """Every refusal it may answer with, once each, by status and code."""
        found = {*self.refusals, *ANY}
        if self.request is not None:
            found.update(WITH_BODY)
        if self.auth != "none":
            found.update(WITH_KEY if self.auth == "key" else WITH_SECRET)
        if self.has_uid:
            found.add(answers.NotFound)
        return sorted(found, key=lambda kind: (kind.status, kind.code))


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="get_consents",
        method="GET",
        path="/consents",
        summary=_("The consents in force"),
        text=_("In the language of Accept-Language. Ask for them before each registration: versions change."),
        auth="none",
        answers={200: (ConsentTexts,)},
        refusals=(),
        answer_example=api_examples.CONSENTS,
    ),
    Operation(
        name="put_registration",
        method="PUT",
        path="/registrations/{uid}",
        summary=_("Begin a registration, or repeat it"),
        text=_("A code is mailed. Another e-mail address under the same uid changes it until the code is verified."),
        auth="secret",
        request=RegistrationRequest,
        answers={201: (RegistrationStatus,), 200: (RegistrationStatus,)},
        refusals=(
            registration.NipInvalid,
            registration.NameInvalid,
            registration.SecretTooShort,
            registration.RegistrationUidReused,
            registration.KeyTaken,
            registration.AlreadyVerified,
            consents.ConsentMissing,
            consents.ConsentOutdated,
            limits.TooManyRequests,
        ),
        example=api_examples.REGISTRATION,
        answer_example=api_examples.STATUS,
    ),
    Operation(
        name="get_registration",
        method="GET",
        path="/registrations/{uid}",
        summary=_("How far a registration is"),
        text=_("Ask again, at decent intervals, until the integration is confirmed."),
        auth="secret",
        answers={200: (RegistrationStatus,)},
        refusals=(),
        answer_example=api_examples.STATUS,
    ),
    Operation(
        name="verify_registration",
        method="POST",
        path="/registrations/{uid}/verify",
        summary=_("Enter the code from the mail"),
        text=_("Then the activation link is mailed."),
        auth="secret",
        request=CodeEntered,
        answers={200: (RegistrationStatus,)},
        refusals=(
            registration.CodeWrong,
            registration.CodeExpired,
            registration.CodeTriesUsedUp,
            limits.TooManyRequests,
        ),
        example=api_examples.CODE,
        answer_example=api_examples.VERIFIED,
    ),
    Operation(
        name="resend_code",
        method="POST",
        path="/registrations/{uid}/code/resend",
        summary=_("Mail a new code"),
        text=_("The old one no longer works."),
        auth="secret",
        answers={200: (RegistrationStatus,)},
        refusals=(registration.AlreadyVerified, limits.TooManyRequests),
        answer_example=api_examples.STATUS,
    ),
    Operation(
        name="resend_activation",
        method="POST",
        path="/registrations/{uid}/activation/resend",
        summary=_("Mail a new activation link"),
        text=_("Once the code is verified and until the password is set."),
        auth="secret",
        answers={200: (RegistrationStatus,)},
        refusals=(registration.NotVerified, registration.AlreadyActivated, limits.TooManyRequests),
        answer_example=api_examples.VERIFIED,
    ),
    Operation(
        name="get_integration",
        method="GET",
        path="/integration",
        summary=_("Whose key this is"),
        text=_(
            "Tells whether a key works, of which company it is, the Platform's clock, and what the Platform can do."
        ),
        auth="key",
        answers={200: (IntegrationStatus,)},
        refusals=(),
        answer_example=api_examples.INTEGRATION,
    ),
    Operation(
        name="put_batch",
        method="PUT",
        path="/batches/{uid}",
        summary=_("Send a batch"),
        text=_("At most 500 documents and 1 MiB. The same uid gets the same receipt for ever: store it first."),
        auth="key",
        request=Batch,
        answers={200: (Receipt, Preview)},
        refusals=(
            ingest.OtherCompany,
            ingest.UidDiffers,
            ingest.BatchUidReused,
            answers.PreviewUnclear,
            signing.SigningKeyLost,
        ),
        parameters=(
            Parameter(
                "preview",
                _("1: say what would become of it, and keep nothing. Only where it is among the capabilities."),
                {"enum": ["0", "1"]},
            ),
        ),
        example=api_examples.BATCH,
        answer_example=api_examples.RECEIPT,
    ),
    Operation(
        name="get_batch",
        method="GET",
        path="/batches/{uid}",
        summary=_("The receipt of a batch that came before"),
        text=_("Byte for byte the first one."),
        auth="key",
        answers={200: (Receipt,)},
        refusals=(ingest.BatchNotFound,),
        answer_example=api_examples.RECEIPT,
    ),
    Operation(
        name="get_digests",
        method="GET",
        path="/digests",
        summary=_("What the Platform holds, to be compared"),
        text=_(
            "Digests over ranges of documents in the byte order of their ids; ask again for a range that differs from "
            "your own. Few documents are listed."
        ),
        auth="key",
        answers={200: (Digests,)},
        refusals=(reconciling.RangeUnclear,),
        parameters=(
            Parameter("after", _("The range begins after this external_id; left out: with the first."), ID),
            Parameter("to", _("It ends with this external_id; left out: with the last."), ID),
            Parameter("list", _("1: list the documents, at most 2000."), {"enum": ["0", "1"]}),
        ),
        answer_example=api_examples.DIGESTS_ANSWER,
    ),
    Operation(
        name="get_signing_keys",
        method="GET",
        path=KEYS_PATH,
        base="",
        summary=_("The keys that receipts are signed with"),
        text=_(
            "A JSON Web Key Set, for everybody. Keys that sign no more stay in it, so that old receipts can be checked."
        ),
        auth="none",
        answers={200: (SigningKeys,)},
        refusals=(),
        answer_example=api_examples.SIGNING_KEYS,
    ),
    Operation(
        name="get_changes",
        method="GET",
        path="/changes",
        summary=_("What came back of the documents"),
        text=_(
            "What happened to this program's documents without its doing, in order; not what it did itself. "
            "At most 500 at once. Only where “changes” is among the capabilities."
        ),
        auth="key",
        answers={200: (Changes,)},
        refusals=(coming_back.AfterUnclear, coming_back.ChangesAhead),
        parameters=(
            Parameter(
                "after",
                _("The “last” of the page that was read before; 0 or nothing the first time."),
                {"type": "integer", "minimum": 0},
            ),
        ),
        answer_example=api_examples.CHANGES_PAGE,
    ),
    Operation(
        name="get_openapi",
        method="GET",
        path="/openapi.json",
        summary=_("This description for tools"),
        text=_("OpenAPI 3.1."),
        auth="none",
        answers={200: (dict[str, Any],)},
        refusals=(),
    ),
)
