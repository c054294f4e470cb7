"""The verbs of the secretariat's desk beside the moves: places at large, one more for somebody, and papers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.audit import CHANGE, note
from conferences.models import Conference
from conferences.rules import Person
from files.models import Upload
from outbox.changes import action
from outbox.errors import Invalid, NotThere, Words, WrongMove
from registration.actions import move_application, promote_into, resize
from registration.desk import Lot
from registration.models import Answer, Application, Attendance, Look, Status
from registration.places import Places
from registration.reasons import checked_reason
from registration.rules import is_own, may_decide, may_see

# Where somebody may be admitted whom the places would make wait.
BEYOND = (Status.SUBMITTED, Status.ON_HOLD, Status.WAITING)
# Of the words that go into the audit log beside what was done.
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Allotted:
    """Which numbers of places changed, and how many of those who waited got one of them."""

    changed: list[Lot]
    moved_up: int = 0


@action
def allot_places(conference_id: int, *, sizes: Mapping[Lot, int | None], by: Person) -> Allotted:
    """Sets several numbers of places at once, all of them or none (None: as many as come).

    Places that are added go to those who wait. Raises NotThere, and Invalid with what is wrong by the name of each lot.
    """
    conference = Conference.objects.filter(pk=conference_id).first()
    if conference is None or not may_decide(by, conference):
        raise NotThere
    # Both ways at once, in the one order of locks, whichever of them the numbers name first.
    Places(conference.pk, *Attendance.values)
    before = {Lot(q.attendance, q.category_id, q.delegation_id): q.size for q in conference.quotas.all()}
    changed = [lot for lot, size in sizes.items() if size != before.get(lot)]
    wrong: dict[str, Words] = {}
    for lot in changed:
        try:
            resize(
                conference.pk,
                sizes={lot.attendance: sizes[lot]},
                category_id=lot.category_id,
                delegation_id=lot.delegation_id,
            )
        except Invalid as refusal:
            wrong[lot.name] = refusal.fields[lot.attendance]
    if wrong:
        raise Invalid(fields=wrong)
    # Once all numbers stand: a place that is added here is not given away where one is taken back there.
    moved_up = promote_into(conference.pk, *Attendance.values)
    for lot in changed:
        note(
            conference, CHANGE, by=by, words=f"places, {lot.name}: {_number(before.get(lot))} to {_number(sizes[lot])}"
        )
    return Allotted(changed, moved_up)


@action
def admit_beyond(application_id: int, *, reason: str, by: Person) -> Application:
    """Approves somebody for whom there is no place, past all who wait: each full quota grows by this one place.

    Whoever is told of it reads the same letter as everybody; `reason` goes into the audit log alone. Where a place
    became free meanwhile nothing is made larger. Raises NotThere, Invalid (no reason), WrongMove.
    """
    found = Application.objects.select_related("category", "conference", "delegation")
    seen = found.filter(pk=application_id).first()
    if seen is None or not may_decide(by, seen.conference):
        raise NotThere
    reason = checked_reason(reason, missing=_("Say why: it is kept in the record."), longest=LONGEST_REASON)
    places = Places(seen.conference_id, seen.attendance, of=(seen,))
    application = found.select_for_update(of=("self",), no_key=True).get(pk=application_id)
    if application.status not in BEYOND or application.attendance != seen.attendance:
        raise WrongMove
    widened = places.make_room(application)
    # Under the same locks, so nobody takes it in between.
    admitted = move_application(application.pk, to=Status.APPROVED, by=by)
    sizes = [
        f"{Lot(quota.attendance, quota.category_id, quota.delegation_id).name}: {(quota.size or 1) - 1} to {quota.size}"
        for quota in widened
    ]
    if sizes:
        note(seen.conference, CHANGE, by=by, words=f"places, {', '.join(sizes)}, for application {application.pk}")
    how = ", ".join(sizes) or "a place was free"
    note(admitted, CHANGE, by=by, words=f"admitted beyond the limit ({how}): {reason}")
    return admitted


def _number(size: int | None) -> str:
    return "as many as come" if size is None else str(size)


@action
def open_paper(answer_id: int, *, by: Person) -> Upload:
    """The file of an answer, for somebody who may see its application; of a sensitive one it is noted who looked.

    Whoever looks at their own paper is not noted. Raises NotThere, also where the file itself is gone.
    """
    found = Answer.objects.select_related("field", "upload", "application__conference")
    # Under its lock: the purge may forget it at this moment, and a look at nothing is none.
    locked = found.select_for_update(of=("self",), no_key=True)
    answer = locked.filter(pk=answer_id, upload__isnull=False).first()
    if answer is None or not may_see(by, answer.application):
        raise NotThere
    upload = cast(Upload, answer.upload)
    if not upload.file.storage.exists(upload.path):
        raise NotThere
    if answer.field.is_sensitive and not is_own(by, answer.application):
        Look.objects.create(answer=answer, by=cast(User, by))
    return upload
