"""What the company holds. Every row that belongs to a company says which one."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from saldo_core.ids import new_uid


class Operators(BaseUserManager["Operator"]):
    """Finds operators by their log-in."""

    def get_by_natural_key(self, username: str | None) -> "Operator":
        """The operator with the log-in; case doesn't count."""
        return self.get(login=(username or "").strip().lower())


class Operator(AbstractBaseUser):
    """A person who works in this Desk."""

    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)

    objects = Operators()

    USERNAME_FIELD = "login"


class LogInAttempt(models.Model):
    """A wrong password: of which log-in from which client, only as a digest."""

    subject_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_digest", "at"], name="log_in_by_subject")]


class Company(models.Model):
    """A company whose books this Desk keeps. ``revision_last`` is its hybrid clock (``revisions``)."""

    uid = models.UUIDField(default=new_uid, unique=True)
    nip = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=512)
    address = models.CharField(max_length=512, blank=True)
    email = models.CharField(max_length=254, blank=True)
    revision_last = models.BigIntegerField(default=0)


class Counterparty(models.Model):
    """Who the company sells to or buys from; one row for each tax id, or each name where there is none."""

    company = models.ForeignKey(Company, models.CASCADE)
    country = models.CharField(max_length=2)
    tax_id = models.CharField(max_length=50, blank=True)
    name = models.CharField(max_length=512)
    address = models.CharField(max_length=1100, blank=True)
    email = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "country", "tax_id"],
                condition=~Q(tax_id=""),
                name="counterparty_once_per_tax_id",
            )
        ]
        indexes = [
            # the unique one is partial, which SQLite does not use for a value that it is not told
            models.Index(fields=["company", "country", "tax_id", "name"], name="counterparty_by_tax_id"),
        ]


class Direction(models.TextChoices):
    SALES = "sales"
    PURCHASE = "purchase"


class InvoiceState(models.TextChoices):
    APPROVED = "approved"
    CANCELLED = "cancelled"


class PaymentState(models.TextChoices):
    """``none``: nothing is to be paid; ``cancelled``: nobody owes anything any more."""

    NONE = "none"
    OPEN = "open"
    PARTLY = "partly"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Invoice(models.Model):
    """An invoice as issued. ``settled_minor``, ``open_minor``, ``payment_state`` and ``due_on`` (of the earliest
    payment that is open, else of the last) follow its payments: the verbs of ``settlements`` keep them.

    ``party_folded`` and ``search_text`` are what lists sort and search by (``folding``): SQLite knows no Polish
    letters. They are made when the invoice is recorded."""

    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField(default=new_uid)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    type = models.CharField(max_length=20, default="invoice")
    state = models.CharField(max_length=10, choices=InvoiceState.choices, default=InvoiceState.APPROVED)
    number = models.CharField(max_length=256)
    issued_on = models.DateField()
    sold_on = models.DateField(null=True)
    counterparty = models.ForeignKey(Counterparty, models.PROTECT)
    seller_country = models.CharField(max_length=2)
    seller_tax_id = models.CharField(max_length=50, blank=True)
    seller_name = models.CharField(max_length=512)
    seller_address = models.CharField(max_length=1100, blank=True)
    buyer_country = models.CharField(max_length=2)
    buyer_tax_id = models.CharField(max_length=50, blank=True)
    buyer_name = models.CharField(max_length=512)
    buyer_address = models.CharField(max_length=1100, blank=True)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField(default=0)
    open_minor = models.BigIntegerField(default=0)
    payment_state = models.CharField(max_length=9, choices=PaymentState.choices, default=PaymentState.NONE)
    due_on = models.DateField(null=True)
    split_payment = models.BooleanField(default=False)
    ksef_number = models.CharField(max_length=35, blank=True)
    bank_account = models.CharField(max_length=64, blank=True)
    factor_name = models.CharField(max_length=512, blank=True)
    factor_account = models.CharField(max_length=64, blank=True)
    term_in_words = models.CharField(max_length=512, blank=True)
    correction_reason = models.CharField(max_length=256, blank=True)
    note = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    content_digest = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    party_folded = models.CharField(max_length=512, blank=True, default="")
    search_text = models.CharField(max_length=1024, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "uid"], name="invoice_uid_once_per_company"),
            models.UniqueConstraint(
                # without the type: a seller gives a number once, whatever it stands on (decision 11)
                fields=["company", "seller_country", "seller_tax_id", "number", "issued_on"],
                name="invoice_once_per_company",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "revision"], name="invoice_by_revision"),
            models.Index(fields=["company", "-issued_on", "-id"], name="invoice_by_issue"),
            models.Index(fields=["company", "ksef_number"], name="invoice_by_ksef_number"),
            models.Index(fields=["company", "due_on", "id", "open_minor"], name="invoice_by_due"),
            models.Index(fields=["company", "number", "id"], name="invoice_by_number"),
            models.Index(fields=["company", "party_folded", "id"], name="invoice_by_party"),
            models.Index(fields=["company", "gross_minor", "id"], name="invoice_by_gross"),
            models.Index(fields=["company", "open_minor", "due_on", "id"], name="invoice_by_open"),
            models.Index(  # covers what filters and searches look at: a scan of it stands for one of the whole table
                fields=[
                    "company",
                    "-issued_on",
                    "-id",
                    "direction",
                    "type",
                    "payment_state",
                    "currency",
                    "split_payment",
                    "due_on",
                    "net_minor",
                    "gross_minor",
                    "open_minor",
                    "counterparty",
                    "search_text",
                ],
                name="invoice_for_filters",
            ),
        ]


class LinkKind(models.TextChoices):
    CORRECTS = "corrects"
    SETTLES_ADVANCE = "settles_advance"


class InvoiceLink(models.Model):
    """Another invoice that an invoice names, as it names it; ``target`` once that one is in the books (``links``)."""

    company = models.ForeignKey(Company, models.CASCADE)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="links_from")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=LinkKind.choices)
    number = models.CharField(max_length=256, blank=True)
    issued_on = models.DateField(null=True)
    ksef_number = models.CharField(max_length=36, blank=True)
    target = models.ForeignKey(Invoice, models.SET_NULL, null=True, related_name="links_to")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_link_once_per_position"),
            models.CheckConstraint(condition=~Q(number="", ksef_number=""), name="invoice_link_names_something"),
            models.CheckConstraint(
                condition=Q(target=None) | ~Q(target=F("invoice")), name="invoice_link_leads_elsewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "number"], name="invoice_link_by_number"),
            models.Index(fields=["company", "ksef_number"], name="invoice_link_by_ksef_number"),
        ]


class Line(models.Model):
    """One line as issued; quantity and prices are decimal texts. ``before``: what a correction shows as it was."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=512)
    quantity = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=256, blank=True)
    unit_net_price = models.CharField(max_length=64, blank=True)
    net_minor = models.BigIntegerField(null=True)
    vat_rate = models.CharField(max_length=64, blank=True)
    before = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="line_once_per_position")]


class VatTotal(models.Model):
    """One row of the VAT table as issued."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="vat_totals")
    position = models.PositiveIntegerField()
    rate = models.CharField(max_length=64)
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="vat_total_once_per_position")]


class Payment(models.Model):
    """A due item of the payment schedule. ``company`` is its invoice's: the schedule has an index of its own."""

    company = models.ForeignKey(Company, models.CASCADE, db_index=False)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="payments")
    uid = models.UUIDField(default=new_uid, unique=True)
    position = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField(default=0)
    due_on = models.DateField()
    due_on_assumed = models.BooleanField(default=False)
    form = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="payment_once_per_position"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, settled_minor__gte=0, settled_minor__lte=F("amount_minor"))
                | Q(amount_minor__lt=0, settled_minor__lte=0, settled_minor__gte=F("amount_minor")),
                name="payment_settled_within_amount",
            ),
        ]
        indexes = [models.Index(fields=["company", "due_on", "id"], name="payment_by_due")]

    @property
    def open_minor(self) -> int:
        """What is left to pay, in minor units; nothing on a cancelled invoice."""
        return 0 if self.invoice.state == InvoiceState.CANCELLED else self.amount_minor - self.settled_minor


class Settlement(models.Model):
    """A part of a payment that was settled on a day. Un-settling deletes the row; the history keeps it."""

    payment = models.ForeignKey(Payment, models.CASCADE, related_name="settlements")
    uid = models.UUIDField(default=new_uid, unique=True)
    amount_minor = models.BigIntegerField()
    settled_on = models.DateField()
    kind = models.CharField(max_length=12, default="other")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="settlement_is_not_nothing"),
        ]


class HistoryEvent(models.Model):
    """Who did what and when. Rows are only added."""

    company = models.ForeignKey(Company, models.CASCADE)
    at = models.DateTimeField()
    operator = models.ForeignKey(Operator, models.PROTECT, null=True)
    action = models.CharField(max_length=40)
    invoice = models.ForeignKey(Invoice, models.CASCADE, null=True, related_name="history")
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["company", "-at"], name="history_by_time")]


class ListName(models.TextChoices):
    INVOICES = "invoices"
    PAYMENTS = "payments"


class ListView(models.Model):
    """How an operator left a list of a company: filters and sort as a query string, columns, rows of a page."""

    company = models.ForeignKey(Company, models.CASCADE, db_index=False)
    operator = models.ForeignKey(Operator, models.CASCADE)
    name = models.CharField(max_length=10, choices=ListName.choices)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    page_rows = models.PositiveIntegerField(default=50)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "operator", "name"], name="list_view_once_per_operator")
        ]


class InvoiceMark(models.Model):
    """An invoice that an operator has marked in a company's list."""

    company = models.ForeignKey(Company, models.CASCADE, db_index=False)
    operator = models.ForeignKey(Operator, models.CASCADE, db_index=False)
    row = models.ForeignKey(Invoice, models.CASCADE, related_name="marks")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "operator", "row"], name="invoice_marked_once_per_operator")
        ]


class PaymentMark(models.Model):
    """A payment that an operator has marked in a company's payment schedule."""

    company = models.ForeignKey(Company, models.CASCADE, db_index=False)
    operator = models.ForeignKey(Operator, models.CASCADE, db_index=False)
    row = models.ForeignKey(Payment, models.CASCADE, related_name="marks")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "operator", "row"], name="payment_marked_once_per_operator")
        ]
