"""Delegations that are behind are reminded: by mail, in each reader’s own language, once an hour at most."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.letters import Letter, letter_to, post_letter
from conferences.models import Conference, Membership
from conferences.rules import Person, may_organise
from jobs.actions import start
from jobs.models import Job
from jobs.registry import Progress, register_kind
from outbox.changes import action, record
from outbox.errors import NotAllowed, WrongMove
from registration.models import FocalPoint
from sessions.floor.actions.standing import floor_under_lock
from sessions.programme.models import Session
from sessions.programme.queries import session_to_act_in
from sessions.review.due import Standing, Thing, standings_of
from sessions.review.models import Slot
from sessions.review.queries import slots_with_names
from sessions.review.rules import may_see_board
from sessions.stage.clip_jobs import outcome_of

KIND = "review.remind"
AT_MOST_EVERY = timedelta(hours=1)
LETTER = "review/mail/reminder"


@action
def remind_those_behind(session_id: int, *, by: Person) -> Job:
    """Starts the job that writes to every delegation that is behind.

    Raises NotThere, SignInFirst, NotAllowed, and WrongMove where there is nobody to remind now.
    """
    session = session_to_act_in(session_id, by)
    if not may_see_board(by, session):
        raise NotAllowed
    now = timezone.now()
    wanted = to_remind(standings_of(session), now)
    readers = readers_of(one.slot.delegation_id for one in wanted)
    slots = [one.slot.pk for one in wanted if one.slot.delegation_id in readers]
    if not slots:
        raise WrongMove(_("There is nobody to remind now: nobody is behind, or they were reminded within the hour."))
    arguments = {
        "session": session.pk,
        "conference": session.conference_id,
        "slots": slots,
        "asked_at": now.isoformat(),
    }
    return start(KIND, arguments, by=cast(User, by))


def to_remind(standings: Sequence[Standing], now: datetime) -> list[Standing]:
    """Those who are behind and were not reminded within the hour."""
    return [one for one in standings if one.is_behind and may_be_reminded(one, now)]


def may_be_reminded(standing: Standing, now: datetime) -> bool:
    reminded_at = standing.slot.reminded_at
    return reminded_at is None or reminded_at <= now - AT_MOST_EVERY


def readers_of(delegation_ids: Iterable[int]) -> dict[int, list[User]]:
    """Who prepares each delegation’s part: its focal points, and those who speak for it. Each once; three queries.

    A delegation that nobody can be written to for is not among them.
    """
    wanted = list(delegation_ids)
    focal_points = FocalPoint.objects.filter(delegation_id__in=wanted).values_list("delegation_id", "user_id")
    voices = Membership.objects.filter(delegation_id__in=wanted, may_speak_for=True)
    pairs = {*focal_points, *voices.values_list("delegation_id", "user_id")}
    people = User.objects.filter(pk__in={user_id for _delegation, user_id in pairs}, is_active=True).in_bulk()
    readers: dict[int, list[User]] = {}
    for delegation_id, user_id in sorted(pairs):
        if user_id in people:
            readers.setdefault(delegation_id, []).append(people[user_id])
    return readers


def reminder_to(person: User, standing: Standing) -> Letter:
    """The letter as it leaves, in the reader’s language."""
    slot = standing.slot
    review = slot.review
    return letter_to(
        person,
        review.session.conference,
        LETTER,
        leads_to=reverse("review:slot", args=[review.session.conference.slug, review.session_id, slot.pk]),
        session=review.session,
        delegation=slot.delegation,
        due_at=review.due_at,
        missing=[thing.label for thing in standing.missing],
        # Asked when the letter is written: then its reader's language is active.
        problems=lambda: problem_words(slot) if Thing.FILM in standing.missing else [],
    )


def problem_words(slot: Slot) -> list[str]:
    """What is wrong with the film of a statement and what to do, in the language that is active now."""
    clip = getattr(slot, "clip", None)
    if clip is None or clip.outcome is None:
        return []
    outcome = outcome_of(clip.outcome)
    if outcome.trouble is not None:
        return [str(outcome.trouble.label)]
    return [problem.words for problem in outcome.problems(allotted_ms=slot.turn.allotted_ms)]


@action
def remind_delegation(slot_id: int, *, asked_at: datetime) -> int:
    """Writes to one delegation and keeps when, in one commit; returns how many letters left. By nobody’s own right.

    Quietly done where it caught up, was reminded within the hour or for the same wish, or has nobody to write to.
    """
    found = slots_with_names().filter(pk=slot_id).first()
    if found is None:
        return 0
    session = found.review.session
    floor_under_lock(session)
    slot = slots_with_names().get(pk=slot_id)
    standing = standings_of(session, [slot])[0]
    now = timezone.now()
    if slot.reminded_at is not None and slot.reminded_at >= asked_at:
        return 0
    if not to_remind([standing], now):
        return 0
    readers = readers_of([slot.delegation_id]).get(slot.delegation_id, [])
    if not readers:
        return 0
    record("slot.reminded", slot)
    slot.reminded_at = now
    slot.save(update_fields=["reminded_at"])
    for person in readers:
        post_letter(reminder_to(person, standing))
    return len(readers)


def remind_all(arguments: Mapping[str, Any], progress: Progress) -> dict[str, int]:
    """The job. Done again from its beginning it goes on where it ended: nobody is written to twice."""
    slots = [int(pk) for pk in arguments["slots"]]
    asked_at = datetime.fromisoformat(arguments["asked_at"])
    letters = 0
    for done, slot_id in enumerate(slots, start=1):
        letters += remind_delegation(slot_id, asked_at=asked_at)
        progress(done, len(slots))
    return {"letters": letters}


def _board_of(job: Job) -> str:
    slug = Conference.objects.filter(pk=job.arguments["conference"]).values_list("slug", flat=True).first()
    return reverse("review:board", args=[slug, job.arguments["session"]]) if slug else ""


def _frame(job: Job, user: Any) -> Mapping[str, Any]:
    session = Session.objects.select_related("conference").filter(pk=job.arguments["session"]).first()
    if session is None:
        return {}
    return {
        "conference": session.conference,
        "may_organise": may_organise(user, session.conference),
        "back": _board_of(job),
        "back_words": _("Board"),
    }


def register_work() -> None:
    register_kind(
        KIND,
        remind_all,
        title=_("Reminding delegations"),
        leads_to=_board_of,
        offers=_("To the board"),
        frame=_frame,
    )
