"""How the states of a run follow each other, and the one verb that moves them.

::

    queued ──► running ──► done
      ▲ ▲         │ ├────► stopped
      │ └─waiting◄┘ └────► previewed ──► queued (yes) | stopped (no)

A run whose process died is running still: it is taken up again, or queued anew by whoever asks again.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet

from saldo_desk.exchange.tables import Run, RunState

TRANSITIONS: Final[Mapping[RunState, frozenset[RunState]]] = {
    RunState.QUEUED: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.WAITING, RunState.STOPPED}),
    RunState.WAITING: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.STOPPED}),
    RunState.RUNNING: frozenset(
        {
            RunState.QUEUED,
            RunState.RUNNING,
            RunState.WAITING,
            RunState.PREVIEWED,
            RunState.DONE,
            RunState.STOPPED,
        }
    ),
    RunState.PREVIEWED: frozenset({RunState.QUEUED, RunState.STOPPED}),
    RunState.DONE: frozenset(),
    RunState.STOPPED: frozenset(),
}


def move(runs: "QuerySet[Run]", *, to: RunState, **values: Any) -> int:
    """Move those of the runs that may go to the state, with further columns; how many went.

    A conditional update, so of two that move the same run only one does.
    """
    allowed = [state for state, following in TRANSITIONS.items() if to in following]
    return runs.filter(state__in=allowed).update(state=to, **values)


def this(run: Run) -> "QuerySet[Run]":
    """The run, to be moved."""
    return Run.objects.filter(pk=run.pk)


def went_right(run: Run) -> None:
    """The Platform has answered something of the run: what failed is counted from here (``retrying``)."""
    this(run).filter(failures__gt=0).update(failures=0, waiting_since=None)
