"""What an import costs, preview and books and all, beside bare parsing and validation of the same files by lxml."""

import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

COUNT = 10_000
NAME = "import 10,000 FA(3) files / lxml parse + validate"


def row() -> dict[str, Any]:
    """One round: both sides over the same files in an empty home. Rates in files a second."""
    with tempfile.TemporaryDirectory(prefix="saldo-bench-") as home:
        os.environ.update({"SALDO_HOME": home, "DJANGO_SETTINGS_MODULE": "saldo_desk.settings"})
        import django

        django.setup()
        folder = _files(Path(home) / "files")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours = _imported(folder)
        grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        other = _parsed(folder)
    return {"name": NAME, "ours_per_s": ours, "other_per_s": other, "ratio": ours / other, "rss_grown_mb": grown_mb}


def _files(folder: Path) -> Path:
    from tools import samples

    folder.mkdir()
    template = samples.document(number="NUMBER")
    for at in range(COUNT):
        (folder / f"{at:05}.xml").write_bytes(template.replace(b"NUMBER", b"FV/%d" % at))
    return folder


def _imported(folder: Path) -> float:
    from django.utils import timezone

    from saldo_core import preparing
    from saldo_desk.books import companies
    from saldo_desk.sources import importing
    from tools import samples

    preparing.bring_up_to_date()
    company = companies.add(nip=samples.COMPANY_NIP, name=samples.COMPANY_NAME)
    start = time.perf_counter()
    told = importing.import_paths(company=company, paths=[folder], operator=None, clock=timezone.now)
    new = sum(outcome.outcome == "new" for outcome in told)
    assert new == COUNT
    return COUNT / (time.perf_counter() - start)


def _parsed(folder: Path) -> float:
    from saldo_desk.sources import ksef_schema

    start = time.perf_counter()
    for path in folder.iterdir():
        ksef_schema.parse(path.read_bytes())
    return COUNT / (time.perf_counter() - start)
