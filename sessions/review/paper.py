"""Records, reports and the chair’s script on paper, by Typst: what was told in words, set in every script of a name."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.designs import design_of, name_of, pictures_of
from registration.printing import flags, render
from sessions.floor.live import utc
from sessions.floor.models import Mode
from sessions.programme.models import Session
from sessions.review.chart import Bars, bars_of
from sessions.review.record import SessionRecord
from sessions.review.report import DelegationReport
from sessions.review.script import Entry, Script, script_of
from sessions.review.told import Clockface, Who, told_record, told_report

TEMPLATES = Path(__file__).with_name("typst")

# Words of papers, by the names that the templates know them by.
RECORD_WORDS: dict[str, Promise] = {
    "record": gettext_lazy("Record of the session"),
    "unfinished": gettext_lazy("Not complete: the session is on. Only the chair and the organisers read this."),
    "names": gettext_lazy("For the chair and the organisers: says who acted, and what was withdrawn."),
    "numbers": gettext_lazy("In numbers"),
    "chart": gettext_lazy("Time allotted and time used"),
    "key": gettext_lazy("Outline: allotted. Dark: used. Hatched: over the time."),
    "course": gettext_lazy("The course"),
    "who": gettext_lazy("Who"),
    "what": gettext_lazy("What"),
    "called": gettext_lazy("Called"),
    "used": gettext_lazy("Used"),
    "allotted": gettext_lazy("Allotted"),
    "outcome": gettext_lazy("Outcome"),
    "points": gettext_lazy("Points of order"),
    "raised": gettext_lazy("Raised"),
    "ruling": gettext_lazy("Ruling"),
    "order": gettext_lazy("How the order came about"),
    "remarks": gettext_lazy("Comments, questions and recommendations"),
    "from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
    "answer": gettext_lazy("Answer"),
    "no-answer": gettext_lazy("No answer yet"),
    "filed": gettext_lazy("Filed, not read out"),
    "minutes": gettext_lazy("Minutes"),
    "at": gettext_lazy("Time"),
    "by": gettext_lazy("By"),
    "check": gettext_lazy("To be checked"),
    "hash": gettext_lazy("SHA-256 of all turns, with their states, order and times"),
}
REPORT_WORDS: dict[str, Promise] = {
    "unpublished": gettext_lazy(
        "Not published: only those who prepare it and those who run the session may read this."
    ),
    "theme": gettext_lazy("Theme"),
    "speaker": gettext_lazy("Speaker"),
    "given": gettext_lazy("Given"),
    "turn": gettext_lazy("Turn"),
    "time": gettext_lazy("Time used"),
    "achievements": gettext_lazy("Achievements"),
    "commitments": gettext_lazy("Voluntary commitments"),
    "recommendations": gettext_lazy("Recommendations received"),
    "questions": gettext_lazy("Comments and questions"),
    "floor": gettext_lazy("On the floor"),
    "statement": gettext_lazy("Statement"),
    "file": gettext_lazy("As a file"),
    "from": gettext_lazy("From"),
    "answer": gettext_lazy("Answer"),
    "no-answer": gettext_lazy("No answer yet"),
    "filed": gettext_lazy("Filed, not read out"),
    "published": gettext_lazy("Published"),
}
SCRIPT_WORDS: dict[str, Promise] = {
    "script": gettext_lazy("To be read out by the chair"),
    "opening": gettext_lazy("The opening"),
    "lot": gettext_lazy("The lot"),
    "statements": gettext_lazy("The list of speakers"),
    "closing": gettext_lazy("The closing"),
    "absent": gettext_lazy("If nobody is there:"),
    "again": gettext_lazy("If nobody is there again:"),
}


def record_on_paper(conference: Conference, record: SessionRecord) -> bytes:
    """The PDF of a record, in the language that is active."""
    told = told_record(record)
    is_review = record.review is not None
    chart = bars_of(record.floor, statements_alone=is_review, mirrored=get_language_bidi())
    data = {**_heading(conference, told.title), **asdict(told), "chart": _chart(chart), "words": _said(RECORD_WORDS)}
    whom = [turn.who for turn in told.turns] + [point.who for point in told.points]
    whom += [who for remark in told.remarks for who in (remark.author, remark.to)]
    return _paper(conference, "record", data, whom)


def report_on_paper(conference: Conference, report: DelegationReport, *, address: str, is_published: bool) -> bytes:
    """The PDF of a report, in the language that is active; `address` is where it is found again."""
    told = told_report(report)
    data = {
        **_heading(conference, told.title),
        **asdict(told),
        "address": address,
        "is_published": is_published,
        "words": _said(REPORT_WORDS),
    }
    whom = [told.who, *(remark.author for remark in [*told.recommendations, *told.questions])]
    return _paper(conference, "report", data, [*whom, *(who for _kind, who, _time in told.floor)])


def script_on_paper(session: Session, language: str) -> bytes:
    """The PDF of the chair’s script in a language of the site. Raises ValueError for any other."""
    script = script_of(session, language)
    with translation.override(language):
        data = {
            **_heading(session.conference, str(session.title)),
            "script": _script(script),
            "words": _said(SCRIPT_WORDS),
        }
        whom = [_who(entry) for part in script.parts for entry in part.entries]
        return _paper(session.conference, "script", data, whom)


def _paper(conference: Conference, template: str, data: Mapping[str, Any], whom: Iterable[Who]) -> bytes:
    pictures = flags(who.country for who in whom)
    data = {**data, "flags": sorted(name.removeprefix("flags/").removesuffix(".svg") for name in pictures)}
    pictures |= pictures_of(design_of(conference).logo)
    return render(template, data, pictures=pictures, is_tagged=True, templates=TEMPLATES)


def _heading(conference: Conference, title: str) -> dict[str, Any]:
    now = Clockface(conference.time_zone).day_and_time(utc(timezone.now()))
    return {
        "title": title,
        "language": get_language() or "en",
        "rtl": get_language_bidi(),
        "accent": conference.accent,
        "logo": name_of(design_of(conference).logo),
        "conference": str(conference.name),
        # Translators: when a paper was made, such as “As of 16 November 2021, 17:40”.
        "printed": _("As of %(moment)s") % {"moment": now},
    }


def _said(words: Mapping[str, Promise]) -> dict[str, str]:
    return {name: str(word) for name, word in words.items()}


def _chart(bars: Bars | None) -> dict[str, Any] | None:
    return None if bars is None else asdict(bars)


def _script(script: Script) -> dict[str, Any]:
    return {
        "opening": script.opening,
        "lot": script.lot,
        "closing": script.closing,
        "parts": [
            {
                "theme": part.theme,
                "before": part.before,
                "after": part.after,
                "entries": [_entry(entry) for entry in part.entries],
            }
            for part in script.parts
        ],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "who": asdict(_who(entry)),
        "mode": str(Mode(entry.turn.mode).label),
        "state": str(entry.turn.get_state_display()) if entry.is_over or entry.has_the_floor else "",
        "call": entry.call,
        "after": entry.after,
        "absent": entry.absent,
    }


def _who(entry: Entry) -> Who:
    delegation = entry.turn.delegation
    return Who(str(delegation.name), str(delegation.country)) if delegation else Who(entry.turn.name)
