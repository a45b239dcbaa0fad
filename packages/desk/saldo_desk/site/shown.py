"""Which company a window shows. The session knows the open company alone, and another tab may have opened another.

Every page carries the company that it shows, and whatever is asked from a window of another company is refused: what a
person sees is what a command acts on.
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company

FIELD: Final = "shown_company"
"""Of every form of a page, for a browser without scripts."""
HEADER: Final = "X-Shown-Company"
"""Of everything that the scripts of a page ask for."""


class OtherCompanyOpen(Refusal):
    """The window shows another company than the one that is open. ``shown`` is the one it shows."""

    code = "other_company_open"
    status = 409
    text = _(
        "This window shows %(shown)s, but %(open)s is open now, from another window. Nothing was done here. "
        "Reload the window to go on with %(open)s, or open %(shown)s again."
    )
    shown: Company | None = None


class UnknownCompanyShown(OtherCompanyOpen):
    """The window shows a company that is not there, or doesn't say which."""

    text = _(
        "This window doesn't tell which company it shows, and %(open)s is open now. Nothing was done here. "
        "Reload the window."
    )


def require_shown(request: HttpRequest, *, company: Company) -> None:
    """Let pass what comes from a window of the company, the reading of a whole page, and programs that are no browser.

    A browser tells the ``Origin`` of whatever it posts, so a page that lost the mark is refused, not trusted.

    :raises OtherCompanyOpen: the window shows another one, or doesn't tell.
    """
    marks = {mark for mark in (request.headers.get(HEADER), request.POST.get(FIELD)) if mark is not None}
    is_change = request.method not in {"GET", "HEAD"}
    if not marks and not (is_change and "Origin" in request.headers):
        return
    others = marks - {str(company.uid)}
    if marks and not others:
        return
    shown = next((found for mark in sorted(others) if (found := _company(mark))), None)
    if shown is None:
        raise UnknownCompanyShown(open=company.name)
    refusal = OtherCompanyOpen(shown=shown.name, open=company.name)
    refusal.shown = shown
    raise refusal


def _company(mark: str) -> Company | None:
    try:
        return Company.objects.filter(uid=UUID(mark)).first()
    except ValueError:
        return None
