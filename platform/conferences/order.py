"""Protocol order of delegations: by English alphabetical order of their protocol names."""

import unicodedata
from collections.abc import Iterable, Sequence

from conferences.models import Delegation


def english_name(delegation: Delegation) -> str:
    return delegation.name.localize("en") if hasattr(delegation.name, "localize") else str(delegation.name)


def protocol_key(name: str) -> str:
    """What names are ordered by: without accents or case, so that Côte d’Ivoire comes before Croatia."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def protocol_order(delegations: Iterable[Delegation]) -> list[Delegation]:
    return sorted(delegations, key=lambda delegation: (protocol_key(english_name(delegation)), delegation.pk or 0))


def placed(newcomer: Delegation, seated: Sequence[Delegation]) -> list[Delegation]:
    """The order with a newcomer: at its alphabetical place, or last where organisers chose another order."""
    if list(seated) == protocol_order(seated):
        return protocol_order([*seated, newcomer])
    return [*seated, newcomer]
