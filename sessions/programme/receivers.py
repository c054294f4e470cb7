"""What accounts tells, and what the programme makes of it."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import asked_for_data, leaving
from sessions.programme.models import Appointment


@receiver(leaving)
def end_the_duties_of_a_person(user: User, **kwargs: Any) -> None:
    """Whoever leaves for good chairs and moderates nothing more; their rights end with the account."""
    Appointment.objects.filter(user=user).delete()


@receiver(asked_for_data)
def tell_the_duties_of_a_person(user: User, **kwargs: Any) -> tuple[str, Any]:
    duties = Appointment.objects.filter(user=user).select_related("session__conference").order_by("pk")
    return "duties", [
        {
            "conference": duty.session.conference.acronym,
            "session": str(duty.session.title),
            "duty": duty.duty,
            "since": duty.made_at,
        }
        for duty in duties
    ]
