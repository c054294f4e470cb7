"""What is wrong with a film, in words for the delegation that handed it in. Nothing here reads a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions.stage.clips.facts import ClipFacts, Trouble
from sessions.stage.clips.measuring import Measures

SILENT = -60.0  # LUFS: a room in which nobody speaks
CLIPPED = 0.0005  # of all samples: from here on it is heard
MOSTLY = 0.5  # of the pictures
FEWEST_LINES = 360
# Less than this share of the time that was given is told, in case half of the film was left out.
MUCH_SHORTER = 0.5
# A film that ends so much earlier than it says was cut off on its way.
CUT_OFF = 2.0  # seconds


class Severity(models.TextChoices):
    REFUSE = "refuse", gettext_lazy("Must be changed")
    WARN = "warn", gettext_lazy("Should be looked at")
    NOTE = "note", gettext_lazy("To be known")


class ProblemCode(models.TextChoices):
    TOO_LONG = "too_long", gettext_lazy("Too long")
    CUT_OFF = "cut_off", gettext_lazy("Incomplete")
    NO_PICTURE = "no_picture", gettext_lazy("No picture")
    NO_SOUND = "no_sound", gettext_lazy("No sound")
    SILENT = "silent", gettext_lazy("Silent")
    DARK = "dark", gettext_lazy("Black picture")
    STILL = "still", gettext_lazy("Still picture")
    FEW_LINES = "few_lines", gettext_lazy("Small picture")
    PORTRAIT = "portrait", gettext_lazy("Upright picture")
    CLIPPED = "clipped", gettext_lazy("Distorted sound")
    SHORT = "short", gettext_lazy("Short")


@dataclass(frozen=True, slots=True)
class Problem:
    """`words` say what is wrong and what to do, in the language that was active."""

    code: ProblemCode
    severity: Severity
    words: str


def problems_of(
    facts: ClipFacts, measures: Measures | None, *, allotted_ms: int, grace_ms: int = 10_000
) -> list[Problem]:
    """What stands against a film for a delegation that has so many milliseconds, what refuses it first.

    Without `measures` only what its declared facts show.
    """
    found = [*_of_its_length(facts, measures, allotted_ms, grace_ms), *_of_its_picture(facts, measures)]
    found += _of_its_sound(facts, measures)
    return sorted(found, key=lambda problem: list(Severity).index(problem.severity))


def _of_its_length(facts: ClipFacts, measures: Measures | None, allotted_ms: int, grace_ms: int) -> Iterator[Problem]:
    seconds = measures.seconds if measures else facts.seconds
    told = {"lasts": clock(seconds), "allotted": clock(allotted_ms / 1000)}
    if measures and measures.seconds < facts.seconds - CUT_OFF:
        told["declared"] = clock(facts.seconds)
        yield _refuse(
            ProblemCode.CUT_OFF,
            _(
                "The film says that it lasts %(declared)s and breaks off after %(lasts)s. "
                "Play it to its end on your computer, then upload it again."
            )
            % told,
        )
    if seconds * 1000 > allotted_ms + grace_ms:
        yield _refuse(
            ProblemCode.TOO_LONG,
            _("The film lasts %(lasts)s, and your time is %(allotted)s. Shorten it and upload it again.") % told,
        )
    elif seconds * 1000 < allotted_ms * MUCH_SHORTER:
        yield Problem(
            ProblemCode.SHORT,
            Severity.NOTE,
            _("The film lasts %(lasts)s, and your time is %(allotted)s. If it is whole, nothing is to be done.") % told,
        )


def _of_its_picture(facts: ClipFacts, measures: Measures | None) -> Iterator[Problem]:
    if not facts.has_picture:
        yield _refuse(ProblemCode.NO_PICTURE, str(Trouble.NO_PICTURE.label))
        return
    if measures and measures.dark > MOSTLY:
        yield _warn(ProblemCode.DARK, _("Most of the picture is black. Play the film, and export it again if need be."))
    elif measures and measures.still > MOSTLY:
        yield _warn(
            ProblemCode.STILL,
            _("The picture hardly moves. If it should, play the film, and export it again if need be."),
        )
    if facts.height > facts.width:
        yield _warn(
            ProblemCode.PORTRAIT,
            _("The picture is upright, so that bars stand beside it. Hold the phone level if you record it again."),
        )
    if min(facts.width, facts.height) < FEWEST_LINES:
        yield _warn(
            ProblemCode.FEW_LINES,
            _("The picture has %(lines)d lines and will look soft on the big screen. Export it with 720 or 1080 lines.")
            % {"lines": min(facts.width, facts.height)},
        )


def _of_its_sound(facts: ClipFacts, measures: Measures | None) -> Iterator[Problem]:
    if not facts.has_sound:
        yield _refuse(ProblemCode.NO_SOUND, str(Trouble.NO_SOUND.label))
    elif measures and measures.loudness < SILENT:
        yield _refuse(
            ProblemCode.SILENT,
            _("The film has a sound track on which nothing is heard. Check the microphone, and upload it again."),
        )
    elif measures and measures.clipped > CLIPPED:
        yield _warn(
            ProblemCode.CLIPPED,
            _("The sound was recorded too loud and is distorted. Record it again with less gain if you can."),
        )


def _refuse(code: ProblemCode, words: str) -> Problem:
    return Problem(code, Severity.REFUSE, words)


def _warn(code: ProblemCode, words: str) -> Problem:
    return Problem(code, Severity.WARN, words)


def clock(seconds: float) -> str:
    """3:45, as people read a length."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
