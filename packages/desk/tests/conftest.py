"""What holds for all tests of the Desk."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _language_of_the_settings() -> Iterator[None]:
    """Commands speak the terminal's language: none of them may leave it to the next test."""
    translation.deactivate()
    yield
    translation.deactivate()
