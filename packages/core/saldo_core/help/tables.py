"""Whether an article helped: one vote of each person for each article. Each program has its own table of it."""

from django.conf import settings
from django.db import models

TEXT_LENGTH_MAX = 1000


class Vote(models.Model):
    """A person's word on an article, in the language in which it was read; it may be changed."""

    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    article = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    helpful = models.BooleanField()
    text = models.CharField(max_length=TEXT_LENGTH_MAX, blank=True)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["article", "voter"], name="help_vote_once_per_person")]
