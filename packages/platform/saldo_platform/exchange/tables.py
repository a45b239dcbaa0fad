"""What companies sent. The company stands first in every primary and unique key, so that these tables can be
spread by company later (``docs/decisions/0003-company-first-in-growing-tables.md``)."""

from django.db import models

from saldo_platform.companies.tables import Company, Integration


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


class Invoice(models.Model):
    """An invoice as last sent. ``content`` is its canonical encoding; the columns beside it are for lists."""

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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "integration", "external_id"], name="invoice_once_per_integration"
            ),
            models.UniqueConstraint(
                fields=["company", "seller_country", "seller_tax_id", "number", "issued_on"],
                name="invoice_once_per_company",
            ),
        ]
        indexes = [models.Index(fields=["company", "-issued_on", "-uid"], name="invoice_by_issue")]


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
    """One position of the company's change feed: what services read on from."""

    pk = models.CompositePrimaryKey("company_id", "n")
    company = models.ForeignKey(Company, models.CASCADE)
    n = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    invoice_uid = models.UUIDField()
    at = models.DateTimeField()
