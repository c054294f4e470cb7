"""Reading the environment: few helpers, and nonsense is refused at the start rather than guessed at."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def truth(name: str, default: bool) -> bool:
    """`True` or `False` and nothing else: "no" or "0" would be a guess."""
    value = os.environ.get(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def whole(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = os.environ.get(name)
    return default if value is None else [word.strip() for word in value.split(",") if word.strip()]


def secret(name: str, *, kept_in: Path) -> str:
    """The value of `name`, or the text of the file that `name_FILE` names, or one made once and kept."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}.") from error
    if not kept_in.exists():
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept_in.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            # Two processes may start at once: the first link wins and both read the same secret.
            os.link(fresh, kept_in)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept_in.read_text().strip()


def database(url: str, *, sqlite_file: Path, pool_size: int) -> dict[str, Any]:
    """Django's settings for `postgres://user:password@host:port/name?option=value`, `sqlite:///path` or ""."""
    if not url:
        return _sqlite(sqlite_file)
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        # As elsewhere: three slashes before a relative path, four before an absolute one.
        return _sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL must begin with postgres:// or sqlite://, not {parts.scheme}://.")
    if not parts.path.strip("/"):
        raise ImproperlyConfigured("DATABASE_URL names no database: postgres://user@host/NAME.")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(parts.port or ""),
        # Some libraries iterate over one person's few rows; a cursor kept by the server for that is three more trips.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # A request's thread ends with the request, so connections outlive it in psycopg's pool only.
        "OPTIONS": {**options, "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10}},
    }


def _sqlite(path: Path) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Mail addresses are in it: it is for whoever runs the installation alone, and so is what SQLite puts beside it.
    path.touch(mode=0o600, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            # A transaction that reads first and writes later can be refused the lock; IMMEDIATE takes it at once.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
        # Threads share a file, not an in-memory database.
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
    }
