"""The form for a session's picture, and the bundles that this site serves itself."""

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.rules import Person
from files.actions import discard_upload
from files.resumable import take_upload
from files.sending import release_connections, send
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst
from sessions.floor.models import Floor
from sessions.floor.rules import may_open_screen
from sessions.programme.models import Session
from sessions.programme.queries import entered_session
from sessions.stage import actions, bundles
from sessions.stage.forms import SourceForm
from sessions.stage.models import StageSource
from sessions.stage.queries import organised, source_of
from sessions.stage.rules import PURPOSE

# How long one answer to "may this person enter" serves for the segments that follow.
ENTERED_FOR = 10  # seconds


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Sets the picture. A film is stored before the change's transaction, since that may take minutes."""
    session = organised(slug, session_id, request.user)
    current = source_of(session)
    form = SourceForm(request.POST or None, request.FILES or None, session=session, source=current, by=request.user)
    if request.method == "POST" and form.is_valid() and _set(request, session, current, form):
        messages.success(request, _("The picture is set. Open pages show it already."))
        return redirect(session)
    context = {
        "conference": session.conference,
        "session": session,
        "source": current,
        "form": form,
    }
    return render(request, "stage/source.html", context, status=400 if form.errors else 200)


def _set(request: HttpRequest, session: Session, current: StageSource | None, form: SourceForm) -> bool:
    """Whether it could be set; if not, the form says why."""
    given = form.cleaned_data
    film = given["film"]
    kept = current.upload_id if current and not given["hls_url"] else None
    try:
        upload_id = take_upload(film, purpose=PURPOSE, about=session.pk, by=request.user).pk if film else kept
    except ValidationError as error:
        form.add_error("film", error)
        return False
    try:
        actions.set_source(
            session.pk,
            hls_url="" if film else given["hls_url"],
            upload_id=upload_id,
            title=given["title"],
            repeats=given["repeats"],
            by=request.user,
        )
    except Refusal as refusal:
        # One that arrived before the form waits for the form to be put right.
        if upload_id is not None and isinstance(film, File):
            discard_upload(upload_id)
        if not isinstance(refusal, Invalid):
            raise
        form.mark(refusal)
        return False
    return True


@require_POST
def clear(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    if not request.user.is_authenticated:
        raise SignInFirst
    session = organised(slug, session_id, request.user)
    actions.clear_source(session.pk, by=request.user)
    messages.success(request, _("The picture is taken away."))
    return redirect(session)


@require_safe
async def hls(request: HttpRequest, slug: str, session_id: int, bundle: str, file: str) -> HttpResponseBase:
    """A playlist or segment, to whoever may enter the session: each request is asked for its right."""
    path = bundles.path_of(session_id, bundle, file)
    size = await sync_to_async(_size_for)(await request.auser(), slug, session_id, path)
    return _sent(request, path, size, bundle, file)


@require_safe
async def hls_on_screen(request: HttpRequest, session_id: int, key: int, bundle: str, file: str) -> HttpResponseBase:
    """The same for the big screen, which signs in to nothing: whoever has its key."""
    path = bundles.path_of(session_id, bundle, file)
    size = await sync_to_async(_size_on_screen)(session_id, key, path)
    return _sent(request, path, size, bundle, file)


def _sent(request: HttpRequest, path: str, size: int, bundle: str, file: str) -> HttpResponseBase:
    response = send(
        request,
        storage=default_storage,
        path=path,
        size=size,
        # A bundle never changes under its name.
        etag=f'"{bundle}-{file}"',
        content_type=bundles.TYPES[file[file.rindex(".") :]],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache" if file.endswith(".m3u8") else "private, max-age=3600, immutable"
    return response


def _size_on_screen(session_id: int, key: int, path: str) -> int:
    """In bytes. Raises NotThere, also with a key that was renewed."""
    try:
        floor = Floor.objects.filter(pk=session_id).first()
        if floor is None or not may_open_screen(key, floor):
            raise NotThere
        return default_storage.size(path)
    except FileNotFoundError:
        raise NotThere from None
    finally:
        release_connections()


def _size_for(user: Person, slug: str, session_id: int, path: str) -> int:
    """The file's size in bytes for whoever may enter. Raises NotThere.

    A player asks every few seconds, so a yes serves for ENTERED_FOR; a no is asked anew each time.
    """
    try:
        key = f"stage.entered.{session_id}.{slug}.{user.pk or 0}"
        if not cache.get(key):
            entered_session(user, session_id, slug=slug)
            cache.set(key, True, ENTERED_FOR)
        return default_storage.size(path)
    except FileNotFoundError:
        raise NotThere from None
    finally:
        release_connections()
