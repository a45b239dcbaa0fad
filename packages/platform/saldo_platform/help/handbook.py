"""The articles of the Platform in their order, and the article on each page."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from saldo_core.help.articles import Chapter, Handbook

CHAPTERS = (
    Chapter(_("Your account"), ("start", "registration", "account", "joining")),
    Chapter(_("Your company"), ("company", "invoices", "payments", "integrations", "removed", "services")),
    Chapter(_("For programmers"), ("api",)),
)

WINDOWS = {
    "home": "start",
    "login": "account",
    "password_reset": "account",
    "password_reset_done": "account",
    "password_reset_confirm": "account",
    "password_reset_complete": "account",
    "register": "registration",
    "register-code": "registration",
    "register-email": "registration",
    "account": "account",
    "account-password": "account",
    "account-email": "account",
    "account-email-confirm": "account",
    "account-email-undo": "account",
    "claim": "joining",
    "activate": "registration",
    "mailbox": "registration",
    "company": "company",
    "invoices": "invoices",
    "invoice": "invoices",
    "payments-incoming": "payments",
    "payments-outgoing": "payments",
    "services": "services",
    "integrations": "integrations",
    "make-key": "integrations",
    "rotate-key": "integrations",
    "removed": "removed",
    "help": "start",
    "help-article": "start",
    "help-vote": "start",
    "api-page": "api",
}
"""Route → article. A route that shows a page and is missing here fails a test; a new page is one line."""

NO_WINDOW = frozenset(
    (
        "logout set_language register-resend decide revoke-key "
        "account-consent claim-to-operator decide-claim restore decide-removal"
    ).split()
)
"""Routes that show no page of their own: they redirect."""

HANDBOOK = Handbook(folder=Path(__file__).parent, chapters=CHAPTERS, windows=WINDOWS)
