"""A preview is asked for only where the Platform has said that it offers them: an older one would store the batch."""

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from saldo_desk.exchange.platform_api import Answer, PlatformApi, PreviewNotOffered
from saldo_protocol import receipts, registration

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD_STATUS = {
    "uid": str(uuid4()),
    "state": "confirmed",
    "company": {"nip": "9991001004", "name": "Zielnik"},
    "key_identifier": "aB3dE6gH",
    "platform_version": "0.1.0",
    "now": NOW.isoformat(),
}


class Told:
    """Answers each request with the same body, and remembers what was asked."""

    def __init__(self, body: object) -> None:
        self._body, self.asked = msgspec.json.encode(body), list[str]()

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        self.asked.append(f"{method} {url}")
        return Answer(200, self._body)

    def close(self) -> None:
        """Nothing to close."""


def status_of(*, told: dict[str, object]) -> registration.IntegrationStatus:
    return PlatformApi("http://127.0.0.1:1", bearer="x", transport=Told(told)).get_integration()


@pytest.mark.parametrize("more", [{}, {"capabilities": []}, {"capabilities": ["something-else"]}])
def test_a_platform_that_does_not_offer_previews_is_not_asked(more: dict[str, object]) -> None:
    status, transport = status_of(told=OLD_STATUS | more), Told({})
    with pytest.raises(PreviewNotOffered) as refused:
        PlatformApi("http://127.0.0.1:1", bearer="x", transport=transport).preview_batch(uuid4(), b"{}", status=status)
    assert transport.asked == []
    assert "0.1.0" in refused.value.message


def test_a_platform_that_offers_previews_and_more_is_asked() -> None:
    uid = uuid4()
    status = status_of(told=OLD_STATUS | {"capabilities": ["something-else", "preview"]})
    answer = receipts.Preview(
        batch_uid=uid, integration_uid=uuid4(), body_digest="0" * 64, received_at=NOW, preview=True, outcomes=()
    )
    transport = Told(answer)
    api = PlatformApi("http://127.0.0.1:1", bearer="x", transport=transport)
    assert api.preview_batch(uid, b"{}", status=status) == answer
    assert transport.asked == [f"PUT http://127.0.0.1:1/api/v1/batches/{uid}?preview=1"]
