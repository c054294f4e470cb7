"""What work there is. Apps register their kinds in their `AppConfig`; workers look here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from jobs.models import Job

# `progress(done, total)`
Progress = Callable[[int, int], None]
Work = Callable[[Mapping[str, Any], Progress], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    work: Work
    title: str | Promise
    leads_to: "Callable[[Job], str] | None"
    offers: str | Promise
    frame: "Callable[[Job, Any], Mapping[str, Any]] | None"


SEE_IT = _("See the result")
_kinds: dict[str, Kind] = {}


def register_kind(
    name: str,
    work: Work,
    *,
    title: str | Promise,
    leads_to: "Callable[[Job], str] | None" = None,
    offers: str | Promise = SEE_IT,
    frame: "Callable[[Job, Any], Mapping[str, Any]] | None" = None,
) -> None:
    """Makes a kind of work known under `name`.

    `work(arguments, progress)` must be safe to repeat from its beginning: a killed worker's job is given to
    another one. It calls `progress(done, total)` often, outside transactions, and lets what that raises pass;
    a job without progress for half a minute counts as dead and is taken over. What it returns is kept as the
    job's result.
    `title` is what the job's page is called, `leads_to(job)` the address where the result can be seen, and `offers` the
    words of the button that leads there. `frame(job, user)` is what its page stands in: `conference` with what its
    navigation asks for, `back` and `back_words` for the way back.
    """
    if name in _kinds:
        raise ValueError(f"the kind of job {name} is registered twice")
    _kinds[name] = Kind(name, work, title, leads_to, offers, frame)


def kind_named(name: str) -> Kind:
    """Raises LookupError for a kind nobody registered."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"there is no kind of job called {name}") from None
