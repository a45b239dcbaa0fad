"""The programs that ask: what they call themselves, and which Desk is too old. Pure."""

import re

from django.utils.translation import gettext_lazy as _
from packaging.version import InvalidVersion, Version

from saldo_core.refusals import Refusal

NAME_LENGTH_MAX = 128
_DESK = re.compile(r"^saldo-desk/(\S{1,64})")
_PLAIN = re.compile(r"^([^\s/]{1,64})(?:/(\S{1,63}))?")


class ProgramTooOld(Refusal):
    """A Saldo Desk older than this Platform still speaks with."""

    code = "program_too_old"
    status = 426
    text = _("This Saldo Desk (%(version)s) is too old for the Platform, which needs %(least)s or newer. Update it.")


def check(*, agent: str, desk_version_min: str) -> None:
    """Refuse a Desk below the least version. Other programs are never refused by it, nor is any when none is set.

    :param agent: the request's ``User-Agent``; a Desk's begins with ``saldo-desk/VERSION``.
    :raises ProgramTooOld:
    """
    found = _DESK.match(agent)
    if not desk_version_min or found is None:
        return
    try:
        old = Version(found[1]) < Version(desk_version_min)
    except InvalidVersion:  # no version of ours: nothing can be said of its age
        return
    if old:
        raise ProgramTooOld(version=found[1], least=desk_version_min)


def named(agent: str) -> str:
    """„saldo-desk 0.1.0”, as the page of keys shows it: the first product of a ``User-Agent``."""
    found = _PLAIN.match(agent.strip())
    return " ".join(part for part in (found.groups() if found else ()) if part)[:NAME_LENGTH_MAX]
