"""Joining a company that has an account already: asked by who registered for its NIP, decided by its administrators,
or by the operator where they don't answer. Nothing of the company is told before.

::

    asked ─────────→ accepted | refused          by an administrator of the company
      ↓ 7 days, or the newcomer says that nobody there is known; also after a refusal
    to_operator ───→ accepted | refused          by the operator with evidence; an administrator can still accept
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import activation, audit, integrations, limits, mail, memberships
from saldo_platform.companies.tables import (
    CLAIM_OPEN,
    Claim,
    ClaimState,
    Company,
    Membership,
    Person,
    Registration,
    RegistrationState,
    Role,
)

ANSWER_AFTER = timedelta(days=7)
SHOWN_MAX = 50
DUE_MAX = 100
MESSAGE_LENGTH_MAX = 1000
NOTE_LENGTH_MIN = 10
ROLES = (Role.ACCOUNTANT, Role.VIEWER, Role.ADMINISTRATOR)


class ClaimNotFound(Refusal):
    """No such claim, or nothing that could be claimed."""

    code = "claim_not_found"
    status = 404
    text = _("There is no such request.")


class ClaimDecidedAlready(Refusal):
    """Somebody was faster."""

    code = "claim_decided_already"
    status = 409
    text = _("This request was decided on already.")


class ClaimWithOperator(Refusal):
    """Whose hold on the company may be what is disputed can't end the dispute."""

    code = "claim_with_operator"
    status = 409
    text = _(
        "This request is with the operator of the Platform: you can let the person in as an administrator; anything "
        "else only the operator can decide."
    )


class EvidenceMissing(Refusal):
    """The operator decides by evidence, and writes down which."""

    code = "evidence_missing"
    text = _("Write down what was looked at, in at least %(least)s characters: --note.")


def list_not_joined(*, person: Person) -> list[tuple[Registration, Claim | None]]:
    """What the person registered for without becoming a member: the newest registration of each NIP, and the latest
    claim. Only what the person typed is in it; that the company is here the mail has told."""
    member_of = person.companies.values("nip")
    rows = (
        Registration.objects.filter(consents__person=person, state=RegistrationState.ACTIVATED)
        .exclude(nip__in=member_of)
        .distinct()
        .order_by("-started_at")[:SHOWN_MAX]
    )
    newest: dict[str, Registration] = {}
    for row in rows:
        newest.setdefault(row.nip, row)
    claims = Claim.objects.filter(person=person, company__nip__in=newest).select_related("company").order_by("pk")
    latest = {claim.company.nip: claim for claim in claims}
    return [(row, latest.get(nip)) for nip, row in newest.items()]


def get_not_joined(*, person: Person, uid: UUID) -> tuple[Registration, Claim | None]:
    """One of them, by its registration. :raises ClaimNotFound:"""
    for row, claim in list_not_joined(person=person):
        if row.uid == uid:
            return row, claim
    raise ClaimNotFound()


def ask(*, person: Person, registration_uid: UUID, message: str, now: datetime) -> Claim:
    """Ask the company's administrators to be let in; they get a mail. Asking twice changes nothing.

    The message is shown to them on the page, never mailed: a stranger wrote it.

    :raises ClaimNotFound, TooManyRequests:
    """
    row, claim = get_not_joined(person=person, uid=registration_uid)
    if claim is not None and claim.state in CLAIM_OPEN:
        return claim
    with transaction.atomic():
        limits.count(limits.CLAIM_PER_PERSON, str(person.pk), now=now)
        company = Company.objects.select_for_update().filter(nip=row.nip).first()
        if company is None:
            raise ClaimNotFound()
        claim, made = Claim.objects.get_or_create(
            company=company,
            person=person,
            state__in=CLAIM_OPEN,
            defaults={
                "registration": row,
                "state": ClaimState.ASKED,
                "message": message.strip()[:MESSAGE_LENGTH_MAX],
                "asked_at": now,
            },
        )
        if made:
            audit.note(company=company, person=person, action="claim_asked", now=now, claim=str(claim.uid))
            _tell_administrators(claim, "claim_asked", now)
    return claim


def take_to_operator(*, person: Person, registration_uid: UUID, now: datetime) -> Claim:
    """The newcomer says that nobody in the company can answer, or disputes a refusal: the operator decides, once.

    :raises ClaimNotFound: nothing was asked.
    :raises ClaimDecidedAlready: the operator has decided.
    """
    _row, found = get_not_joined(person=person, uid=registration_uid)
    if found is None:
        raise ClaimNotFound()
    with transaction.atomic():
        claim = Claim.objects.select_for_update().select_related("company", "person").get(pk=found.pk)
        if claim.state == ClaimState.TO_OPERATOR:
            return claim
        if claim.state == ClaimState.ACCEPTED or claim.to_operator_at is not None:
            raise ClaimDecidedAlready()
        _to_operator(claim, person, now)
    return claim


def hand_over_due(*, now: datetime) -> bool:
    """A step of the worker: what nobody answered in seven days goes to the operator. True when any did."""
    due = Claim.objects.filter(state=ClaimState.ASKED, asked_at__lte=now - ANSWER_AFTER).order_by("pk")
    pks = list(due.values_list("pk", flat=True)[:DUE_MAX])
    for pk in pks:
        with transaction.atomic():
            claim = (
                Claim.objects.select_for_update()
                .select_related("company", "person")
                .filter(pk=pk, state=ClaimState.ASKED)
                .first()
            )
            if claim is not None:
                _to_operator(claim, None, now)
    return bool(pks)


def list_open(*, company: Company) -> list[Claim]:
    """What waits for a decision, the oldest first."""
    rows = Claim.objects.filter(company=company, state__in=CLAIM_OPEN).select_related("person", "registration")
    return list(rows.order_by("pk")[:SHOWN_MAX])


def list_for_operator() -> list[Claim]:
    """What waits for the operator, the oldest first."""
    rows = Claim.objects.filter(state=ClaimState.TO_OPERATOR).select_related("person", "company", "registration")
    return list(rows.order_by("pk")[:SHOWN_MAX])


def accept(*, company: Company, uid: UUID, role: Role, person: Person, now: datetime) -> Claim:
    """An administrator lets the newcomer in; their program awaits its confirmation from now on.

    What is with the operator ends by it only when the newcomer becomes an administrator: a lesser role would leave the
    company with whose hold on it may be what is disputed.

    :raises NotAnAdministrator, ClaimNotFound, ClaimDecidedAlready, ClaimWithOperator:
    """
    memberships.require_administrator(company=company, person=person)
    with transaction.atomic():
        claim = _lock(uid, company)
        if claim.state == ClaimState.TO_OPERATOR and role != Role.ADMINISTRATOR:
            raise ClaimWithOperator()
        _let_in(claim, role, now)
        _decide(claim, ClaimState.ACCEPTED, person, "", now)
    return claim


def refuse(*, company: Company, uid: UUID, person: Person, now: datetime) -> Claim:
    """An administrator refuses. The newcomer may take it to the operator; what is there is not the administrators' to
    refuse any more.

    :raises ClaimWithOperator: and as ``accept``
    """
    memberships.require_administrator(company=company, person=person)
    with transaction.atomic():
        claim = _lock(uid, company)
        if claim.state == ClaimState.TO_OPERATOR:
            raise ClaimWithOperator()
        _decide(claim, ClaimState.REFUSED, person, "", now)
    return claim


def accept_by_operator(*, uid: UUID, note: str, now: datetime) -> Claim:
    """The operator has seen that the newcomer acts for the company: they become its administrator.

    :param note: the evidence.
    :raises EvidenceMissing, ClaimNotFound, ClaimDecidedAlready:
    """
    _check_note(note)
    with transaction.atomic():
        claim = _lock_of_operator(uid)
        _let_in(claim, Role.ADMINISTRATOR, now)
        _decide(claim, ClaimState.ACCEPTED, None, note, now)
    return claim


def hand_company_over(*, uid: UUID, note: str, now: datetime) -> Claim:
    """The same, and who held the company's account held it wrongly: their memberships end, their programs are cut off.

    :raises: as ``accept_by_operator``
    """
    _check_note(note)
    with transaction.atomic():
        claim = _lock_of_operator(uid)
        company = claim.company
        ended = Membership.objects.filter(company=company).exclude(person=claim.person)
        for membership in ended.select_related("person"):
            audit.note(company=company, person=None, action="member_removed", now=now, email=membership.person.email)
        ended.delete()
        integrations.cut_off(company=company, now=now)
        _let_in(claim, Role.ADMINISTRATOR, now)
        _decide(claim, ClaimState.ACCEPTED, None, note, now)
    return claim


def refuse_by_operator(*, uid: UUID, note: str, now: datetime) -> Claim:
    """The operator was not shown that the newcomer acts for the company. :raises: as ``accept_by_operator``"""
    _check_note(note)
    with transaction.atomic():
        claim = _lock_of_operator(uid)
        _decide(claim, ClaimState.REFUSED, None, note, now)
    return claim


def _check_note(note: str) -> None:
    if len(note.strip()) < NOTE_LENGTH_MIN:
        raise EvidenceMissing(least=NOTE_LENGTH_MIN)


def _lock(uid: UUID, company: Company) -> Claim:
    rows = Claim.objects.select_for_update(of=("self",)).select_related("company", "person", "registration")
    claim = rows.filter(company=company, uid=uid).first()
    if claim is None:
        raise ClaimNotFound()
    if claim.state not in CLAIM_OPEN:
        raise ClaimDecidedAlready()
    return claim


def _lock_of_operator(uid: UUID) -> Claim:
    found = Claim.objects.select_related("company").filter(uid=uid).exclude(state=ClaimState.ASKED).first()
    if found is None:
        raise ClaimNotFound()
    return _lock(uid, found.company)


def _let_in(claim: Claim, role: Role, now: datetime) -> None:
    """Membership, and the integration that the newest registration brought a key for."""
    Membership.objects.update_or_create(company=claim.company, person=claim.person, defaults={"role": role})
    row = (
        Registration.objects.select_for_update()
        .filter(
            consents__person=claim.person,
            nip=claim.company.nip,
            state=RegistrationState.ACTIVATED,
            integration=None,
            key_identifier__isnull=False,
        )
        .order_by("-started_at")
        .first()
    )
    if row is not None:
        row.integration = activation.make_integration(row=row, company=claim.company, now=now)
        row.save(update_fields=["integration"])


def _decide(claim: Claim, to: ClaimState, person: Person | None, note: str, now: datetime) -> None:
    claim.state, claim.decided_at, claim.decided_by, claim.note = to, now, person, note.strip()[:MESSAGE_LENGTH_MAX]
    claim.save(update_fields=["state", "decided_at", "decided_by", "note"])
    audit.note(
        company=claim.company,
        person=person,
        action=f"claim_{to.value}",
        now=now,
        claim=str(claim.uid),
        email=claim.person.email,
        **({"note": claim.note} if claim.note else {}),
    )
    mail.write(
        to=claim.person.email,
        template="claim_decided",
        language=claim.person.language,
        now=now,
        accepted=to == ClaimState.ACCEPTED,
        by_operator=person is None,
        nip=claim.company.nip,
        url=settings.PUBLIC_URL,
    )
    if person is None:
        _tell_administrators(claim, "claim_operator_decided", now)


def _to_operator(claim: Claim, person: Person | None, now: datetime) -> None:
    claim.state, claim.to_operator_at, claim.decided_at, claim.decided_by = ClaimState.TO_OPERATOR, now, None, None
    claim.save(update_fields=["state", "to_operator_at", "decided_at", "decided_by"])
    audit.note(company=claim.company, person=person, action="claim_to_operator", now=now, claim=str(claim.uid))
    _tell_administrators(claim, "claim_to_operator", now)
    mail.write(
        to=claim.person.email,
        template="claim_with_operator",
        language=claim.person.language,
        now=now,
        nip=claim.company.nip,
    )


def _tell_administrators(claim: Claim, template: str, now: datetime) -> None:
    for membership in Membership.objects.select_related("person").filter(
        company=claim.company, role=Role.ADMINISTRATOR
    ):
        if membership.person_id != claim.person_id:
            mail.write(
                to=membership.person.email,
                template=template,
                language=membership.person.language,
                now=now,
                claim=claim,
                accepted=claim.state == ClaimState.ACCEPTED,
                url=f"{settings.PUBLIC_URL}/companies/{claim.company.uid}/",
            )
