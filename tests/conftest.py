"""The cast, and how to follow what they do.

Ada moderates, Ben is a delegate, Chen chairs, Eve is a stranger, Olga organises.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db.models import Model
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
def eve(db):
    """A stranger: signed in, registered nowhere."""
    return person("Eve")


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks about the whole run comes last, and is left out of a run that is not whole."""
    last = [item for item in items if ASKED_LAST in item.nodeid]
    rest = [item for item in items if item not in last]
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    items[:] = rest + (last if whole else [])
    if last and not whole:
        config.hook.pytest_deselected(items=last)


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
    says `changes=False`. Each case is recorded, and replayed once more through the page's own script.
    """

    @contextmanager
    def follow(*things: Model | str, changes: bool = True) -> Iterator[list[Event]]:
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
        assert changed == changes, "nothing changed" if changes else f"unexpectedly announced: {events}"

    return follow


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
    (RECORDINGS / f"{name[:180]}.json").write_text(json.dumps(recording, ensure_ascii=False))
