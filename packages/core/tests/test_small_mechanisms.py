"""Refusals, passwords, ids and taken ports."""

import socket
from typing import ClassVar

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from saldo_core import ids, serving
from saldo_core.refusals import Refusal


class Full(Refusal):
    """A refusal as a room has them."""

    code = "full"
    text: ClassVar[str | Promise] = gettext_lazy("%(count)s at most")


def test_a_refusal_fills_its_sentence() -> None:
    refusal = Full(count=3, pointer="/documents", retry_after_s=5)
    assert (refusal.message, str(refusal), refusal.pointer, refusal.retry_after_s) == (
        "3 at most",
        "full: 3 at most",
        "/documents",
        5,
    )


def test_a_password_is_kept_at_the_cost_that_is_meant() -> None:
    kept = make_password("bardzo-dlugie-haslo-2026")
    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("bardzo-dlugie-haslo-2026", kept)


def test_uids_are_ordered_by_time() -> None:
    uids = [ids.new_uid() for _ in range(1000)]
    assert ({uid.version for uid in uids}, len(set(uids)), uids) == ({7}, 1000, sorted(uids))


def test_a_taken_port_is_told_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} on 127.0.0.1 is taken: .* set SALDO_DESK_PORT"):
            serving.refuse_taken_port(address="127.0.0.1", port=port, setting="SALDO_DESK_PORT")
    serving.refuse_taken_port(address="127.0.0.1", port=port, setting="SALDO_DESK_PORT")
