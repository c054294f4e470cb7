"""What registration does when accounts tells of something."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import address_shown, leaving
from conferences.models import Conference
from conferences.signals import populated
from jobs.actions import start
from registration import demo
from registration.actions import confirm_applications
from registration.privacy import forget_person


@receiver(address_shown)
def confirm_what_was_handed_in(user: User, **kwargs: Any) -> None:
    confirm_applications(of=user)


@receiver(populated)
def register_the_invented(conference: Conference, **kwargs: Any) -> None:
    start(demo.KIND, {"conference": conference.slug})


@receiver(leaving)
def forget_who_leaves(user: User, **kwargs: Any) -> None:
    forget_person(of=user)
