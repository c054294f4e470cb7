"""Who may do what with applications. Pure sentences: they read, they never write."""

from collections.abc import Set
from datetime import datetime, timedelta

from django.utils import timezone

from conferences.models import Conference
from conferences.rules import Person, may_organise
from files.models import Upload
from outbox.once import once
from registration.models import (
    EDITABLE,
    MOVES,
    Answer,
    Application,
    Category,
    Credential,
    FocalPoint,
    Import,
    Look,
    Post,
    Status,
    Work,
)

# The purpose under which notes verbales are stored (files.registry).
CREDENTIALS = "credentials"
# What an applicant or their focal point moves by themselves.
OWN_MOVES = (Status.SUBMITTED, Status.WITHDRAWN)

# How long a noted look opens a file, which a browser may ask for in parts.
LOOK_LASTS = timedelta(minutes=5)


def may_decide(user: Person, conference: Conference) -> bool:
    """The secretariat: it sees all applications of a conference and decides on them."""
    return may_organise(user, conference) or works_at(user, conference, Work.SECRETARIAT)


def may_help(user: Person, conference: Conference) -> bool:
    """The help desk answers tickets, and lets somebody in whose identity it checked."""
    return may_organise(user, conference) or works_at(user, conference, Work.HELP_DESK, Work.SECRETARIAT)


def may_keep_doors(user: Person, conference: Conference) -> bool:
    """The door enrols devices, reads badges, prints them anew and takes in walk-ins."""
    return may_organise(user, conference) or works_at(user, conference, Work.DOOR, Work.SECRETARIAT)


def works_at(user: Person, conference: Conference, *works: Work) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    theirs = Post.objects.filter(conference_id=conference.pk, user_id=user.pk)
    held = once(("posts", user.pk, conference.pk), lambda: set(theirs.values_list("work", flat=True)))
    return not held.isdisjoint(works)


def represents(user: Person, delegation_id: int | None) -> bool:
    """Whether this person is a focal point of the delegation."""
    return delegation_id in represented(user)


def represented(user: Person) -> Set[int]:
    """The delegations of which this person is a focal point, in whichever conference."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    theirs = FocalPoint.objects.filter(user_id=user.pk)
    return once(("focal points", user.pk), lambda: frozenset(theirs.values_list("delegation_id", flat=True)))


def may_read_credentials(user: Person, upload: Upload) -> bool:
    """The guard of notes verbales: who handed it in, the delegation's focal points, and the secretariat."""
    credential = Credential.objects.select_related("delegation__conference").filter(upload_id=upload.pk).first()
    if credential is None:
        return user.is_authenticated and upload.owner_id == user.pk
    delegation = credential.delegation
    return represents(user, delegation.pk) or may_decide(user, delegation.conference)


def is_open(category: Category, now: datetime) -> bool:
    """Whether applications are taken at this moment, from those who are bound by its dates."""
    begun = category.opens_at is None or category.opens_at <= now
    return begun and (category.closes_at is None or now < category.closes_at)


def is_own(user: Person, application: Application) -> bool:
    return user.is_authenticated and application.user_id is not None and application.user_id == user.pk


def may_see(user: Person, application: Application) -> bool:
    """The applicant, the delegation's focal points, and the secretariat."""
    return (
        is_own(user, application)
        or represents(user, application.delegation_id)
        or may_decide(user, application.conference)
    )


def may_edit(user: Person, application: Application) -> bool:
    """The applicant and the focal point while it is pending, the secretariat as long as it stands.

    What it said of its person is forgotten for good.
    """
    if application.forgotten_at is not None:
        return False
    if may_decide(user, application.conference):
        return application.status not in (Status.REJECTED, Status.WITHDRAWN)
    return application.status in EDITABLE and may_see(user, application)


def may_substitute(user: Person, application: Application) -> bool:
    """The delegation's focal points and the secretariat put somebody in a member's place; the member does not."""
    return application.delegation_id is not None and (
        represents(user, application.delegation_id) or may_decide(user, application.conference)
    )


def may_import(user: Person, imported: Import) -> bool:
    """A list of people: the secretariat, and the focal points of the delegation that it was handed in for."""
    return may_decide(user, imported.conference) or represents(user, imported.delegation_id)


def may_read_paper(user: Person, upload: Upload) -> bool:
    """Whoever may see an application it belongs to; before it belongs to one, its owner.

    Applications that were merged share their papers: one of them is enough.
    """
    answers = list(Answer.objects.select_related("field", "application__conference").filter(upload_id=upload.pk))
    if not answers:
        return user.is_authenticated and upload.owner_id == user.pk
    return any(may_read_answer(user, answer) for answer in answers)


def may_read_answer(user: Person, answer: Answer) -> bool:
    """What shows somebody's papers opens for others only behind the page that notes who looks, and for a while."""
    if is_own(user, answer.application):
        return True
    if answer.field.is_sensitive:
        looked = Look.objects.filter(answer=answer, by_id=user.pk, at__gt=timezone.now() - LOOK_LASTS)
        if not user.is_authenticated or not looked.exists():
            return False
    return may_see(user, answer.application)


def moves_of(user: Person, application: Application) -> tuple[Status, ...]:
    """To which statuses this person may move it from where it is; one that is nobody's any more stays there."""
    if application.forgotten_at is not None:
        return ()
    possible = MOVES[Status(application.status)]
    if may_decide(user, application.conference):
        return tuple(status for status in possible if status != Status.WAITING)
    if not may_see(user, application):
        return ()
    begins = application.status == Status.DRAFT
    return tuple(status for status in possible if status == Status.WITHDRAWN or (begins and status in OWN_MOVES))
