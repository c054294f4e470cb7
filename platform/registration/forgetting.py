"""Taking people out of what stays: their answers and files, their names, and all of it when they leave for good."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.leaving import NAMELESS
from accounts.models import User
from conferences.audit import forget_names_of
from conferences.models import Conference, Membership, Role
from files.actions import discard_upload
from files.models import Upload
from outbox.changes import action, change_rights, record
from outbox.errors import Words, WrongMove
from registration.actions import move_application
from registration.live_help import tickets_with_words
from registration.models import (
    ACTIVE,
    Answer,
    Application,
    Attendance,
    Badge,
    Credential,
    FocalPoint,
    Likeness,
    Post,
    Status,
    Step,
    Unsubscribed,
)
from registration.my_data import MY_DATA
from registration.papers import PURPOSE as PAPERS
from registration.places import Places
from registration.rules import CREDENTIALS
from registration.signals import forgotten

# What an application is called whose person left, and one whose time is over.
LEFT = _("Deleted person")
FORGOTTEN_IN_TIME = _("Name no longer kept")


# Leaving for good


@action
def forget_person(*, of: User) -> None:
    """Withdraws what this person applied for, and takes their name, address, answers and files out of what stays.

    Numbers stay right: an application goes on being counted, as that of a deleted person. To be called while the
    account is still whole, and under its lock: nobody applies in its name meanwhile. Raises WrongMove for the last
    organiser of a conference.
    """
    _refuse_the_last_organiser(of)
    was_of = Membership.objects.filter(user=of, delegation__isnull=False)
    delegations = dict(was_of.values_list("conference_id", "delegation_id"))
    applications = Application.objects.filter(user=of).order_by("conference_id", "pk")
    # All quotas before any application is read: nothing is taken up again, approved or merged from here on.
    for conference_id in sorted(set(applications.values_list("conference_id", flat=True))):
        Places(conference_id, *Attendance.values)
    for application_id in applications.filter(status__in=ACTIVE).values_list("pk", flat=True):
        move_application(application_id, to=Status.WITHDRAWN, by=of)
    # Behind the quotas and applications, as wherever somebody loses their place.
    _give_up_roles(of)
    rows = list(applications.select_related("conference").select_for_update(of=("self",), no_key=True))
    numbers = [application.pk for application in rows]
    for application in rows:
        application.user = None
    forget_facts(rows, called=LEFT)
    forget_answers(Answer.objects.filter(application__in=numbers))
    Badge.objects.filter(application__in=numbers, revoked_at=None).update(revoked_at=timezone.now(), reason=NAMELESS)
    forget_names_of(of)
    _forget_calls(of)
    Unsubscribed.objects.filter(user=of).delete()
    for upload_id in _loose_files_of(of):
        discard_upload(upload_id)
    forgotten.send(sender=User, user=of, delegations=delegations)


def _refuse_the_last_organiser(person: User) -> None:
    # The conference's row is the lock for who takes part in it: of two last organisers only one may go.
    mine = Conference.objects.filter(memberships__user=person).order_by("pk")
    for conference in mine.select_for_update(of=("self",), no_key=True):
        organisers = Membership.objects.filter(conference=conference, role=Role.ORGANISER, user__is_active=True)
        if organisers.filter(user=person).exists() and not organisers.exclude(user=person).exists():
            words = _("You are the only organiser of %(conference)s. Appoint another one first.")
            raise WrongMove(words % {"conference": conference.acronym})


def _give_up_roles(person: User) -> None:
    memberships = Membership.objects.filter(user=person)
    for rows in (memberships, FocalPoint.objects.filter(user=person), Post.objects.filter(user=person)):
        _forget_names_in_log(rows.model, rows.values_list("pk", flat=True))
        rows.delete()
    change_rights(f"user.{person.pk}")


def _forget_calls(person: User) -> None:
    for ticket in tickets_with_words().filter(user=person).select_for_update(of=("self",), no_key=True).order_by("pk"):
        record("ticket.closed", ticket)
        ticket.delete()


def _loose_files_of(person: User) -> list[int]:
    """Files that this person handed in with forms and that serve nothing, and copies of their data."""
    own = Upload.objects.filter(owner=person, purpose__in=(PAPERS, CREDENTIALS, MY_DATA))
    return list(without_a_use(own).values_list("pk", flat=True))


# What both take out: leaving, and the purge


def forget_facts(applications: Sequence[Application], *, called: Words) -> None:
    """Takes names, addresses, functions and reasons out of these applications, which are locked, and out of the log.

    They are called `called` from now on, in the first language of their conference that this site speaks.
    """
    for application in applications:
        record("application.changed", application)
        with translation.override(_language_of(application.conference)):
            application.name = str(called)
        for field in ("email", "honorific", "function", "organisation", "language", "reason"):
            setattr(application, field, "")
        application.is_listed, application.forgotten_at = False, timezone.now()
        application.save()
    numbers = [application.pk for application in applications]
    Step.objects.filter(application__in=numbers).update(reason="")
    badges = Badge.objects.filter(application__in=numbers)
    badges.update(reason="")
    Likeness.objects.filter(Q(first__in=numbers) | Q(second__in=numbers)).delete()
    _forget_names_in_log(Application, numbers)
    _forget_names_in_log(Badge, badges.values_list("pk", flat=True))


def _language_of(conference: Conference) -> str:
    offered = dict(settings.LANGUAGES)
    return next((code for code in conference.languages if code in offered), settings.LANGUAGE_CODE)


def forget_answers(answers: Iterable[Answer]) -> None:
    """Deletes answers and the files that no other answer leads to. In the caller's transaction."""
    numbers = [answer.pk for answer in answers]
    # Under their locks: a look at one of them that is being noted is there to be deleted with it, or is refused.
    held = list(Answer.objects.filter(pk__in=numbers).select_for_update().order_by("pk"))
    Answer.objects.filter(pk__in=numbers).delete()
    upload_ids = {answer.upload_id for answer in held if answer.upload_id is not None}
    for upload in without_a_use(Upload.objects.filter(pk__in=upload_ids)).order_by("pk"):
        discard_upload(upload.pk)


def without_a_use(uploads: QuerySet[Upload]) -> QuerySet[Upload]:
    """Those that no answer and no credentials lead to."""
    answered = Answer.objects.filter(upload__isnull=False).values("upload_id")
    return uploads.exclude(pk__in=answered).exclude(pk__in=Credential.objects.values("upload_id"))


def _forget_names_in_log(model: type[Model], numbers: Iterable[int]) -> None:
    named = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(number) for number in numbers]
    )
    named.update(object_repr=NAMELESS)
