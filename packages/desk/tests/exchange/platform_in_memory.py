"""A Platform in memory: it remembers which revision it has of a document and signs its receipts; a hook sees each
request first."""

import gzip
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from packages.desk.tests.exchange.conftest import INTEGRATION, NOW
from saldo_desk.books.tables import Invoice
from saldo_desk.exchange.platform_api import Answer, NoAnswer
from saldo_protocol import digest, signing
from tools import samples

KEYS_FROM = NOW - timedelta(days=30)
Hook = Callable[[str, str], "Answer | None"]


class PlatformInMemory:
    """A transport. ``refuse``: numbers that it refuses; ``put``: what came to stay, as (kind, external id);
    ``signing_key``: what it signs with, None for a Platform of before there were signatures; ``published``: its keys,
    by ``kid``."""

    def __init__(self, *held: Invoice, integration: UUID = INTEGRATION, refuse: set[str] | None = None) -> None:
        self.integration = integration
        self.refuse = refuse or set()
        self.hook: Hook = lambda _method, _url: None
        self.held = {str(invoice.uid): str(invoice.revision) for invoice in held}
        self.put: list[tuple[str, str]] = []
        self.previews = 0
        self.receipts: dict[str, dict[str, Any]] = {}
        self.answers_lost = 0
        self.signing_key: Ed25519PrivateKey | None = None
        self.published: dict[str, dict[str, Any]] = {}
        self.keys_asked = 0
        self.sign_with(Ed25519PrivateKey.generate())
        self.now = NOW
        self.capabilities = ["preview"]
        self.told: list[dict[str, Any]] = []
        self.last = 0
        self.page_changes_max = 500
        self.asked_after: list[int] = []

    def sign_with(self, key: Ed25519PrivateKey) -> None:
        """Sign with this key from now on, and publish it beside the earlier ones."""
        self.signing_key, public = key, key.public_key().public_bytes_raw()
        self.published[signing.key_id(public)] = {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "kid": signing.key_id(public),
            "x": signing.text_of(public),
            "saldo_from": KEYS_FROM.isoformat(),
            "saldo_until": None,
        }

    def close(self) -> None:
        """Nothing is open."""

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Answer as the Platform does, in so far as the Desk looks at it."""
        return self.hook(method, url) or self.answer(method, url, body)

    def answer(self, method: str, url: str, body: bytes | None) -> Answer:
        """The answer itself, past the hook."""
        if url.endswith("/integration"):
            return _json(200, self._integration())
        if url.endswith(signing.KEYS_PATH):
            self.keys_asked += 1
            return _json(200, {"keys": list(self.published.values())})
        if "/changes?after=" in url:
            return self._changes(int(url.rpartition("=")[2]))
        if method == "PUT" and body is not None:
            plain, preview = gzip.decompress(body), "preview=1" in url
            batch = json.loads(plain)
            receipt = self.receipts.get(batch["uid"]) or self._receipt(batch, plain, preview=preview)
            if not preview:
                self.receipts[batch["uid"]] = receipt
            if self.answers_lost:
                self.answers_lost -= 1
                raise NoAnswer("lost on the way back")
            return _json(200, receipt)
        if url.rpartition("/")[2] in self.receipts:
            return _json(200, self.receipts[url.rpartition("/")[2]])
        return _json(404, {"type": "about:blank", "title": "", "status": 404, "code": "batch_not_found", "detail": ""})

    def tell(self, kind: str, invoice: Invoice, revision: int) -> None:
        """Let something happen to a document without the Desk's doing."""
        self.capabilities = ["preview", "changes"]
        self.last += 1
        told = {"n": self.last, "kind": kind, "external_id": str(invoice.uid), "revision": str(revision)}
        self.told.append(told | {"at": NOW.isoformat()})

    def _changes(self, after: int) -> Answer:
        self.asked_after.append(after)
        if after > self.last:
            told = {"type": "about:blank", "title": "", "status": 409, "code": "changes_ahead", "detail": ""}
            return _json(409, told)
        page = [row for row in self.told if row["n"] > after][: self.page_changes_max]
        left = [row for row in self.told if row["n"] > (page[-1]["n"] if page else after)]
        last = page[-1]["n"] if left else self.last
        return _json(200, {"changes": page, "last": last, "more": bool(left)})

    def _integration(self) -> dict[str, Any]:
        company = {"nip": samples.COMPANY_NIP, "name": "Firma"}
        return {
            "uid": str(self.integration),
            "state": "confirmed",
            "company": company,
            "key_identifier": "abcdefgh",
            "platform_version": "1",
            "now": self.now.isoformat(),
            "capabilities": [*self.capabilities, *(["signed_receipts"] if self.signing_key else [])],
        }

    def _receipt(self, batch: dict[str, Any], body: bytes, *, preview: bool) -> dict[str, Any]:
        held = dict(self.held)
        outcomes = [
            {"position": at, "external_id": row["external_id"], "revision": row["revision"]} | _taken(held, row, self)
            for at, row in enumerate(batch["documents"])
        ]
        if preview:
            self.previews += 1
        else:
            self.held = held
            self.put += [(row["kind"], row["external_id"]) for row in batch["documents"]]
        receipt = {
            "batch_uid": batch["uid"],
            "integration_uid": str(self.integration),
            "body_digest": digest.of_body(body),
            "received_at": NOW.isoformat(),
            "outcomes": outcomes,
            **({"preview": True} if preview else {}),
        }
        if preview or self.signing_key is None:
            return receipt
        return signed(receipt | {"nip": batch["nip"]}, self.signing_key)


def signed(receipt: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The receipt with a signature by this key."""
    public = key.public_key().public_bytes_raw()
    value = signing.text_of(key.sign(digest.canonical(receipt)))
    return receipt | {"signature": {"key_id": signing.key_id(public), "algorithm": "Ed25519", "value": value}}


def offline(_method: str, url: str) -> Answer | None:
    """A hook: no batch comes through."""
    if "/batches/" in url:
        raise NoAnswer("offline")
    return None


def losing_batch(number: int) -> Hook:
    """A hook: only this batch doesn't come through; counted from 1."""
    came: list[str] = []

    def lose(method: str, url: str) -> Answer | None:
        if method == "PUT":
            came.append(url)
            if len(came) == number:
                raise NoAnswer("offline")
        return None

    return lose


def _taken(held: dict[str, str], row: dict[str, Any], platform: PlatformInMemory) -> dict[str, str]:
    uid = row["external_id"]
    if row["content"].get("number", "") in platform.refuse:
        return {"outcome": "refused", "code": "not_wanted"}
    if row["kind"] == "tombstone":
        return {"outcome": "removed" if held.pop(uid, None) else "unchanged", "code": ""}
    before = held.get(uid)
    held[uid] = row["revision"]
    return {"outcome": "updated" if before else "created", "code": ""}


def _json(status: int, values: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(values).encode())
