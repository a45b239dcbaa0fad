"""The operator's commands: requests to join a company that nobody in it has answered, and the keys that sign."""

import json
import sys
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from saldo_core.refusals import Refusal
from saldo_platform.companies import claims
from saldo_platform.exchange import signing
from saldo_platform.exchange.tables import SigningKey

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


def list_signing_keys(*, as_json: bool) -> int:
    """``signing-keys``: every key, the oldest first; 1 when the one that signs has lost its private file."""
    keys = signing.list_keys()
    rows = [{**_of(key), "whole": signing.is_whole(key)} for key in keys]
    in_use = [row for row in rows if row["retired_at"] is None]
    if as_json:
        print(json.dumps({"keys": rows}, ensure_ascii=False))
    else:
        for row in rows:
            until = row["retired_at"] or _("signs now")
            lost = "" if row["whole"] else "  " + _("private file lost")
            print(f"{row['kid']}  {row['made_at']} – {until}{lost}")
        if not rows:
            print(_("No receipt was signed yet: the first key is made when it is needed."))
        elif not in_use[0]["whole"]:
            print(signing.SigningKeyLost().message, file=sys.stderr)
    return DONE if all(row["whole"] for row in in_use) else REFUSED


def rotate_signing_key() -> int:
    """``rotate-signing-key``"""
    key = signing.rotate(now=timezone.now())
    print(
        _("From now on %(kid)s signs. What was signed before stays valid: the earlier keys stay published.") % _of(key)
    )
    return DONE


def _of(key: SigningKey) -> dict[str, str | None]:
    return {
        "kid": key.kid,
        "public_key": key.public_key,
        "made_at": key.made_at.isoformat(timespec="seconds"),
        "retired_at": key.retired_at.isoformat(timespec="seconds") if key.retired_at else None,
    }
