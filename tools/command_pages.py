"""``docs/desk.md`` and ``docs/platform.md``: the two command lines, each written by a process of its own, and what the
Desk refuses.

``python -m tools.command_pages`` writes them, ``--check`` fails when one is out of date.
"""

import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
LEADS = {
    "desk": "All that the window does, from a terminal. `--json` prints what a program can read; `--company NIP` says\n"
    "which company, when there are several. Exit codes: 0 done, 1 something refused, 2 usage, 3 not connected,\n"
    "4 the Platform can't be reached.",
    "platform": "Serving, working, and looking after a Platform.",
}
REFUSALS = {
    "desk": "Each has a code that stays, in `--json` and in the log, and a sentence in the reader's language; ‹…› is\n"
    "filled in. What the Platform declines comes with [the Platform's own codes](api.md#refusals).",
}
GENERATED = "<!-- Made by: make documents -->"


def text_of(program: str) -> str:
    """The page of one program; its settings must be the ones of this process."""
    import django

    django.setup()
    from django.utils import translation

    from saldo_core import command_page
    from tools import refusal_page

    with translation.override("en"):
        parser = import_module(f"saldo_{program}.__main__").parser()
        page = f"{GENERATED}\n{command_page.page(parser, lead=LEADS[program])}"
    if program not in REFUSALS:
        return page
    return f"{page}\n{refusal_page.section(f'saldo_{program}', 'saldo_core', lead=REFUSALS[program])}"


def ask_for(program: str) -> str:
    """The page of one program, from a process of its own: the two are never loaded together."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": f"saldo_{program}.settings", "SALDO_HOME": home}
        for name in ("SALDO_PLATFORM_URL", "SALDO_PLATFORM_PORT", "SALDO_LANGUAGE"):
            environment.pop(name, None)
        done = subprocess.run(
            [sys.executable, "-m", "tools.command_pages", program], env=environment, capture_output=True, check=True
        )
    return done.stdout.decode()


def main(arguments: list[str]) -> int:
    """The command line."""
    if arguments and arguments[0] in LEADS:
        sys.stdout.buffer.write(text_of(arguments[0]).encode())
        return 0
    late = [program for program in LEADS if _differs(program, write="--check" not in arguments)]
    for program in late:
        print(f"docs/{program}.md is out of date. Run: make documents", file=sys.stderr)
    return 1 if late else 0


def _differs(program: str, *, write: bool) -> bool:
    path, text = DOCS / f"{program}.md", ask_for(program)
    if write:
        path.write_text(text, encoding="utf-8")
    return not path.exists() or path.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
