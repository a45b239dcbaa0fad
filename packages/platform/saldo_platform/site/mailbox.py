"""The mailbox page of the demonstration: mails that were written as files."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

MAILS_MAX = 50
_CODE = re.compile(r"^\s+(\d{6})\s*$", re.MULTILINE)
_SEPARATOR = re.compile(rb"^-{79}\n", re.MULTILINE)


class ShownMail(msgspec.Struct, frozen=True):
    """A mail as the page shows it."""

    to: str
    subject: str
    at: datetime
    text: str
    code: str


def list_mails(folder: Path) -> list[ShownMail]:
    """The newest mails first."""
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [mail for path in files[:MAILS_MAX] for mail in reversed(_read(path))][:MAILS_MAX]


def _read(path: Path) -> list[ShownMail]:
    mails = []
    for part in _SEPARATOR.split(path.read_bytes()):
        if part.strip():
            message = message_from_bytes(part.lstrip(b"\n"), policy=policy.default)
            body = message.get_body(("plain",))
            text = body.get_content() if body else ""
            code = _CODE.search(text)
            mails.append(
                ShownMail(
                    to=str(message["To"]),
                    subject=str(message["Subject"]),
                    at=_utc(parsedate_to_datetime(str(message["Date"]))),
                    text=text,
                    code=code[1] if code else "",
                )
            )
    return mails


def _utc(at: datetime) -> datetime:
    """A mail's ``-0000`` means UTC, and is read as a time without a zone (RFC 5322, 3.3)."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
