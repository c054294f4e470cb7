"""In what the page of a background job stands: its conference, and the way back to where it was started."""

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from conferences.models import Conference
from conferences.rules import may_organise
from jobs.models import Job
from registration.rules import may_decide


def under_the_desk(page: str, words: str | Promise) -> Callable[[Job, Any], Mapping[str, Any]]:
    """For jobs whose `conference` is a number: its navigation, and the way back to the desk's `page`."""

    def frame(job: Job, user: Any) -> Mapping[str, Any]:
        conference = Conference.objects.filter(pk=job.arguments.get("conference") or 0).first()
        if conference is None:
            return {}
        return {
            "conference": conference,
            "may_organise": may_organise(user, conference),
            "may_decide": may_decide(user, conference),
            "back": reverse(f"registration:{page}", args=[conference.slug]),
            "back_words": words,
        }

    return frame
