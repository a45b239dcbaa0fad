"""Identifiers that are made by whoever starts a thing, and stored before they are sent."""

from uuid import UUID

from uuid_utils import compat


def new_uid() -> UUID:
    """A UUIDv7 (RFC 9562): ordered by time, so that index pages fill in order."""
    return compat.uuid7()
