"""A Celery worker that knows one kind of work more: `test.steps`. Run by test_killed_worker.py."""

import time
from pathlib import Path

import django

django.setup()

from config.celery import app  # noqa: E402  settings first
from jobs.registry import register_kind  # noqa: E402

STEPS = 30


def take_steps(arguments, progress):
    """Each step leaves a mark; a mark that is there is a step already done."""
    folder = Path(arguments["folder"])
    for step in range(STEPS):
        mark = folder / str(step)
        if not mark.exists():
            with mark.open("a") as file:
                file.write("x")
            time.sleep(0.1)  # so that there is a middle in which to be killed
        progress(step + 1, STEPS)
    return {"steps": STEPS}


register_kind("test.steps", take_steps, title="Steps")

if __name__ == "__main__":
    app.worker_main(["worker", "--pool=prefork", "--concurrency=1", "--loglevel=WARNING", "--without-mingle"])
