import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOAD = Path(__file__).parents[2] / "deploy" / "load"
# Programs that stand by themselves, and are no packages.
sys.path.append(str(LOAD))

# Several server processes need the PostgreSQL and the Redis of the second run.
DATABASE = "postgres" if os.environ.get("DATABASE_URL") else "sqlite"
collect_ignore = ["test_chaos.py", "test_arrival_for_real.py"] if DATABASE == "sqlite" else []

WRONG = ("not_back", "away", "lost", "duplicated", "disordered", "differing", "conflicting", "not_made", "unasked")


@pytest.fixture
def hall():
    """Runs a hall on servers of its own; gives its exit code and result. What it says is shown where a test fails."""

    def run(*words: str) -> tuple[int, dict]:
        ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
        env = {name: value for name, value in os.environ.items() if name not in ours}
        command = [sys.executable, LOAD / "hall.py", "--json", "-", *words]
        ended = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False, timeout=300)
        return ended.returncode, json.loads(ended.stdout)

    return run


@pytest.fixture
def database():
    """What this run of the tests is on: the bus is Redis with `postgres`, and in the process with `sqlite`."""
    return DATABASE


@pytest.fixture
def verdict():
    """What is wrong with a result, by name: nothing, when all is well."""

    def wrong(found: dict) -> dict:
        return {name: found[name] for name in WRONG if found[name]}

    return wrong
