"""The terminal blocks of the README, typed line by line by somebody who has nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

from system_tests.conftest import PASSWORD
from system_tests.processes import Platform, Visitor, environment_of

ROOT = Path(__file__).resolve().parent.parent
EMAIL = "you@example.com"
REFUSES_SOME = "saldo-desk import"
"""Four of the sample files are wrong on purpose."""


def blocks() -> list[list[str]]:
    """Up to the code, the code, and what follows once the browser has done its part."""
    page = (ROOT / "README.md").read_text("utf-8").partition("The same from a terminal")[2]
    return [block.splitlines() for block in re.findall(r"^```\n(.*?)^```", page, re.M | re.S)]


def found_in_mail(platform: Platform, pattern: str) -> str:
    found = re.search(pattern, platform.mail_to(EMAIL, having=pattern))
    assert found is not None
    return found[0]


def in_the_browser(platform: Platform) -> None:
    visitor = Visitor(platform.url)
    visitor.open(found_in_mail(platform, r"https?://\S+/activate/\S+"))
    visitor.press("Ustaw hasło", password1=PASSWORD, password2=PASSWORD)
    visitor.press("Potwierdź")


@pytest.mark.timeout(300)
def test_the_terminal_blocks_lead_to_the_end(own_platform: Platform, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    own = environment_of("desk", tmp_path, SALDO_PLATFORM_URL=own_platform.url, PYTHONPATH=str(ROOT))
    kept = {"SALDO_PLATFORM_URL", "SALDO_DESK_DATABASE_URL"}
    environment = {
        name: value
        for name, value in own.items()
        if name in kept or not (name.startswith("SALDO_") or "DJANGO" in name)
    }
    (export, *first), [code], last = blocks()

    def typed(lines: list[str]) -> str:
        said = ""
        for line in lines:
            done = subprocess.run(
                ["bash", "-c", f"{export}\n{line}"], cwd=tmp_path, env=environment, text=True, capture_output=True
            )
            assert done.returncode == (1 if REFUSES_SOME in line else 0), (line, done.stdout, done.stderr)
            said += done.stdout
        return said

    typed(first)
    typed([code.replace("123456", found_in_mail(own_platform, r"\b\d{6}\b"))])
    in_the_browser(own_platform)
    said = typed(last)
    for sentence in (
        "The integration is confirmed: synchronise.",
        "Sent 40 invoices",
        "Preview: 1 changed. Nothing was sent yet.",
        "Sent 1 invoice and 2 payments.",
        "No difference: the Platform holds all 40 documents",
    ):
        assert sentence in said
