"""The operator's commands: requests to join a company that nobody in it has answered."""

import json
import sys
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import claims

DONE, REFUSED = 0, 1
DECISIONS = {
    "accept": claims.accept_by_operator,
    "hand-over": claims.hand_company_over,
    "refuse": claims.refuse_by_operator,
}


def list_claims(*, as_json: bool) -> int:
    """``claims``: what waits for the operator, the oldest first."""
    rows = [
        {
            "id": str(claim.uid),
            "nip": claim.company.nip,
            "company": claim.company.name,
            "person": claim.person.name,
            "email": claim.person.email,
            "message": claim.message,
            "asked_at": claim.asked_at.isoformat(timespec="seconds"),
        }
        for claim in claims.list_for_operator()
    ]
    if as_json:
        print(json.dumps({"claims": rows}, ensure_ascii=False))
        return DONE
    for row in rows:
        print(
            f"{row['id']}  NIP {row['nip']}, {row['company']}  ←  {row['person']} <{row['email']}>, {row['asked_at']}"
        )
        if row["message"]:
            print("    " + row["message"].replace("\n", "\n    "))
    if not rows:
        print(_("No request waits for the operator."))
    return DONE


def decide_claim(*, uid: str, decision: str, note: str) -> int:
    """``claim decide``: the exit code says whether it was done."""
    try:
        try:
            wanted = UUID(uid)
        except ValueError:
            raise claims.ClaimNotFound() from None
        claim = DECISIONS[decision](uid=wanted, note=note, now=timezone.now())
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return REFUSED
    said = _("Accepted: %(email)s is an administrator of NIP %(nip)s.") if claim.state == "accepted" else _("Refused.")
    print(said % {"email": claim.person.email, "nip": claim.company.nip})
    return DONE
