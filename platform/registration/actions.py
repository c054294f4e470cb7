"""The verbs of registration: the one door through which form, focal point, import, secretariat and admin go.

Locks come in one order: the people who apply, the quotas (registration.places), the delegations, then applications,
then memberships, then topics.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actions import ensure_people, give_name, hold_person
from accounts.models import User
from conferences.actions import Seat, seat_all, unseat
from conferences.models import Delegation, Role
from conferences.rules import Person
from outbox.changes import action, record
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, WrongMove
from outbox.once import each_read_once
from registration.answers import Given, asked, check, check_answers
from registration.badges import revoke_for
from registration.delegations import check_nomination, check_substitution, led
from registration.desk import decided
from registration.focal_letters import write_to_focal_points
from registration.letters import tell
from registration.models import (
    ACTIVE,
    MOVES,
    Answer,
    Application,
    Attendance,
    Capacity,
    Category,
    FieldKind,
    Quota,
    Status,
    Step,
)
from registration.places import Places, waiting_list
from registration.reasons import checked_reason
from registration.rules import is_open, is_own, may_decide, may_edit, may_see, may_substitute, moves_of, represents
from registration.voices import give_voices, settle_voice
from registration.wishes import (
    ONE_HEAD,
    AppliedAlready,
    Entry,
    Facts,
    HandedIn,
    Wish,
    as_asked_for_others,
    granted,
    made_with,
    read_wishes,
    refuse_twice,
    second_heads,
    stands,
    wrong_facts,
)

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


@action
def submit_application(wish: Wish, *, by: Person, draft: bool = False) -> Application:
    """Hands in an application, or keeps it as a draft. The same submit key again returns the first one.

    Who is not signed in applies for themselves, and shows the address to be theirs afterwards. A focal point and the
    secretariat apply for others. Raises NotThere, NotAllowed, Invalid, WrongMove (not open), AppliedAlready.
    """
    return _granted(_hand_in([wish], by, draft=draft, telling=True)[wish.submit_key])


@action
def submit_applications(
    wishes: Sequence[Wish], *, by: Person, telling: bool = True, in_list: bool = False
) -> list[Application | Refusal]:
    """Hands in a list to one conference, each as by `submit_application`, in its order; with `telling` false unmailed.

    One that is refused fails no other: its refusal stands in its place. With `in_list` files and consents may be
    missing: their person gives them. A few hundred at a time, since everybody else waits for the quotas meanwhile.
    """
    handed_in = _hand_in(wishes, by, draft=False, telling=telling, in_list=in_list)
    return [handed_in[wish.submit_key] for wish in wishes]


def _hand_in(
    wishes: Sequence[Wish], by: Person, *, draft: bool, telling: bool, nominating: bool = True, in_list: bool = False
) -> HandedIn:
    """By submit key. One path for one and for many: what is read or written for all is read or written once.

    With `nominating` false the dates of nomination do not bind the focal point: somebody is replaced.
    """
    made = made_with(wishes, by)
    fresh = [wish for wish in wishes if wish.submit_key not in made]
    if not fresh:
        return made
    read = read_wishes(fresh, by, complete=not draft, nominating=nominating, in_list=in_list)
    people, known = _people(granted(read), by)
    refuse_twice(read, people, known)
    _refuse_closed(read, people)
    drawn_up = [(entry, _drawn_up(entry, person, by)) for entry, person in people if stands(read, entry)]
    refused: HandedIn = {key: entry for key, entry in read.items() if isinstance(entry, Refusal)}
    if twice := [wish for wish in fresh if wish.submit_key in refused]:
        # The same may have been sent in the same moment; the person's unique index waited for its commit.
        refused |= made_with(twice, by)
    if not drawn_up:
        return {**made, **refused}
    applications = [application for _entry, application in drawn_up]
    attendances = dict.fromkeys(application.attendance for application in applications)
    places = None if draft else Places(applications[0].conference_id, *attendances, of=tuple(applications))
    if homeless := _refuse_by_delegation([entry for entry, _application in drawn_up]):
        refused |= homeless
        drawn_up = [(entry, application) for entry, application in drawn_up if entry.wish.submit_key not in homeless]
        applications = [application for _entry, application in drawn_up]
        if not applications:
            return {**made, **refused}
    try:
        with transaction.atomic():
            _find_places(drawn_up, places)
            for application in applications:
                _stamp(application)
            Application.objects.bulk_create(applications)
    except IntegrityError:
        # Somebody sent the same, or applied elsewhere, a moment ago; the unique index waited for their commit.
        if len(fresh) == 1:
            return {fresh[0].submit_key: AppliedAlready(), **made_with(fresh, by)}
        one_by_one: HandedIn = {}
        for wish in fresh:
            one_by_one |= _hand_in([wish], by, draft=draft, telling=telling, nominating=nominating, in_list=in_list)
        return {**made, **one_by_one}
    Answer.objects.bulk_create([answer.of(application) for entry, application in drawn_up for answer in entry.answers])
    for application in applications:
        record(EVENT_OF[Status(application.status)], application, new=True)
    Step.objects.bulk_create([_step(application, Status.DRAFT, by) for application in applications])
    _take_part(*applications)
    if telling:
        # Of a group, most letters begin with the same words.
        with each_read_once():
            for application in applications:
                tell(application)
    return {**made, **refused, **{application.submit_key: application for application in applications}}


def _people(entries: Sequence[Entry], by: Person) -> tuple[list[tuple[Entry, User | None]], set[int]]:
    """Whose application each is: the doer's own, that of the person with its address, or of nobody known here.

    Under their locks: whoever leaves does so wholly before, or finds the application and takes their name out of it.
    With them the numbers of those who were known before. Raises SignInFirst for a doer who left.
    """
    doer = cast(User, by) if by.is_authenticated else None
    if doer is not None and not all(entry.address or entry.on_behalf for entry in entries):
        doer = hold_person(doer)
        if not doer.is_active:
            # They left for good in another window.
            raise SignInFirst
    # Of two rows with one address the first says how its person is called. A stranger names nobody's account.
    names = {entry.address: entry.wish.facts.name if doer else "" for entry in reversed(entries) if entry.address}
    people, known = ensure_people(names, by=doer) if names else ({}, set())
    for address, person in people.items():
        if names[address]:
            give_name(person, names[address])
    whose = [
        (entry, people[entry.address] if entry.address else doer if not entry.on_behalf else None) for entry in entries
    ]
    return whose, known | ({doer.pk} if doer else set())


def _refuse_closed(read: dict[UUID, Entry | Refusal], people: Sequence[tuple[Entry, User | None]]) -> None:
    """Refuses whoever may not sign in. A stranger is told no more than of somebody who applied already."""
    for entry, person in people:
        if person is not None and not person.is_active:
            closed = Invalid(fields={"email": _("This account is closed. Ask the organisers.")})
            read[entry.wish.submit_key] = closed if entry.on_behalf else AppliedAlready()


def _refuse_by_delegation(entries: Sequence[Entry]) -> dict[UUID, WrongMove]:
    """Refuses who comes for a delegation that was removed meanwhile, and a second head to one; by submit key.

    Behind the lock of the delegations, so that of two heads at once the second is refused.
    """
    wished = {entry.wish.delegation_id for entry in entries if entry.wish.delegation_id is not None}
    if not wished:
        return {}
    locked = Delegation.objects.select_for_update(no_key=True).filter(pk__in=wished).order_by("pk")
    gone = wished - {delegation.pk for delegation in locked}
    removed = {entry.wish.submit_key: WrongMove() for entry in entries if entry.wish.delegation_id in gone}
    return {**second_heads(entries), **removed}


def _drawn_up(entry: Entry, person: User | None, by: Person) -> Application:
    wish, facts, category = entry.wish, entry.wish.facts, entry.category
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
        confirmed_at=timezone.now() if is_own or entry.on_behalf else None,
    )


def _find_places(drawn_up: Sequence[tuple[Entry, Application]], places: Places | None) -> None:
    """Gives each its first status. What the secretariat hands in needs nobody's approval."""
    taking_part = []
    for entry, application in drawn_up:
        if places is None:
            application.status = Status.DRAFT
        elif entry.category.needs_approval and not entry.decides:
            application.status = Status.SUBMITTED
        else:
            taking_part.append(application)
    if places is None or not taking_part:
        return
    for application, has_a_place in zip(taking_part, places.take_for_each(taking_part), strict=True):
        application.status = Status.APPROVED if has_a_place else Status.WAITING


def _stamp(application: Application, before: Status = Status.DRAFT) -> None:
    """The moments that belong to where it stands now."""
    now = timezone.now()
    if application.status != Status.DRAFT and (application.submitted_at is None or before not in ACTIVE):
        # Taken up again it is handed in anew: its person has as long to show their address as before.
        application.submitted_at = now
    application.waiting_since = (application.waiting_since or now) if application.status == Status.WAITING else None
    decided = application.status in (Status.APPROVED, Status.WAITING, Status.REJECTED)
    application.decided_at = (application.decided_at or now) if decided else None


# Moving


@action
def move_application(
    application_id: int, *, to: str, reason: str = "", by: Person, tells_focal_points: bool = True
) -> Application:
    """Moves it on: the applicant withdraws, the secretariat approves, holds or rejects, with a reason that is told.

    Approving where no place is free puts it on the waiting list. A place that becomes free goes to the next who waits,
    in the same transaction. What is so already is left alone. Whoever moves many at once writes to the focal points
    afterwards, once for all (`tells_focal_points` false). Raises NotThere, NotAllowed, WrongMove, Invalid,
    AppliedAlready.
    """
    application, places = _locked(application_id, by)
    if to not in Status.values:
        raise NotThere
    wished = Status(to)
    if application.status == wished:
        return application
    if wished not in MOVES[Status(application.status)]:
        raise WrongMove
    if wished not in moves_of(by, application):
        if (application.status, wished) == (Status.WAITING, Status.APPROVED):
            return application  # whoever waits has asked for it already
        raise NotAllowed
    if application.status not in ACTIVE:
        _check_comes_back(application)
    missing = _("Say why: it is told with the decision.") if wished in NEEDS_A_REASON else ""
    reason = checked_reason(reason, missing=missing)
    leaves_place = application.holds_a_place
    if application.status == Status.DRAFT and wished != Status.WITHDRAWN:
        _check_can_be_handed_in(application, by)
        if not application.category.needs_approval or may_decide(by, application.conference):
            wished = Status.APPROVED
    if wished == Status.APPROVED and not places.take(application):
        if application.status == Status.WAITING:
            return application  # and goes on waiting
        wished = Status.WAITING
    if leaves_place:
        places.give_back(application)
    try:
        with transaction.atomic():
            _move(application, wished, by, reason, tells_focal_points=tells_focal_points)
    except IntegrityError:
        # Declined before, and beside it a draft was begun in this moment: the unique index waited for its commit.
        raise AppliedAlready from None
    if leaves_place:
        promote(places)
    return application


def _check_comes_back(application: Application) -> None:
    """One that was declined and is looked at again must not stand beside another of its person or delegation."""
    others = Application.objects.filter(conference=application.conference_id, user=application.user_id)
    if application.user_id is not None and others.filter(status__in=ACTIVE).exists():
        raise AppliedAlready
    if application.category.capacity == Capacity.HEAD:
        Delegation.objects.select_for_update(no_key=True).filter(pk=application.delegation_id or 0).first()
        if led([application.delegation_id]):
            raise WrongMove(ONE_HEAD)


def _check_can_be_handed_in(application: Application, by: Person) -> None:
    """What binds a draft: its dates, and that it is complete."""
    decides = may_decide(by, application.conference)
    if not decides and not is_own(by, application):
        check_nomination(application.conference_id)
    if not _may_hand_in(by, application):
        raise WrongMove(_("Applications are not open now."))
    try:
        check_answers(application.category, Given.of_application(application), complete=True)
    except Invalid:
        if decides and not is_own(by, application):
            # Their page holds no field to say it beside.
            raise WrongMove(_("This draft is not complete: whoever began it has to finish it first.")) from None
        raise


@action
def substitute_member(
    application_id: int, *, facts: Facts, submit_key: UUID, answers: Sequence[Given] = (), by: Person
) -> Application:
    """Replaces somebody who comes for a delegation: what they hold passes to the newcomer, and to nobody who waits.

    The newcomer comes in the same category and attendance: approved where the leaver was or the secretariat does it,
    or at the same place of the waiting list. Credentials name people, so no voice passes on. The same submit key again
    returns the first newcomer. Raises NotThere, NotAllowed, WrongMove (not now), Invalid, AppliedAlready.
    """
    if newcomer_here := User.objects.known_as(facts.email):
        # People before quotas, also where the quotas come first.
        hold_person(newcomer_here)
    leaver, places = _locked(application_id, by)
    delegation_id = leaver.delegation_id
    wish = Wish(
        category_id=leaver.category_id,
        facts=facts,
        submit_key=submit_key,
        attendance=leaver.attendance,
        delegation_id=delegation_id,
        answers=answers,
    )
    if (made := made_with([wish], by).get(submit_key)) is not None:
        return _granted(made)
    if not may_substitute(by, leaver):
        raise NotAllowed
    if leaver.status not in ACTIVE:
        raise WrongMove
    if not may_decide(by, leaver.conference):
        check_substitution(leaver.conference_id)
    held, waiting_since = leaver.holds_a_place, leaver.waiting_since
    if held:
        places.give_back(leaver)
    _move(leaver, Status.WITHDRAWN, by, str(_("Your delegation named somebody else in your place.")))
    newcomer = _granted(_hand_in([wish], by, draft=False, telling=False, nominating=False)[submit_key])
    if newcomer.holds_a_place:
        tell(newcomer)
    elif held and places.take(newcomer):
        _move(newcomer, Status.APPROVED, by, "")
    elif waiting_since is not None:
        newcomer.waiting_since = waiting_since
        _move(newcomer, Status.WAITING, by, "")
    else:
        tell(newcomer)
    return newcomer


def _granted(made: Application | Refusal) -> Application:
    if isinstance(made, Refusal):
        raise made
    return made


def _may_hand_in(by: Person, application: Application) -> bool:
    """The dates bind those who apply for themselves."""
    on_behalf = represents(by, application.delegation_id) or may_decide(by, application.conference)
    return on_behalf or is_open(application.category, timezone.now())


def hand_over(application: Application, person: User) -> None:
    """Makes an application that nobody can sign in for this person's, who holds no other. Inside an action, locked."""
    application.user, application.email = person, person.email
    application.confirmed_at = application.confirmed_at or timezone.now()
    application.save(update_fields=["user", "email", "confirmed_at"])
    _take_part(application)


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


def _move(application: Application, to: Status, by: Person, reason: str, *, tells_focal_points: bool = True) -> None:
    before = Status(application.status)
    record(EVENT_OF[to], application)
    application.status, application.reason = to, reason
    _stamp(application, before)
    application.save(update_fields=["status", "reason", "submitted_at", "waiting_since", "decided_at", "confirmed_at"])
    _step(application, before, by).save(force_insert=True)
    if to == Status.APPROVED:
        _take_part(application)
    elif before == Status.APPROVED:
        revoke_for(application)
        _take_part_no_more(application)
    tell(application)
    if tells_focal_points:
        write_to_focal_points([application], by=by)


def _step(application: Application, before: Status, by: Person) -> Step:
    return Step(
        application=application,
        before=before,
        after=application.status,
        reason=application.reason,
        by=cast(User, by) if by.is_authenticated else None,
    )


def _take_part(*applications: Application) -> None:
    """Whoever is approved, and is who they say, takes part in the conference. All are to one conference."""
    seats = [
        Seat(
            application.user,
            Role.DELEGATE if application.category.is_of_a_delegation else Role.PARTICIPANT,
            application.delegation_id,
        )
        for application in applications
        if application.holds_a_place and application.confirmed_at and application.user is not None
    ]
    if seats:
        seat_all(applications[0].conference, seats)
        give_voices(applications)


def _take_part_no_more(application: Application) -> None:
    if application.user is not None:
        settle_voice(application, may_speak=False)
        unseat(application.conference, application.user)


# Confirming


@action
def confirm_applications(*, of: User) -> list[Application]:
    """This person has shown the address to be theirs: what was handed in with it stands, whoever typed it."""
    confirmed: list[Application] = []
    # People before applications, as whoever leaves: they do so before this, or after it.
    if not hold_person(of).is_active:
        return confirmed
    waiting = _with_all().filter(user=of, confirmed_at=None, status__in=ACTIVE).order_by("pk")
    for application in waiting.select_for_update(of=("self",), no_key=True):
        record("application.changed", application)
        application.confirmed_at = timezone.now()
        application.save(update_fields=["confirmed_at"])
        give_name(of, application.name)
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
    """Changes what it says; its person stays the same.

    Consents are changed by their person alone: of others' words about them nothing is taken. Raises NotThere,
    NotAllowed, Invalid, WrongMove (no place).
    """
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
    if wrong := wrong_facts(facts):
        raise Invalid(fields=wrong)
    record("application.changed", application)
    frees_place = wished != application.attendance and application.holds_a_place
    if frees_place:
        if not places.take(changed):
            raise WrongMove(_("No place is free there."))
        places.give_back(application)
    changes_line = application.status == Status.WAITING and wished != application.attendance
    if changes_line:
        # At the end of the other one.
        application.waiting_since = timezone.now()
    application.attendance = wished
    for name in ("name", "language", "honorific", "function", "organisation", "rank", "is_listed"):
        setattr(application, name, getattr(facts, name))
    application.save()
    if answers is not None:
        _change_answers(application, answers, by)
    if frees_place or changes_line:
        promote(places)
        application.refresh_from_db(fields=["status", "waiting_since", "decided_at"])
    return application


@transaction.atomic
def set_listed(application_id: int, *, is_listed: bool, by: Person) -> Application:
    """Says whether this person stands in the list of participants; they may say otherwise at any time.

    It announces nothing: no open page shows it. Raises NotThere, and WrongMove for an application that does not stand.
    """
    application = _with_all().select_for_update(of=("self",), no_key=True).filter(pk=application_id).first()
    if application is None or not may_see(by, application):
        raise NotThere
    if application.status not in ACTIVE:
        raise WrongMove
    application.is_listed = is_listed
    application.save(update_fields=["is_listed"])
    return application


def _change_answers(application: Application, given: Sequence[Given], by: Person) -> None:
    fields = asked(application.category)
    if not is_own(by, application):
        # What its person agreed to stays as they said it.
        fields = [as_asked_for_others(field) for field in fields if field.kind != FieldKind.CONSENT]
    checked = check(fields, given, complete=application.status != Status.DRAFT)
    answers = [answer.of(application) for answer in checked]
    # What was answered to a question that is asked no more stays as it is.
    unanswered = {field.pk for field in fields} - {answer.field_id for answer in answers}
    application.answers.filter(field__in=unanswered).delete()
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
    conference = decided(conference_id, by)
    Places(conference.pk, *sizes)  # the lock
    quotas = resize(conference.pk, sizes=sizes, category_id=category_id, delegation_id=delegation_id)
    promote_into(conference.pk, *sizes)
    return quotas


def resize(
    conference_id: int,
    *,
    sizes: Mapping[str, int | None],
    category_id: int | None = None,
    delegation_id: int | None = None,
) -> list[Quota]:
    """As `set_places` for whoever may, behind the lock of these attendances, and nobody moves up yet.

    Raises NotThere, and Invalid where more are taken already.
    """
    quotas = []
    for attendance, size in sizes.items():
        quota = _quota(conference_id, attendance, category_id, delegation_id)
        if size is not None and size < quota.used_count:
            words = _("%(count)d places are taken already.") % {"count": quota.used_count}
            raise Invalid(fields={attendance: words})
        quota.size = size
        quota.save()
        quotas.append(quota)
    return quotas


def promote_into(conference_id: int, *attendances: str) -> int:
    """As `promote` where sizes were changed: what was locked before holds the old ones. Returns how many moved up."""
    return len(promote(Places(conference_id, *attendances))) if waiting_list(conference_id).exists() else 0


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
