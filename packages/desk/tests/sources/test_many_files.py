"""Many files at once: memory does not follow their number."""

import tracemalloc
from pathlib import Path

import pytest
from django.conf import LazySettings

from packages.desk.tests.sources import import_files as files
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources import imports, receiving

pytestmark = pytest.mark.django_db
FEW, MANY = 60, 300
GROWTH_BYTES_MAX = 2 * 1024**2


def make(folder: Path, numbers: range) -> Path:
    folder.mkdir()
    template = files.document("NUMBER")
    for number in numbers:
        (folder / f"{number:05}.xml").write_bytes(template.replace(b"NUMBER", b"FV/%d" % number))
    return folder


def peak_bytes(company: Company, folder: Path) -> int:
    """The most memory that a preview and its recording hold at once."""
    found = receiving.from_paths(company=company, paths=[folder], operator=None, now=files.NOW)
    tracemalloc.start()
    try:
        files.work(found)
        imports.ask_recording(found=found)
        files.work(found)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path, settings: LazySettings) -> None:
    settings.PROGRAM_HOME = tmp_path / "home"
    company = files.company()
    files.record(company, [("warm.xml", files.document("FV/0"))])  # what is loaded once, such as the schema
    few = peak_bytes(company, make(tmp_path / "few", range(1000, 1000 + FEW)))
    many = peak_bytes(company, make(tmp_path / "many", range(2000, 2000 + MANY)))
    assert many - few < GROWTH_BYTES_MAX
    assert Invoice.objects.count() == 1 + FEW + MANY
