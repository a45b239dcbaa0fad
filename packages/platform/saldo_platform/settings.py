"""Settings of the Platform, from the environment alone (``docs/operations.md`` lists them)."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from packaging.version import InvalidVersion, Version

from saldo_core import django_settings, environment, private_files

PORT = environment.port("SALDO_PLATFORM_PORT", 8700)
PUBLIC_URL = environment.web_address("SALDO_PLATFORM_URL", f"http://127.0.0.1:{PORT}")

globals().update(
    django_settings.shared(
        program="platform",
        folder=Path(__file__).parent,
        url=PUBLIC_URL,
        address=environment.text("SALDO_PLATFORM_ADDRESS", "127.0.0.1"),
        database_setting="SALDO_PLATFORM_DATABASE_URL",
        user_model="saldo_platform.Person",
    )
)

WORKERS = environment.integer("SALDO_PLATFORM_WORKERS", 1, lowest=1, highest=64)

DESK_VERSION_MIN = environment.text("SALDO_DESK_VERSION_MIN")
try:
    _least = Version(DESK_VERSION_MIN or "0")
except InvalidVersion:
    raise environment.BadSetting("SALDO_DESK_VERSION_MIN", DESK_VERSION_MIN, "say a version such as 0.2.0") from None

DEMO = environment.flag("SALDO_DEMO")
MAIL_FOLDER = environment.home() / "mail"
EMAIL_USE_LOCALTIME = True
DEFAULT_FROM_EMAIL = environment.text("SALDO_MAIL_FROM", "Saldo <saldo@localhost>")
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 24 * 3600

_smtp = environment.text("SALDO_SMTP_URL")
if _smtp and not DEMO:  # a demonstration writes to nobody
    _parts = urlsplit(_smtp)
    if _parts.scheme not in {"smtp", "smtps"} or not _parts.hostname:
        raise environment.BadSetting("SALDO_SMTP_URL", _smtp, "say smtp://user:password@host:587?tls=1")
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _parts.hostname
    EMAIL_PORT = _parts.port or (465 if _parts.scheme == "smtps" else 25)
    EMAIL_HOST_USER = unquote(_parts.username or "")
    EMAIL_HOST_PASSWORD = unquote(_parts.password or "")
    EMAIL_USE_SSL = _parts.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL and parse_qs(_parts.query).get("tls") == ["1"]
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = private_files.make_folder(MAIL_FOLDER)

TEMPLATES[0]["OPTIONS"]["context_processors"].append("saldo_platform.site.context.demo")  # type: ignore[name-defined]  # noqa: F821
