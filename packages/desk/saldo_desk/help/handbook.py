"""The articles of the Desk in their order, and the article on each window."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from saldo_core.help.articles import Chapter, Handbook

CHAPTERS = (
    Chapter(_("First steps"), ("start", "shortcuts", "language", "using-help")),
    Chapter(
        _("Invoices and payments"), ("invoices", "marking", "invoice", "payments", "settling", "import", "cancelling")
    ),
    Chapter(
        _("Financial services"),
        ("synchronise", "registration", "exchange-key", "link-states", "runs", "schedule", "withdrawing", "comparing"),
    ),
)

WINDOWS = {
    "login": "start",
    "company-add": "start",
    "home": "invoices",
    "list-filter": "marking",
    "list-columns": "marking",
    "shortcuts": "shortcuts",
    "payments": "payments",
    "invoice": "invoice",
    "receipt": "invoice",
    "cancel": "cancelling",
    "settle": "settling",
    "unsettle": "settling",
    "import": "import",
    "import-page": "import",
    "import-undo": "import",
    "imports": "import",
    "synchronise": "synchronise",
    "run-preview": "synchronise",
    "withdraw": "withdrawing",
    "restore": "withdrawing",
    "link": "exchange-key",
    "link-check": "exchange-key",
    "link-problem": "link-states",
    "register": "registration",
    "register-account": "registration",
    "register-code": "registration",
    "register-email": "registration",
    "register-resend": "registration",
    "register-status": "registration",
    "verify": "comparing",
    "verification": "comparing",
    "mend": "comparing",
    "runs": "runs",
    "run": "runs",
    "schedule": "schedule",
    "help": "using-help",
    "help-article": "using-help",
    "help-vote": "using-help",
    "help-votes": "using-help",
}
"""Route → article. A route that shows a window and is missing here fails a test; a new window is one line."""

NO_WINDOW = frozenset(
    (
        "logout set_language company-open banner marks link-forget preview-again "
        "run-stop run-dismiss run-agree run-retry run-export run-receipts runs-export "
        "import-part import-received import-progress import-record import-stop import-resume import-discard import-csv"
    ).split()
)
"""Routes that show no window of their own: they redirect, or answer with a part of a page."""

HANDBOOK = Handbook(folder=Path(__file__).parent, chapters=CHAPTERS, windows=WINDOWS)
