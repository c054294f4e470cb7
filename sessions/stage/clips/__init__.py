"""Films that delegations hand in beforehand: looked at, told what is wrong with them, made playable everywhere."""

from sessions.stage.clips.cards import make_card_clip
from sessions.stage.clips.converting import Converted, convert_clip
from sessions.stage.clips.facts import ClipError, ClipFacts, Trouble, inspect_clip
from sessions.stage.clips.measuring import Measures, measure_clip
from sessions.stage.clips.problems import Problem, ProblemCode, Severity, problems_of

__all__ = [
    "ClipError",
    "ClipFacts",
    "Converted",
    "Measures",
    "Problem",
    "ProblemCode",
    "Severity",
    "Trouble",
    "convert_clip",
    "inspect_clip",
    "make_card_clip",
    "measure_clip",
    "problems_of",
]
