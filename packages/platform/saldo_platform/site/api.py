"""The API: translate, one call into a verb, translate back."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from saldo_core.client_address import client_address
from saldo_platform import __version__
from saldo_platform.companies import consents, keys, registration
from saldo_platform.exchange import coming_back, ingest, reconciling, signing
from saldo_platform.site.answers import (
    NotFound,
    api,
    bearer,
    body_of,
    decoded,
    integration_of,
    is_preview,
    json,
    problem,
)
from saldo_protocol.changes import CHANGES
from saldo_protocol.registration import (
    DIGESTS,
    PREVIEW,
    SIGNED_RECEIPTS,
    CodeEntered,
    CompanyName,
    IntegrationStatus,
    RegistrationRequest,
)

KEYS_KEPT_S = 300
"""How long whoever asked may keep the key set. After that it shows a new key."""


@api("GET")
def get_consents(request: HttpRequest) -> HttpResponse:
    """The consent texts in force, in the language asked for."""
    return json(consents.in_force(language="en" if get_language() == "en" else "pl"))


@api("PUT", "GET")
def one_registration(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Begin or repeat a registration; how far it is."""
    if request.method == "GET":
        return json(registration.get(uid=uid, secret=bearer(request), now=timezone.now()))
    status, is_new = registration.start(
        uid=uid,
        secret=bearer(request),
        request=decoded(request, RegistrationRequest),
        client_address=client_address(request),
        now=timezone.now(),
    )
    return json(status, status=201 if is_new else 200)


@api("POST")
def verify(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Enter the code from the mail."""
    return json(
        registration.verify(
            uid=uid,
            secret=bearer(request),
            code=decoded(request, CodeEntered).code,
            client_address=client_address(request),
            now=timezone.now(),
        )
    )


@api("POST")
def resend_code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mail a new code."""
    return json(
        registration.resend_code(
            uid=uid, secret=bearer(request), client_address=client_address(request), now=timezone.now()
        )
    )


@api("POST")
def resend_activation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mail a new activation link."""
    return json(
        registration.resend_activation(
            uid=uid, secret=bearer(request), client_address=client_address(request), now=timezone.now()
        )
    )


@api("GET")
def get_integration(request: HttpRequest) -> HttpResponse:
    """Whose key this is."""
    integration, identifier = integration_of(request)
    company = integration.company
    return json(
        IntegrationStatus(
            uid=integration.uid,
            state=integration.state,  # type: ignore[arg-type]
            company=CompanyName(nip=company.nip, name=company.name),
            key_identifier=identifier,
            platform_version=__version__,
            now=timezone.now(),
            capabilities=(PREVIEW, CHANGES, DIGESTS, SIGNED_RECEIPTS),
        )
    )


@api("GET")
def get_digests(request: HttpRequest) -> HttpResponse:
    """What the Platform holds of this integration, folded by ranges, or listed."""
    integration, _identifier = integration_of(request)
    return json(reconciling.digests(integration=integration, asked=reconciling.read(request.GET.dict())))


@api("PUT", "GET")
def one_batch(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take in a batch, or with ``?preview=1`` say what would become of it; the receipt of one that came before."""
    integration, identifier = integration_of(request)
    if request.method == "GET":
        return json(ingest.get_receipt(company=integration.company, integration=integration, uid=uid))
    body = body_of(request)
    take = ingest.preview if is_preview(request) else ingest.accept
    answer = take(company=integration.company, integration=integration, uid=uid, body=body, received_at=timezone.now())
    keys.note_sender(integration=integration, identifier=identifier, sender=ingest.sender_of(body))
    return json(answer)


@api("GET")
def get_signing_keys(request: HttpRequest) -> HttpResponse:
    """The public keys that receipts are signed with; the first one is made for whoever asks first."""
    signing.get_or_make(now=timezone.now())
    response = json(signing.published())
    response["Cache-Control"] = f"public, max-age={KEYS_KEPT_S}"
    return response


@api("GET")
def get_changes(request: HttpRequest) -> HttpResponse:
    """What came back of the program's documents, from behind a position."""
    integration, _identifier = integration_of(request)
    return json(coming_back.read(integration=integration, after=request.GET.get("after", "0")))


@api("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address below /api/."""
    return problem(NotFound())
