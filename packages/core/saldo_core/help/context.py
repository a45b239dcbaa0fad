"""What every page knows of its help: the address of the article on this window."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from saldo_core.help.articles import Handbook


@lru_cache(maxsize=1)
def handbook() -> Handbook:
    """The handbook of the program that runs."""
    found = import_string(settings.HANDBOOK)
    assert isinstance(found, Handbook)
    return found


def url_of(article: str) -> str:
    """The address of an article."""
    return reverse("help-article", kwargs={"article": article})


def help_link(request: HttpRequest) -> dict[str, str]:
    """``help_url``: the article on the window that is asked for; the contents where no article is about it."""
    match = getattr(request, "resolver_match", None)
    article = handbook().windows.get(match.url_name or "") if match else None
    return {"help_url": url_of(article) if article else reverse("help")}
