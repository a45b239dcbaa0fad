"""Settings of the Desk, from the environment alone (``docs/operations.md`` lists them)."""

from pathlib import Path

from saldo_core import django_settings, environment

PORT = environment.port("SALDO_DESK_PORT", 8701)
PLATFORM_URL = environment.web_address(
    "SALDO_PLATFORM_URL", f"http://127.0.0.1:{environment.port('SALDO_PLATFORM_PORT', 8700)}"
)

globals().update(
    django_settings.shared(
        program="desk",
        folder=Path(__file__).parent,
        url=environment.web_address("SALDO_DESK_URL", f"http://127.0.0.1:{PORT}"),
        address=environment.text("SALDO_DESK_ADDRESS", "127.0.0.1"),
        database_setting="SALDO_DESK_DATABASE_URL",
        user_model="saldo_desk.Operator",
    )
)

TEMPLATES[0]["OPTIONS"]["context_processors"].append("saldo_desk.site.opened.window_bar")  # type: ignore[name-defined]  # noqa: F821
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
FILE_UPLOAD_HANDLERS = [
    "saldo_desk.site.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
