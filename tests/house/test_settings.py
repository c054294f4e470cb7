"""Settings refuse nonsense at the start, and say which word is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config import env

ROOT = Path(__file__).parents[2]


def start(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Reads the settings in a process of their own, in a bare environment."""
    asked = "from django.conf import settings; settings.DEBUG"
    bare = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_defaults_start(tmp_path):
    assert start(tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEBUG", "yes", "DEBUG must be True or False, not 'yes'."),
        ("DEMO", "1", "DEMO must be True or False, not '1'."),
        ("DATABASE_POOL_SIZE", "many", "DATABASE_POOL_SIZE must be a whole number, not 'many'."),
        ("DATABASE_URL", "mysql://here/db", "DATABASE_URL must begin with postgres:// or sqlite://, not mysql://."),
        ("DATABASE_URL", "postgres://ada@here/", "DATABASE_URL names no database: postgres://user@host/NAME."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis://, rediss:// or unix://."),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY_FILE names /nowhere/key, which cannot be read"),
    ],
)
def test_nonsense_is_refused_in_words(tmp_path, name, value, told):
    answer = start(tmp_path, **{name: value})
    assert answer.returncode == 1
    assert f"ImproperlyConfigured: {told}" in answer.stderr.splitlines()[-1]


def test_a_secret_is_made_once_and_kept_to_its_owner(tmp_path):
    first = env.secret("NO_SUCH_SECRET", kept_in=tmp_path / "key")
    assert env.secret("NO_SUCH_SECRET", kept_in=tmp_path / "key") == first
    assert len(first) > 50
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_come_from_a_file(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("HIDDEN_FILE", str(tmp_path / "secret"))
    assert env.secret("HIDDEN", kept_in=tmp_path / "unused") == "from a file"


def test_a_postgres_address_is_read_whole():
    read = env.database(
        "postgres://ada:p%40ss@db.example:5433/sidang?sslmode=require", sqlite_file=Path("/unused"), pool_size=7
    )
    assert read == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "sidang",
        "USER": "ada",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"sslmode": "require", "pool": {"min_size": 1, "max_size": 7, "timeout": 10}},
    }


def test_a_postgres_on_a_socket_is_named_by_its_folder():
    read = env.database("postgres://postgres@/sidang?host=/run/pg", sqlite_file=Path("/unused"), pool_size=1)
    assert (read["HOST"], read["NAME"], read["PORT"]) == ("/run/pg", "sidang", "")


@pytest.mark.parametrize(("url", "path"), [("sqlite:///a.db", "a.db"), ("sqlite:////tmp/b.db", "/tmp/b.db")])  # noqa: S108
def test_a_sqlite_address_names_a_file(tmp_path, monkeypatch, url, path):
    monkeypatch.chdir(tmp_path)
    assert env.database(url, sqlite_file=Path("/unused"), pool_size=1)["NAME"] == path


def test_the_database_file_is_its_owners_alone(tmp_path):
    env.database("", sqlite_file=tmp_path / "var" / "sidang.sqlite3", pool_size=1)
    assert (tmp_path / "var" / "sidang.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_list_is_split_at_commas(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example, b.example ,")
    assert env.words("HOSTS", []) == ["a.example", "b.example"]


def test_a_deployment_behind_https_passes_djangos_own_checks(tmp_path):
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "SITE_URL": "https://icdd.example",
        "ALLOWED_HOSTS": "icdd.example",
        "BEHIND_PROXY": "True",
        "EMAIL_HOST": "mail.example",
        "DEFAULT_FROM_EMAIL": "ICDD <icdd@icdd.example>",
    }
    told = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_nonsense_is_djangos_own_error(monkeypatch):
    monkeypatch.setenv("TRUE_OR_NOT", "maybe")
    with pytest.raises(ImproperlyConfigured):
        env.truth("TRUE_OR_NOT", False)
