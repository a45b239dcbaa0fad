"""A batch goes in zstd where the Platform takes it, else in gzip; what arrives is the same."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from saldo_desk.exchange.platform_api import Answer, PlatformApi
from saldo_protocol import batches, receipts, registration

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BODY = b'{"documents": []}'


class Taking:
    """A Platform that says what it can do, takes any batch, and keeps what came and in which encoding."""

    def __init__(self, *capabilities: str) -> None:
        company = registration.CompanyName(nip="9991001004", name="Zielnik")
        self._status = registration.IntegrationStatus(
            uid=uuid4(),
            state="confirmed",
            company=company,
            key_identifier="aB3dE6gH",
            platform_version="1",
            now=NOW,
            capabilities=capabilities,
        )
        self.came: list[tuple[str, bytes]] = []

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """The status, or a receipt without outcomes."""
        if method == "GET":
            return Answer(200, msgspec.json.encode(self._status))
        encoding = headers["Content-Encoding"]
        self.came.append((encoding, batches.unpack(body or b"", encoding=encoding)))
        told = {"batch_uid": url.rpartition("/")[2].partition("?")[0], "integration_uid": uuid4()}
        return Answer(200, msgspec.json.encode({**told, "body_digest": "", "received_at": NOW, "outcomes": ()}))

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("capabilities", "encoding"), [((), "gzip"), (("preview",), "gzip"), (("preview", "zstd"), "zstd")]
)
def test_it_is_what_the_platform_has_just_said(capabilities: tuple[str, ...], encoding: str) -> None:
    platform, uid = Taking(*capabilities), uuid4()
    api = PlatformApi("http://127.0.0.1:1", bearer="x", transport=platform)
    api.get_integration()
    receipt, _raw = api.put_batch(uid, BODY)
    assert isinstance(receipt, receipts.Receipt)
    assert platform.came == [(encoding, BODY)]


def test_it_is_gzip_while_nothing_was_said_and_where_zstd_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Taking("zstd")
    api = PlatformApi("http://127.0.0.1:1", bearer="x", transport=platform)
    api.put_batch(uuid4(), BODY)
    monkeypatch.setattr("saldo_protocol.batches.has_zstd", lambda: False)
    api.get_integration()
    api.put_batch(uuid4(), BODY)
    assert platform.came == [("gzip", BODY)] * 2
