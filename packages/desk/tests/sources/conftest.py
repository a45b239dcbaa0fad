"""Where the outside samples are: tests that need them skip, by name, where nothing says so."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SampleOf = Callable[[str], Path]


def _folder(*below: str) -> Path:
    named = os.environ.get("SALDO_SAMPLES")
    if not named:
        pytest.skip("SALDO_SAMPLES names no folder of outside samples")
    folder = Path(named).joinpath(*below)
    assert folder.is_dir(), f"SALDO_SAMPLES is set, but {folder} is no folder"
    return folder


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
