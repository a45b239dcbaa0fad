"""What companies sent. The company stands first in every primary and unique key, so that these tables can be
spread by company later (``docs/decisions/0003-company-first-in-growing-tables.md``)."""

from django.db import models
from django.db.models import Q

from saldo_platform.companies.tables import Company, Integration, Person
from saldo_protocol.signing import ALGORITHM


class Feed(models.Model):
    """The last position given in the company's change feed. Its row is the company's lock."""

    company = models.OneToOneField(Company, models.CASCADE, primary_key=True)
    last_n = models.BigIntegerField(default=0)


class Batch(models.Model):
    """A batch that was taken in. Its uid is the idempotency key, for ever; the receipt is kept as it was answered."""

    pk = models.CompositePrimaryKey("company_id", "uid")
    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField()
    integration = models.ForeignKey(Integration, models.PROTECT)
    body_digest = models.CharField(max_length=64)
    receipt = models.BinaryField()
    received_at = models.DateTimeField()


class SigningKey(models.Model):
    """A key that signs receipts, or did. It belongs to the Platform and no company. ``public_key`` is in base64url; the
    private one is in a file (``signing``). A row is never removed: old receipts must stay checkable."""

    kid = models.CharField(max_length=43, primary_key=True)
    algorithm = models.CharField(max_length=7, default=ALGORITHM)
    public_key = models.CharField(max_length=43)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=Q(retired_at=None), name="one_signing_key_in_use_per_algorithm"
            )
        ]


class Invoice(models.Model):
    """An invoice as last sent. ``content`` is its canonical encoding; the columns beside it are for lists.

    A removed one (``removed_at``) stands in no list and holds no identity. Once its content is purged, external id,
    digest and revision stay: a late repeat must not bring it back.
    """

    pk = models.CompositePrimaryKey("company_id", "uid")
    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField()
    integration = models.ForeignKey(Integration, models.PROTECT)
    external_id = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    digest = models.CharField(max_length=32)
    direction = models.CharField(max_length=8)
    type = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    number = models.CharField(max_length=256)
    issued_on = models.DateField()
    seller_country = models.CharField(max_length=2)
    seller_tax_id = models.CharField(max_length=50)
    counterparty_name = models.CharField(max_length=512)
    counterparty_tax_id = models.CharField(max_length=50)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    due_on = models.DateField(null=True)
    payment_state = models.CharField(max_length=8)
    split_payment = models.BooleanField()
    ksef_number = models.CharField(max_length=256)
    content = models.BinaryField()
    batch_uid = models.UUIDField()
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "integration", "external_id"], name="invoice_once_per_integration"
            ),
            models.UniqueConstraint(
                fields=["company", "seller_country", "seller_tax_id", "number", "issued_on"],
                condition=Q(removed_at=None),
                name="invoice_once_per_company",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-issued_on", "-uid"], name="invoice_by_issue"),
            models.Index(  # holds all that is compared: a wide table is not read for it (decision 19)
                fields=["company", "integration", "external_id", "digest", "removed_at"],
                condition=Q(removed_at=None),
                name="invoice_in_order",
            ),
        ]


class Payment(models.Model):
    """A due item of an invoice, for the lists of incoming and outgoing payments."""

    pk = models.CompositePrimaryKey("company_id", "invoice_uid", "external_id")
    company = models.ForeignKey(Company, models.CASCADE)
    invoice_uid = models.UUIDField()
    external_id = models.CharField(max_length=64)
    incoming = models.BooleanField()
    amount_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField()
    open_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    due_on = models.DateField()
    form = models.CharField(max_length=10)
    invoice_number = models.CharField(max_length=256)
    counterparty_name = models.CharField(max_length=512)

    class Meta:
        indexes = [models.Index(fields=["company", "incoming", "due_on"], name="payment_by_due_date")]


class Change(models.Model):
    """One position of the company's change feed: what services read on from. ``told_to``: the program that is told of
    it (``coming_back``), with the document's ``revision`` after it; most are told to none."""

    pk = models.CompositePrimaryKey("company_id", "n")
    company = models.ForeignKey(Company, models.CASCADE)
    n = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    invoice_uid = models.UUIDField()
    at = models.DateTimeField()
    told_to = models.ForeignKey(Integration, models.PROTECT, null=True, db_index=False)
    revision = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(told_to=None) | Q(revision__isnull=False), name="change_that_is_told_has_a_revision"
            )
        ]
        indexes = [
            models.Index(fields=["company", "invoice_uid"], name="change_by_invoice"),
            models.Index(
                fields=["company", "told_to", "n"], condition=Q(told_to__isnull=False), name="change_that_is_told"
            ),
        ]


class Removal(models.Model):
    """A removal that was carried out, under its position ``n`` in the change feed. ``request_uid``: the request that
    allowed it. It ends when the document is back, by a person (``restored_by``) or by a newer revision."""

    pk = models.CompositePrimaryKey("company_id", "n")
    company = models.ForeignKey(Company, models.CASCADE)
    n = models.BigIntegerField()
    invoice_uid = models.UUIDField()
    integration = models.ForeignKey(Integration, models.PROTECT)
    reason = models.CharField(max_length=9)
    note = models.CharField(max_length=512, blank=True)
    at = models.DateTimeField()
    request_uid = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "invoice_uid"], condition=Q(ended_at=None), name="one_open_removal_per_invoice"
            )
        ]
        indexes = [models.Index(fields=["company", "at"], name="removal_by_time")]


class RemovalRequestState(models.TextChoices):
    """``asked → allowed | refused``; a decision holds until ``valid_until``."""

    ASKED = "asked"
    ALLOWED = "allowed"
    REFUSED = "refused"


class RemovalRequest(models.Model):
    """A program wanted to remove more than it may unasked; an administrator decides."""

    pk = models.CompositePrimaryKey("company_id", "uid")
    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField()
    integration = models.ForeignKey(Integration, models.PROTECT)
    state = models.CharField(max_length=7, choices=RemovalRequestState.choices, default=RemovalRequestState.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "integration"],
                condition=Q(state=RemovalRequestState.ASKED),
                name="one_asked_removal_request_per_integration",
            )
        ]


class RemovalWish(models.Model):
    """A document that a request is about. Gone once it was removed, or sent again under a newer revision: consent is
    used once. That of a refused request stays when its document is sent again."""

    pk = models.CompositePrimaryKey("company_id", "request_uid", "invoice_uid")
    company = models.ForeignKey(Company, models.CASCADE)
    request_uid = models.UUIDField()
    invoice_uid = models.UUIDField()
    note = models.CharField(max_length=512, blank=True)
