"""How far a mail address is known to be its person's.

Whoever applies for others answers for their addresses: letters go there, and nothing waits for a confirmation. That is
not the same as its person having shown that it is theirs, and the desk is told which it is.
"""

from allauth.account.models import EmailAddress
from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.models import Application, FocalPoint


class Standing(models.TextChoices):
    NONE = "none", _("none")
    CONFIRMED = "confirmed", _("confirmed")
    UNCONFIRMED = "unconfirmed", _("not confirmed yet")
    OF_A_FOCAL_POINT = "of_a_focal_point", _("given by a focal point, not confirmed")
    OF_A_LIST = "of_a_list", _("from a list, not confirmed")


def standing_of(application: Application) -> Standing:
    if not application.email:
        return Standing.NONE
    if application.confirmed_at is None:
        return Standing.UNCONFIRMED
    if application.made_by_id is None or application.made_by_id == application.user_id:
        return Standing.CONFIRMED
    shown = EmailAddress.objects.filter(user=application.user_id, email__iexact=application.email, verified=True)
    if shown.exists():
        return Standing.CONFIRMED
    named = FocalPoint.objects.filter(user=application.made_by_id, delegation=application.delegation_id)
    return Standing.OF_A_FOCAL_POINT if named.exists() else Standing.OF_A_LIST
