"""A refusal over HTTP: ``application/problem+json`` (RFC 9457)."""

import msgspec

CONTENT_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """``code`` is stable and never translated; ``detail`` follows Accept-Language.

    ``pointer`` is a JSON pointer (RFC 6901) into the request's body.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    pointer: str = ""
    retry_after_s: int = 0


def problem(*, code: str, status: int, detail: str, pointer: str = "", retry_after_s: int = 0) -> Problem:
    """A problem whose type is derived from its code."""
    return Problem(
        type=f"urn:saldo:problem:{code}",
        title=code.replace("_", " "),
        status=status,
        detail=detail,
        code=code,
        pointer=pointer,
        retry_after_s=retry_after_s,
    )
