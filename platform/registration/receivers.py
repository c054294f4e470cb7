"""What registration does when accounts tells of something, or when what its forms show was changed."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import address_shown, leaving
from conferences.models import Conference
from conferences.signals import populated
from jobs.actions import start
from registration import demo
from registration.actions import confirm_applications
from registration.context import note_focal_point
from registration.forgetting import forget_person
from registration.models import Category, Field, FocalPoint
from registration.queries import forget_forms


@receiver(address_shown)
def confirm_what_was_handed_in(user: User, **kwargs: Any) -> None:
    confirm_applications(of=user)


@receiver(user_logged_in)
def know_focal_points(user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Asked once a sign-in, so that no page has to."""
    if request is not None and FocalPoint.objects.filter(user_id=user.pk).exists():
        note_focal_point(request)


@receiver(populated)
def register_the_invented(conference: Conference, **kwargs: Any) -> None:
    start(demo.KIND, {"conference": conference.slug})


@receiver(leaving)
def forget_who_leaves(user: User, **kwargs: Any) -> None:
    forget_person(of=user)


@receiver([post_save, post_delete], sender=Conference)
@receiver([post_save, post_delete], sender=Category)
@receiver([post_save, post_delete], sender=Field)
def read_the_forms_anew(**kwargs: Any) -> None:
    # Again after the commit: somebody may have read what was so until then.
    forget_forms()
    transaction.on_commit(forget_forms)
