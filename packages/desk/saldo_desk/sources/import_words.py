"""The words for what becomes of imports and their files."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from saldo_desk.sources.tables import ImportOutcome, ImportProblem, ImportState

STATES: dict[ImportState, str | Promise] = {
    ImportState.RECEIVING: _("files are coming in"),
    ImportState.READING: _("being read"),
    ImportState.PREVIEWED: _("waits for your yes"),
    ImportState.RECORDING: _("going into the books"),
    ImportState.DONE: pgettext_lazy("import", "done"),
    ImportState.STOPPED: pgettext_lazy("import", "stopped"),
    ImportState.DISCARDED: pgettext_lazy("import", "discarded"),
    ImportState.UNDONE: pgettext_lazy("import", "taken back"),
}
PROBLEMS: dict[str, str | Promise] = {
    ImportProblem.NO_ROOM: _("The disk is full or can't be written to: no more was unpacked. Make room, then go on."),
    ImportProblem.INTERNAL: _("Something went wrong in this program. Nothing is lost; the log says more."),
    ImportProblem.READER_DIED: _(
        "A process that was reading files was ended, perhaps for want of memory. Nothing is lost: it can go on."
    ),
}
FILTERS: dict[str, str | Promise] = {
    ImportOutcome.NEW: pgettext_lazy("files", "New"),
    ImportOutcome.ALREADY_HERE: _("Already here"),
    ImportOutcome.CONFLICT: _("Conflicts"),
    ImportOutcome.REFUSED: _("Refused"),
    ImportOutcome.LEFT_OUT: pgettext_lazy("files", "Left out"),
}
OUTCOMES: dict[str, str | Promise] = {
    ImportOutcome.ARCHIVE: pgettext_lazy("file", "not read yet"),
    ImportOutcome.WAITING: pgettext_lazy("file", "not read yet"),
    ImportOutcome.NEW: pgettext_lazy("file", "new"),
    ImportOutcome.ALREADY_HERE: _("already here"),
    ImportOutcome.CONFLICT: _("conflict"),
    ImportOutcome.REFUSED: _("refused"),
    ImportOutcome.LEFT_OUT: _("left out"),
}
