"""Looking for people who applied twice, and what the secretariat says of each pair: one person, or two."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.audit import CHANGE, note
from conferences.models import Conference, Rank
from conferences.rules import Person as Doer
from jobs import actions as jobs
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress
from outbox.changes import action, record
from outbox.errors import NotThere, WrongMove
from registration.actions import hand_over, move_application
from registration.answers import asked
from registration.likeness import Person, pairs_of
from registration.models import ACTIVE, Answer, Application, Import, Likeness, Status
from registration.places import Places
from registration.rules import may_decide
from registration.voices import give_voices

FINDING = "find_likenesses"


def find_likenesses(conference_id: int, *, by: Doer) -> Job:
    """Starts looking through all applications that stand. Raises NotThere."""
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None or not may_decide(by, conference):
        raise NotThere
    return jobs.start(FINDING, {"conference": conference.pk}, by=cast(User, by))


def find_in_background(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Writes down the pairs of `conference`. What was said of a pair before stands. Raises HopelessError."""
    conference = Conference.objects.filter(pk=arguments["conference"]).first()
    if conference is None:
        raise HopelessError(_("This conference is gone."))
    people = _people(conference)
    progress(0, len(people))
    pairs = pairs_of(people)
    before = Likeness.objects.filter(first__conference=conference).count()
    rows = [Likeness(first_id=pair.first, second_id=pair.second, why=pair.why) for pair in pairs]
    Likeness.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    progress(len(people), len(people))
    return {"found": Likeness.objects.filter(first__conference=conference).count() - before}


def _people(conference: Conference) -> list[Person]:
    fields = Import.objects.filter(conference=conference, passport__isnull=False).values("passport")
    of_them = Answer.objects.filter(application__conference=conference, field__in=fields)
    passports = dict(of_them.values_list("application_id", "words"))
    standing = Application.objects.filter(conference=conference, status__in=ACTIVE).order_by("pk")
    return [
        Person(number, name, email, passports.get(number, ""))
        for number, name, email in standing.values_list("pk", "name", "email")
    ]


def open_likenesses(conference: Conference) -> QuerySet[Likeness]:
    """The pairs of which both stand and nobody has said yet whether they are one."""
    pairs = Likeness.objects.filter(
        first__conference=conference, are_two=False, first__status__in=ACTIVE, second__status__in=ACTIVE
    )
    return pairs.select_related(
        "first__category", "first__delegation", "second__category", "second__delegation"
    ).order_by("pk")


@transaction.atomic
def say_they_are_two(likeness_id: int, *, by: Doer) -> None:
    """They are not shown again. Raises NotThere."""
    _seen(likeness_id, by)
    likeness = _locked(likeness_id)
    if not likeness.are_two:
        likeness.are_two = True
        likeness.save(update_fields=["are_two"])


@action
def merge_applications(likeness_id: int, *, keep: int, by: Doer) -> Application:
    """Keeps the application with this number and withdraws the other, all in one; what it does not say is taken over.

    Where the other had a place and the one that is kept waits for one, it takes its turn from the other. The person of
    the one that is withdrawn is told why, if they have an address. Raises NotThere, and WrongMove where one of them
    does not stand any more.
    """
    likeness = _seen(likeness_id, by)
    pair = {likeness.first_id, likeness.second_id}
    if keep not in pair:
        raise NotThere
    [other] = pair - {keep}
    conference_id, attendances = likeness.first.conference_id, {likeness.first.attendance, likeness.second.attendance}
    # Quotas before applications, here as everywhere.
    Places(conference_id, *attendances, of=(likeness.first, likeness.second))
    rows = Application.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = {row.pk: row for row in rows.select_related("category", "conference", "user").filter(pk__in=pair)}
    # Gone where one of the two left for good meanwhile, which takes the same locks in the same order.
    _locked(likeness_id)
    kept, left = found[keep], found[other]
    if kept.status not in ACTIVE or left.status not in ACTIVE:
        raise WrongMove(_("One of them does not stand any more: there is nothing to merge."))
    record("application.changed", kept)
    if kept.status == Status.WAITING and left.submitted_at is not None and kept.waiting_since is not None:
        kept.waiting_since = min(kept.waiting_since, left.submitted_at)
    for name in ("honorific", "function", "organisation", "language"):
        setattr(kept, name, getattr(kept, name) or getattr(left, name))
    if kept.rank == Rank.NONE:
        kept.rank = left.rank
    kept.save()
    _take_over_answers(kept, left)
    if kept.delegation_id == left.delegation_id:
        # A note that names the one names this person.
        kept.credentials.add(*left.credentials.all())
    person = left.user
    reason = _("There is another application of yours, and it stands.")
    move_application(left.pk, to=Status.WITHDRAWN, reason=str(reason), by=by)
    # A place that became free may have come to it.
    kept.refresh_from_db()
    if kept.user is None and person is not None:
        hand_over(kept, person)
    if kept.holds_a_place:
        give_voices([kept])
    note(kept, CHANGE, by=by, words=f"merged with application {left.pk}")
    return kept


def _take_over_answers(kept: Application, left: Application) -> None:
    """What is asked of both and only the other answered; fields of another category are another question."""
    answered = set(kept.answers.values_list("field_id", flat=True))
    wanted = {field.pk for field in asked(kept.category)} - answered
    Answer.objects.bulk_create(
        Answer(
            application=kept,
            field_id=answer.field_id,
            words=answer.words,
            upload_id=answer.upload_id,
            version=answer.version,
        )
        for answer in left.answers.filter(field__in=wanted)
    )


def _seen(likeness_id: int, by: Doer) -> Likeness:
    """The pair, for the secretariat. Raises NotThere."""
    pairs = Likeness.objects.select_related("first__conference", "first__category", "second__category")
    likeness = pairs.filter(pk=likeness_id).first()
    if likeness is None or not may_decide(by, likeness.first.conference):
        raise NotThere
    return likeness


def _locked(likeness_id: int) -> Likeness:
    """The pair under its lock. Raises NotThere."""
    likeness = Likeness.objects.select_for_update(no_key=True).filter(pk=likeness_id).first()
    if likeness is None:
        raise NotThere
    return likeness
