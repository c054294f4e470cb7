"""The house keeps its plan: these traps break a start or a test run without saying why."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parents[2]

# What an app may be made of; a file that tells two stories becomes a folder of its name.
PARTS = {
    "__init__", "actions", "admin", "apps", "commands", "forms", "live", "management", "migrations", "models",
    "queries", "receivers", "registry", "rules", "signals", "static", "tasks", "templatetags", "urls", "views",
}  # fmt: skip
EMPTY_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "service",
    "services",
    "handler",
    "handlers",
}
TOP = {
    ".ci", ".git", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md",
    "deploy", "manage.py", "package-lock.json", "package.json", "platform", "pyproject.toml", "realtime",
    "requirements.txt", "run", "sessions", "templates", "test", "tests",
}  # fmt: skip


def tracked(*patterns: str) -> list[str]:
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).exists()]


def sources() -> list[Path]:
    return [ROOT / name for name in tracked("*.py")]


def own_apps() -> list[Path]:
    paths = [Path(config.path) for config in apps.get_app_configs()]
    return [path for path in paths if path.is_relative_to(ROOT) and ".venv" not in path.parts]


def test_only_the_planned_things_stand_at_the_top():
    assert {name.split("/")[0] for name in tracked()} - TOP == set()


def test_platform_is_a_source_root_and_no_package():
    """With an __init__.py there, manage.py loads ours in place of Python's, while plain pytest still passes."""
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_python_keeps_its_own_platform_module():
    asked = "import platform; print(platform.python_implementation())"
    for folder in (ROOT, ROOT / "platform"):
        answer = subprocess.run([sys.executable, "-c", asked], cwd=folder, capture_output=True, text=True, check=True)
        assert answer.stdout == "CPython\n"


def test_tests_are_no_package():
    """An __init__.py below tests/ makes pytest import its folder in place of the app of the same name."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_app_takes_djangos_sessions_label():
    """`sessions` here is a shelf of apps; the label belongs to the browser's sessions."""
    owners = [config.name for config in apps.get_app_configs() if config.label == "sessions"]
    assert owners == ["django.contrib.sessions"]
    assert not (ROOT / "sessions" / "apps.py").exists()


def test_no_module_has_an_empty_name():
    assert [str(path) for path in sources() if path.stem in EMPTY_NAMES or path.parent.name in EMPTY_NAMES] == []


@pytest.mark.parametrize("app", own_apps(), ids=lambda app: app.name)
def test_an_app_has_its_configuration_and_at_least_one_agreed_part(app):
    parts = {path.stem for path in app.iterdir() if not path.name.startswith(("_", "."))}
    assert "apps" in parts
    assert len(parts & PARTS) > 1


def test_actions_are_the_only_door_to_views():
    """Views, forms and the admin of an app may read its models, and never import another app's."""
    for app in own_apps():
        for name in ("rules.py", "models.py"):
            if (app / name).exists():
                modules = imported(app / name)
                assert not [module for module in modules if module.endswith((".views", ".actions", ".forms"))], (
                    f"{app.name}/{name} looks upwards"
                )


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_an_import_inside_a_function_gives_its_reason():
    """Behind the mark on its line, or as a comment above it."""
    bare = []
    for path in sources():
        if path.is_relative_to(ROOT / "tests"):
            continue
        lines = [line.strip() for line in path.read_text().splitlines()]
        for number, line in enumerate(lines, 1):
            if re.search(r"# noqa:.*\bPLC0415$", line):
                above = next(other for other in reversed(lines[: number - 1]) if "PLC0415" not in other)
                if not above.startswith("#"):
                    bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X{3})\b")
    patterns = ("*.py", "*.js", "*.css", "*.html", "*.md", "*.sh", "*.toml", "run", "test")
    assert [name for name in tracked(*patterns) if words.search((ROOT / name).read_text())] == []


def named_patterns(resolver: URLResolver, inside: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            spaces = (*inside, pattern.namespace) if pattern.namespace else inside
            found += named_patterns(pattern, spaces)
        elif isinstance(pattern, URLPattern):
            found.append((inside, pattern.name or ""))
    return found


def test_every_address_of_ours_has_a_name_in_its_apps_space():
    """allauth's addresses have names of their own, which its code asks for."""
    theirs = ("account_", "mfa_", "usersessions_")
    outside = [name for spaces, name in named_patterns(get_resolver()) if not spaces and not name.startswith(theirs)]
    assert outside == []
    nameless = [spaces for spaces, name in named_patterns(get_resolver()) if not name and spaces != ("admin",)]
    assert nameless == []
