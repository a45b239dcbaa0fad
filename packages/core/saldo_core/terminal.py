"""The language of a command line, with what argparse itself says; knows no command."""

import argparse
import os
from typing import Final

from django.utils import translation
from django.utils.translation import gettext, gettext_noop, ngettext

from saldo_core import environment

SAID_BY_ARGPARSE: Final = (
    gettext_noop("usage: "),
    gettext_noop("positional arguments"),
    gettext_noop("options"),
    gettext_noop("show this help message and exit"),
    gettext_noop("%(prog)s: error: %(message)s\n"),
    gettext_noop("argument %(argument_name)s: %(message)s"),
    gettext_noop("the following arguments are required: %s"),
    gettext_noop("unrecognized arguments: %s"),
    gettext_noop("expected one argument"),
    gettext_noop("expected at least one argument"),
    gettext_noop("ignored explicit argument %r"),
    gettext_noop("ambiguous option: %(option)s could match %(matches)s"),
    gettext_noop("invalid %(type)s value: %(value)r"),
    gettext_noop("invalid choice: %(value)r (choose from %(choices)s)"),
)
"""What a person can meet; what is not in the catalogue stays English."""


def language() -> str:
    """``SALDO_LANGUAGE``, else what the terminal is set to, else Polish."""
    wanted = environment.text("SALDO_LANGUAGE")
    if wanted not in {"", "pl", "en"}:
        raise environment.BadSetting("SALDO_LANGUAGE", wanted, "say pl or en")
    terminal = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return wanted or ("en" if terminal.startswith("en") else "pl")


def speak() -> None:
    """Say all that follows in the language of the terminal. Parsers are made after it; Django must be set up.

    argparse takes its words from the catalogue of the system's language, where there is none for it; so it is given
    ours.
    """
    translation.activate(language())
    vars(argparse).update(_=gettext, ngettext=ngettext)
