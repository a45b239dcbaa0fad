"""Whether a receipt is the Platform's own, and of what was sent: looked at before anything is taken for sent.

The Platform's public keys are asked for when a receipt names one that is not known here, once in a run, and kept for
good: an old receipt is checked with the key of its day. A key's id is its thumbprint: no other can take its name.

::

    Refusal
    └── ReceiptNotGenuine       signature, key, batch, body, company or integration is not right
"""

from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_desk.exchange.connection import CLOCK_DIFFERENCE_MAX
from saldo_desk.exchange.platform_api import PlatformApi
from saldo_desk.exchange.tables import OutboxBatch, PlatformKey
from saldo_protocol import digest, receipts, signing
from saldo_protocol.registration import SIGNED_RECEIPTS, IntegrationStatus

UNSIGNED: Final = _("it bears no signature, although this Platform signs its receipts")
KEY_UNKNOWN: Final = _("the Platform does not publish the key that it is signed with")
KEY_FALSE: Final = _("the Platform publishes the key that it is signed with under another key's name")
ALTERED: Final = _("its signature does not fit what it says")
OTHER_BATCH: Final = _("it is the receipt of another batch")
OTHER_BODY: Final = _("it was given for other content than was sent")
OTHER_COMPANY: Final = _("it was given to another company")


class ReceiptNotGenuine(Refusal):
    """What came as the receipt of a batch proves nothing. The batch stays as it is."""

    code = "receipt_not_genuine"
    text = _("The receipt of batch %(batch)s is not genuine: %(why)s.")

    def __init__(self, *, batch: OutboxBatch, why: Promise) -> None:
        super().__init__(batch=batch.uid, why=why)


class ReceiptChecks:
    """The checks of one run: with the keys that are kept here, and those that the Platform publishes now.

    :param status: what the Platform answered of itself just now.
    """

    def __init__(self, *, api: PlatformApi, status: IntegrationStatus) -> None:
        self._api, self._signs = api, SIGNED_RECEIPTS in status.capabilities
        self._asked = False
        self._false_kids: set[str] = set()
        self._kept: dict[str, str] = {}

    def check(self, *, batch: OutboxBatch, receipt: receipts.Receipt, raw: bytes, now: datetime) -> bool:
        """Whether the receipt is signed; False for one of a Platform, or of a time, that signed none.

        :raises ReceiptNotGenuine: it is not the Platform's, or not of this batch.
        :raises Unreachable: the Platform's keys were needed, and no answer came.
        """
        if receipt.batch_uid != batch.uid or receipt.integration_uid != batch.integration_uid:
            raise ReceiptNotGenuine(batch=batch, why=OTHER_BATCH)
        if receipt.body_digest != digest.of_body(bytes(batch.body)):
            raise ReceiptNotGenuine(batch=batch, why=OTHER_BODY)
        try:
            apart = signing.take_apart(raw)
        except signing.NotSigned:
            if self._must_be_signed(batch, now):
                raise ReceiptNotGenuine(batch=batch, why=UNSIGNED) from None
            return False
        self._verify(batch, apart, now)
        if receipt.nip != batch.company.nip:
            raise ReceiptNotGenuine(batch=batch, why=OTHER_COMPANY)
        return True

    def _verify(self, batch: OutboxBatch, apart: signing.Signed, now: datetime) -> None:
        if not _fits(self._public_key(batch, apart.signature.key_id, now), apart):
            raise ReceiptNotGenuine(batch=batch, why=ALTERED)

    def _public_key(self, batch: OutboxBatch, kid: str, now: datetime) -> str:
        if kid not in self._kept:
            self._kept |= self._known(batch).filter(kid=kid).values_list("kid", "public_key")
        if kid not in self._kept:
            self._ask(batch, now)
            self._kept |= self._known(batch).filter(kid=kid).values_list("kid", "public_key")
        if kid not in self._kept:
            raise ReceiptNotGenuine(batch=batch, why=KEY_FALSE if kid in self._false_kids else KEY_UNKNOWN)
        return self._kept[kid]

    def _must_be_signed(self, batch: OutboxBatch, now: datetime) -> bool:
        """Once a Platform signs, whatever it says of itself later. A batch that may have come before its first key was
        made, by our own clock, may have got a receipt without."""
        if self._signs and not self._known(batch).exists():
            self._ask(batch, now)
        first = self._known(batch).order_by("signs_from").first()
        if first is None:
            return self._signs
        return batch.made_at > first.signs_from + CLOCK_DIFFERENCE_MAX

    def _known(self, batch: OutboxBatch) -> "QuerySet[PlatformKey]":
        return PlatformKey.objects.filter(company=batch.company, platform_url=self._api.url)

    def _ask(self, batch: OutboxBatch, now: datetime) -> None:
        if self._asked:
            return
        published, self._asked = self._api.get_signing_keys(), True
        self._false_kids = {key.kid for key in published if not _is_its_own(key)}
        PlatformKey.objects.bulk_create(
            [
                PlatformKey(
                    company=batch.company,
                    platform_url=self._api.url,
                    kid=key.kid,
                    public_key=key.x,
                    signs_from=key.saldo_from,
                    signs_until=key.saldo_until,
                    learned_at=now,
                )
                for key in published
                if key.kid not in self._false_kids
            ],
            update_conflicts=True,
            unique_fields=["company", "platform_url", "kid"],
            update_fields=["signs_until"],
        )


def _fits(public_key: str, apart: signing.Signed) -> bool:
    from cryptography.exceptions import InvalidSignature  # here, so that commands that check nothing start faster
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        value = signing.octets_of(apart.signature.value, length=signing.SIGNATURE_BYTES)
        octets = signing.octets_of(public_key, length=signing.PUBLIC_KEY_BYTES)
        Ed25519PublicKey.from_public_bytes(octets).verify(value, apart.content)
    except (ValueError, InvalidSignature):
        return False
    return True


def _is_its_own(key: signing.SigningKey) -> bool:
    try:
        return signing.key_id(signing.octets_of(key.x, length=signing.PUBLIC_KEY_BYTES)) == key.kid
    except ValueError:
        return False
