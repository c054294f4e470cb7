"""One who acts at the same moment as others: a thread of the test on PostgreSQL, a process of its own on SQLite.

As a process it reads jobs from its standard input, a line each, says when it is ready, starts on "go", and answers how
it went. SQLite's locks are between processes; threads of one process would be put in order by less than those.
"""

import json
import os
import sys
from contextlib import ExitStack, contextmanager
from unittest import mock
from uuid import UUID

import django
from django.conf import settings

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from outbox.changes import action, record
from outbox.commands import perform
from outbox.errors import Refusal
from sessions.questions import actions
from sessions.questions.queries import questions_with_names


def run(job: dict) -> str:
    """Does a job and says "done", a refusal's code, or what went wrong."""
    with ExitStack() as stack:
        if job.get("unlocked"):
            stack.enter_context(_without_locks())
        try:
            _JOBS[job["do"]](**job["with"])
        except Refusal as refusal:
            return refusal.code
        except Exception as error:
            return f"error: {error!r}"
    return "done"


def _act(verb: str, by: int, **kwargs) -> None:

    if "uuid" in kwargs:
        kwargs["uuid"] = UUID(kwargs["uuid"])
    getattr(actions, verb)(by=User.objects.get(pk=by), **kwargs)


def _command(name: str, by: int, payload: dict, command_id: str) -> None:

    perform(name, payload, by=User.objects.get(pk=by), command_id=UUID(command_id))


def _touch(question_ids: list[int], times: int) -> None:
    """Touches the topics of these questions' sessions in this order, in one change."""

    @action
    def touch() -> None:
        for pk in question_ids:
            question = questions_with_names().get(pk=pk)
            record("question.approved", question)
            question.moved_at = timezone.now()
            question.save(update_fields=["moved_at"])

    for _ in range(times):
        touch()


_JOBS = {"act": _act, "command": _command, "touch": _touch}


@contextmanager
def _without_locks():
    """What the negative control takes away: locks of rows, and SQLite's early lock of the whole file."""
    with mock.patch.object(QuerySet, "select_for_update", lambda rows, **_: rows):
        if connection.vendor != "sqlite":
            yield
            return
        connection.close()
        mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
        try:
            yield
        finally:
            connection.transaction_mode = mode


def main() -> None:
    connection.ensure_connection()
    for line in sys.stdin:
        _say("ready")
        sys.stdin.readline()
        _say(json.dumps(run(json.loads(line))))
    connection.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
