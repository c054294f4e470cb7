"""What an applicant's own pages set off besides the verbs that everybody shares."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import EntryPass
from conferences.models import Conference
from registration.letters import remind
from registration.models import ACTIVE, Application

# Somebody who applies again and again, or in another's name, sets off no more mails than this lets.
REMINDED_EACH = timedelta(minutes=10)
MOST_A_DAY = 5


@transaction.atomic
def remind_applicant(conference: Conference, email: str) -> None:
    """Writes to this address that there is an application already, with a way in to it. Nobody else is told.

    Returns quietly where there is none, and where a way in went there within the last ten minutes or five times today.
    """
    theirs = Application.objects.select_related("conference", "category", "user", "delegation").filter(
        conference=conference, user__email=email.strip().lower(), status__in=ACTIVE
    )
    application = theirs.first()
    if application is None:
        return
    now = timezone.now()
    today = EntryPass.objects.filter(user=application.user_id, made_at__gt=now - timedelta(days=1))
    if not today.filter(made_at__gt=now - REMINDED_EACH).exists() and today.count() < MOST_A_DAY:
        remind(application)
