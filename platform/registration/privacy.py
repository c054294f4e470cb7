"""What is kept of people, how long, and how it is forgotten: by the purge, and when somebody leaves for good."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.leaving import NAMELESS
from accounts.models import User
from conferences.models import Conference, Membership, Role
from files.actions import discard_upload
from files.models import Upload
from outbox.changes import action, change_rights, record
from outbox.errors import WrongMove
from registration.actions import CONFIRMED_WITHIN, move_application, release_unconfirmed
from registration.export_actions import KEPT_FOR as TABLES_KEPT_FOR
from registration.export_actions import PURPOSE as TABLES
from registration.live_help import tickets_with_words
from registration.models import (
    ACTIVE,
    Answer,
    Application,
    Badge,
    Field,
    FocalPoint,
    Import,
    Likeness,
    Look,
    Post,
    Status,
    Step,
    Ticket,
    Unsubscribed,
)
from registration.my_data import MY_DATA, MY_DATA_KEPT_FOR
from registration.papers import PURPOSE as PAPERS
from registration.print_jobs import discard_old_printouts

# Rows that are forgotten in one transaction.
AT_ONCE = 200
# A file that came with a form which was never sent: an hour longer than the form can still be sent with it.
LOOSE_KEPT_FOR = timedelta(hours=25)
# Calls for help, after the conference closed.
TICKETS_KEPT_FOR = timedelta(days=90)
# Lists of people that somebody handed in, likewise: who was imported from them has answers of their own by then.
LISTS_KEPT_FOR = timedelta(days=90)


# The purge


def purge(*, now: datetime | None = None) -> dict[str, int]:
    """Forgets all whose time is over, in portions, and says how much of each. Safe to repeat, and to break off."""
    now = now or timezone.now()
    return {
        "answers": purge_answers(now=now),
        "tickets": purge_tickets(now=now),
        "lists": purge_lists(now=now),
        "printouts": discard_old_printouts(),
        "files": discard_loose_files(now=now),
    }


def purge_answers(*, now: datetime) -> int:
    """Forgets answers that were kept as long as their field said after the conference closed, with their files.

    Who looked at them goes with them. Returns how many.
    """
    forgotten = 0
    closed = Field.objects.select_related("category__conference").filter(category__conference__closes_at__lt=now)
    for field in closed.iterator():
        if field.category.conference.closes_at + timedelta(days=field.kept_for_days) <= now:
            forgotten += _forget_all(Answer.objects.filter(field=field))
    return forgotten


def _forget_all(answers: QuerySet[Answer]) -> int:
    forgotten = 0
    while portion := list(answers.order_by("pk")[:AT_ONCE]):
        with transaction.atomic():
            _forget(portion)
        forgotten += len(portion)
    return forgotten


def _forget(answers: Iterable[Answer]) -> None:
    """Deletes answers and the files that no other answer leads to. In the caller's transaction."""
    answers = list(answers)
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).delete()
    upload_ids = {answer.upload_id for answer in answers if answer.upload_id is not None}
    still_there = set(Answer.objects.filter(upload__in=upload_ids).values_list("upload_id", flat=True))
    for upload_id in sorted(upload_ids - still_there):
        discard_upload(upload_id)


def purge_tickets(*, now: datetime) -> int:
    """Forgets calls for help of conferences that closed long ago. Nobody follows them any more, so nobody is told."""
    old = Ticket.objects.filter(conference__closes_at__lt=now - TICKETS_KEPT_FOR)
    count = old.count()
    old.delete()
    return count


def purge_lists(*, now: datetime) -> int:
    """Forgets lists that were imported for conferences that closed long ago, with their files."""
    old = list(Import.objects.filter(conference__closes_at__lt=now - LISTS_KEPT_FOR))
    for imported in old:
        with transaction.atomic():
            imported.delete()
            discard_upload(imported.upload_id)
    return len(old)


def discard_loose_files(*, now: datetime) -> int:
    """Discards files of forms that were never sent, and tables and copies of data that were not fetched in time."""
    loose = Upload.objects.filter(purpose=PAPERS, made_at__lt=now - LOOSE_KEPT_FOR).exclude(
        pk__in=Answer.objects.filter(upload__isnull=False).values("upload_id")
    )
    old_copies = Upload.objects.filter(
        Q(purpose=MY_DATA, made_at__lt=now - MY_DATA_KEPT_FOR) | Q(purpose=TABLES, made_at__lt=now - TABLES_KEPT_FOR)
    )
    discarded = 0
    for upload_id in [*loose.values_list("pk", flat=True), *old_copies.values_list("pk", flat=True)]:
        with transaction.atomic():
            # Under its lock, and asked again: a form with this file may be handed in at this moment.
            Upload.objects.select_for_update().filter(pk=upload_id).first()
            if not Answer.objects.filter(upload_id=upload_id).exists():
                discard_upload(upload_id)
                discarded += 1
    return discarded


def release_late() -> int:
    """Gives back places that are held for addresses nobody confirmed in time, in every conference that has some."""
    late = Application.objects.filter(
        confirmed_at=None, status__in=ACTIVE, submitted_at__lt=timezone.now() - CONFIRMED_WITHIN
    )
    conferences = late.order_by("conference_id").values_list("conference_id", flat=True).distinct()
    return sum(release_unconfirmed(conference_id) for conference_id in list(conferences))


# Leaving for good


@action
def forget_person(*, of: User) -> None:
    """Withdraws what this person applied for, and takes their name, address, answers and files out of what stays.

    Numbers stay right: an application goes on being counted, as that of a deleted person. To be called while the
    account is still whole. Raises WrongMove for the last organiser of a conference.
    """
    _refuse_the_last_organiser(of)
    applications = Application.objects.filter(user=of).order_by("conference_id", "pk")
    for application_id in applications.filter(status__in=ACTIVE).values_list("pk", flat=True):
        move_application(application_id, to=Status.WITHDRAWN, by=of)
    # Behind the quotas and applications, as wherever somebody loses their place.
    _give_up_roles(of)
    rows = list(applications.select_related("conference").select_for_update(of=("self",), no_key=True))
    for application in rows:
        _make_nameless(application)
    numbers = [application.pk for application in rows]
    _forget(Answer.objects.filter(application__in=numbers))
    Step.objects.filter(application__in=numbers).update(reason="")
    badges = Badge.objects.filter(application__in=numbers)
    badges.filter(revoked_at=None).update(revoked_at=timezone.now(), reason=NAMELESS)
    Likeness.objects.filter(Q(first__in=numbers) | Q(second__in=numbers)).delete()
    _forget_names_in_log(Application, numbers)
    _forget_names_in_log(Badge, badges.values_list("pk", flat=True))
    _forget_calls(of)
    Unsubscribed.objects.filter(user=of).delete()
    for upload_id in _loose_files_of(of):
        discard_upload(upload_id)


def _refuse_the_last_organiser(person: User) -> None:
    # The conference's row is the lock for who takes part in it: of two last organisers only one may go.
    mine = Conference.objects.filter(memberships__user=person).order_by("pk")
    for conference in mine.select_for_update(of=("self",), no_key=True):
        organisers = Membership.objects.filter(conference=conference, role=Role.ORGANISER)
        if organisers.filter(user=person).exists() and not organisers.exclude(user=person).exists():
            words = _("You are the only organiser of %(conference)s. Appoint another one first.")
            raise WrongMove(words % {"conference": conference.acronym})


def _give_up_roles(person: User) -> None:
    memberships = Membership.objects.filter(user=person)
    for rows in (memberships, FocalPoint.objects.filter(user=person), Post.objects.filter(user=person)):
        _forget_names_in_log(rows.model, rows.values_list("pk", flat=True))
        rows.delete()
    change_rights(f"user.{person.pk}")


def _make_nameless(application: Application) -> None:
    record("application.changed", application)
    application.name = _nameless_in(application.conference)
    for field in ("email", "honorific", "function", "organisation", "language", "reason"):
        setattr(application, field, "")
    application.is_listed, application.user = False, None
    application.save()


def _nameless_in(conference: Conference) -> str:
    """What stands in place of the name, in the first language of the conference that this site speaks."""
    offered = dict(settings.LANGUAGES)
    language = next((code for code in conference.languages if code in offered), settings.LANGUAGE_CODE)
    with translation.override(language):
        return gettext("Deleted person")


def _forget_calls(person: User) -> None:
    for ticket in tickets_with_words().filter(user=person).select_for_update(of=("self",), no_key=True).order_by("pk"):
        record("ticket.closed", ticket)
        ticket.delete()


def _loose_files_of(person: User) -> list[int]:
    """Files that this person handed in with forms and that no answer leads to, and copies of their data."""
    answered = Answer.objects.filter(upload__isnull=False).values("upload_id")
    own = Upload.objects.filter(owner=person, purpose__in=(PAPERS, MY_DATA)).exclude(pk__in=answered)
    return list(own.values_list("pk", flat=True))


def _forget_names_in_log(model: type[Model], numbers: Iterable[int]) -> None:
    named = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(number) for number in numbers]
    )
    named.update(object_repr=NAMELESS)


# Who looked


def looks_at(person: User) -> QuerySet[Look]:
    """Who looked at this person's papers, the newest first."""
    looks = Look.objects.filter(answer__application__user=person).order_by("-pk")
    return looks.select_related("by", "answer__field", "answer__application__conference")


def looks_in(conference: Conference) -> QuerySet[Look]:
    """Who looked at whose papers in a conference, the newest first; for its secretariat."""
    looks = Look.objects.filter(answer__application__conference=conference).order_by("-pk")
    return looks.select_related("by", "answer__field", "answer__application")
