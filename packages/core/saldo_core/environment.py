"""Settings come from the environment alone; a bad value is refused at start with a sentence that names it."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


class BadSetting(SystemExit):
    """A setting holds a value that can't be used. Ends the program with one clear line."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r} can't be used: {wanted}.")


def text(name: str, default: str = "") -> str:
    """The setting as it stands, without blanks around it."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    """A yes or no: 1/0, true/false, yes/no, on/off.

    :raises BadSetting: for anything else.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise BadSetting(name, value, "say 1 or 0")


def integer(name: str, default: int, *, lowest: int, highest: int) -> int:
    """A whole number within bounds, both included.

    :raises BadSetting: for anything else.
    """
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise BadSetting(name, value, f"say a whole number from {lowest} to {highest}")
    return int(value)


def port(name: str, default: int) -> int:
    """A TCP port."""
    return integer(name, default, lowest=1, highest=65535)


def words(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list, separated by commas."""
    value = text(name)
    return tuple(word.strip() for word in value.split(",") if word.strip()) if value else default


def web_address(name: str, default: str) -> str:
    """The address of a site, without a slash at its end.

    :raises BadSetting: when it isn't http or https with a host.
    """
    value = text(name) or default
    try:
        parts = urlsplit(value)
    except ValueError:  # such as http://[::1
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(name, value, "say an address such as https://saldo.example")
    return value.rstrip("/")


def home() -> Path:
    """The folder of all state: ``SALDO_HOME``, or the user's data folder."""
    value = text("SALDO_HOME")
    return Path(value).expanduser().resolve() if value else Path(platformdirs.user_data_dir("saldo", appauthor=False))


def log_level() -> str:
    """``SALDO_LOG_LEVEL``: DEBUG, INFO, WARNING or ERROR."""
    value = text("SALDO_LOG_LEVEL", "INFO").upper()
    if value not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise BadSetting("SALDO_LOG_LEVEL", value, "say DEBUG, INFO, WARNING or ERROR")
    return value
