"""How commands print, and with which code they exit."""

import argparse
import json
import sys
from typing import Any, NoReturn

from saldo_core.refusals import Refusal
from saldo_desk.commands import ways
from saldo_desk.exchange import link_states, runs
from saldo_desk.exchange.tables import Run

DONE, REFUSED, USAGE, NOT_CONNECTED, UNREACHABLE = 0, 1, 2, 3, 4
NOT_CONNECTED_CODES = {
    "no_key",
    "key_missing",
    "key_malformed",
    "key_unknown",
    "key_revoked",
    "key_expired",
    "key_replaced",
    "account_not_activated",
    "integration_not_confirmed",
    "integration_not_made",
    "integration_refused",
    "integration_revoked",
    "other_company",
    "clock_wrong",
    "program_too_old",
    "preview_not_offered",
    "receipt_not_genuine",
    "no_registration",
}


def say(options: argparse.Namespace, text: str, values: dict[str, Any]) -> None:
    """Print the text, or with ``--json`` the values."""
    if options.json:
        print(json.dumps(values, ensure_ascii=False, default=str))
    elif text:
        print(text)


def exit_code_of(code: str) -> int:
    """The exit code of a refusal."""
    if code in {"unreachable", "gave_up_trying"}:
        return UNREACHABLE
    return NOT_CONNECTED if code in NOT_CONNECTED_CODES else REFUSED


def refuse(options: argparse.Namespace, refusal: Refusal, *, run: Run | None = None) -> int:
    """Print a refusal, and what to type; the exit code that goes with it.

    :param run: what waits because of it.
    """
    if options.json:
        print(json.dumps({"code": refusal.code, "message": refusal.message}, ensure_ascii=False))
    else:
        lines = link_states.lines_of(refusal.code, run=run, detail=refusal.message) or [refusal.message]
        print("\n".join([*lines, *_ways_on(refusal, run)]), file=sys.stderr)
    return exit_code_of(refusal.code)


def usage(text: str) -> NoReturn:
    """End with a sentence on what to type."""
    print(text, file=sys.stderr)
    raise SystemExit(USAGE)


def _ways_on(refusal: Refusal, run: Run | None) -> list[str]:
    if isinstance(refusal, runs.RunUnderWay):
        return ways.of_run(refusal.run) if refusal.run is not None else []
    state = link_states.STATES.get(refusal.code)
    if state is None:
        return []
    buttons = [button for button in state.buttons if button != "try" or run is not None]
    return ways.of_buttons([*buttons, "stop"] if run is not None else buttons)
