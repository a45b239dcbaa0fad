"""Who: people, companies, registrations, integrations, exchange keys; mail and audit."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from saldo_core.ids import new_uid


class People(BaseUserManager["Person"]):
    """Finds people by e-mail."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with the address; case doesn't count."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """A person who may log in. ``email`` is stored in lower case."""

    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    language = models.CharField(max_length=2, default="pl")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    objects = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"


class Company(models.Model):
    """A company, once for its NIP."""

    uid = models.UUIDField(default=new_uid, unique=True)
    nip = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=512)
    address = models.CharField(max_length=512, blank=True)
    joined_at = models.DateTimeField()
    members: "models.ManyToManyField[Person, Membership]" = models.ManyToManyField(
        Person, through="Membership", related_name="companies"
    )


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


class Membership(models.Model):
    """A person's place in a company."""

    company = models.ForeignKey(Company, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE)
    role = models.CharField(max_length=13, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "person"], name="member_once_per_company")]


class RegistrationState(models.TextChoices):
    CODE_SENT = "code_sent"
    ACTIVATION_SENT = "activation_sent"
    ACTIVATED = "activated"


class Registration(models.Model):
    """A registration, from an ERP (with a key) or from the web form (without). ``request_digest`` is of all that was
    asked for but the e-mail address, which may be changed until it is verified.

    Only digests are kept: of the secret that guards it, of the code (salted by the uid), of the key.
    """

    uid = models.UUIDField(primary_key=True)
    secret_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=15, choices=RegistrationState.choices, default=RegistrationState.CODE_SENT)
    email = models.CharField(max_length=254)
    person_name = models.CharField(max_length=150)
    nip = models.CharField(max_length=10)
    company_name = models.CharField(max_length=512)
    company_address = models.CharField(max_length=512, blank=True)
    language = models.CharField(max_length=2)
    key_identifier = models.CharField(max_length=8, null=True, unique=True)  # noqa: DJ001  none from the web
    key_digest = models.CharField(max_length=64, blank=True)
    program = models.CharField(max_length=256, blank=True)
    client_address = models.CharField(max_length=45)
    started_at = models.DateTimeField()
    request_digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64)
    code_expires_at = models.DateTimeField()
    code_tries = models.PositiveIntegerField(default=0)
    mailed_at = models.DateTimeField()
    integration = models.ForeignKey("Integration", models.SET_NULL, null=True)


class Attempt(models.Model):
    """One attempt of a kind: what the limits count. Its subject (an address, a client) only as a digest."""

    kind = models.CharField(max_length=20)
    subject_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "subject_digest", "at"], name="attempt_by_subject")]


class ActivationLink(models.Model):
    """A link that was mailed. Looking at it consumes nothing; setting the password does."""

    registration = models.ForeignKey(Registration, models.CASCADE)
    token_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Consent(models.Model):
    """A consent as it was given: which text, when, from where; with a registration, or later on the account's page.

    A row is evidence and stays: ``withdrawn_at`` says since when it no longer holds.
    """

    registration = models.ForeignKey(Registration, models.CASCADE, null=True, related_name="consents")
    person = models.ForeignKey(Person, models.CASCADE, null=True)
    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    text_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=2)
    given_at = models.DateTimeField()
    client_address = models.CharField(max_length=45)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "code"], name="consent_once_per_registration"),
            models.CheckConstraint(
                condition=Q(registration__isnull=False) | Q(person__isnull=False), name="consent_is_somebodys"
            ),
        ]


class IntegrationState(models.TextChoices):
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    REVOKED = "revoked"


class Integration(models.Model):
    """The connection of one ERP with one company. Data flows once a person has confirmed it."""

    uid = models.UUIDField(default=new_uid, unique=True)
    company = models.ForeignKey(Company, models.CASCADE, related_name="integrations")
    state = models.CharField(max_length=21, choices=IntegrationState.choices)
    name = models.CharField(max_length=256)
    asked_by = models.CharField(max_length=254)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True)


class ExchangeKey(models.Model):
    """A key: its identifier and SHA-256. A key that was replaced works until ``works_until``, and says by which.

    ``used_program`` is what the request called itself, ``used_sender`` the sender that its last batch named.
    ``notice_days``: the last of the notices before it expires that was mailed (30, 20, 10).
    """

    company = models.ForeignKey(Company, models.CASCADE)
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="keys")
    identifier = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True)
    used_at = models.DateTimeField(null=True)
    used_from = models.CharField(max_length=45, blank=True)
    used_program = models.CharField(max_length=128, blank=True)
    used_sender = models.CharField(max_length=1100, blank=True)
    revoked_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    notice_days = models.PositiveSmallIntegerField(null=True)
    works_until = models.DateTimeField(null=True)
    replaced_by = models.OneToOneField("self", models.RESTRICT, null=True, related_name="replaces")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True, works_until__isnull=True)
                | Q(replaced_by__isnull=False, works_until__isnull=False),
                name="replaced_key_says_until_when",
            )
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="key_by_expiry")]


class EmailChange(models.Model):
    """A person's wish to log in with another address: a link to the new one, a link to undo it to the old one.

    No ``token_digest``: the new address had an account already, so nothing can be confirmed.
    """

    person = models.ForeignKey(Person, models.CASCADE)
    old_email = models.CharField(max_length=254)
    new_email = models.CharField(max_length=254)
    token_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001  none when it can't be used
    undo_digest = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    undo_until = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)


class ClaimState(models.TextChoices):
    ASKED = "asked"
    TO_OPERATOR = "to_operator"
    ACCEPTED = "accepted"
    REFUSED = "refused"


CLAIM_OPEN = (ClaimState.ASKED, ClaimState.TO_OPERATOR)


class Claim(models.Model):
    """Somebody registered for a company that is here, and asks to belong to it. ``registration`` has the program that
    is connected once the claim is accepted; ``note`` is the operator's evidence."""

    uid = models.UUIDField(default=new_uid, unique=True)
    company = models.ForeignKey(Company, models.CASCADE, related_name="claims")
    person = models.ForeignKey(Person, models.CASCADE)
    registration = models.ForeignKey(Registration, models.SET_NULL, null=True)
    state = models.CharField(max_length=11, choices=ClaimState.choices, default=ClaimState.ASKED)
    message = models.CharField(max_length=1000, blank=True)
    asked_at = models.DateTimeField()
    to_operator_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person"], condition=Q(state__in=CLAIM_OPEN), name="one_open_claim_per_person"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLAIM_OPEN, decided_at__isnull=True)
                | (~Q(state__in=CLAIM_OPEN) & Q(decided_at__isnull=False)),
                name="decided_claim_says_when",
            ),
        ]
        indexes = [models.Index(fields=["company", "state"], name="claim_by_state")]


class Mail(models.Model):
    """A mail to be sent, stored with what caused it. Its text is removed once it is sent: it holds codes."""

    uid = models.UUIDField(default=new_uid, unique=True)
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    made_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["next_try_at"], condition=Q(sent_at=None), name="mail_to_send")]


class AuditEvent(models.Model):
    """Who did what, when and from where. Rows are only added."""

    company = models.ForeignKey(Company, models.CASCADE)
    at = models.DateTimeField()
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    action = models.CharField(max_length=40)
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["company", "-at"], name="audit_by_time")]
