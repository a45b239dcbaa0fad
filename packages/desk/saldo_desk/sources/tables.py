"""Imports and their files: what came in, what became of it, and where it lies meanwhile."""

from django.db import models

from saldo_core.ids import new_uid
from saldo_desk.books.tables import Company, Invoice, Operator


class ImportState(models.TextChoices):
    """``receiving → reading → previewed → recording → done``; ``stopped`` goes on when asked; ``discarded`` and
    ``undone`` leave nothing in the books. ``imports.TRANSITIONS`` says which follows which."""

    RECEIVING = "receiving"
    READING = "reading"
    PREVIEWED = "previewed"
    RECORDING = "recording"
    DONE = "done"
    STOPPED = "stopped"
    DISCARDED = "discarded"
    UNDONE = "undone"


IMPORT_BUSY = (ImportState.READING, ImportState.RECORDING)
"""States in which the worker has something to do."""


class ImportProblem(models.TextChoices):
    """Why an import stopped that nobody stopped."""

    NO_ROOM = "no_room"
    INTERNAL = "internal_error"
    READER_DIED = "reader_died"


class Import(models.Model):
    """Files that came in together. ``recording_asked`` tells a stop while recording from one while reading.

    ``counterparty_last`` is the last counterparty there was when recording began: later ones may have been made by it.
    """

    company = models.ForeignKey(Company, models.CASCADE)
    uid = models.UUIDField(default=new_uid)
    operator = models.ForeignKey(Operator, models.PROTECT, null=True)
    state = models.CharField(max_length=9, choices=ImportState.choices, default=ImportState.RECEIVING)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Operator, models.PROTECT, null=True, related_name="imports_undone")
    stop_requested = models.BooleanField(default=False)
    recording_asked = models.BooleanField(default=False)
    counterparty_last = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=20, choices=ImportProblem.choices, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "uid"], name="import_uid_once_per_company")]
        indexes = [
            models.Index(fields=["company", "-began_at"], name="import_by_time"),
            models.Index(fields=["id"], condition=models.Q(state__in=("reading", "recording")), name="import_busy"),
        ]


class ImportOutcome(models.TextChoices):
    """``archive``: not unpacked yet; ``waiting``: not read yet; ``left_out``: nothing that is meant to be read."""

    ARCHIVE = "archive"
    WAITING = "waiting"
    NEW = "new"
    ALREADY_HERE = "already_here"
    CONFLICT = "conflict"
    REFUSED = "refused"
    LEFT_OUT = "left_out"


class ImportFile(models.Model):
    """One file of an import, in the order of ``position``, then of its key; files of an archive have its position.

    ``path`` is where its bytes lie (``spool.stored``). ``identity`` is a digest of what makes an invoice the same
    one. ``code`` and ``values`` are the reason, told in the reader's language by ``import_refusals``. ``recorded``
    becomes true in the transaction that puts the invoice into the books; ``revision`` is the invoice's when the import
    ended.
    """

    within = models.ForeignKey(Import, models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=1024)
    path = models.CharField(max_length=12_288, blank=True)
    outcome = models.CharField(max_length=12, choices=ImportOutcome.choices, default=ImportOutcome.WAITING)
    code = models.CharField(max_length=60, blank=True)
    line = models.PositiveIntegerField(null=True)
    values = models.JSONField(default=dict)
    number = models.CharField(max_length=256, blank=True)
    counterparty = models.CharField(max_length=512, blank=True)
    gross_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    ksef_number = models.CharField(max_length=36, blank=True)
    identity = models.CharField(max_length=64, blank=True)
    content_digest = models.CharField(max_length=64, blank=True)
    warnings = models.JSONField(default=list)
    with_warnings = models.BooleanField(default=False)
    recorded = models.BooleanField(default=False)
    invoice = models.ForeignKey(Invoice, models.SET_NULL, null=True, related_name="import_files")
    revision = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["within", "outcome", "position", "id"], name="import_file_by_outcome"),
            models.Index(fields=["within", "position", "id"], name="import_file_by_position"),
            models.Index(fields=["within", "identity"], name="import_file_by_identity"),
        ]
