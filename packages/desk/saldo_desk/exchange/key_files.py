"""Exchange keys and registration secrets in private files, one folder for each company. Never in the database."""

import secrets
from pathlib import Path
from uuid import UUID

from django.conf import settings

from saldo_core import private_files
from saldo_desk.books.tables import Company
from saldo_protocol import keys


def read_key(*, company: Company) -> keys.ExchangeKey | None:
    """The company's key, or None. A file that was damaged reads as none."""
    text = private_files.read(_folder(company) / "exchange-key")
    try:
        return keys.parse(text) if text else None
    except keys.MalformedKey:
        return None


def write_key(*, company: Company, key: keys.ExchangeKey) -> None:
    """Keep the key; on disk when this returns."""
    private_files.write(_folder(company) / "exchange-key", key.text)


def forget_key(*, company: Company) -> bool:
    """Remove the key; False when there was none."""
    return private_files.remove(_folder(company) / "exchange-key")


def make_registration_secret(*, company: Company, uid: UUID) -> str:
    """A new secret that guards one registration; on disk when this returns."""
    secret = secrets.token_urlsafe(32)
    private_files.write(_folder(company) / f"registration-{uid}", secret)
    return secret


def registration_secret(*, company: Company, uid: UUID) -> str:
    """The secret of a registration; empty when its file is gone."""
    return private_files.read(_folder(company) / f"registration-{uid}") or ""


def _folder(company: Company) -> Path:
    return Path(settings.PROGRAM_HOME) / "keys" / str(company.uid)
