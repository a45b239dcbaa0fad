"""Who did what, when: rows that are only added."""

from datetime import datetime

from saldo_platform.companies.tables import AuditEvent, Company, Person


def note(*, company: Company, person: Person | None, action: str, now: datetime, **values: str) -> None:
    """Add an event, inside the transaction of what it tells of."""
    AuditEvent.objects.create(company=company, person=person, action=action, at=now, values=values)
