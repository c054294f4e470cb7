"""The cast, and how to follow what they do.

Ada moderates, Ben is a delegate, Chen chairs, Eve is a stranger, Olga organises.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from celery import current_app
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_migrate
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Delegation, Membership, Role
from outbox import changes as outbox_changes
from outbox.models import Event
from outbox.reading import missed, snapshot, tallies_since
from outbox.registry import announcer_of
from sessions.programme.models import Access, Appointment, Duty, Room, Session, State

# How long an example takes is the machine's business; a test says what is true, and load tests how fast.
hypothesis.settings.register_profile("claims", deadline=None)
hypothesis.settings.load_profile("claims")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup) -> None:
    """After a test that commits only what holds rows is emptied: going through all tables takes PostgreSQL half a
    second each time. What a migration leaves behind for Django itself stays, and so need not be made again."""
    kept = {ContentType._meta.db_table, Permission._meta.db_table}

    def sql_flush(operations, style, tables, **_options) -> list[str]:
        names = {table: operations.quote_name(table) for table in tables if table not in kept}
        if connection.vendor == "sqlite":
            # It is quick with all of them, and a server that a journey leaves running may have written meanwhile.
            return [f"DELETE FROM {name}" for name in names.values()]  # noqa: S608
        holding = [f"SELECT * FROM (SELECT '{table}' FROM {names[table]} LIMIT 1) AS first" for table in names]  # noqa: S608
        with operations.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(holding))
            # In any order: keys to other rows are looked at when the transaction ends.
            return [f"DELETE FROM {names[table]}" for (table,) in cursor.fetchall()]  # noqa: S608

    type(connection.ops).sql_flush = sql_flush
    assert post_migrate.disconnect(create_contenttypes)
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture
def conference(db):
    now = timezone.now()
    return Conference.objects.create(
        slug="icdd",
        acronym="ICDD",
        name="International Conference on Digital Diplomacy",
        time_zone="Asia/Makassar",
        opens_at=now - timedelta(hours=2),
        closes_at=now + timedelta(hours=4),
    )


@pytest.fixture
def fiji(conference):
    return Delegation.objects.create(conference=conference, country="FJ", name="Fiji", position=1)


@pytest.fixture
def finland(conference):
    return Delegation.objects.create(conference=conference, country="FI", name="Finland", position=2)


@pytest.fixture
def room(conference):
    return Room.objects.create(conference=conference, name="Room 1", position=1)


@pytest.fixture
def panel(conference, room):
    """A live panel for registered participants."""
    now = timezone.now()
    return Session.objects.create(
        conference=conference,
        room=room,
        title="Digital Innovation for SMEs",
        starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(hours=1),
        access=Access.REGISTERED,
        state=State.LIVE,
        went_live_at=now - timedelta(minutes=30),
    )


def person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", name=name)


@pytest.fixture
def olga(conference):
    olga = person("Olga")
    Membership.objects.create(conference=conference, user=olga, role=Role.ORGANISER)
    return olga


@pytest.fixture
def ada(conference, panel):
    ada = person("Ada")
    Membership.objects.create(conference=conference, user=ada)
    Appointment.objects.create(session=panel, user=ada, duty=Duty.MODERATOR)
    return ada


@pytest.fixture
def chen(conference, panel):
    chen = person("Chen")
    Membership.objects.create(conference=conference, user=chen)
    Appointment.objects.create(session=panel, user=chen, duty=Duty.CHAIR)
    return chen


@pytest.fixture
def ben(conference, fiji):
    """A delegate who may speak for Fiji."""
    ben = person("Ben")
    Membership.objects.create(conference=conference, user=ben, role=Role.DELEGATE, delegation=fiji, may_speak_for=True)
    return ben


@pytest.fixture
def nina(conference, fiji):
    """Fiji’s note-taker, without a voice."""
    nina = person("Nina")
    Membership.objects.create(conference=conference, user=nina, role=Role.DELEGATE, delegation=fiji)
    return nina


@pytest.fixture
def ghana(conference):
    return Delegation.objects.create(conference=conference, country="GH", name="Ghana", position=3)


def voice_of(delegation: Delegation, name: str) -> User:
    voice = person(name)
    Membership.objects.create(
        conference=delegation.conference, user=voice, role=Role.DELEGATE, delegation=delegation, may_speak_for=True
    )
    return voice


@pytest.fixture
def vera(finland):
    """A delegate who may speak for Finland."""
    return voice_of(finland, "Vera")


@pytest.fixture
def gus(ghana):
    """A delegate who may speak for Ghana."""
    return voice_of(ghana, "Gus")


@pytest.fixture
def dev(conference, panel):
    """The deputy, who may chair too."""
    dev = person("Dev")
    Membership.objects.create(conference=conference, user=dev)
    Appointment.objects.create(session=panel, user=dev, duty=Duty.CHAIR)
    return dev


@pytest.fixture
def ines(conference, panel):
    """An interpreter."""
    ines = person("Ines")
    Membership.objects.create(conference=conference, user=ines)
    Appointment.objects.create(session=panel, user=ines, duty=Duty.INTERPRETER)
    return ines


@pytest.fixture
def eve(db):
    """A stranger: signed in, registered nowhere."""
    return person("Eve")


class ServerClock:
    """The server's clock, which a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2021, 11, 16, 5, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def tick(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def server_clock(monkeypatch):
    clock = ServerClock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


# Processes beside the test


def database_url() -> str:
    """The tests' database, as another process must be told it."""
    names = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{names['NAME']}"
    return f"postgres://{names['USER']}:{names['PASSWORD']}@/{names['NAME']}?host={names['HOST']}&port={names['PORT']}"


@pytest.fixture
def until():
    """`until(condition)` looks until it is so: what another process does it tells to nobody."""

    def looked(condition: Callable[[], Any], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            threading.Event().wait(0.02)

    return looked


@pytest.fixture
def start_worker(tmp_path):
    """`start_worker(program)` is a real worker on the tests' database, whose `kill()` spares nothing of it."""
    # What tests before this one called out concerns nobody any more, and would be worked through first.
    current_app.control.purge()
    running = []

    def started(program: Path) -> "Worker":
        running.append(Worker(program, tmp_path / "worker.log"))
        return running[-1]

    yield started
    for worker in running:
        worker.kill()


class Worker:
    def __init__(self, program: Path, log: Path) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            # Root in a container is as good a worker as any.
            "C_FORCE_ROOT": "1",
        }
        words = [sys.executable, "-W", "ignore", str(program)]
        with log.open("ab") as output:
            # A session of its own, so that the pool's processes can be killed with it.
            self.process = subprocess.Popen(
                words, env=environment, cwd=settings.ROOT, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


# Races


@pytest.fixture(scope="module")
def racers(django_db_setup):
    """`racers.race(jobs)` does all jobs at the same moment; tests/racer.py says what jobs there are."""
    spec = spec_from_file_location("racer", Path(__file__).with_name("racer.py"))
    racer = module_from_spec(spec)
    spec.loader.exec_module(racer)
    racers = racer.racers()
    yield racers
    racers.stop()


# The replay test

RECORDINGS = Path(__file__).parent / "recordings"


def apply(cards: dict, event: Event) -> None:
    """What a page does with an event; realtime/static/realtime/apply.js says the same in the page's language."""
    for key, card in event.cards.items():
        if card is None:
            cards.pop(key, None)
        else:
            cards[key] = card


# What was followed in this run, by name: test_everything_is_followed.py asks at the end of a whole run.
FOLLOWED_VERBS: set[str] = set()
FOLLOWED_EVENTS: set[str] = set()
ASKED_LAST = "test_everything_is_followed.py::test_every_"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """What looks at no database is marked `once`, and what replays events `followed`. What asks about the whole run
    comes last, and is left out of a run that is not whole."""
    for item in items:
        if not _looks_at_a_database(item) and ASKED_LAST not in item.nodeid:
            item.add_marker("once")
        if "followed" in getattr(item, "fixturenames", ()):
            item.add_marker("followed")
    yield
    last = [item for item in items if ASKED_LAST in item.nodeid]
    rest = [item for item in items if item not in last]
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    items[:] = rest + (last if whole else [])
    config.hook.pytest_deselected(items=[] if whole else last)


def pytest_collection_finish() -> None:
    # Hundreds of modules and thousands of tests stay until the end: looking through them for what can go is in vain.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _looks_at_a_database(item: pytest.Item) -> bool:
    """By a fixture of pytest-django’s, or by what tests of the load client are told to use."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", "postgres"))
    return marked or not {"db", "transactional_db", "database"}.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture
def everything_followed() -> tuple[set[str], set[str]]:
    """The names of (verbs, events) that tests of this run followed."""
    return FOLLOWED_VERBS, FOLLOWED_EVENTS


def _note_verbs(record_now: Callable[..., Any]) -> Callable[..., Any]:
    """Notes which verbs are on the way down to something being recorded."""

    def noting() -> Any:
        frame = sys._getframe(1)
        while frame is not None:
            FOLLOWED_VERBS.add(frame.f_code.co_name)
            frame = frame.f_back
        return record_now()

    return noting


@pytest.fixture
def followed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """`with followed(thing) as events:` is a page that was open while something happened.

    It looks at all topics of the thing (or at topics given by name), lets the block act, replays the log over what it
    had seen, and demands that this equals what a page opened now would see; and that something changed, unless it
    says `changes=False` (or None, where it may). Each case is recorded, and replayed once more through the page's own
    script.
    """

    @contextmanager
    def follow(*things: Model | str, changes: bool | None = True) -> Iterator[list[Event]]:
        topics = sorted({topic for thing in things for topic in _topics_of(thing)})
        before = {topic: snapshot(topic) for topic in topics}
        events: list[Event] = []
        with monkeypatch.context() as watching:
            watching.setattr(outbox_changes, "_current", _note_verbs(outbox_changes._current))
            yield events
        changed = False
        for topic in topics:
            old, new = before[topic], snapshot(topic)
            happened = missed(topic, old.standing.position)
            assert happened is not None, f"{topic}: the log does not reach back to what the page had seen"
            tallies = tallies_since(topic, old.standing.tally_version)
            cards, counts = dict(old.cards), dict(old.tallies)
            for event in happened:
                apply(cards, event)
            # Counts of what left sight stay with the page, which shows them no more.
            counts = {key: tally for key, tally in {**counts, **tallies}.items() if key in cards}
            assert cards == new.cards, f"{topic}: a page that was open differs from one opened now"
            assert counts == new.tallies, f"{topic}: the counts of a page that was open differ from one opened now"
            changed = changed or bool(happened) or bool(tallies)
            _keep(request.node, topic, old, happened, tallies, new)
            events += happened
        events.sort(key=lambda event: event.pk)
        FOLLOWED_EVENTS.update(event.name for event in events)
        assert changes in (None, changed), "nothing changed" if changes else f"unexpectedly announced: {events}"

    return follow


@pytest.fixture
def routes() -> list[str]:
    """Every address of the site, as it is written in its app."""
    return list(_routes_of(get_resolver()))


def _routes_of(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes_of(pattern, route)
        else:
            yield route


def _topics_of(thing: Model | str) -> list[str]:
    if isinstance(thing, str):
        return [thing]
    return [place.topic for place in announcer_of(thing).placements(thing)]


def _keep(node: pytest.Item, topic: str, old, events: list[Event], tallies: dict, new) -> None:
    RECORDINGS.mkdir(exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in f"{node.nodeid.removeprefix('tests/')} {topic}")
    recording = {
        "topic": topic,
        "cards": old.cards,
        "tallies": old.tallies,
        "events": [{"seq": event.seq, "name": event.name, "cards": event.cards} for event in events],
        "told": tallies,
        "then": {"cards": new.cards, "tallies": new.tallies},
    }
    # Whole or not at all: a run on the other database may record the same in the same moment.
    unfinished = RECORDINGS / f"{name[:180]}.{os.getpid()}"
    unfinished.write_text(json.dumps(recording, ensure_ascii=False))
    unfinished.replace(unfinished.with_suffix(".json"))
