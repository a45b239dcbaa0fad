"""A console of one program: a child process with its settings and database, asked for one function after the other.

It stays while server and worker of the program are killed around it, so that looking costs no start.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

Side = Literal["desk_side", "platform_side"]


class Console:
    """The functions of a side, called by name with values of JSON."""

    def __init__(self, side: Side, environment: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "system_tests.sides.console", side],
            env=dict(environment),
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        """Of the child process."""
        return self._child.pid

    def __call__(self, name: str, **values: Any) -> Any:
        """What the function says; its traceback when it fails."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps([name, values]) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        assert line, f"the console ended at {name}"
        failed, said = json.loads(line)
        assert not failed, said
        return said

    def close(self) -> None:
        """End it."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.wait(timeout=15)
        self._child.stdout.close()


def main(side: str) -> None:
    """Answer until there is nothing more to read."""
    import traceback

    import django
    from django.db import close_old_connections

    django.setup()
    from saldo_core import preparing

    if preparing.is_empty():
        preparing.bring_up_to_date()
    functions = import_module(f"system_tests.sides.{side}")
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        name, values = json.loads(line)
        close_old_connections()
        try:
            said: object = [False, getattr(functions, name)(**values)]
        except Exception:
            said = [True, traceback.format_exc()]
        out.write(json.dumps(said, default=str) + "\n")
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
