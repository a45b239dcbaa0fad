"""An anticipated *no*: what every room raises when it declines to do something.

::

    Refusal
    ├── (each room's own subclasses, beside the code that raises them)

A view turns a refusal into a form error, the API into ``application/problem+json`` (RFC 9457), a command
into one line and an exit code. Anything that is not a Refusal is a bug and keeps its traceback.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from saldo_core.writing import written
from saldo_protocol.money import Money


class Refusal(Exception):
    """Base of all refusals.

    ``code`` is stable and never translated. ``text`` is a lazily translated sentence with ``%(name)s`` places
    that says what is wrong and what to do; the keyword arguments fill them. ``Money`` among them is written in
    the language of the sentence.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    text: ClassVar[str | Promise] = ""

    def __init__(self, *, pointer: str = "", retry_after_s: int | None = None, **values: Any) -> None:
        self.pointer = pointer
        self.retry_after_s = retry_after_s
        self.values = values
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The sentence in the language that is active now."""
        values = {name: written(value) if isinstance(value, Money) else value for name, value in self.values.items()}
        return str(self.text) % values if values else str(self.text)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class WriterBusy(Refusal):
    """Another process kept the writer lock of the database for longer than the bound."""

    code = "busy"
    status = 503
    text = _("The database is busy. Try again in a few seconds.")


class DiskFull(Refusal):
    """There is no room left where the database is kept, or the disk can't be written to."""

    code = "disk_full"
    status = 507
    text = _("The disk is full, or can't be written to. Nothing was stored; it goes on once there is room.")
