"""Those who act at the same moment: threads of the test on PostgreSQL, processes of their own on SQLite.

As a process this file reads jobs from its standard input, a line each, says when it is ready, starts on "go", and
answers how it went. SQLite's locks are between processes; threads of one would be put in order by less than those.
"""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from unittest import mock
from uuid import UUID, uuid4

import django
from django.conf import settings

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()

from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections
from django.db.models import QuerySet
from django.test import override_settings

from accounts.leaving import leave
from accounts.models import User
from files.resumable import Refused, begin_upload, finished_upload
from outbox.changes import action, record
from outbox.commands import Sent, perform, perform_together
from outbox.errors import Refusal
from outbox.pruning import prune
from outbox.registry import command as command_named
from registration.actions import move_application, submit_application, substitute_member
from registration.badges import issue_badge, reprint_badge
from registration.door import Scanned, take_scans
from registration.help import open_ticket
from registration.models import Application, Device, Direction
from registration.wishes import Facts, Wish
from sessions.attendance.actions import note_count, note_online
from sessions.floor.actions.listing import join_list
from sessions.floor.actions.notices import send_notice
from sessions.floor.actions.standing import floor_under_lock
from sessions.floor.models import Kind
from sessions.programme.actions import dismiss_from_duty
from sessions.programme.models import Appointment, Session
from sessions.questions import actions
from sessions.questions.queries import questions_with_names
from sessions.reactions.actions import Reaction, react


class Threads:
    """Racers as threads of this process, each with its own connection."""

    def race(self, jobs: list[dict]) -> list[str]:
        """Does all jobs at once and says how each went."""
        barrier = threading.Barrier(len(jobs))

        def one(job: dict) -> str:
            barrier.wait()
            try:
                return run(job)
            finally:
                connections.close_all()

        # Taken away once for all threads: patched in each, the last to end would put back what another had patched.
        unlocked = without_locks() if any(job.get("unlocked") for job in jobs) else nullcontext()
        with unlocked, ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(one, jobs))

    def stop(self) -> None:
        pass


class Processes:
    """Racers as processes, kept from one race to the next: starting one takes longer than a race."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen] = []

    def race(self, jobs: list[dict]) -> list[str]:
        """Does all jobs at once and says how each went."""
        while len(self.all) < len(jobs):
            self.all.append(self._start())
        racers = self.all[: len(jobs)]
        for racer, job in zip(racers, jobs, strict=True):
            self._say(racer, json.dumps(job))
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            self._say(racer, "go")
        return [json.loads(racer.stdout.readline()) for racer in racers]

    def _start(self) -> subprocess.Popen:
        command = [sys.executable, __file__, connection.settings_dict["NAME"]]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _say(self, racer: subprocess.Popen, line: str) -> None:
        racer.stdin.write(f"{line}\n")
        racer.stdin.flush()

    def stop(self) -> None:
        for racer in self.all:
            racer.stdin.close()
            racer.wait(20)
            racer.stdout.close()


def racers() -> Threads | Processes:
    return Processes() if connection.vendor == "sqlite" else Threads()


def run(job: dict) -> str:
    """Does a job and says "done", a refusal's code, or what went wrong; of a group, each in order."""
    try:
        return _JOBS[job["do"]](**job["with"]) or "done"
    except Refusal as refusal:
        return refusal.code
    except Exception as error:
        return f"error: {error!r}"


def _act(verb: str, by: int, **kwargs) -> None:
    if "uuid" in kwargs:
        kwargs["uuid"] = UUID(kwargs["uuid"])
    getattr(actions, verb)(by=User.objects.get(pk=by), **kwargs)


def _command(name: str, by: int, payload: dict, command_id: str) -> None:
    perform(name, payload, by=User.objects.get(pk=by), command_id=UUID(command_id))


def _together(sent: list[dict]) -> str:
    """Sends these in one group, each with `name`, `by`, `payload` and `command_id`."""
    group = command_named(sent[0]["name"]).group
    each = [Sent(one["name"], one["payload"], one["by"], UUID(one["command_id"])) for one in sent]
    results = perform_together(group, each)
    return " ".join(result.code if isinstance(result, Refusal) else "done" for result in results)


def _support(question_id: int, voter_ids: list[int]) -> None:
    """These people's votes in one change, without receipts: those would be a lock of their own on SQLite."""
    people = User.objects.filter(pk__in=voter_ids)
    actions.change_support([actions.Support(question_id, by=person, wanted=True) for person in people])


def _touch(question_ids: list[int], times: int) -> None:
    """Changes these questions in this order in one change, so often: each time an event in each of their topics."""

    @action
    def touch(number: int) -> None:
        for pk in question_ids:
            question = questions_with_names().get(pk=pk)
            record("question.approved", question)
            question.text = f"What about island number {number}?"
            question.save(update_fields=["text"])

    for number in range(times):
        touch(number)


def _prune(times: int) -> None:
    """Forgets the whole log, again and again."""
    with override_settings(LOG_KEPT_FOR=timedelta(0)):
        for _ in range(times):
            prune()


def _report(session_id: int, user_ids: list[int], at: str) -> None:
    """Reports these people as a server process does that sees them on a session's page."""
    note_online(session_id, user_ids=user_ids, at=datetime.fromisoformat(at))


def _count(session_id: int, present: int, at: str) -> None:
    """Reports how many there are in all processes."""
    note_count(session_id, present=present, at=datetime.fromisoformat(at))


def _apply(category: int, names: list[str], by: int | None = None, key: str | None = None, **wish) -> str:
    """Each of these people applies; says how each went, or to which status they came."""
    person = User.objects.get(pk=by) if by else AnonymousUser()
    went = []
    for name in names:
        facts = Facts(name=name, email=f"{name.lower()}@example.org")
        try:
            made = submit_application(
                Wish(category_id=category, facts=facts, submit_key=UUID(key) if key else uuid4(), **wish), by=person
            )
        except Refusal as refusal:
            went.append(refusal.code)
        else:
            went.append(f"{made.status}:{made.pk}" if key else made.status)
    return " ".join(went)


def _withdraw(application: int) -> None:
    found = Application.objects.select_related("user").get(pk=application)
    move_application(application, to="withdrawn", by=found.user)


def _badge(application: int, replaces: int | None = None, by: int | None = None) -> str:
    """Asks for this person's badge, or for another in place of the one that is named; says which it is."""
    if replaces is None:
        found = Application.objects.select_related("user").get(pk=application)
        return str(issue_badge(application, by=found.user).pk)
    return str(reprint_badge(application, reason="Lost", replaces=replaces, by=User.objects.get(pk=by)).pk)


def _substitute(application: int, name: str, by: int) -> str:
    """Puts this person in a member's place; says to which status they came."""
    facts = Facts(name=name, email=f"{name.lower()}@example.org")
    made = substitute_member(application, facts=facts, submit_key=uuid4(), by=User.objects.get(pk=by))
    return made.status


def _scan(device: int, application: int, nonce: str | None = None, at: str = "2021-11-16T09:00:00+00:00") -> str:
    """A device tells that this person came in; says what it was answered."""
    reader = Device.objects.select_related("gate", "conference").get(pk=device)
    scanned = Scanned(
        nonce=UUID(nonce) if nonce else uuid4(),
        direction=Direction.IN,
        at=datetime.fromisoformat(at),
        application_id=application,
    )
    return str(take_scans(reader, [scanned])[0].outcome)


def _leave(person: int) -> str:
    """This person leaves for good."""
    leave(by=User.objects.get(pk=person))
    return "left"


def _call(conference: int, key: str, by: int | None = None) -> str:
    """Somebody sends the form that calls for help; says which call it is."""
    person = User.objects.get(pk=by) if by else AnonymousUser()
    return str(open_ticket(key=UUID(key), conference_id=conference, words="Help", by=person).pk)


def _begin_upload(by: int, about: int, key: str | None = None) -> str:
    """Somebody begins to send a film for a session."""
    person = User.objects.get(pk=by)
    try:
        begin_upload(purpose="stage", about=about, name="a.mp4", size=5, by=person, key=UUID(key) if key else None)
    except Refused as refused:
        return str(refused.status)
    return "done"


def _take_upload_in(public_id: str, by: int, about: int, media_root: str) -> str:
    """Somebody hands in the form of a film that arrived; says which upload it became."""
    with override_settings(MEDIA_ROOT=media_root) if str(settings.MEDIA_ROOT) != media_root else nullcontext():
        return str(finished_upload(public_id, purpose="stage", about=about, by=User.objects.get(pk=by)).pk)


def _dismiss(appointment: int, by: int) -> str:
    """Somebody is dismissed from a duty while the floor is held for a while; says whether a desk was taken by then."""
    duty = Appointment.objects.select_related("session__conference").get(pk=appointment)
    person = User.objects.get(pk=by)
    delegation = duty.session.conference.delegations.first()

    @action
    def dismiss() -> str:
        session = Session.objects.select_for_update(no_key=True).get(pk=duty.session_id)
        was_held = floor_under_lock(session).desk_holder_id is not None
        for _ in range(10):
            send_notice(session.pk, delegation.pk, text="Please wait.", by=person)
        dismiss_from_duty(appointment, by=person)
        return "held" if was_held else "free"

    return dismiss()


def _react(session_id: int, by: int, times: int) -> None:
    """So many changes, each of one reaction."""
    person = User.objects.get(pk=by)
    for _ in range(times):
        react([Reaction(session_id, "applause", 1, person)])


def _join(session_id: int, by: int) -> None:
    """Asks for the floor, without a receipt: that would be a lock of its own on SQLite."""
    join_list(session_id, kind=Kind.COMMENT, by=User.objects.get(pk=by))


_JOBS = {
    "join": _join,
    "begin_upload": _begin_upload,
    "call": _call,
    "leave": _leave,
    "dismiss": _dismiss,
    "act": _act,
    "apply": _apply,
    "badge": _badge,
    "withdraw": _withdraw,
    "scan": _scan,
    "take_upload_in": _take_upload_in,
    "substitute": _substitute,
    "command": _command,
    "together": _together,
    "support": _support,
    "touch": _touch,
    "prune": _prune,
    "react": _react,
    "report": _report,
    "count": _count,
}


@contextmanager
def without_locks():
    """What the negative control takes away: locks of rows, and SQLite's early lock of the whole file."""
    with mock.patch.object(QuerySet, "select_for_update", lambda rows, **_: rows):
        if connection.vendor != "sqlite":
            yield
            return
        connection.close()
        connection.ensure_connection()  # which reads the mode from the settings
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
        job = json.loads(line)
        with without_locks() if job.get("unlocked") else nullcontext():
            _say(json.dumps(run(job)))
    connection.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
