"""A model's own validation as a refusal that says which field is wrong."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from outbox.errors import Invalid


def check(thing: Model) -> None:
    """Raises Invalid with the words for each field; what concerns no single field becomes the refusal’s own words."""
    try:
        thing.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(words) for name, words in error.message_dict.items()}
        raise Invalid(fields.pop(NON_FIELD_ERRORS, None), fields=fields) from error
