"""How the API answers: JSON, problems, and whose request it is."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import msgspec
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from saldo_core import database_trouble
from saldo_core.client_address import client_address
from saldo_core.refusals import Refusal
from saldo_platform.companies import keys, programs
from saldo_platform.companies.tables import ExchangeKey, Integration
from saldo_platform.exchange import reading
from saldo_protocol import batches, problems

T = TypeVar("T")
View = Callable[..., HttpResponse]
PACKED_BYTES_MAX = batches.BODY_BYTES_MAX


class MethodNotAllowed(Refusal):
    """The address is right, the method isn't."""

    code = "method_not_allowed"
    status = 405
    text = _("This address does not take %(method)s.")


class NotFound(Refusal):
    """No such address."""

    code = "not_found"
    status = 404
    text = _("There is nothing at this address.")


class BodyTooLarge(Refusal):
    """Over the bound, as sent or unpacked."""

    code = "body_too_large"
    status = 413
    text = _("The request is larger than %(limit)s bytes. Send fewer documents at once.")


class BodyUnreadable(Refusal):
    """Not what its Content-Encoding says."""

    code = "body_unreadable"
    status = 415
    text = _("The request can't be decoded as “%(encoding)s”: use gzip, or none.")


class PreviewUnclear(Refusal):
    """``preview`` has a value that is neither yes nor no: it must not be taken for either."""

    code = "preview_unclear"
    text = _("“preview=%(value)s” is not understood: say preview=1, or leave it out. Nothing was stored.")


def api(*methods: str) -> Callable[[View], View]:
    """A view of the API: its methods, no cookies and so no CSRF token, refusals as problems."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, **values: object) -> HttpResponse:
            try:
                if request.method not in methods:
                    response = problem(MethodNotAllowed(method=request.method))
                    response["Allow"] = ", ".join(methods)
                    return response
                programs.check(agent=request.headers.get("User-Agent", ""), desk_version_min=settings.DESK_VERSION_MIN)
                return view(request, **values)
            except Refusal as refusal:
                return problem(refusal)
            except OperationalError as error:
                told = database_trouble.refusal_of(error)
                if told is None:
                    raise
                return problem(told)

        answer.methods = methods  # type: ignore[attr-defined]  # read by the test that compares them with the description
        return answer

    return decorate


def json(value: object, *, status: int = 200) -> HttpResponse:
    """A Struct, or bytes that are JSON already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return HttpResponse(body, status=status, content_type="application/json")


def problem(refusal: Refusal) -> HttpResponse:
    """A refusal as ``application/problem+json`` (RFC 9457)."""
    body = problems.problem(
        code=refusal.code,
        status=refusal.status,
        detail=refusal.message,
        pointer=refusal.pointer,
        retry_after_s=refusal.retry_after_s or 0,
    )
    response = HttpResponse(msgspec.json.encode(body), status=refusal.status, content_type=problems.CONTENT_TYPE)
    if refusal.retry_after_s:
        response["Retry-After"] = str(refusal.retry_after_s)
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def body_of(request: HttpRequest) -> bytes:
    """The body, unpacked; never more than the protocol's bound is read or kept.

    :raises BodyTooLarge, BodyUnreadable:
    """
    limit = PACKED_BYTES_MAX
    packed = request.read(limit + 1)
    if len(packed) > limit:
        raise BodyTooLarge(limit=limit)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    try:
        return batches.unpack(packed, encoding=encoding)
    except batches.BodyTooLarge:
        raise BodyTooLarge(limit=limit) from None
    except batches.BodyUnreadable:
        raise BodyUnreadable(encoding=encoding) from None


def is_preview(request: HttpRequest) -> bool:
    """Whether the batch is only to be looked at. :raises PreviewUnclear: what is unclear is not stored."""
    value = request.GET.get("preview", "0")
    if value not in {"0", "1"}:
        raise PreviewUnclear(value=value[:20])
    return value == "1"


def decoded(request: HttpRequest, kind: type[T]) -> T:
    """The body as a Struct. :raises BodyInvalid: with a JSON pointer."""
    return reading.decode(body_of(request), msgspec.json.Decoder(kind).decode, refusal=reading.BodyInvalid)


def bearer(request: HttpRequest) -> str:
    """What follows „Bearer”, or nothing."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def integration_of(request: HttpRequest) -> tuple[Integration, ExchangeKey]:
    """The integration whose key the request carries, and the key. :raises Refusal:"""
    key, integration = keys.authenticate(
        text=bearer(request),
        client_address=client_address(request),
        program=programs.named(request.headers.get("User-Agent", "")),
        now=timezone.now(),
    )
    return integration, key
