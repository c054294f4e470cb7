"""The notes verbales of the demonstration and of rehearsals: handed in and verified like any other.

They are in English, as an example: what a ministry writes is its own.
"""

from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.utils import translation

from accounts.models import User
from conferences.models import Conference, Delegation
from files.actions import store_upload
from registration.delegation_actions import LARGEST_NOTE, NOTES, hand_in_credentials, verify_credentials
from registration.models import ACTIVE, Application, Capacity, Credential
from registration.printing import render
from registration.rules import CREDENTIALS
from web.moments import day

SPEAKERS = (Capacity.HEAD, Capacity.ALTERNATE)


def bring_credentials(conference: Conference, *, by: User) -> int:
    """A note for each delegation that has none and has a head or alternates, who may speak for it by it. How many."""
    made = 0
    for delegation in conference.delegations.filter(credentials=None).order_by("position", "pk"):
        credential = hand_in_note(conference, delegation, by=by)
        if credential is not None:
            verify_credentials(credential.pk, by=by)
            made += 1
    return made


def hand_in_note(conference: Conference, delegation: Delegation, *, by: User) -> Credential | None:
    """A note that names the head and the alternates; None where there are none."""
    speakers = delegation.applications.filter(category__capacity__in=SPEAKERS, status__in=ACTIVE)
    named = list(speakers.select_related("category").order_by("pk"))
    if not named:
        return None
    file = ContentFile(_note(conference, delegation, named), name="note verbale.pdf")
    upload = store_upload(file, purpose=CREDENTIALS, accepts=NOTES, largest=LARGEST_NOTE, by=by)
    names = [application.pk for application in named]
    return hand_in_credentials(delegation.pk, upload_id=upload.pk, names=names, by=by)


def _note(conference: Conference, delegation: Delegation, named: Sequence[Application]) -> bytes:
    with translation.override("en"):
        return render(
            "note",
            {
                "title": f"Note verbale: {delegation}",
                "ministry": f"Ministry of Foreign Affairs · {delegation}",
                "words": f"The Ministry of Foreign Affairs of {delegation} presents its compliments to the Secretariat"
                f" of {conference.name} and has the honour to inform it that the following persons are authorised to"
                " speak for its delegation:",
                "people": [{"name": one.name, "capacity": str(one.category.get_capacity_display())} for one in named],
                "compliments": "The Ministry avails itself of this opportunity to renew to the Secretariat the"
                " assurances of its highest consideration.",
                "when": day(conference.opens_at, conference.time_zone),
            },
        )
