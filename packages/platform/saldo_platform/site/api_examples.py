"""Examples for the description of the API, as the protocol's own Structs, so that none can be out of date."""

import datetime as dt
from uuid import UUID

import msgspec

from saldo_protocol import digest, documents
from saldo_protocol.batches import Batch, Sender
from saldo_protocol.changes import CHANGES, RESTORED, Changes, DocumentChange
from saldo_protocol.receipts import DocumentOutcome, Receipt
from saldo_protocol.reconciliation import Digests, Held
from saldo_protocol.registration import (
    DIGESTS,
    PREVIEW,
    SIGNED_RECEIPTS,
    CodeEntered,
    CompanyCard,
    CompanyName,
    ConsentText,
    ConsentTexts,
    GivenConsent,
    IntegrationStatus,
    NewKey,
    RegistrationRequest,
    RegistrationStatus,
)
from saldo_protocol.signing import ALGORITHM, Signature, SigningKey, SigningKeys

UID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
INTEGRATION_UID = UUID("01890a5d-0000-7000-8000-000000000001")
AT = dt.datetime(2026, 10, 10, 8, tzinfo=dt.UTC)
SENDER = Sender(program="my-erp", version="1.0")
REVISION = "115292150460684697"

CONSENTS = ConsentTexts(
    language="en",
    consents=(
        ConsentText(code="terms", version="2026-11", required=True, text="I accept the terms.", digest="9f86d081…"),
    ),
)
REGISTRATION = RegistrationRequest(
    email="anna@example.com",
    person_name="Anna Nowak",
    company=CompanyCard(nip="9991001004", name="Zielnik Sp. z o.o.", address="ul. Lipowa 1, 00-001 Warszawa"),
    consents=(GivenConsent(code="terms", version="2026-11"), GivenConsent(code="data", version="2026-11")),
    language="pl",
    key=NewKey(identifier="aB3dE6gH", digest="ce0b57f9a7f1d706720d1b3698cc841c6f12ed00e26e68e71c0f031bb02ce488"),
    sender=SENDER,
)
STATUS = RegistrationStatus(
    uid=UID,
    state="code_sent",
    integration="none",
    email="anna@example.com",
    resend_after_s=60,
    tries_left=5,
    code_expires_at=AT + dt.timedelta(minutes=10),
)
VERIFIED = msgspec.structs.replace(STATUS, state="activation_sent")
CODE = CodeEntered(code="123456")
INTEGRATION = IntegrationStatus(
    uid=INTEGRATION_UID,
    state="confirmed",
    company=CompanyName(nip="9991001004", name="Zielnik Sp. z o.o."),
    key_identifier="aB3dE6gH",
    platform_version="1.0",
    now=AT,
    capabilities=(PREVIEW, CHANGES, DIGESTS, SIGNED_RECEIPTS),
)
INVOICE = documents.Invoice(
    direction="sales",
    number="FV/1",
    issued_on=dt.date(2026, 10, 1),
    seller=documents.Party(name="Zielnik Sp. z o.o.", tax_id="9991001004"),
    buyer=documents.Party(name="Łąka S.A.", tax_id="9993022016"),
    currency="PLN",
    net_minor=10_000,
    vat_minor=2_300,
    gross_minor=12_300,
    payments=(documents.Payment(external_id="P1", amount_minor=12_300, due_on=dt.date(2026, 10, 15)),),
)
BATCH = Batch(
    uid=UID,
    nip="9991001004",
    sender=SENDER,
    documents=(
        msgspec.Raw(
            msgspec.json.encode(
                documents.Document(
                    kind="invoice",
                    external_id="FS-1042",
                    revision=REVISION,
                    digest=digest.of(INVOICE),
                    content=msgspec.Raw(msgspec.json.encode(INVOICE)),
                )
            )
        ),
    ),
)
DIGESTS_ANSWER = Digests(
    integration_uid=INTEGRATION_UID,
    count=1,
    digest="18bc9ee9b1a0ed18b6a3a7d5da46bb3c",
    documents=(
        Held(
            external_id="FS-1042",
            digest=digest.of(INVOICE),
            revision=REVISION,
            number="FV/1",
            issued_on=dt.date(2026, 10, 1),
        ),
    ),
)
RECEIPT = Receipt(
    batch_uid=UID,
    integration_uid=INTEGRATION_UID,
    body_digest="ce0b57f9a7f1d706720d1b3698cc841c6f12ed00e26e68e71c0f031bb02ce488",
    received_at=AT,
    outcomes=(DocumentOutcome(position=0, outcome="created", external_id="FS-1042", revision=REVISION),),
    nip="9991001004",
    signature=Signature(
        key_id="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        algorithm=ALGORITHM,
        value="vIUFmDGLu9m7uwrGZxH-lbkqZBFMfvSreAajdpwWOxFbwfBhfsTrfcEFnvpbsKpcplJ-hHGzc6G4s57sv6KQAg",
    ),
)
SIGNING_KEYS = SigningKeys(
    keys=(
        SigningKey(
            kty="OKP",
            crv="Ed25519",
            use="sig",
            kid="kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            saldo_from=AT,
        ),
    )
)
"""The key of RFC 8037, appendix A: its private part is known to everybody."""
CHANGES_PAGE = Changes(
    changes=(DocumentChange(n=42, kind=RESTORED, external_id="FS-1042", revision=REVISION, at=AT),),
    last=57,
    more=False,
)
