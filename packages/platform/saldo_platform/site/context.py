"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def demo(request: HttpRequest) -> dict[str, bool]:
    """Whether this is the demonstration, which has a mailbox page."""
    return {"demo": settings.DEMO}
