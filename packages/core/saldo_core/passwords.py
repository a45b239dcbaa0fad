"""Argon2id at OWASP's minimum: 19 MiB, 2 passes, 1 lane.

Django's default takes ten times as much, which makes the log-in form a lever for denial of service.
Source: OWASP Password Storage Cheat Sheet.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2Hasher(Argon2PasswordHasher):
    """The first hasher of both programs."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
