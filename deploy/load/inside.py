"""What only the application can do for a load run: fill a database with a hall, and read the log and fresh snapshots.

`inside.py fill PEOPLE MODERATORS [to-sign-in]` and `inside.py read` (a JSON list of topics on standard input) answer
with one JSON object on standard output. The database is the one that the environment names, as for any installation.
"""

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
from comparison import Logged, as_json, digest

# A script of this folder has the name of an app, which is meant from here on.
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).resolve().parent]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  what follows needs the apps
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session as BrowserSession  # noqa: E402
from django.core import signing  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models import Sum  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_countries import countries  # noqa: E402

from accounts.models import User  # noqa: E402
from conferences.models import Conference, Delegation, Membership, Role  # noqa: E402
from mail.models import OutgoingMail  # noqa: E402
from outbox import reading  # noqa: E402
from outbox.models import Event, Tally  # noqa: E402
from outbox.tickets import make_ticket  # noqa: E402
from registration.models import Application, Attendance, Capacity, Category, Quota  # noqa: E402
from registration.models import Status as ApplicationStatus  # noqa: E402
from sessions.floor.record import hash_of_cards, hash_of_rows  # noqa: E402
from sessions.programme.models import Access, Appointment, Duty, Format, Room, Session, State  # noqa: E402
from sessions.questions.models import Question, QuestionTime, Status, Window  # noqa: E402
from sessions.review.demo.preparing import prepare  # noqa: E402

QUESTIONS = 200
# Of a review with so few delegations a snapshot shows everything.
SHORT = (".speakers", ".review", ".picture")
DELEGATIONS = 21
TEXT = (
    "How does the ministry see the balance between open data and the protection of small island states' "
    "fisheries, and what would it need from partners before the next conference? (Question {number})"
)


ADDRESS = "person.{number}@example.org"


def fill(people: int, moderators: int, *, to_sign_in: bool = False) -> dict[str, Any]:
    """A hall: a live session for registered participants with 200 published questions, its people signed in.

    Those who are `to_sign_in` by themselves have no browser yet, and have asked nothing: the moderators have.
    """
    call_command("migrate", verbosity=0)
    now = timezone.now()
    conference = _conference(now)
    session = Session.objects.create(
        conference=conference,
        room=Room.objects.create(conference=conference, name="Room 1", position=1),
        title="Digital Innovation for SMEs",
        starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(hours=4),
        access=Access.REGISTERED,
        state=State.LIVE,
        went_live_at=now,
    )
    QuestionTime.objects.create(session=session, window=Window.OPEN)
    persons = _persons(people + moderators)
    audience, desk = persons[:people], persons[people:]
    _register(conference, persons)
    Appointment.objects.bulk_create(Appointment(session=session, user=user, duty=Duty.MODERATOR) for user in desk)
    questions = _questions(session, desk if to_sign_in else audience)
    shared = [f"session.{session.pk}.floor", f"conference.{conference.pk}.programme"]
    return {
        "conference": conference.pk,
        "session": session.pk,
        "cookie_name": settings.SESSION_COOKIE_NAME,
        "epoch": reading.standing_of(shared[0]).position.epoch,
        "page": session.get_absolute_url(),
        "address": ADDRESS,
        "people": [] if to_sign_in else _with_tickets(_signed_in(audience), shared),
        "moderators": _with_tickets(_signed_in(desk), [f"session.{session.pk}.desk", *shared]),
        "own_cards": {author: _own_cards(author) for author in {question.author_id for question in questions}},
        "questions": [[question.pk, question.author_id] for question in questions],
    }


# The delegations of 2021.
REVIEWED = (
    *("AU", "BN", "KH", "CL", "CN", "FJ", "FI", "IN", "ID", "JP", "LA"),
    *("MY", "NZ", "PH", "KR", "SG", "ZA", "TH", "US", "GB", "VN"),
)


def fill_review(people: int) -> dict[str, Any]:
    """A hall before its countries' review: 21 delegations with a slot each, people signed in to follow it."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    conference = _conference(now)
    session = Session.objects.create(
        conference=conference,
        room=Room.objects.create(conference=conference, name="Room 1", position=1),
        title="Countries’ Review",
        format=Format.COUNTRIES_REVIEW,
        starts_at=now,
        ends_at=now + timedelta(hours=4),
        access=Access.REGISTERED,
    )
    Delegation.objects.bulk_create(
        Delegation(conference=conference, country=code, name=countries.name(code), position=n)
        for n, code in enumerate(REVIEWED)
    )
    persons = _persons(people + 1)
    Membership.objects.bulk_create(
        [Membership(conference=conference, user=user) for user in persons[1:]], batch_size=500
    )
    Membership.objects.create(conference=conference, user=persons[0], role=Role.ORGANISER)
    prepare(session, by=persons[0])
    topics = [f"session.{session.pk}.{each}" for each in ("speakers", "review", "picture")]
    return {
        "conference": conference.pk,
        "session": session.pk,
        "cookie_name": settings.SESSION_COOKIE_NAME,
        "epoch": reading.standing_of(topics[0]).position.epoch,
        "page": session.get_absolute_url(),
        "address": ADDRESS,
        "people": _with_tickets(_signed_in(persons[1:]), topics),
        "moderators": [],
        "own_cards": {},
        "questions": [],
    }


def record_of(session_id: int) -> dict[str, str]:
    """What the record says of the floor, and what a page opened now holds, each as one hash."""
    cards = reading.snapshot(f"session.{session_id}.speakers").cards
    return {"pages": hash_of_cards(cards), "rows": hash_of_rows(session_id)}


def _conference(now: datetime) -> Conference:
    """One that is on."""
    opens_at, closes_at = now - timedelta(hours=1), now + timedelta(hours=8)
    return Conference.objects.create(slug="hall", acronym="HALL", name="A hall", opens_at=opens_at, closes_at=closes_at)


def _persons(number: int) -> list[User]:
    """People who sign in by code, as most do: without a password, their address confirmed when they registered."""
    unusable = make_password(None)
    made = [User(email=ADDRESS.format(number=n), name=f"Person {n}", password=unusable) for n in range(number)]
    people = User.objects.bulk_create(made, batch_size=500)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people], batch_size=500
    )
    return people


def _register(conference: Conference, persons: list[User]) -> None:
    codes = [code for code, _ in countries][:DELEGATIONS]
    delegations = Delegation.objects.bulk_create(
        Delegation(conference=conference, country=code, name=countries.name(code), position=n)
        for n, code in enumerate(codes)
    )
    Membership.objects.bulk_create(
        [
            Membership(
                conference=conference, user=user, role=Role.DELEGATE, delegation=delegations[number % DELEGATIONS]
            )
            for number, user in enumerate(persons)
        ],
        batch_size=500,
    )


def _questions(session: Session, authors: list[User]) -> list[Question]:
    made = [
        Question(
            session=session,
            author=authors[number % len(authors)],
            text=TEXT.format(number=number),
            language="en",
            status=Status.LIVE,
        )
        for number in range(QUESTIONS)
    ]
    return Question.objects.bulk_create(made)


def _signed_in(persons: list[User]) -> list[tuple[int, str]]:
    """(person's id, value of the browser's cookie), as signing in leaves them."""
    store = SessionStore()
    until = timezone.now() + timedelta(hours=8)
    rows = []
    for user in persons:
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        key = store._get_new_session_key()
        rows.append(BrowserSession(session_key=key, session_data=store.encode(data), expire_date=until))
    BrowserSession.objects.bulk_create(rows, batch_size=500)
    return [(user.pk, row.session_key) for user, row in zip(persons, rows, strict=True)]


def _with_tickets(people: list[tuple[int, str]], topics: list[str]) -> list[tuple[int, str, str, str]]:
    """Each with the ticket that their page carries, and with one that is over."""
    at = reading.standing_of(reading.RIGHTS).position

    def ticket(user: int, cookie: str) -> str:
        return make_ticket(user, [*topics, f"user.{user}"], at, language="en", browser=cookie)

    good = [ticket(user, cookie) for user, cookie in people]
    # Twenty minutes old: twice a ticket's life.
    now = signing.time.time
    signing.time.time = lambda: now() - 1200
    over = [ticket(user, cookie) for user, cookie in people]
    signing.time.time = now
    return [(user, cookie, *both) for (user, cookie), *both in zip(people, good, over, strict=True)]


def _own_cards(author: int) -> dict[str, str]:
    """What an author's page shows of their own questions, and so needs not be told."""
    return {key: digest(card) for key, card in reading.snapshot(f"user.{author}").cards.items()}


def read(topics: list[str]) -> dict[str, Any]:
    """The log of these topics and what a page opened now would see, and how many votes there are."""
    events: dict[str, dict[int, dict[str, str | None]]] = {topic: {} for topic in topics}
    tallies: dict[str, dict[str, dict[str, int]]] = {topic: {} for topic in topics}
    names: dict[str, dict[int, str]] = {topic: {} for topic in topics}
    for topic, seq, name, cards in Event.objects.values_list("topic_id", "seq", "name", "cards").iterator():
        if topic in events:
            digests = {key: None if card is None else digest(card) for key, card in cards.items()}
            events[topic][seq], names[topic][seq] = digests, name
    for tally in Tally.objects.iterator():
        if tally.topic_id in tallies:
            tallies[tally.topic_id][tally.key] = {**tally.counts, "version": tally.version}
    logged = {}
    for topic in topics:
        seen = reading.snapshot(topic)
        logged[topic] = Logged(
            seq=seen.standing.position.seq,
            events=events[topic],
            fresh={key: digest(card) for key, card in seen.cards.items()},
            # A session's lists are bounded, the desk's in shares; a person's own and a programme of one are not full.
            fresh_is_whole=not topic.startswith("session.") or topic.endswith(SHORT),
            tallies=tallies[topic],
            names=names[topic],
        )
    return {"log": logged, "votes": Question.objects.aggregate(votes=Sum("vote_count"))["votes"] or 0}


def fill_registration(places: int) -> dict[str, Any]:
    """A conference whose public category is open to everybody, with so many places in the room."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    conference = Conference.objects.create(
        slug="open",
        acronym="OPEN",
        name="A conference that is open to the public",
        opens_at=now + timedelta(days=30),
        closes_at=now + timedelta(days=31),
    )
    public = Category.objects.create(
        conference=conference, capacity=Capacity.PUBLIC, name="Public", needs_approval=False
    )
    Quota.objects.create(conference=conference, attendance=Attendance.IN_ROOM, size=places)
    Quota.objects.create(conference=conference, category=public, attendance=Attendance.IN_ROOM, size=places)
    return {"conference": conference.pk, "category": public.pk, "page": public.get_absolute_url()}


def count_registration(category_id: int) -> dict[str, Any]:
    """What became of those who applied there, counted by their rows and not by any counter."""
    theirs = Application.objects.filter(category_id=category_id)
    return {
        "size": Quota.objects.get(category_id=category_id).size,
        "approved": theirs.filter(status=ApplicationStatus.APPROVED).count(),
        "waiting": theirs.filter(status=ApplicationStatus.WAITING).count(),
        "mails": OutgoingMail.objects.count(),
    }


def main(arguments: list[str]) -> None:
    verb, *words = arguments
    if verb == "fill":
        answer = fill(int(words[0]), int(words[1]), to_sign_in="to-sign-in" in words)
    elif verb == "fill-review":
        answer = fill_review(int(words[0]))
    elif verb == "record":
        answer = record_of(int(words[0]))
    elif verb == "fill-registration":
        answer = fill_registration(int(words[0]))
    elif verb == "count-registration":
        answer = count_registration(int(words[0]))
    else:
        answer = read(json.load(sys.stdin))
    sys.stdout.buffer.write(as_json(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
