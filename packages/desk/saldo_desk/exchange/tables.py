"""What the link to the Platform keeps: the link, the registration, runs, the outbox, what was sent."""

from django.db import models
from django.db.models import Q

from saldo_core.ids import new_uid
from saldo_desk.books.tables import Company, Invoice, Operator


class Link(models.Model):
    """The company's link to its Platform. The exchange key itself is in a private file (``key_files``).

    ``problem`` is the code of the last refusal by the Platform, empty when the link works. ``changes_after`` is how far
    what came back was read, by the Platform's count; ``changes_problem`` why it could not be read the last time. Every
    document that was ever answered, and whose revision is no later than ``answered_through``, has an answer to it: what
    has moved is looked for behind it (``choosing.add_changed``). Whoever changes what is known of documents by other
    than an answer puts it back to 0.
    """

    company = models.OneToOneField(Company, models.CASCADE)
    platform_url = models.CharField(max_length=300)
    key_identifier = models.CharField(max_length=8)
    integration_uid = models.UUIDField(null=True)
    problem = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    changes_after = models.BigIntegerField(default=0)
    changes_problem = models.CharField(max_length=60, blank=True, default="")
    answered_through = models.BigIntegerField(default=0)


class RegistrationState(models.TextChoices):
    """``started``: stored here, not known to have reached the Platform."""

    STARTED = "started"
    CODE_SENT = "code_sent"
    ACTIVATION_SENT = "activation_sent"
    ACTIVATED = "activated"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ABANDONED = "abandoned"


REGISTRATION_TAKEN = (
    RegistrationState.CODE_SENT,
    RegistrationState.ACTIVATION_SENT,
    RegistrationState.ACTIVATED,
)
REGISTRATION_OPEN = (RegistrationState.STARTED, *REGISTRATION_TAKEN)


class Registration(models.Model):
    """A registration begun in this Desk. Its secret lies beside the key in a private file.

    ``request`` is the body of the PUT, so that it can go again after a crash. A new one takes the place of an open
    one when the Platform takes it, not before. ``message`` is the Platform's word when it was declined;
    ``integration`` its word on the integration: ``none`` while the company's account there doesn't let this one in.
    """

    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField(default=new_uid, unique=True)
    platform_url = models.CharField(max_length=300)
    email = models.CharField(max_length=254)
    request = models.BinaryField()
    state = models.CharField(max_length=16, choices=RegistrationState.choices, default=RegistrationState.STARTED)
    started_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)
    resend_at = models.DateTimeField(null=True)
    tries_left = models.PositiveIntegerField(default=0)
    code_expires_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=1000, blank=True)
    integration = models.CharField(max_length=21, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state__in=REGISTRATION_TAKEN), name="one_taken_registration_per_company"
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(state=RegistrationState.STARTED),
                name="one_started_registration_per_company",
            ),
        ]

    @property
    def step(self) -> str:
        """The state, and ``not_made`` where the account is active and the program was not connected."""
        return "not_made" if self.state == RegistrationState.ACTIVATED and self.integration == "none" else self.state


class RunState(models.TextChoices):
    """``waiting``: for a key, an activation, a confirmation, or the next try; ``reason`` says which. ``previewed``: the
    Platform has said what it would do, and a person has to say yes. How they follow each other: ``run_states``."""

    QUEUED = "queued"
    WAITING = "waiting"
    RUNNING = "running"
    PREVIEWED = "previewed"
    DONE = "done"
    STOPPED = "stopped"


RUN_ACTIVE = (RunState.QUEUED, RunState.WAITING, RunState.RUNNING, RunState.PREVIEWED)


class RunStage(models.TextChoices):
    """What is done when the run is carried out: ask the Platform what sending would do (``preview``), send (``send``:
    a person has said yes), ask only and never send (``look``), or compare what was sent with what the Platform holds
    (``verify``)."""

    PREVIEW = "preview"
    SEND = "send"
    LOOK = "look"
    VERIFY = "verify"


class Run(models.Model):
    """One synchronisation that was asked for. One at a time for a company.

    ``only_marked``: what changed since it was sent doesn't join. ``compared``: how many documents a run of stage
    ``verify`` has compared. ``started_at`` is the first try's. ``by_schedule``:
    the schedule asked for it, no person. ``failures`` counts the tries since the last one in which anything went right,
    ``waiting_since`` is when the first of them failed, or when the run began to wait for a person.
    """

    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField(default=new_uid, unique=True)
    asked_by = models.ForeignKey(Operator, models.PROTECT, null=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=RunState.choices, default=RunState.QUEUED)
    stage = models.CharField(max_length=7, choices=RunStage.choices, default=RunStage.SEND)
    only_marked = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    reason_detail = models.CharField(max_length=600, blank=True)
    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)
    by_schedule = models.BooleanField(default=False)
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_requested = models.BooleanField(default=False)
    compared = models.PositiveIntegerField(null=True)
    seen = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=Q(state__in=RUN_ACTIVE), name="one_active_run_per_company"
            )
        ]
        indexes = [models.Index(fields=["company", "-asked_at"], name="run_by_time")]


class OutboxBatch(models.Model):
    """A batch on disk before it is sent. ``receipt`` is null until the Platform has answered, ``received_at`` the
    Platform's stamp on it. ``body_digest`` is what the receipt says of the body, and it was right; ``checked_at``: when
    its signature was checked and fitted, null for a receipt that bears none."""

    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField(default=new_uid, unique=True)
    integration_uid = models.UUIDField()
    run = models.ForeignKey(Run, models.PROTECT)
    body = models.BinaryField()
    made_at = models.DateTimeField()
    receipt = models.BinaryField(null=True)
    received_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    body_digest = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company"], condition=Q(receipt=None), name="outbox_unacknowledged")]


class PlatformKey(models.Model):
    """A public key that a Platform signs receipts with, or did. Outlives the link: old receipts stay checkable.
    ``public_key`` is in base64url, ``kid`` its thumbprint."""

    company = models.ForeignKey(Company, models.CASCADE)
    platform_url = models.CharField(max_length=300)
    kid = models.CharField(max_length=43)
    public_key = models.CharField(max_length=43)
    signs_from = models.DateTimeField()
    signs_until = models.DateTimeField(null=True)
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "platform_url", "kid"], name="platform_key_once_per_link")
        ]


class RunOutcome(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    UNCHANGED = "unchanged"
    STALE = "stale"
    REFUSED = "refused"
    REMOVED = "removed"


class RunDocument(models.Model):
    """A document of a run: ``marked`` by a person or chosen by the schedule, or changed since. ``result`` is
    the Platform's word (``created``, ``updated`` …), ``revision`` the one that was sent, ``digest`` of the content that
    was sent; ``tombstone``: what was sent says that the invoice is withdrawn; ``brings_back``: it was gone from the
    Platform when a person marked it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="documents")
    invoice = models.ForeignKey(Invoice, models.CASCADE)
    marked = models.BooleanField()
    batch = models.ForeignKey(OutboxBatch, models.PROTECT, null=True, related_name="documents")
    revision = models.BigIntegerField(null=True)
    payments = models.PositiveIntegerField(default=0)
    tombstone = models.BooleanField(default=False)
    brings_back = models.BooleanField(default=False)
    digest = models.CharField(max_length=32, blank=True, default="")
    outcome = models.CharField(max_length=9, choices=RunOutcome.choices, default=RunOutcome.PENDING)
    result = models.CharField(max_length=12, blank=True)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=1000, blank=True)

    BUILT_ON = ~Q(run__state=RunState.STOPPED, outcome=RunOutcome.PENDING, batch=None)
    """A preview that was declined, or a run that was stopped before its turn, doesn't keep an invoice in the books."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "invoice"], name="document_once_per_run")]


class Forecast(models.Model):
    """What the Platform said sending a document of a run would do, when it was at ``revision``. ``outcome`` is the
    Platform's word; ``changes`` holds ``{pointer, from, to}`` between what it has and what would be sent."""

    document = models.OneToOneField(RunDocument, models.CASCADE, related_name="forecast")
    revision = models.BigIntegerField()
    outcome = models.CharField(max_length=12)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    changes = models.JSONField(default=list)
    changes_left_out = models.PositiveIntegerField(default=0)


class PreviewSkipped(models.Model):
    """The operator wants no preview before sending for this company („Nie pytaj ponownie”)."""

    company = models.ForeignKey(Company, models.CASCADE)
    operator = models.ForeignKey(Operator, models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "operator"], name="preview_skipped_once_per_operator")
        ]


class Told(models.TextChoices):
    """What the Platform told of an invoice after the last answer to it: a person brought it back there, another program
    removed it, or another program sends it now."""

    NOTHING = ""
    RESTORED = "restored"
    REMOVED = "removed"
    TAKEN_OVER = "taken_over"


class SentDocument(models.Model):
    """What the Platform is known to hold of an invoice: by its receipts, and by what it told since (``told``).

    ``sent_revision`` is null when it was only ever refused, or was removed; ``answered_revision`` is the last one that
    got an answer. It holds for the Platform at ``platform_url``, whatever key or integration it went under.
    ``external_id`` and ``digest`` (of the content at ``sent_revision``) are what ``verifying`` compares.
    """

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="sent")
    company = models.ForeignKey(Company, models.CASCADE)
    platform_url = models.CharField(max_length=300)
    external_id = models.CharField(max_length=64, default="")
    digest = models.CharField(max_length=32, blank=True, default="")
    sent_revision = models.BigIntegerField(null=True)
    answered_revision = models.BigIntegerField()
    answered_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=RunOutcome.choices)
    code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    told = models.CharField(max_length=10, choices=Told.choices, blank=True, default=Told.NOTHING, db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["company", "platform_url"], name="sent_by_platform"),
            models.Index(  # holds all that is compared (decision 19)
                fields=["company", "external_id", "digest", "sent_revision"],
                condition=Q(sent_revision__isnull=False),
                name="sent_in_order",
            ),
        ]


class DifferenceKind(models.TextChoices):
    """``missing`` there; ``extra``: held there, and not known here to be; ``different`` content."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"


class Difference(models.Model):
    """A document in which what was sent and what the Platform holds differ, as a run of stage ``verify`` found it.

    ``invoice`` is the one of these books, where there is one: under the same uid, or, for an ``extra`` one, with the
    same number and day. Number and day are those of the books, else the Platform's.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="differences")
    external_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=9, choices=DifferenceKind.choices)
    invoice = models.ForeignKey(Invoice, models.CASCADE, null=True)
    number = models.CharField(max_length=256)
    issued_on = models.DateField(null=True)
    sent_revision = models.BigIntegerField(null=True)
    held_revision = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "external_id"], name="difference_once_per_run")]


class Withdrawal(models.Model):
    """An invoice that is to leave the Platform, or has left it (``sent`` says which). It goes as a tombstone until the
    row is gone. ``revision`` is the invoice's when it was asked for: what was answered before is not the answer."""

    invoice = models.OneToOneField(Invoice, models.CASCADE, related_name="withdrawal")
    company = models.ForeignKey(Company, models.CASCADE)
    revision = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(Operator, models.PROTECT, null=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["company", "asked_at"], name="withdrawal_by_time")]


class ScheduleMode(models.TextChoices):
    OFF = "off"
    EVERY = "every"
    AT = "at"


class Schedule(models.Model):
    """When a company's invoices are sent without a person („Automat synchronizacji”), and which.

    ``at_times`` are times of day in Poland, ``08:00``. What changed since it was sent always goes; with
    ``approved_from`` also invoices that were never sent, issued on that day or later, of ``directions``.

    ``planned_at`` is when ``next_at`` was worked out: a clock that stands before it was set back. ``looked_at`` is the
    last look, with ``found``: ``nothing``, ``sent``, or why it was left out; ``skipped`` how many were left out since
    the last that was not.
    """

    company = models.OneToOneField(Company, models.CASCADE)
    mode = models.CharField(max_length=5, choices=ScheduleMode.choices, default=ScheduleMode.OFF)
    every_minutes = models.PositiveIntegerField(default=15)
    at_times = models.JSONField(default=list)
    approved_from = models.DateField(null=True)
    directions = models.JSONField(default=list)
    set_by = models.ForeignKey(Operator, models.PROTECT, null=True)
    set_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    found = models.CharField(max_length=60, blank=True)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mode=ScheduleMode.OFF, next_at=None) | ~Q(mode=ScheduleMode.OFF) & Q(next_at__isnull=False),
                name="schedule_is_off_or_has_a_next_time",
            )
        ]
