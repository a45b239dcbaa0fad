"""What the Django settings of both programs have in common. Each program adds its own rooms and names."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from saldo_core import environment, private_files
from saldo_core.sqlite.base import PRAGMAS, WAIT_S_MAX

LOCK_WAIT_S_MAX = 10
"""How long a statement on PostgreSQL waits for a lock; past it, the answer is „busy, try again”."""
LANGUAGES = [("pl", "Polski"), ("en", "English")]


def shared(
    *, program: str, folder: Path, url: str, address: str, database_setting: str, user_model: str
) -> dict[str, Any]:
    """The settings of one program.

    :param program: ``desk`` or ``platform``; names its folder of state and its cookies, since cookies don't
        know ports and one browser is logged in to both.
    :param folder: where its code lies.
    :param url: the address under which it is reached, for cookies, hosts and links.
    :param address: the IP address it binds to.
    :param database_setting: the setting that may name a PostgreSQL database.
    """
    os.umask(0o077)  # databases, mails and logs hold what is nobody else's
    home = private_files.make_folder(environment.home() / program)
    trusted_proxy = environment.flag("SALDO_TRUSTED_PROXY")
    secure = url.startswith("https://")
    host = url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]
    app = f"saldo_{program}"
    return {
        "DEBUG": False,
        "PROGRAM_HOME": home,
        "PROGRAM_URL": url,
        "BIND_ADDRESS": address,
        "SECRET_KEY": environment.text("SALDO_SECRET_KEY") or private_files.read_or_make_secret(home / "secret"),
        "ALLOWED_HOSTS": [*environment.words("SALDO_ALLOWED_HOSTS"), host, "127.0.0.1", "localhost"],
        "CSRF_TRUSTED_ORIGINS": [url],
        "ROOT_URLCONF": f"{app}.urls",
        "WSGI_APPLICATION": f"{app}.wsgi.application",
        "AUTH_USER_MODEL": user_model,
        "INSTALLED_APPS": [
            app,
            "saldo_core",
            "django_htmx",
            "csp",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.humanize",
            "django.contrib.staticfiles",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "saldo_core.charsets.CharsetMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "saldo_core.busy.BusyMiddleware",
        ],
        "HANDBOOK": f"{app}.help.handbook.HANDBOOK",
        "TEMPLATES": [_templates(folder)],
        "DATABASES": {"default": database(database_setting, home / "saldo.sqlite3")},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "PASSWORD_HASHERS": ["saldo_core.passwords.OwaspArgon2Hasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 15},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        "LANGUAGE_CODE": "pl",
        "LANGUAGES": LANGUAGES,
        "LOCALE_PATHS": [folder / "locale", Path(__file__).parent / "locale"],
        "USE_TZ": True,
        "TIME_ZONE": "Europe/Warsaw",
        "USE_THOUSAND_SEPARATOR": True,
        "STATIC_URL": "/static/",
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_MAX_AGE": 3600,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1 << 20,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 1 << 20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 5000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 1000,  # the window's own bound is lower and says so
        "SESSION_COOKIE_NAME": f"{app}_session",
        "CSRF_COOKIE_NAME": f"{app}_csrf",
        "LANGUAGE_COOKIE_NAME": f"{app}_language",
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SECURE_HSTS_SECONDS": 31_536_000 if secure else 0,
        "TRUSTED_PROXY": trusted_proxy,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if trusted_proxy else None,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [SELF],
                "img-src": [SELF, "data:"],
                "object-src": [NONE],
                "base-uri": [NONE],
                "form-action": [SELF],
                "frame-ancestors": [NONE],
            }
        },
        "LOGGING": _logging(environment.log_level()),
    }


def database(name: str, path: Path) -> dict[str, Any]:
    """The PostgreSQL database that a setting names, else the file at ``path``."""
    url = environment.text(name)
    return postgresql(name, url) if url else sqlite(path)


def postgresql(name: str, url: str) -> dict[str, Any]:
    """A PostgreSQL database. A lock that another transaction holds is waited for, but not for ever.

    :param url: as libpq takes it, options such as ``sslmode`` too.
    :raises BadSetting: when it is none.
    """
    from psycopg import ProgrammingError, conninfo

    try:
        parts = conninfo.conninfo_to_dict(url)
    except ProgrammingError:
        parts = {}
    if not url.startswith(("postgresql://", "postgres://")) or not parts.get("dbname"):
        raise environment.BadSetting(name, "…", "say postgresql://user:password@host/database")  # it holds a password
    options = {"options": f"-c lock_timeout={LOCK_WAIT_S_MAX}s", **parts}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, Any]:
    """A database in one file, behind the writer lock."""
    return {
        "ENGINE": "saldo_core.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": PRAGMAS, "timeout": WAIT_S_MAX},
    }


def _templates(folder: Path) -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [folder / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "saldo_core.templatetags.saldo"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "saldo_core.help.context.help_link",
            ],
        },
    }


def _logging(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # An anticipated 4xx is no error of ours; the page or the problem document says it.
            "django.request": {"level": "ERROR"},
            "urllib3": {"level": "WARNING"},
            "urllib3_future": {"level": "WARNING"},
        },
    }
