"""Forms are UTF-8: a request that says otherwise is refused before anything reads it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from saldo_core.problem_pages import bad_request

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}

Respond = Callable[[HttpRequest], HttpResponse]


class CharsetMiddleware:
    """Answers 400 to a form in another encoding.

    Of a form in parts Django believes whatever codec is named, also one that makes no text of bytes (``base64``) or
    raises what it does not expect (``idna``): that came back as a bare 500. No browser sends any.
    """

    def __init__(self, get_response: Respond) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page that says so, or what the program answers."""
        charset = (request.content_params or {}).get("charset", "utf-8")
        if request.content_type in FORMS and charset.lower() != "utf-8":
            return bad_request(request, BadRequest())
        return self._get_response(request)
