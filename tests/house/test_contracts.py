"""A wrong import is refused by name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The sources of the house, which a test may spoil."""
    house = tmp_path_factory.mktemp("house")
    quiet = shutil.ignore_patterns("__pycache__", "static", "locale", "templates", "node_modules")
    for name in ("platform", "sessions", "realtime"):
        shutil.copytree(ROOT / name, house / name, ignore=quiet)
    shutil.copy(ROOT / "pyproject.toml", house)
    return house


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over `house`, with its packages found there rather than where this project is installed."""
    asked = (
        "import sys; sys.path[:0] = ['platform', '.'];"
        "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    )
    return subprocess.run([sys.executable, "-c", asked], cwd=house, capture_output=True, text=True, check=False)


def plant(file: Path, line: str) -> None:
    file.write_text(f"{file.read_text()}\n{line}  # planted\n")


def test_the_house_as_it_stands_keeps_its_contracts(copy):
    told = lint(copy)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("where", "line", "told"),
    [
        ("platform/outbox/models.py", "import accounts.models", "outbox.models -> accounts.models"),
        ("platform/mail/models.py", "import jobs.models", "mail.models -> jobs.models"),
        (
            "sessions/programme/models.py",
            "import sessions.questions.models",
            "sessions.programme.models -> sessions.questions.models",
        ),
        ("realtime/urls.py", "import conferences.models", "realtime.urls -> conferences.models"),
        ("platform/accounts/models.py", "import realtime.urls", "accounts.models -> realtime.urls"),
    ],
)
def test_a_planted_wrong_import_is_refused_by_name_and_line(copy, where, line, told):
    file = copy / where
    before = file.read_text()
    plant(file, line)
    number = len(file.read_text().splitlines())
    try:
        answer = lint(copy)
    finally:
        file.write_text(before)
    assert answer.returncode == 1
    assert f"{told} (l.{number})" in answer.stdout
