"""Who works at the conference's desks: the secretariat, the help desk, the door."""

from typing import cast

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import ensure_person
from accounts.models import User
from conferences.actions import take_in
from conferences.audit import ADDITION, DELETION, note
from conferences.letters import send_letter
from conferences.models import Conference
from conferences.queries import organised
from conferences.rules import Person, may_organise
from outbox.changes import action, change_rights
from outbox.errors import Invalid, NotThere
from registration.models import Post, Work


@action
def add_post(conference_id: int, *, email: str, name: str, work: str, by: Person) -> Post:
    """Gives somebody, known or new here, a post at one of the desks, and tells them by mail in their language.

    Somebody who has it already is left alone, with no second mail. Raises NotThere, NotAllowed, Invalid.
    """
    organised(conference_id, by, lock=False)
    if work not in Work.values:
        raise Invalid(fields={"work": _("There is no such desk.")})
    person = ensure_person(email, name, by=cast(User, by))
    conference = organised(conference_id, by)
    post, made = Post.objects.get_or_create(conference=conference, user=person, work=work)
    if not made:
        return post
    take_in(conference, person)
    note(post, ADDITION, by=by)
    change_rights(f"user.{person.pk}")
    send_letter(person, conference, "registration/mail/post", leads_to=_desk_of(post), post=post, by=by)
    return post


@action
def remove_post(post_id: int, *, by: Person) -> None:
    """Takes a post back; the person goes on taking part. Raises NotThere, also for whoever does not organise."""
    found = Post.objects.select_related("conference").filter(pk=post_id).first()
    if found is None or not may_organise(by, found.conference):
        raise NotThere
    organised(found.conference_id, by)
    post = Post.objects.select_related("user").filter(pk=post_id).first()
    if post is None:
        # Taken back by somebody while this waited for the conference.
        return
    note(post, DELETION, by=by)
    post.delete()
    change_rights(f"user.{post.user_id}")


def _desk_of(post: Post) -> str:
    conference: Conference = post.conference
    if post.work == Work.SECRETARIAT:
        return reverse("registration:desk", args=[conference.slug])
    if post.work == Work.DOOR:
        return reverse("registration:gates", args=[conference.slug])
    if post.work == Work.HELP_DESK:
        return reverse("registration:help_desk", args=[conference.slug])
    return conference.get_absolute_url()
