"""What people agree to is said by themselves: whoever was named or imported by others is asked on their own page."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from conferences.rules import Person
from outbox.errors import Invalid, NotThere, Words
from registration.answers import YES, asked, name_of
from registration.models import ACTIVE, Answer, Application, Field, FieldKind
from registration.rules import is_own


def consents_wanted(application: Application) -> list[Field]:
    """The consents of its form that nobody has given yet; none where all that are needed are there."""
    if application.status not in ACTIVE:
        return []
    given = set(application.answers.values_list("field_id", flat=True))
    missing = [
        field for field in asked(application.category) if field.kind == FieldKind.CONSENT and field.pk not in given
    ]
    return missing if any(field.is_required for field in missing) else []


@transaction.atomic
def give_consents(application_id: int, *, field_ids: Collection[int], by: Person) -> list[Answer]:
    """Its person agrees to these. Raises NotThere for others, and Invalid where one that is needed is missing."""
    application = (
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("category", "conference")
        .filter(pk=application_id)
        .first()
    )
    if application is None or not is_own(by, application):
        raise NotThere
    wanted = consents_wanted(application)
    wrong: dict[str, Words] = {
        name_of(field): _("This is needed to take part.")
        for field in wanted
        if field.is_required and field.pk not in field_ids
    }
    if wrong:
        raise Invalid(fields=wrong)
    agreed = [field for field in wanted if field.pk in field_ids]
    if not agreed:
        return []
    answers = [Answer(application=application, field=field, words=YES, version=field.version) for field in agreed]
    return Answer.objects.bulk_create(answers)
