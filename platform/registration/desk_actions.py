"""The verbs of the secretariat's desk beside those on a single application: places at large, and opening papers."""

from collections.abc import Mapping
from typing import cast

from accounts.models import User
from conferences.audit import CHANGE, note
from conferences.models import Conference
from conferences.rules import Person
from files.models import Upload
from outbox.changes import action
from outbox.errors import Invalid, NotThere, Words
from registration.actions import promote_into, resize
from registration.desk import Lot
from registration.models import Answer, Attendance, Look
from registration.places import Places
from registration.rules import is_own, may_decide, may_see


@action
def allot_places(conference_id: int, *, sizes: Mapping[Lot, int | None], by: Person) -> list[Lot]:
    """Sets several numbers of places at once, all of them or none (None: as many as come). Returns those that changed.

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
    promote_into(conference.pk, *Attendance.values)
    for lot in changed:
        note(
            conference, CHANGE, by=by, words=f"places, {lot.name}: {_number(before.get(lot))} to {_number(sizes[lot])}"
        )
    return changed


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
