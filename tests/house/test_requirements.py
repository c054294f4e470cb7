"""What is installed is what was tried: everything is pinned, and nothing is left to the day of the installation."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest

from config import installation

ROOT = Path(__file__).parents[2]
FILES = ["requirements.txt", "tests/requirements.txt", "deploy/requirements.txt", "deploy/load/requirements.txt"]
# This project by its path, and the load harness, which the tests run, with the server it measures.
OTHER_LINES = {"-e .", "-r ../deploy/load/requirements.txt", "-r ../requirements.txt"}
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[([a-z,]+)\])?==([0-9][0-9a-z.]*)")


def wanted(file: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return [line for line in lines if line]


@pytest.mark.parametrize("file", FILES)
def test_every_python_package_is_pinned(file):
    assert [line for line in wanted(file) if not PIN.fullmatch(line) and line not in OTHER_LINES] == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_installed_is_what_is_pinned(file):
    pins = [PIN.fullmatch(line) for line in wanted(file)]
    differing = {pin[1]: distribution(pin[1]).version for pin in pins if pin and distribution(pin[1]).version != pin[3]}
    assert differing == {}


def test_no_package_is_named_twice():
    names = [pin[1].lower() for file in FILES for line in wanted(file) if (pin := PIN.fullmatch(line))]
    assert sorted(names) == sorted(set(names))


def test_this_project_comes_last_and_by_its_path():
    assert wanted("requirements.txt")[-1] == "-e ."


def test_front_end_packages_are_exact_and_locked():
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    asked = {**package["dependencies"], **package["devDependencies"]}
    assert {name: lock[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [name for name, entry in lock.items() if name and "integrity" not in entry] == []


def test_the_fallback_node_is_pinned():
    assert PIN.fullmatch(installation.NODE_WHEEL)
