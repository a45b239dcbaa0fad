"""The readers run without Django: nothing of it is loaded when they read."""

import subprocess
import sys


def test_reading_loads_no_django() -> None:
    program = (
        "import sys; from saldo_desk.sources import files, ksef_xml; "
        "sys.exit(any(name.partition('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == 0
