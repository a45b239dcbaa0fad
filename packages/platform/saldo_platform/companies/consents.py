"""The consents that an account needs. A text never changes under its version: a new wording is a new version."""

import hashlib

import msgspec
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_protocol.registration import ConsentText, ConsentTexts, GivenConsent


class ConsentMissing(Refusal):
    """A required consent was not given."""

    code = "consent_missing"
    text = _("A required consent is missing: %(consent)s. Tick it to go on.")


class ConsentOutdated(Refusal):
    """The version that was ticked is not the one in force."""

    code = "consent_outdated"
    text = _("The text of a consent has changed (%(consent)s). Read the new one and tick it again.")


class _Text(msgspec.Struct, frozen=True):
    code: str
    version: str
    required: bool
    pl: str
    en: str


TEXTS = (
    _Text(
        "terms",
        "2026-11",
        True,
        "Zakładam konto na Platformie Saldo i oświadczam, że mogę reprezentować firmę podaną w formularzu.",
        "I open an account on the Saldo Platform and declare that I may act for the company named in the form.",
    ),
    _Text(
        "data",
        "2026-11",
        True,
        "Wyrażam zgodę na przekazywanie na Platformę faktur i płatności, które zaznaczę w programie, oraz ich zmian.",
        "I agree that invoices and payments which I mark in my program, and their changes, are sent to the Platform.",
    ),
    _Text(
        "marketing",
        "2026-11",
        False,
        "Chcę otrzymywać pocztą elektroniczną informacje o usługach finansowych Platformy.",
        "I would like to receive information about the Platform's financial services by e-mail.",
    ),
)


def in_force(*, language: str) -> ConsentTexts:
    """The consents in force, in ``pl`` or ``en``."""
    return ConsentTexts(
        language=language,
        consents=tuple(
            ConsentText(
                code=text.code,
                version=text.version,
                required=text.required,
                text=_wording(text, language),
                digest=digest_of(text.code, language),
            )
            for text in TEXTS
        ),
    )


def digest_of(code: str, language: str) -> str:
    """The full SHA-256 of the wording that was shown."""
    text = next(text for text in TEXTS if text.code == code)
    return hashlib.sha256(_wording(text, language).encode()).hexdigest()


def check(given: tuple[GivenConsent, ...]) -> None:
    """Whether all that are required were given, each in the version in force.

    :raises ConsentMissing, ConsentOutdated:
    """
    versions = {text.code: text.version for text in TEXTS}
    for at, consent in enumerate(given):
        if versions.get(consent.code) != consent.version:
            raise ConsentOutdated(pointer=f"/consents/{at}", consent=_named(consent.code))
    codes = {consent.code for consent in given}
    for text in TEXTS:
        if text.required and text.code not in codes:
            raise ConsentMissing(pointer="/consents", consent=_named(text.code))


def _wording(text: _Text, language: str) -> str:
    return text.en if language == "en" else text.pl


def _named(code: str) -> str:
    """The consent as a person knows it: its wording in the language in use; the bare code when it isn't ours."""
    return next((f"„{_wording(text, get_language() or 'pl')}”" for text in TEXTS if text.code == code), code)
