"""A company with a home of its own to import into, and where the outside samples are.

Tests that need samples skip, by name, where nothing says where those are.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from packages.desk.tests.sources import import_files
from saldo_desk.books.tables import Company

SampleOf = Callable[[str], Path]


def _folder(*below: str) -> Path:
    named = os.environ.get("SALDO_SAMPLES")
    if not named:
        pytest.skip("SALDO_SAMPLES names no folder of outside samples")
    folder = Path(named).joinpath(*below)
    assert folder.is_dir(), f"SALDO_SAMPLES is set, but {folder} is no folder"
    return folder


@pytest.fixture
def company(db: None, settings: LazySettings, tmp_path: Path) -> Company:
    """The company of the samples; imports keep their files in a folder of the test."""
    settings.PROGRAM_HOME = tmp_path / "home"
    return import_files.company()


@pytest.fixture
def official() -> SampleOf:
    """The Ministry's sample of a number: `official("21")`."""
    folder = _folder("ksef", "official-fa3")

    def find(number: str) -> Path:
        [path] = folder.glob(f"*_{number}.xml")
        return path

    return find


@pytest.fixture
def broken() -> SampleOf:
    """The broken sample whose name begins with a number: `broken("01")`."""
    folder = _folder("ksef", "errors-fa3")

    def find(number: str) -> Path:
        [path] = folder.glob(f"{number}-*.xml")
        return path

    return find
