"""Films become clips in the background: examined first, and converted where nothing stands against it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from files.models import Upload
from jobs.actions import start
from jobs.errors import HopelessError
from jobs.models import Job
from jobs.registry import Progress, register_kind
from sessions.programme.models import Session
from sessions.stage import bundles
from sessions.stage.clips.converting import Converted, convert_clip
from sessions.stage.clips.facts import ClipError, ClipFacts, Trouble, inspect_clip
from sessions.stage.clips.measuring import Measures, measure_clip
from sessions.stage.clips.problems import Problem, Severity, problems_of
from sessions.stage.signals import clip_examined

KIND = "stage.clip"
STEPS = 1000  # of progress
MEASURED = 0.1  # of the work
# Beside the segments, and never served: bundles.FILE knows no such name.
TOLD = "clip.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a film: a bundle, where it was converted; else `trouble` or what `problems` tell.

    It is kept as the job's result by `as_dict`, and read again by `outcome_of`.
    """

    bundle: str = ""
    trouble: Trouble | None = None
    facts: ClipFacts | None = None
    measures: Measures | None = None
    converted: Converted | None = None

    def problems(self, *, allotted_ms: int) -> list[Problem]:
        """In the language that is active now; none where the film could not be read, which `trouble` tells."""
        return problems_of(self.facts, self.measures, allotted_ms=allotted_ms) if self.facts else []

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def outcome_of(told: Mapping[str, Any]) -> Outcome:
    """The outcome that `as_dict` made, also from JSON."""
    return Outcome(
        bundle=told["bundle"],
        trouble=Trouble(told["trouble"]) if told["trouble"] else None,
        facts=ClipFacts(**told["facts"]) if told["facts"] else None,
        measures=Measures(**told["measures"]) if told["measures"] else None,
        converted=_converted(told["converted"]) if told["converted"] else None,
    )


def _converted(told: Mapping[str, Any]) -> Converted:
    return Converted(**{**told, "sizes": tuple((width, height) for width, height in told["sizes"])})


def start_clip(session_id: int, upload_id: int, *, allotted_ms: int, by: User | None) -> Job:
    """Starts the job that makes a clip of an uploaded film, for a delegation that has so many milliseconds.

    How it ends comes as the signal `clip_examined`, and stays in the job's result.
    """
    arguments = {
        "session_id": session_id,
        "upload_id": upload_id,
        "allotted_ms": allotted_ms,
        # Chosen now, so that a repeated job makes the same bundle.
        "bundle": bundles.new_clip_name(),
    }
    return start(KIND, arguments, by=by)


def make_clip(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """The work. Safe to repeat: a bundle is written beside its place and put there when it is whole."""
    session_id, upload_id = arguments["session_id"], arguments["upload_id"]
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None or not Session.objects.filter(pk=session_id).exists():
        raise _taken_away(session_id, arguments["bundle"])
    outcome = _worked_through(
        Path(upload.file.path),
        session_id,
        arguments["bundle"],
        arguments["allotted_ms"],
        lambda part: progress(int(part * STEPS), STEPS),
    )
    clip_examined.send(None, session_id=session_id, upload_id=upload_id, outcome=outcome)
    if not Upload.objects.filter(pk=upload_id).exists():
        raise _taken_away(session_id, arguments["bundle"])
    if outcome.trouble is not None:
        raise HopelessError(outcome.trouble.label)
    return outcome.as_dict()


def _taken_away(session_id: int, bundle: str) -> HopelessError:
    """Before it was converted, or while it was: what was made of it is nobody’s any more."""
    bundles.remove_bundle(session_id, bundle)
    return HopelessError(_("The film was taken away before it was converted."))


def _worked_through(
    film: Path, session_id: int, bundle: str, allotted_ms: int, told: Callable[[float], None]
) -> Outcome:
    made = bundles.folder(session_id) / bundle / TOLD
    if made.exists():  # whoever made it was killed before it could say so
        return outcome_of(json.loads(made.read_text()))
    try:
        facts = inspect_clip(film)
        measures = measure_clip(film, lambda part: told(part * MEASURED))
        problems = problems_of(facts, measures, allotted_ms=allotted_ms)
        if any(problem.severity == Severity.REFUSE for problem in problems):
            return Outcome(facts=facts, measures=measures)
        with bundles.making(session_id, bundle) as folder:
            converted = convert_clip(
                film, folder, lambda part: told(MEASURED + part * (1 - MEASURED)), measures=measures
            )
            outcome = Outcome(bundle=bundle, facts=facts, measures=measures, converted=converted)
            (folder / TOLD).write_text(json.dumps(outcome.as_dict()))
    except ClipError as error:
        return Outcome(trouble=error.trouble)
    return outcome


def register() -> None:
    register_kind(KIND, make_clip, title=_("Converting a film"))
