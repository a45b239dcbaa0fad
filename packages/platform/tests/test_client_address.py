"""Whose address the limits count."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from saldo_core.client_address import client_address


@pytest.mark.parametrize(("trusted", "counted"), [(False, "127.0.0.1"), (True, "10.0.0.9")])
def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(
    settings: Settings, trusted: bool, counted: str
) -> None:
    settings.TRUSTED_PROXY = trusted
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6, 10.0.0.9"})
    assert client_address(request) == counted
