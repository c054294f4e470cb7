"""Films for the demonstration: a moving card for each delegation, as long as its scaled time, by the real way in."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.texts import in_languages
from files.actions import store_upload
from jobs.actions import start
from jobs.models import Job
from jobs.registry import Progress, register_kind
from sessions.floor.models import Mode
from sessions.programme.models import Session
from sessions.review.actions.handing_in import hand_in_clip
from sessions.review.models import ClipState, Slot
from sessions.review.queries import slots_of
from sessions.review.rules import CLIPS, FILMS, LARGEST_FILM
from sessions.stage.clips.cards import make_card_clip

KIND = "review.films"
# A film that is so near to the length that is wanted is kept.
NEAR_MS = 300
# Of the time that is allotted: most leave some, a few take a little more.
SHORTEST, LONGEST = 0.86, 1.02


def wanted_ms(slot: Slot) -> int:
    """How long this delegation's film is: drawn once for each, so that a replay is the same each time."""
    share = Random(slot.delegation_id).uniform(SHORTEST, LONGEST)  # noqa: S311  how long, not who
    return round(slot.turn.allotted_ms * share)


def lacking(session: Session) -> list[Slot]:
    """Whose film is missing or of another length."""
    return [slot for slot in slots_of(session.pk) if slot.turn.mode == Mode.RECORDED and not _fits(slot)]


def _fits(slot: Slot) -> bool:
    clip = getattr(slot, "clip", None)
    if clip is None or clip.state == ClipState.REFUSED:
        return False
    return clip.milliseconds is None or abs(clip.milliseconds - wanted_ms(slot)) <= NEAR_MS


def make_films(session: Session, *, by: User) -> Job:
    """Starts the job that records and hands in what is lacking. `by` organises the session."""
    return start(KIND, {"session_id": session.pk, "by": by.pk}, by=by)


def record_films(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """The work. Safe to repeat: what fits is left alone. Each film is then checked by a job of its own."""
    session = Session.objects.select_related("conference").get(pk=arguments["session_id"])
    by = User.objects.get(pk=arguments["by"])
    slots = lacking(session)
    for number, slot in enumerate(slots):
        progress(number, len(slots))
        _record(slot, number, by)
    progress(len(slots), len(slots))
    return {"films": len(slots)}


def _record(slot: Slot, number: int, by: User) -> None:
    name = in_languages(slot.delegation.name).get("en", str(slot.delegation.name))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"statement-{slot.delegation.country or slot.delegation_id}.mp4"
        make_card_clip(
            path,
            name=name,
            country=str(slot.delegation.country),
            seconds=wanted_ms(slot) / 1000,
            number=number,
        )
        with path.open("rb") as file:
            upload = store_upload(
                File(file, name=path.name), purpose=CLIPS, accepts=FILMS, largest=LARGEST_FILM, plays=False, by=by
            )
    hand_in_clip(slot.pk, upload.pk, by=by)


def _board(job: Job) -> str:
    session = Session.objects.select_related("conference").filter(pk=job.arguments["session_id"]).first()
    return session.get_absolute_url() if session else ""


def register() -> None:
    register_kind(KIND, record_films, title=_("Recording the films of the review"), leads_to=_board)
