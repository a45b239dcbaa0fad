"""The only HTTP of the Desk: what it asks of the Platform, over a transport that tests can swap.

::

    Refusal
    ├── Unreachable         no answer came: nothing is known, the same request may go again
    ├── Declined            the answer says no: code and message are the Platform's own
    └── PreviewNotOffered   nothing was asked: this Platform would store what it is only to look at
"""

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import msgspec
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk import __version__
from saldo_protocol import batches, changes, problems, receipts, reconciliation, registration, signing

if TYPE_CHECKING:
    from types import ModuleType

    import niquests

CONNECT_S_MAX = 5.0
READ_S_MAX = 60.0
ANSWER_S_MAX = 90.0
ANSWER_BYTES_MAX = 8 << 20
RETRY_AFTER_DIGITS_MAX = 9
PART_BYTES = -1  # whatever has come
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SENDER = batches.Sender(program="saldo-desk", version=__version__)
AGENT = f"{SENDER.program}/{SENDER.version}"
NOTHING_THERE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}

NOT_OURS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for an answer that no Platform gave."""

T = TypeVar("T")


class Unreachable(Refusal):
    """No answer came, or one that isn't the Platform's."""

    code = "unreachable"
    status = 503
    text = _("The Platform at %(address)s does not answer. What was to be sent is kept and goes when it does.")


class Declined(Refusal):
    """The Platform says no."""

    text = "%(detail)s"

    def __init__(self, problem: problems.Problem, *, retry_after_s: int | None = None) -> None:
        super().__init__(
            pointer=problem.pointer, retry_after_s=problem.retry_after_s or retry_after_s, detail=problem.detail
        )
        self.code = problem.code  # type: ignore[misc]
        self.status = problem.status  # type: ignore[misc]


class PreviewNotOffered(Refusal):
    """The Platform is older than previews: it does not know ``preview=1`` and would take the batch in."""

    code = "preview_not_offered"
    text = _(
        "The Platform (version %(version)s) can't tell beforehand what sending would change: it would store it. "
        "Nothing was sent."
    )


class AddressNotSafe(Refusal):
    """Not an address of a Platform, or plain HTTP to another machine: it would show the key to everybody on the way."""

    code = "address_not_safe"
    text = _("%(address)s can't be used: give an address that begins with https://.")


class Answer(msgspec.Struct, frozen=True):
    """A whole HTTP answer; ``retry_after_s`` by its header, which also those set that stand before a Platform."""

    status: int
    body: bytes
    retry_after_s: int | None = None


class NoAnswer(Exception):
    """The transport got no whole answer."""


class Transport(Protocol):
    """Carries one request. Raises NoAnswer when no whole answer came, whatever the reason."""

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        """One request, one answer."""
        ...

    def close(self) -> None:
        """Nothing more will be sent."""
        ...


class Http(msgspec.Struct, frozen=True):
    """The real transport: one kept connection, no redirects, TLS verified."""

    may_overlap: ClassVar[bool] = True
    session: Any = msgspec.field(default_factory=lambda: _niquests().Session())

    def send(self, method: str, url: str, *, headers: dict[str, str], body: bytes | None) -> Answer:
        """One request over niquests."""
        give_up_at = time.monotonic() + ANSWER_S_MAX
        errors = _niquests().exceptions
        try:
            response = self.session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=(CONNECT_S_MAX, READ_S_MAX),
                allow_redirects=False,
                stream=True,
            )
            content = _read(response, give_up_at)
        except (errors.RequestException, OSError) as error:
            raise NoAnswer(str(error)) from error
        if response.status_code is None:
            raise NoAnswer("no status")
        asked = retry_after_s(response.headers.get("Retry-After"), sent_at=response.headers.get("Date"))
        return Answer(response.status_code, content, asked)

    def close(self) -> None:
        """Close the connection."""
        self.session.close()


def retry_after_s(asked: Any, *, sent_at: Any) -> int | None:
    """What a header ``Retry-After`` asks for (RFC 9110): seconds, or a date, counted from the answer's own ``Date``."""
    text = str(asked or "").strip()
    if text.isdecimal() and text.isascii():
        return int(text[:RETRY_AFTER_DIGITS_MAX])
    try:
        pause = parsedate_to_datetime(text) - parsedate_to_datetime(str(sent_at or ""))
    except (ValueError, TypeError):
        return None
    return max(0, int(pause.total_seconds()))


def _niquests() -> "ModuleType":
    """Loaded when something is asked of a Platform: it takes as long as all the rest of a command."""
    import niquests

    return niquests


def _read(response: "niquests.Response", give_up_at: float) -> bytes:
    """The whole answer, bounded in bytes after unpacking and in time: one that drips must not hold the worker."""
    content = bytearray()
    try:
        for part in response.iter_content(chunk_size=PART_BYTES):
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise NoAnswer("the answer is too large")
            if time.monotonic() > give_up_at:
                raise NoAnswer("the answer takes too long")
    except NoAnswer:
        response.close()
        raise
    return bytes(content)


class PlatformApi:
    """One Platform, spoken to with one bearer: an exchange key, or the secret of a registration."""

    def __init__(self, url: str, *, bearer: str, transport: Transport | None = None) -> None:
        self.url = safe_address(url)
        self._bearer = bearer
        self._own = transport is None
        self._transport: Transport = transport or Http()
        self.may_overlap = getattr(self._transport, "may_overlap", False)
        """Whether a request may be on its way in a thread while its maker goes on."""

    def __enter__(self) -> "PlatformApi":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._own:
            self._transport.close()

    def get_integration(self) -> registration.IntegrationStatus:
        """Whose key this is, and whether the integration works. :raises Unreachable, Declined:"""
        return self._ask("GET", "/integration", registration.IntegrationStatus)

    def get_consents(self) -> registration.ConsentTexts:
        """The consent texts in the language that is active. :raises Unreachable, Declined:"""
        return self._ask("GET", "/consents", registration.ConsentTexts)

    def put_registration(self, uid: UUID, body: bytes) -> registration.RegistrationStatus:
        """Begin, or repeat, a registration. :raises Unreachable, Declined:"""
        return self._ask("PUT", f"/registrations/{uid}", registration.RegistrationStatus, body)

    def get_registration(self, uid: UUID) -> registration.RegistrationStatus:
        """How far it is. :raises Unreachable, Declined:"""
        return self._ask("GET", f"/registrations/{uid}", registration.RegistrationStatus)

    def verify(self, uid: UUID, code: str) -> registration.RegistrationStatus:
        """Enter the code from the mail. :raises Unreachable, Declined:"""
        body = msgspec.json.encode(registration.CodeEntered(code=code))
        return self._ask("POST", f"/registrations/{uid}/verify", registration.RegistrationStatus, body)

    def resend(self, uid: UUID, what: str) -> registration.RegistrationStatus:
        """Send the ``code`` or the ``activation`` mail again. :raises Unreachable, Declined:"""
        return self._ask("POST", f"/registrations/{uid}/{what}/resend", registration.RegistrationStatus, b"")

    def get_signing_keys(self) -> tuple[signing.SigningKey, ...]:
        """The keys that the Platform publishes; none when there is nothing at their address. Asked for without the
        bearer, and past every cache on the way: it may hold a set without the newest key.

        :raises Unreachable:
        """
        headers = {"Accept": "application/json", "User-Agent": AGENT, "Cache-Control": "no-cache"}
        answer = self._carry("GET", signing.KEYS_PATH, headers, None)
        if answer.status in NOTHING_THERE:
            return ()
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise Unreachable(address=self.url)
        try:
            return signing.read_keys(answer.body)
        except NOT_OURS:
            raise Unreachable(address=self.url) from None

    def put_batch(self, uid: UUID, body: bytes) -> tuple[receipts.Receipt, bytes]:
        """Send a batch; the receipt, decoded and as it came. :raises Unreachable, Declined:"""
        answer = self._send("PUT", f"/batches/{uid}", batches.pack(body), {"Content-Encoding": "gzip"})
        return self._receipt(uid, answer)

    def get_batch(self, uid: UUID) -> tuple[receipts.Receipt, bytes]:
        """The receipt of a batch that may have come before. :raises Unreachable, Declined: ``batch_not_found``"""
        return self._receipt(uid, self._send("GET", f"/batches/{uid}", None, {}))

    def get_digests(self, *, after: str = "", to: str = "", listed: bool = False) -> reconciliation.Digests:
        """What the Platform holds after one id and up to another. :raises Unreachable, Declined:"""
        asked = {"after": after, "to": to, "list": "1" if listed else ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return self._ask("GET", f"/digests?{query}" if query else "/digests", reconciliation.Digests)

    def preview_batch(self, uid: UUID, body: bytes, *, status: registration.IntegrationStatus) -> receipts.Preview:
        """Ask what sending the batch would do; the uid stays free.

        :param status: what this Platform answered of itself just now: only one that offers previews is asked.
        :raises PreviewNotOffered: nothing was asked.
        :raises Unreachable, Declined:
        """
        if registration.PREVIEW not in status.capabilities:
            raise PreviewNotOffered(version=status.platform_version)
        answer = self._send("PUT", f"/batches/{uid}?preview=1", batches.pack(body), {"Content-Encoding": "gzip"})
        preview = self._decode(answer, receipts.Preview)
        if preview.batch_uid != uid:
            raise Unreachable(address=self.url)
        return preview

    def get_changes(self, *, after: int) -> changes.Changes:
        """What came back, from behind a position; only of a Platform that has the capability.

        :raises Unreachable, Declined: ``changes_ahead``
        """
        return self._ask("GET", f"/changes?after={after}", changes.Changes)

    def _receipt(self, uid: UUID, answer: Answer) -> tuple[receipts.Receipt, bytes]:
        receipt = self._decode(answer, receipts.Receipt)
        if receipt.batch_uid != uid:
            raise Unreachable(address=self.url)
        return receipt, answer.body

    def _ask(self, method: str, path: str, kind: type[T], body: bytes | None = None) -> T:
        return self._decode(self._send(method, path, body, {}), kind)

    def _send(self, method: str, path: str, body: bytes | None, extra: dict[str, str]) -> Answer:
        headers = {
            "Accept": "application/json",
            "Accept-Language": get_language() or "pl",
            "User-Agent": AGENT,
            **({"Content-Type": "application/json"} if body is not None else {}),
            **({"Authorization": f"Bearer {self._bearer}"} if self._bearer else {}),
            **extra,
        }
        answer = self._carry(method, f"/api/v1{path}", headers, body)
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        raise self._refusal(answer)

    def _carry(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        try:
            return self._transport.send(method, f"{self.url}{path}", headers=headers, body=body)
        except NoAnswer:
            raise Unreachable(address=self.url) from None

    def _refusal(self, answer: Answer) -> Refusal:
        try:
            problem = msgspec.json.decode(answer.body, type=problems.Problem)
        except NOT_OURS:
            return Unreachable(address=self.url, retry_after_s=answer.retry_after_s)
        return Declined(problem, retry_after_s=answer.retry_after_s)

    def _decode(self, answer: Answer, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except NOT_OURS:
            raise Unreachable(address=self.url) from None


def safe_address(url: str) -> str:
    """The address of a Platform without a slash at its end.

    :raises AddressNotSafe: when it is neither https nor http on this machine.
    """
    plain = url.strip().rstrip("/")
    try:
        parts = urlsplit(plain)
    except ValueError:  # such as https://[::1
        raise AddressNotSafe(address=plain) from None
    if parts.scheme == "https" and parts.hostname:
        return plain
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return plain
    raise AddressNotSafe(address=url.strip() or "—")
