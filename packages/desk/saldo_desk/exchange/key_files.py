"""Exchange keys and registration secrets in private files, one folder for each company. Never in the database.

``exchange-key`` is the key in use. A registration brings its own key and secret, ``registration-UID-key`` and
``registration-UID``; its key becomes the one in use once the Platform has taken the registration.
"""

import secrets
from pathlib import Path
from uuid import UUID

from django.conf import settings

from saldo_core import private_files
from saldo_desk.books.tables import Company
from saldo_protocol import keys

IN_USE = "exchange-key"


def read_key(*, company: Company) -> keys.ExchangeKey | None:
    """The key in use, or None; a file that was damaged, or isn't ours to read, is none."""
    try:
        text = private_files.read(_folder(company) / IN_USE)
        return keys.parse(text) if text else None
    except (private_files.Unreadable, keys.MalformedKey):
        return None


def write_key(*, company: Company, key: keys.ExchangeKey) -> None:
    """Use this key from now on; on disk when this returns."""
    private_files.write(_folder(company) / IN_USE, key.text)


def forget_key(*, company: Company) -> bool:
    """Remove the key in use; False when there was none."""
    return private_files.remove(_folder(company) / IN_USE)


def make_for_registration(*, company: Company, uid: UUID) -> keys.ExchangeKey:
    """A new key, and a new secret that guards the registration; both on disk when this returns."""
    key = keys.make()
    private_files.write(_registration(company, uid), secrets.token_urlsafe(32))
    private_files.write(_registration(company, uid, "-key"), key.text)
    return key


def registration_secret(*, company: Company, uid: UUID) -> str:
    """The secret of a registration; empty when its file is gone or damaged."""
    try:
        return private_files.read(_registration(company, uid)) or ""
    except private_files.Unreadable:
        return ""


def use_key_of_registration(*, company: Company, uid: UUID) -> keys.ExchangeKey | None:
    """The registration's key becomes the one in use; None when its file is gone or damaged."""
    try:
        text = private_files.read(_registration(company, uid, "-key"))
        key = keys.parse(text) if text else None
    except (private_files.Unreadable, keys.MalformedKey):
        return None
    if key is not None:
        write_key(company=company, key=key)
    return key


def forget_registration(*, company: Company, uid: UUID) -> None:
    """Remove what a registration brought, once it is over."""
    private_files.remove(_registration(company, uid))
    private_files.remove(_registration(company, uid, "-key"))


def _registration(company: Company, uid: UUID, suffix: str = "") -> Path:
    return _folder(company) / f"registration-{uid}{suffix}"


def _folder(company: Company) -> Path:
    return Path(settings.PROGRAM_HOME) / "keys" / str(company.uid)
