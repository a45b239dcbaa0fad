"""The systemd unit on the page on operations is one that systemd takes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("program", ["saldo-desk", "saldo-platform"])
def test_the_unit_on_the_page_is_taken(program: str, tmp_path: Path) -> None:
    found = re.search(r"^```ini\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    assert found is not None
    unit = tmp_path / f"{program}.service"
    unit.write_text(found[1].replace("/opt/saldo/.venv/bin/saldo-desk", "/bin/true"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])
