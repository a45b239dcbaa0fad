"""The page for a request that can't be read, whatever made it so."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The program's own ``400.html``.

    Django's view is wrapped in a CSRF check that reads the form once more: one that can't be read (too many
    fields) raised in there again, and came back as a bare 500.
    """
    return HttpResponse(render_to_string("400.html"), status=400)
