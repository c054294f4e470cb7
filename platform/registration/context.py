"""What registration has to say on every page: the way back to one's delegation and to one's call for help.

Nothing is asked of the database for whoever has neither.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from conferences.models import Conference, Delegation
from registration.calls import conference_of, open_call, own_calls
from registration.delegations import represented_by
from registration.models import FocalPoint

# In the session of whoever is a focal point, once it is known.
IS_FOCAL_POINT = "is_focal_point"
# The latest conferences come first in the menu; the others are found on theirs.
MOST_SHOWN = 5


def people(request: HttpRequest) -> dict[str, object]:
    return {
        "own_delegations": SimpleLazyObject(lambda: _own_delegations(request)),
        "open_call": SimpleLazyObject(lambda: open_call(request)),
        # For the page of help.
        "own_calls": SimpleLazyObject(lambda: own_calls(request)),
        "help_conference": SimpleLazyObject(lambda: conference_of(urlsplit(request.GET.get("from", "")).path)),
    }


def note_focal_point(request: HttpRequest) -> None:
    """Whoever stands at this browser is a focal point: the menu of each page leads to their delegations."""
    if not request.session.get(IS_FOCAL_POINT):
        request.session[IS_FOCAL_POINT] = True


def represented_in(request: HttpRequest, conference: Conference) -> list[Delegation]:
    """The delegations of this conference whose focal point is signed in."""
    if not request.user.is_authenticated:
        return []
    found = list(represented_by(request.user, conference))
    if found:
        note_focal_point(request)
    return found


def _own_delegations(request: HttpRequest) -> list[Delegation]:
    if not request.user.is_authenticated or not getattr(request, "session", {}).get(IS_FOCAL_POINT):
        return []
    own = FocalPoint.objects.filter(user_id=request.user.pk).select_related("delegation__conference")
    return [each.delegation for each in own.order_by("-delegation__conference__opens_at", "pk")[:MOST_SHOWN]]
