"""One's own calls for help: how a browser that is signed in to nothing finds them again, and an account its own."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from conferences.models import Conference
from registration.live_help import is_asker
from registration.models import Ticket, TicketState

# Where a browser keeps the keys of its calls: nobody can guess one, and it opens nothing but its call.
COOKIE = "help_tickets"
COOKIE_LIFE = 7 * 24 * 3600  # seconds
KEYS_KEPT = 5


def keys_of(request: HttpRequest) -> list[UUID]:
    keys = []
    for text in request.COOKIES.get(COOKIE, "").split(".")[:KEYS_KEPT]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def keep_key(request: HttpRequest, response: HttpResponse, key: UUID) -> None:
    """Each page of this browser leads back to the call from now on, as long as it is open."""
    keys = [key, *(known for known in keys_of(request) if known != key)]
    response.set_cookie(
        COOKIE,
        ".".join(each.hex for each in keys[:KEYS_KEPT]),
        max_age=COOKIE_LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def own_calls(request: HttpRequest) -> list[Ticket]:
    """The open calls of this account, or of this browser where nobody is signed in, the newest first."""
    keys = keys_of(request)
    if request.user.is_authenticated:
        own = Ticket.objects.filter(user_id=request.user.pk)
    elif keys:
        own = Ticket.objects.filter(user=None, key__in=keys)
    else:
        return []
    return _open(own.order_by("-pk")[:KEYS_KEPT])


def open_call(request: HttpRequest) -> Ticket | None:
    """The newest open call that was made in this browser. Nothing is asked of the database where there was none."""
    keys = keys_of(request)
    if not keys:
        return None
    made_here = Ticket.objects.filter(key__in=keys).order_by("-pk")
    return next((call for call in _open(made_here) if is_asker(request.user, call, call.key)), None)


def _open(calls: Iterable[Ticket]) -> list[Ticket]:
    return [call for call in calls if call.state != TicketState.CLOSED]


def conference_of(path: str) -> Conference | None:
    """The conference that a page of this site is of; where there is but one, that one."""
    try:
        slug = resolve(path).kwargs.get("slug") if path else None
    except Resolver404:
        slug = None
    if slug and (found := Conference.objects.filter(slug=slug).first()):
        return found
    all_there_are = list(Conference.objects.all()[:2])
    return all_there_are[0] if len(all_there_are) == 1 else None
