"""The film of a statement: handed in, its way through the check, what became of it, and a look at it beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.rules import Person
from files.actions import discard_upload
from files.models import Upload
from files.resumable import take_upload
from files.sending import release_connections, send
from jobs.models import Job
from outbox.errors import NotThere, Refusal, SignInFirst
from sessions.review.actions import handing_in
from sessions.review.forms import FilmForm
from sessions.review.missing import may_change
from sessions.review.models import Clip, ClipState, Slot
from sessions.review.rules import CLIPS
from sessions.review.views.reached import of_session, slot_page, slot_to_prepare, slot_to_preview
from sessions.stage import bundles
from sessions.stage.clip_jobs import outcome_of
from sessions.stage.clips.problems import Problem, ProblemCode, Severity
from web.posted import form_page, status_of


@dataclass(frozen=True, kw_only=True)
class FilmShown:
    """A film as its delegation sees it, or that there is none (`state` is ""). `milliseconds` is its length."""

    state: str
    state_words: str
    tone: str
    file: Upload | None
    handed_in_at: datetime | None
    milliseconds: int | None
    job: Job | None
    problems: Sequence[Problem]

    @property
    def is_checking(self) -> bool:
        return self.state == ClipState.CHECKING

    @property
    def is_ready(self) -> bool:
        return self.state == ClipState.READY

    @property
    def seconds(self) -> int | None:
        return None if self.milliseconds is None else round(self.milliseconds / 1000)

    @property
    def has_failed(self) -> bool:
        """The work ended without telling what became of the film: it has to be handed in again."""
        return self.is_checking and (self.job is None or self.job.is_over)


# As pages show states (base.css).
TONES = {ClipState.CHECKING: "waiting", ClipState.READY: "done", ClipState.REFUSED: "failed"}


def film_shown(slot: Slot) -> FilmShown:
    """In the language that is active now."""
    clip: Clip | None = getattr(slot, "clip", None)
    if clip is None:
        return FilmShown(
            state="",
            state_words="",
            tone="",
            file=None,
            handed_in_at=None,
            milliseconds=None,
            job=None,
            problems=(),
        )
    state = ClipState(clip.state)
    return FilmShown(
        state=state,
        state_words=str(state.label),
        tone=TONES[state],
        file=clip.upload,
        handed_in_at=clip.handed_in_at,
        milliseconds=clip.milliseconds,
        job=clip.job,
        problems=_problems(clip, slot.turn.allotted_ms),
    )


def _problems(clip: Clip, allotted_ms: int) -> list[Problem]:
    if clip.outcome is None:
        return []
    outcome = outcome_of(clip.outcome)
    if outcome.trouble is not None:
        return [Problem(ProblemCode.CUT_OFF, Severity.REFUSE, str(outcome.trouble.label))]
    return outcome.problems(allotted_ms=allotted_ms)


@form_page
def hand_in(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """A film is stored before the change’s transaction, since that may take minutes."""
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    form = FilmForm(request.POST or None, request.FILES or None, slot=slot, by=request.user)
    if form.is_valid() and _handed_in(request, slot, form):
        messages.success(
            request, _("The film is here. It is checked and converted now; you see below what becomes of it.")
        )
        return redirect(f"{slot_page(slot)}#film")
    context = {
        **of_session(request, slot.review.session),
        "slot": slot,
        "film": film_shown(slot),
        "may_change": may_change(slot),
        "form": form,
        "page": slot_page(slot),
    }
    return render(request, "review/film_form.html", context, status=status_of(form))


def _handed_in(request: HttpRequest, slot: Slot, form: FilmForm) -> bool:
    """Whether it was taken; if not, the form says why."""
    given = form.cleaned_data["film"]
    try:
        upload = take_upload(given, purpose=CLIPS, about=slot.pk, by=request.user)
    except ValidationError as error:
        form.add_error("film", error)
        return False
    try:
        handing_in.hand_in_clip(slot.pk, upload.pk, by=request.user)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        if isinstance(given, File):
            discard_upload(upload.pk)
        form.mark(refusal)
        return False
    return True


@never_cache
@require_safe
def now(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """How far the film is, as a part of its page, which asks for it while it is checked."""
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    context = {
        "conference": slot.review.session.conference,
        "session": slot.review.session,
        "slot": slot,
        "film": film_shown(slot),
        "may_change": may_change(slot),
    }
    return render(request, "review/_film.html", context)


@require_POST
def remove(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    slot = slot_to_prepare(request.user, slug, session_id, slot_id)
    try:
        handing_in.remove_clip(slot.pk, by=request.user)
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, _("The film is taken back and deleted here."))
    return redirect(f"{slot_page(slot)}#film")


@require_safe
def preview(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    """The film as the hall will see it, for its delegation and the desk."""
    slot = slot_to_preview(request.user, slug, session_id, slot_id)
    if not _is_there(slot):
        raise NotThere
    context = {
        **of_session(request, slot.review.session),
        "slot": slot,
        "film": film_shown(slot),
        "playlist": bundles.MASTER,
        "poster": bundles.POSTER,
    }
    return render(request, "review/preview.html", context)


@require_safe
async def preview_file(request: HttpRequest, slug: str, session_id: int, slot_id: int, file: str) -> HttpResponseBase:
    """A playlist or segment of the film. The bundle’s name, which opens it to whoever may enter, is never told."""
    clip_id, path, size = await sync_to_async(_file_for)(await request.auser(), slug, session_id, slot_id, file)
    response = send(
        request,
        storage=default_storage,
        path=path,
        size=size,
        # Of one clip a file never changes.
        etag=f'"{clip_id}-{file}"',
        content_type=bundles.TYPES[file[file.rindex(".") :]],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


def _file_for(user: Person, slug: str, session_id: int, slot_id: int, file: str) -> tuple[int, str, int]:
    """The clip’s number, the file’s path and its size in bytes, for whoever may look at it. Raises NotThere."""
    try:
        slot = slot_to_preview(user, slug, session_id, slot_id)
        if not _is_there(slot):
            raise NotThere
        path = bundles.path_of(slot.review_id, slot.clip.bundle, file)
        return slot.clip.pk, path, default_storage.size(path)
    except FileNotFoundError:
        raise NotThere from None
    finally:
        release_connections()


def _is_there(slot: Slot) -> bool:
    clip: Clip | None = getattr(slot, "clip", None)
    return clip is not None and clip.state == ClipState.READY
