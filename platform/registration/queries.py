"""Reads that the pages of applicants share."""

import time
from collections.abc import Hashable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from conferences.models import Conference, Mode
from conferences.rules import Person
from outbox.errors import NotThere
from registration.answers import asked
from registration.models import ACTIVE, Answer, Application, Attendance, Category, Field, Quota, Step
from registration.rules import is_open, may_decide

# Seconds: how much later a change of a form shows in other processes.
READ_FOR = 2.0
MOST_FORMS = 200
_read_forms: dict[tuple[str, int], tuple[float, Category, list[Field]]] = {}
_kept_pages: dict[Hashable, tuple[float, str]] = {}


@dataclass(frozen=True, slots=True)
class Room:
    """How many places one attendance still has: None means as many as come."""

    attendance: Attendance
    left_count: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A category as somebody finds it who thinks of applying."""

    category: Category
    is_open: bool
    # Closed, and not to open any more.
    is_over: bool
    room: tuple[Room, ...]


def attendances_of(conference: Conference) -> tuple[Attendance, ...]:
    """How one can take part in it at all."""
    if conference.mode == Mode.IN_PERSON:
        return (Attendance.IN_ROOM,)
    if conference.mode == Mode.ONLINE:
        return (Attendance.ONLINE,)
    return tuple(Attendance)


def offers_of(conference: Conference) -> list[Offer]:
    """The categories of the public page, in their order, with what is left of their places now."""
    now = timezone.now()
    left = _left(conference)
    return [
        Offer(
            category,
            is_open=is_open(category, now),
            is_over=category.closes_at is not None and category.closes_at <= now,
            room=tuple(
                Room(attendance, _least(left.get((attendance, None)), left.get((attendance, category.pk))))
                for attendance in attendances_of(conference)
            ),
        )
        for category in conference.categories.filter(is_listed=True)
    ]


def _left(conference: Conference) -> dict[tuple[str, int | None], int | None]:
    """By attendance and category (None: the whole conference)."""
    quotas = Quota.objects.filter(conference=conference, delegation=None)
    return {
        (quota.attendance, quota.category_id): None if quota.size is None else max(0, quota.size - quota.used_count)
        for quota in quotas
    }


def _least(*counts: int | None) -> int | None:
    return min((count for count in counts if count is not None), default=None)


def form_at(slug: str, category_id: int, user: Person) -> tuple[Category, list[Field]]:
    """A category with its conference, and what its form asks, for whoever may see it. Raises NotThere.

    Read once for all who come within READ_FOR seconds, and shared by them: nobody may change it. What is handed in is
    checked against what is so then.
    """
    key, now = (slug, category_id), time.monotonic()
    found = _read_forms.get(key)
    if found is None or now - found[0] >= READ_FOR:
        category = Category.objects.select_related("conference").filter(pk=category_id, conference__slug=slug).first()
        if category is None:
            raise NotThere
        found = (now, category, asked(category))
        if len(_read_forms) >= MOST_FORMS:
            _read_forms.clear()
        _read_forms[key] = found
    _at, category, fields = found
    if not category.is_listed and not may_decide(user, category.conference):
        raise NotThere
    return category, fields


def kept_page(alike: Hashable) -> str | None:
    """What `keep_page` kept under this name in the last READ_FOR seconds."""
    found = _kept_pages.get(alike)
    return found[1] if found is not None and time.monotonic() - found[0] < READ_FOR else None


def keep_page(alike: Hashable, page: str) -> None:
    """Keeps the page of a form that many come to at once. Nothing of one person may be in it."""
    if len(_kept_pages) >= MOST_FORMS:
        _kept_pages.clear()
    _kept_pages[alike] = (time.monotonic(), page)


def forget_forms() -> None:
    """Whoever changes a category, its fields or its conference in this process calls this: it shows here at once."""
    _read_forms.clear()
    _kept_pages.clear()


def applications_of(user: User, conference: Conference) -> list[Application]:
    """Somebody's own, the one that stands first and then the latest."""
    applications = _with_history().filter(user=user, conference=conference).order_by("-pk")
    return sorted(applications, key=lambda application: application.status not in ACTIVE)


def own_application(slug: str, application_id: int, user: User) -> Application:
    """One's own application to the conference at this address. Raises NotThere."""
    application = _with_history().filter(pk=application_id, conference__slug=slug, user=user).first()
    if application is None:
        raise NotThere
    return application


def has_applied(user: Person, conference: Conference) -> bool:
    """Whether an application of theirs stands."""
    if not isinstance(user, User):
        return False
    return Application.objects.filter(user=user, conference=conference, status__in=ACTIVE).exists()


def _with_history() -> QuerySet[Application]:
    answers = Answer.objects.select_related("field", "upload").order_by("field__position", "field_id")
    return Application.objects.select_related("category", "conference", "delegation").prefetch_related(
        Prefetch("steps", Step.objects.order_by("pk")), Prefetch("answers", answers)
    )


def takes_applications(conference: Conference) -> bool:
    """Whether there is anything on the page of its categories."""
    return conference.categories.filter(is_listed=True).exists()
