"""The guard: many documents leave the Platform only when an administrator has allowed it.

A program may remove ``removals.free_max`` of a company's documents within 24 hours, however it splits them. What
passes that is refused and put before an administrator, document by document; what they allow goes when it is sent
again within 24 hours. All of it under the company's lock, the row of its feed. A request that waits goes on growing
while the program sends; so a decision names by its seal what the administrator was shown, and covers nothing else.

::

    Refusal
    ├── RemovalNeedsConsent         422  in a receipt: an administrator is asked
    ├── RemovalDeclined             422  in a receipt: an administrator said no within the last day
    ├── RemovalRequestNotFound      404
    ├── RemovalDecidedAlready       409
    └── RemovalRequestChanged       409
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from saldo_core.ids import new_uid
from saldo_core.refusals import Refusal
from saldo_platform.companies import audit, mail, memberships
from saldo_platform.companies.tables import Company, Integration, Person, Role
from saldo_platform.exchange.reading import ReadDocument
from saldo_platform.exchange.storing import Known
from saldo_platform.exchange.tables import (
    Feed,
    Invoice,
    Removal,
    RemovalRequest,
    RemovalRequestState,
    RemovalWish,
)
from saldo_protocol import removals as bounds

WINDOW = timedelta(hours=bounds.WINDOW_HOURS)
DECISION_HOLDS = timedelta(hours=24)
SHOWN_MAX = 20


class RemovalNeedsConsent(Refusal):
    """More than may go unasked."""

    code = "removal_needs_consent"
    text = _(
        "Not removed: the program may remove %(free)d of this company's documents within 24 hours by itself. An "
        "administrator was asked on the Platform; send it again once they have allowed it."
    )


class RemovalDeclined(Refusal):
    """An administrator said no."""

    code = "removal_declined"
    text = _("Not removed: an administrator of the company refused it on the Platform on %(on)s.")


class RemovalRequestNotFound(Refusal):
    """No such request in the company."""

    code = "removal_request_not_found"
    status = 404
    text = _("There is no such request.")


class RemovalDecidedAlready(Refusal):
    """It was decided otherwise."""

    code = "removal_decided_already"
    status = 409
    text = _("This request was decided on already. Look at the removed documents.")


class RemovalRequestChanged(Refusal):
    """It is about other documents than the page showed."""

    code = "removal_request_changed"
    status = 409
    text = _(
        "Nothing was decided: what the program wants to remove has changed since the page was opened (documents now: "
        "%(count)d). Look again."
    )


class Wished(msgspec.Struct, frozen=True):
    """What a request is about at one moment: how many documents, the first ``SHOWN_MAX`` of them with the reason that
    the program gave, and the seal, which is another one as soon as a document joins or leaves."""

    count: int
    shown: tuple[tuple[Invoice, str], ...]
    seal: str


def sort_out(
    *, integration: Integration, removals: Sequence[tuple[ReadDocument, Known]], now: datetime
) -> list[tuple[ReadDocument, Known, UUID | None]]:
    """Which of the removals of a batch are carried out, each with the request that allowed it; the others refused.

    Those that nobody has decided on go together or not at all. Inside the caller's transaction, under the lock.
    """
    if not removals:
        return []
    company = integration.company
    decided = _decided(integration, [row.uid for _document, row in removals], now)
    going: list[tuple[ReadDocument, Known, UUID | None]] = []
    free: list[tuple[ReadDocument, Known]] = []
    for document, row in removals:
        request = decided.get(row.uid)
        if request is None:
            free.append((document, row))
        elif request.state == RemovalRequestState.ALLOWED:
            going.append((document, row, request.uid))
        else:
            assert request.decided_at is not None
            document.refuse(RemovalDeclined(on=localtime(request.decided_at).date().isoformat()))
    bound, used = _bound_and_used(company, now)
    if used + len(free) <= bound:
        return going + [(document, row, None) for document, row in free]
    for document, _row in free:
        document.refuse(RemovalNeedsConsent(free=bound))
    _ask(integration, free, now)
    return going


def decide(
    *, company: Company, uid: UUID, to: RemovalRequestState, seal: str, person: Person, now: datetime
) -> RemovalRequest:
    """Allow or refuse a request; either holds for 24 hours.

    :param seal: that of what the person was shown (``Wished``).
    :raises NotAnAdministrator, RemovalRequestNotFound, RemovalDecidedAlready, RemovalRequestChanged:
    """
    memberships.require_administrator(company=company, person=person)
    with transaction.atomic():
        Feed.objects.select_for_update().get_or_create(company=company)
        request = RemovalRequest.objects.filter(company=company, uid=uid).select_related("integration").first()
        if request is None:
            raise RemovalRequestNotFound()
        if request.state == to:
            return request
        if request.state != RemovalRequestState.ASKED:
            raise RemovalDecidedAlready()
        wished = _list_uids(request)
        if _seal_of(wished) != seal:
            raise RemovalRequestChanged(count=len(wished))
        request.state, request.decided_at, request.decided_by = to, now, person
        request.valid_until = now + DECISION_HOLDS
        request.save(update_fields=["state", "decided_at", "decided_by", "valid_until"])
        audit.note(
            company=company,
            person=person,
            action=f"removal_{to.value}",
            now=now,
            request=str(uid),
            program=request.integration.name,
            documents=str(len(wished)),
        )
    return request


def list_asked(*, company: Company) -> "QuerySet[RemovalRequest]":
    """Those that wait for a decision and have something left to decide on, the latest first."""
    wishes = RemovalWish.objects.filter(company=company, request_uid=OuterRef("uid"))
    rows = RemovalRequest.objects.filter(Exists(wishes), company=company, state=RemovalRequestState.ASKED)
    return rows.select_related("integration").order_by("-asked_at")


def look(*, request: RemovalRequest) -> Wished:
    """What a request is about. Count, documents and seal are of one reading, so that they belong together."""
    uids = _list_uids(request)
    first = uids[:SHOWN_MAX]
    wishes = RemovalWish.objects.filter(company=request.company_id, request_uid=request.uid, invoice_uid__in=first)
    notes = dict(wishes.values_list("invoice_uid", "note"))
    rows = Invoice.objects.filter(company=request.company_id, uid__in=first).defer("content")
    shown = tuple((row, notes.get(row.uid, "")) for row in rows.order_by("-issued_on", "-uid"))
    return Wished(count=len(uids), shown=shown, seal=_seal_of(uids))


def _list_uids(request: RemovalRequest) -> list[UUID]:
    """Of the documents that a request is about, in one order."""
    wishes = RemovalWish.objects.filter(company=request.company_id, request_uid=request.uid)
    return list(wishes.order_by("invoice_uid").values_list("invoice_uid", flat=True))


def _seal_of(uids: list[UUID]) -> str:
    return hashlib.sha256(b"".join(uid.bytes for uid in uids)).hexdigest()


def _decided(integration: Integration, uids: list[UUID], now: datetime) -> dict[UUID, RemovalRequest]:
    """The decision in force on each of the invoices, the latest where there are several."""
    requests = RemovalRequest.objects.filter(
        company=integration.company, integration=integration, valid_until__gt=now
    ).exclude(state=RemovalRequestState.ASKED)
    by_uid = {request.uid: request for request in requests.order_by("decided_at")}
    if not by_uid:
        return {}
    wishes = RemovalWish.objects.filter(
        company=integration.company, request_uid__in=list(by_uid), invoice_uid__in=uids
    ).values_list("request_uid", "invoice_uid")
    order = list(by_uid)
    return {invoice: by_uid[request] for request, invoice in sorted(wishes, key=lambda wish: order.index(wish[0]))}


def _bound_and_used(company: Company, now: datetime) -> tuple[int, int]:
    """How many documents may go unasked within a day, and how many have. What went today still counts as held:
    else each removal would lower the bound that it is measured by."""
    lately = Removal.objects.filter(company=company, at__gt=now - WINDOW)
    held = Invoice.objects.filter(company=company, removed_at=None).count() + lately.filter(ended_at=None).count()
    return bounds.free_max(documents=held), lately.filter(request_uid=None).count()


def _ask(integration: Integration, removals: list[tuple[ReadDocument, Known]], now: datetime) -> None:
    """Put the documents before an administrator; who is asked already is not mailed again."""
    company = integration.company
    request, made = RemovalRequest.objects.get_or_create(
        company=company,
        integration=integration,
        state=RemovalRequestState.ASKED,
        defaults={"uid": new_uid(), "asked_at": now},
    )
    before = not made and RemovalWish.objects.filter(company=company, request_uid=request.uid).exists()
    RemovalWish.objects.bulk_create(
        [
            RemovalWish(
                company=company,
                request_uid=request.uid,
                invoice_uid=row.uid,
                note=document.tombstone.note if document.tombstone else "",
            )
            for document, row in removals
        ],
        ignore_conflicts=True,
    )
    if before:
        return
    for person in company.members.filter(membership__role=Role.ADMINISTRATOR).distinct():
        mail.write(
            to=person.email,
            template="removal_asked",
            language=person.language,
            now=now,
            company=company,
            program=integration.name,
            count=len(removals),
            url=settings.PUBLIC_URL,
        )
