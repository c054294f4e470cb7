"""A copy of all that is kept of a person, for that person: JSON and their files in one ZIP, for a day."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.core.files import File
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import EntryPass, User
from accounts.signals import asked_for_data
from conferences.models import Membership
from conferences.rules import Person
from files.actions import store_upload
from files.contents import UNKNOWN
from files.models import Upload
from jobs.actions import start
from jobs.errors import HopelessError
from jobs.models import Job, State
from jobs.registry import Progress, register_kind
from mail.models import OutgoingMail
from outbox.errors import SignInFirst
from registration.desk import words_of
from registration.models import Answer, Application, FocalPoint, Look, Post, Scan, Ticket, Unsubscribed
from registration.papers import PURPOSE as PAPERS

# The kind of job, and the purpose under which the copy is stored (files.registry).
MY_DATA = "my_data"
MY_DATA_KEPT_FOR = timedelta(days=1)
LARGEST = 2 * 1024**3  # bytes


def ask_for_my_data(*, by: Person) -> Job:
    """Begins to gather all that is kept of this person. While that goes on, the same job again. Raises SignInFirst."""
    if not by.is_authenticated or not by.is_active:
        raise SignInFirst
    under_way = Job.objects.filter(kind=MY_DATA, started_by_id=by.pk, state__in=(State.WAITING, State.RUNNING))
    return under_way.first() or start(MY_DATA, {"user_id": by.pk}, by=by)


def may_read_my_data(user: Person, upload: Upload) -> bool:
    """Whose data it is, for a day."""
    fresh = upload.made_at > timezone.now() - MY_DATA_KEPT_FOR
    return fresh and user.is_authenticated and user.is_active and upload.owner_id == user.pk


def copies_of(person: User) -> Iterator[Upload]:
    """Copies that can still be fetched, the newest first."""
    since = timezone.now() - MY_DATA_KEPT_FOR
    yield from Upload.objects.filter(purpose=MY_DATA, owner=person, made_at__gt=since).order_by("-pk")


def gather(arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of the job: a ZIP with my-data.json and the files. Repeated, it makes another copy; each lasts a day."""
    person = User.objects.filter(pk=arguments["user_id"], is_active=True).first()
    if person is None:
        raise HopelessError(_("This account has ended."))
    uploads = list(_files_of(person))
    with tempfile.TemporaryFile() as room:
        with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as box:
            box.writestr("my-data.json", json.dumps(all_of(person), ensure_ascii=False, indent=1, default=str))
            for done, upload in enumerate(uploads):
                progress(done, len(uploads) + 1)
                if upload.file.storage.exists(upload.path):
                    with upload.file.open("rb") as file, box.open(_name_in_box(upload), "w") as place:
                        shutil.copyfileobj(file, place, 256 * 1024)
        room.seek(0)
        name = f"my-data-{timezone.now():%Y-%m-%d}.zip"
        copy = store_upload(File(room, name=name), purpose=MY_DATA, accepts=(UNKNOWN,), largest=LARGEST, by=person)
    return {"upload_id": copy.pk}


def all_of(person: User) -> dict[str, Any]:
    """All that is kept of this person, in plain words and times in UTC; higher apps add what they keep."""
    found: dict[str, Any] = {
        "account": {
            "email": person.email,
            "name": person.name,
            "language": person.language,
            "joined_at": person.joined_at,
        },
        "devices": [
            {"address": device.ip, "browser": device.user_agent, "since": device.created_at}
            for device in UserSession.objects.filter(user=person)
        ],
        "mails": [
            {"subject": mail.subject, "sent_at": mail.sent_at}
            for mail in OutgoingMail.objects.filter(to=[person.email]).order_by("pk")
        ],
        "conferences": [
            {
                "conference": membership.conference.acronym,
                "role": membership.role,
                "delegation": str(membership.delegation or ""),
                "speaks_for_it": membership.may_speak_for,
                "since": membership.joined_at,
            }
            for membership in Membership.objects.filter(user=person).select_related("conference", "delegation")
        ],
        "posts": [
            {"conference": post.conference.acronym, "work": post.work, "since": post.made_at}
            for post in Post.objects.filter(user=person).select_related("conference")
        ],
        "focal_point_of": [
            {"delegation": str(each.delegation), "since": each.made_at}
            for each in FocalPoint.objects.filter(user=person).select_related("delegation")
        ],
        "wants_no_mail_of": [
            each.conference.acronym for each in Unsubscribed.objects.filter(user=person).select_related("conference")
        ],
        "applications": [_application(each) for each in _applications(person)],
        "codes_to_sign_in": [_code(each) for each in _codes(person)],
        "calls_for_help": [_call(each) for each in Ticket.objects.filter(user=person).prefetch_related("messages")],
    }
    told = cast(list[tuple[object, tuple[str, Any]]], asked_for_data.send(sender=User, user=person))
    return found | {name: data for _receiver, (name, data) in told}


def _applications(person: User) -> Iterator[Application]:
    yield from Application.objects.filter(user=person).select_related("conference", "category", "delegation")


def _application(application: Application) -> dict[str, Any]:
    return {
        "conference": application.conference.acronym,
        "category": str(application.category),
        "delegation": str(application.delegation or ""),
        "status": application.status,
        "attendance": application.attendance,
        "name": application.name,
        "email": application.email,
        "title": application.honorific,
        "function": application.function,
        "organisation": application.organisation,
        "rank": application.rank,
        "language": application.language,
        "in_the_list_of_participants": application.is_listed,
        "made_at": application.made_at,
        "submitted_at": application.submitted_at,
        "confirmed_at": application.confirmed_at,
        "decided_at": application.decided_at,
        "affirmed_at": application.affirmed_at,
        "waiting_since": application.waiting_since,
        "answers": [
            {
                "question": str(answer.field.label),
                "version": answer.version,
                "words": words_of(answer),
                "file": _name_in_box(answer.upload) if answer.upload else None,
                "looked_at": [{"by": str(look.by or ""), "at": look.at} for look in Look.objects.filter(answer=answer)],
            }
            for answer in application.answers.select_related("field", "upload")
        ],
        "steps": [
            {"from": step.before, "to": step.after, "reason": step.reason, "at": step.at}
            for step in application.steps.all()
        ],
        "badges": [
            {"issued_at": badge.issued_at, "revoked_at": badge.revoked_at} for badge in application.badges.all()
        ],
        "doors": [
            {"gate": scan.gate.name, "direction": scan.direction, "at": scan.at}
            for scan in Scan.objects.filter(application=application).select_related("gate")
        ],
        "named_in_credentials": [
            {
                "delegation": str(credential.delegation),
                "state": credential.state,
                "handed_in_at": credential.handed_in_at,
                "decided_at": credential.decided_at,
            }
            for credential in application.credentials.select_related("delegation")
        ],
    }


def _codes(person: User) -> QuerySet[EntryPass]:
    return EntryPass.objects.filter(user=person).select_related("issued_by").order_by("pk")


def _code(entry: EntryPass) -> dict[str, Any]:
    return {
        "made_at": entry.made_at,
        "good_until": entry.expires_at,
        "used_at": entry.used_at,
        "given_by": str(entry.issued_by or ""),
        "checked": entry.words,
    }


def _call(ticket: Ticket) -> dict[str, Any]:
    return {
        "made_at": ticket.made_at,
        "page": ticket.page,
        "place": ticket.place,
        "browser": ticket.browser,
        "link": ticket.link,
        "said": [
            {"by_the_desk": message.is_of_desk, "words": message.words, "at": message.at}
            for message in ticket.messages.all()
        ],
    }


def _files_of(person: User) -> Iterator[Upload]:
    """Files of their answers, and those that they handed in with forms and that answer nothing for anybody else.

    What a focal point hands in for a member is the member's, and a note verbale is its ministry's.
    """
    answered = Answer.objects.filter(upload__isnull=False)
    theirs = answered.filter(application__user=person).values("upload_id")
    of_others = answered.exclude(application__user=person).values("upload_id")
    own = Upload.objects.filter(owner=person, purpose=PAPERS).exclude(pk__in=of_others)
    yield from Upload.objects.filter(Q(pk__in=theirs) | Q(pk__in=own)).order_by("pk")


def _name_in_box(upload: Upload) -> str:
    # Its number before the name, since two may be called the same.
    return f"files/{upload.pk}-{upload.name}"


def _leads_to(job: Job) -> str:
    """The copy while it is there, and then the page where another can be asked for."""
    upload = Upload.objects.filter(pk=job.result.get("upload_id") or 0).first()
    if upload is None or upload.made_at <= timezone.now() - MY_DATA_KEPT_FOR:
        return reverse("registration:privacy")
    return reverse("files:download", args=[upload.pk])


def register_work() -> None:
    register_kind(MY_DATA, gather, title=_("Gathering what is kept of you"), leads_to=_leads_to)
