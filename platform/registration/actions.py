"""The verbs of registration: the one door through which form, focal point, import, secretariat and admin go.

Locks come in one order: the quotas (registration.places), then the application, then topics.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import ensure_person
from accounts.models import User
from conferences.actions import seat, unseat
from conferences.models import Conference, Delegation, Rank, Role
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, WrongMove
from registration.answers import Given, check_answers
from registration.letters import tell
from registration.models import (
    ACTIVE,
    MOVES,
    Answer,
    Application,
    Attendance,
    Category,
    Quota,
    Status,
    Step,
)
from registration.places import Places, waiting_list
from registration.rules import is_open, may_decide, may_edit, may_see, moves_of, represents

# How long a place is held for somebody who has not shown the address to be theirs.
CONFIRMED_WITHIN = timedelta(hours=48)
EVENT_OF = {
    Status.DRAFT: "application.drafted",
    Status.SUBMITTED: "application.submitted",
    Status.ON_HOLD: "application.held",
    Status.APPROVED: "application.approved",
    Status.REJECTED: "application.rejected",
    Status.WAITING: "application.queued",
    Status.WITHDRAWN: "application.withdrawn",
}
# The applicant is told why.
NEEDS_A_REASON = (Status.ON_HOLD, Status.REJECTED)
LONGEST_REASON = 2000


class AppliedAlready(Refusal):
    """This person holds a capacity at the conference. The edge tells them by mail, and nobody else."""

    code = "applied_already"
    words = _("There is an application for this person already. Nobody takes part in two capacities.")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every application says of its person. `name` is kept exactly as written; `email` may be "" for others."""

    name: str
    email: str = ""
    language: str = ""
    honorific: str = ""
    function: str = ""
    organisation: str = ""
    rank: int = Rank.NONE
    is_listed: bool = False


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An application as somebody hands it in. `submit_key` is the form's: sent twice it is one application."""

    category_id: int
    facts: Facts
    submit_key: UUID
    attendance: str = Attendance.IN_ROOM
    delegation_id: int | None = None
    answers: Sequence[Given] = field(default=())


@action
def submit_application(wish: Wish, *, by: Person, draft: bool = False) -> Application:
    """Hands in an application, or keeps it as a draft. The same submit key again returns the first one.

    Who is not signed in applies for themselves, and shows the address to be theirs afterwards. A focal point and the
    secretariat apply for others. Raises NotThere, NotAllowed, Invalid, WrongMove (not open), AppliedAlready.
    """
    if (made := _made_with(wish.submit_key, by)) is not None:
        return made
    category = _category(wish, by)
    decides = may_decide(by, category.conference)
    on_behalf = decides or represents(by, wish.delegation_id)
    if not on_behalf and not is_open(category, timezone.now()):
        raise WrongMove(_("Applications are not open now."))
    application = _drawn_up(wish, category, by, on_behalf=on_behalf)
    answers = check_answers(category, wish.answers, complete=not draft)
    places = None if draft else Places(category.conference_id, application.attendance, of=(application,))
    try:
        with transaction.atomic():
            application.status = Status.DRAFT if draft else _first_status(application, cast(Places, places), decides)
            _stamp(application)
            application.save(force_insert=True)
    except IntegrityError:
        # Somebody sent the same, or applied elsewhere, a moment ago; the unique index waited for their commit.
        if (made := _made_with(wish.submit_key, by)) is not None:
            return made
        raise AppliedAlready from None
    Answer.objects.bulk_create([answer.of(application) for answer in answers])
    record(EVENT_OF[Status(application.status)], application, new=True)
    _note_step(application, Status.DRAFT, by)
    _take_part(application)
    tell(application)
    return application


def _made_with(submit_key: UUID, by: Person) -> Application | None:
    made = Application.objects.select_related("category", "conference").filter(submit_key=submit_key).first()
    if made is not None and made.made_by_id != (by.pk if by.is_authenticated else None):
        raise Invalid(_("Reload the page and send the form again."))
    return made


def _category(wish: Wish, by: Person) -> Category:
    """The category, where this person may apply in it at all. Raises NotThere, Invalid."""
    category = Category.objects.select_related("conference").filter(pk=wish.category_id).first()
    if category is None:
        raise NotThere
    if wish.attendance not in Attendance.values:
        raise Invalid(fields={"attendance": _("Choose how you take part.")})
    if wish.delegation_id is None:
        if category.is_of_a_delegation:
            raise Invalid(fields={"delegation": _("Choose the delegation.")})
    elif not Delegation.objects.filter(pk=wish.delegation_id, conference_id=category.conference_id).exists():
        raise Invalid(fields={"delegation": _("This delegation does not take part.")})
    if not category.is_listed and not (may_decide(by, category.conference) or represents(by, wish.delegation_id)):
        raise NotThere
    return category


def _drawn_up(wish: Wish, category: Category, by: Person, *, on_behalf: bool) -> Application:
    facts = wish.facts
    person = _person(facts, by, on_behalf=on_behalf)
    if person is not None and _active(category.conference_id, person) is not None:
        raise AppliedAlready
    is_own = person is not None and by.is_authenticated and person.pk == by.pk
    return Application(
        conference=category.conference,
        category=category,
        user=person,
        delegation_id=wish.delegation_id,
        attendance=wish.attendance,
        name=facts.name,
        email=person.email if person else "",
        language=facts.language,
        honorific=facts.honorific,
        function=facts.function,
        organisation=facts.organisation,
        rank=facts.rank,
        is_listed=facts.is_listed,
        submit_key=wish.submit_key,
        made_by=cast(User, by) if by.is_authenticated else None,
        # Whoever applies for others answers for their addresses.
        confirmed_at=timezone.now() if is_own or on_behalf else None,
    )


def _person(facts: Facts, by: Person, *, on_behalf: bool) -> User | None:
    if by.is_authenticated and not on_behalf:
        return cast(User, by)
    if not facts.email:
        if not on_behalf:
            raise Invalid(fields={"email": _("Enter your e-mail address.")})
        return None
    return ensure_person(facts.email, facts.name, by=cast(User, by) if by.is_authenticated else None)


def _active(conference_id: int, person: User) -> Application | None:
    return Application.objects.filter(conference_id=conference_id, user=person, status__in=ACTIVE).first()


def _first_status(application: Application, places: Places, decides: bool) -> Status:
    """What the secretariat hands in needs nobody's approval."""
    if application.category.needs_approval and not decides:
        return Status.SUBMITTED
    return Status.APPROVED if places.take(application) else Status.WAITING


def _stamp(application: Application) -> None:
    """The moments that belong to where it stands now."""
    now = timezone.now()
    if application.status != Status.DRAFT and application.submitted_at is None:
        application.submitted_at = now
    application.waiting_since = (application.waiting_since or now) if application.status == Status.WAITING else None
    decided = application.status in (Status.APPROVED, Status.WAITING, Status.REJECTED)
    application.decided_at = (application.decided_at or now) if decided else None


# Moving


@action
def move_application(application_id: int, *, to: str, reason: str = "", by: Person) -> Application:
    """Moves it on: the applicant withdraws, the secretariat approves, holds or rejects, with a reason that is told.

    Approving where no place is free puts it on the waiting list. A place that becomes free goes to the next who waits,
    in the same transaction. What is so already is left alone. Raises NotThere, NotAllowed, WrongMove, Invalid.
    """
    application, places = _locked(application_id, by)
    if to not in Status.values:
        raise NotThere
    wished = Status(to)
    if application.status == wished or (application.status == Status.WAITING and wished == Status.APPROVED):
        if application.status == wished or not places.take(application):
            return application
        _move(application, Status.APPROVED, by, reason)
        return application
    if wished not in MOVES[Status(application.status)]:
        raise WrongMove
    if wished not in moves_of(by, application):
        raise NotAllowed
    reason = _reason(reason, needed=wished in NEEDS_A_REASON)
    leaves_place = application.holds_a_place
    if wished == Status.SUBMITTED and application.status == Status.DRAFT:
        check_answers(application.category, Given.of_application(application), complete=True)
        wished = _first_status(application, places, may_decide(by, application.conference))
    elif wished == Status.APPROVED and not places.take(application):
        wished = Status.WAITING
    if leaves_place:
        places.give_back(application)
    _move(application, wished, by, reason)
    if leaves_place:
        promote(places)
    return application


def promote(places: Places) -> list[Application]:
    """Takes in those who wait, as long as there are places for them. Within the transaction that freed the places."""
    promoted = []
    for application in places.next_in_line():
        if places.take(application):
            _move(application, Status.APPROVED, AnonymousUser(), "")
            promoted.append(application)
    return promoted


def _locked(application_id: int, by: Person) -> tuple[Application, Places]:
    """The application under its lock, and behind that of its quotas, for somebody who may see it. Raises NotThere."""
    seen = _with_all().filter(pk=application_id).first()
    if seen is None or not may_see(by, seen):
        raise NotThere
    places = Places(seen.conference_id, seen.attendance, of=(seen,))
    application = _with_all().select_for_update(of=("self",), no_key=True).get(pk=application_id)
    if application.attendance != seen.attendance:
        # Moved to the other attendance while this waited: its places are not among those that are locked.
        raise WrongMove
    return application, places


def _with_all() -> QuerySet[Application]:
    return Application.objects.select_related("category", "conference", "user", "delegation")


def _move(application: Application, to: Status, by: Person, reason: str) -> None:
    before = Status(application.status)
    record(EVENT_OF[to], application)
    application.status, application.reason = to, reason
    _stamp(application)
    application.save(update_fields=["status", "reason", "submitted_at", "waiting_since", "decided_at", "confirmed_at"])
    _note_step(application, before, by)
    if to == Status.APPROVED:
        _take_part(application)
    elif before == Status.APPROVED:
        _take_part_no_more(application)
    tell(application)


def _note_step(application: Application, before: Status, by: Person) -> None:
    Step.objects.create(
        application=application,
        before=before,
        after=application.status,
        reason=application.reason,
        by=cast(User, by) if by.is_authenticated else None,
    )


def _reason(words: str, *, needed: bool) -> str:
    words = words.strip()
    if needed and not words:
        raise Invalid(fields={"reason": _("Say why: the applicant is told.")})
    if len(words) > LONGEST_REASON:
        raise Invalid(fields={"reason": _("At most %(count)d characters.") % {"count": LONGEST_REASON}})
    return words


def _take_part(application: Application) -> None:
    """Whoever is approved, and is who they say, takes part in the conference."""
    if application.holds_a_place and application.confirmed_at and application.user is not None:
        role = Role.DELEGATE if application.category.is_of_a_delegation else Role.PARTICIPANT
        seat(application.conference, application.user, role=role, delegation_id=application.delegation_id)


def _take_part_no_more(application: Application) -> None:
    if application.user is not None:
        unseat(application.conference, application.user)


# Confirming


@action
def confirm_applications(*, of: User) -> list[Application]:
    """This person has shown the address to be theirs: what was handed in with it stands, whoever typed it."""
    confirmed = []
    waiting = _with_all().filter(user=of, confirmed_at=None, status__in=ACTIVE).order_by("pk")
    for application in waiting.select_for_update(of=("self",), no_key=True):
        record("application.changed", application)
        application.confirmed_at = timezone.now()
        application.save(update_fields=["confirmed_at"])
        _take_part(application)
        confirmed.append(application)
    return confirmed


@action
def release_unconfirmed(conference_id: int) -> int:
    """Gives back the places of those who never showed their address to be theirs. Returns how many."""
    places = Places(conference_id, *reversed(Attendance.values))
    late = _with_all().filter(
        conference_id=conference_id,
        confirmed_at=None,
        status__in=ACTIVE,
        submitted_at__lt=timezone.now() - CONFIRMED_WITHIN,
    )
    released = 0
    for application in late.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if application.holds_a_place:
            places.give_back(application)
        _move(application, Status.WITHDRAWN, AnonymousUser(), str(_("The address was not confirmed in time.")))
        released += 1
    if released:
        promote(places)
    return released


# Changing


@action
def change_application(
    application_id: int,
    *,
    facts: Facts,
    answers: Sequence[Given] | None = None,
    attendance: str | None = None,
    by: Person,
) -> Application:
    """Changes what it says; its person stays the same. Raises NotThere, NotAllowed, Invalid, WrongMove (no place)."""
    seen = _with_all().filter(pk=application_id).first()
    if seen is None or not may_see(by, seen):
        raise NotThere
    wished = attendance or seen.attendance
    if wished not in Attendance.values:
        raise Invalid(fields={"attendance": _("Choose how you take part.")})
    changed = Application(category_id=seen.category_id, delegation_id=seen.delegation_id, attendance=wished)
    places = Places(seen.conference_id, *dict.fromkeys((seen.attendance, wished)), of=(seen, changed))
    application = _with_all().select_for_update(of=("self",), no_key=True).get(pk=application_id)
    if application.attendance != seen.attendance:
        raise WrongMove
    if not may_edit(by, application):
        raise NotAllowed
    record("application.changed", application)
    if wished != application.attendance and application.holds_a_place:
        if not places.take(changed):
            raise WrongMove(_("No place is free there."))
        places.give_back(application)
    application.attendance = wished
    for name in ("name", "language", "honorific", "function", "organisation", "rank", "is_listed"):
        setattr(application, name, getattr(facts, name))
    application.save()
    if answers is not None:
        _change_answers(application, answers)
    promote(places)
    return application


def _change_answers(application: Application, given: Sequence[Given]) -> None:
    complete = application.status != Status.DRAFT
    answers = [answer.of(application) for answer in check_answers(application.category, given, complete=complete)]
    application.answers.exclude(field__in=[answer.field_id for answer in answers]).delete()
    Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["application", "field"],
        update_fields=["words", "upload", "version"],
    )


# Places


@action
def set_places(
    conference_id: int,
    *,
    sizes: Mapping[str, int | None],
    category_id: int | None = None,
    delegation_id: int | None = None,
    by: Person,
) -> list[Quota]:
    """Says how many may attend each way (None: as many as come), in all, in a category or in a delegation.

    Places that are added go to those who wait. Raises NotThere, NotAllowed, and Invalid where more are taken already.
    """
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None:
        raise NotThere
    if not may_decide(by, conference):
        raise NotAllowed
    places = Places(conference.pk, *sizes)
    quotas = []
    for attendance, size in sizes.items():
        quota = _quota(conference.pk, attendance, category_id, delegation_id)
        if size is not None and size < quota.used_count:
            words = _("%(count)d places are taken already.") % {"count": quota.used_count}
            raise Invalid(fields={attendance: words})
        quota.size = size
        quota.save()
        quotas.append(quota)
    if waiting_list(conference.pk).exists():
        promote(Places(conference.pk, *places.attendances))
    return quotas


def _quota(conference_id: int, attendance: str, category_id: int | None, delegation_id: int | None) -> Quota:
    """The quota under its lock, or a new one that counts whom it finds. Raises NotThere for another conference's."""
    of = Q(category=category_id, delegation=delegation_id, attendance=attendance)
    quota = Quota.objects.select_for_update(no_key=True).filter(of, conference_id=conference_id).first()
    if quota is not None:
        return quota
    of_a_category = Category.objects.filter(pk=category_id or 0, conference_id=conference_id)
    of_a_delegation = Delegation.objects.filter(pk=delegation_id or 0, conference_id=conference_id)
    if (category_id and not of_a_category.exists()) or (delegation_id and not of_a_delegation.exists()):
        raise NotThere
    quota = Quota(
        conference_id=conference_id, category_id=category_id, delegation_id=delegation_id, attendance=attendance
    )
    quota.used_count = _taken(quota)
    return quota


def _taken(quota: Quota) -> int:
    """How many places of a quota that is new were taken before it was there."""
    held = Application.objects.filter(
        conference_id=quota.conference_id, attendance=quota.attendance, status=Status.APPROVED
    )
    if quota.category_id is not None:
        held = held.filter(category_id=quota.category_id)
    if quota.delegation_id is not None:
        held = held.filter(delegation_id=quota.delegation_id)
    return held.count()
