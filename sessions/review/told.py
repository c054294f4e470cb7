"""A record and a report in words: what pages and papers show of them, in the language that is active.

Times of day are on the clock of the conference. Nothing is looked up here: whatever a reader may not know is not in
the facts that come in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from babel.dates import format_date
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sessions.floor.live import Named
from sessions.floor.models import WAITING, Kind, Mode, PointState, State
from sessions.floor.record import (
    BY_CHAIR,
    BY_CLOCK,
    BY_DELEGATION,
    DELIVERED,
    FloorRecord,
    MinuteRecord,
    PointRecord,
    Stretch,
    TurnRecord,
)
from sessions.review.models import Answer, FollowUp, RemarkKind, RemarkState, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.record import LotRecord, Numbers, RemarkRecord, SessionRecord, SlotRecord, TextRecord
from sessions.review.report import DelegationReport
from web import moments

# What was done, as the record says it.
DONE_WORDS: dict[str, Promise] = {
    "floor.list_opened": gettext_lazy("The list of speakers was opened"),
    "floor.list_closed": gettext_lazy("The list of speakers was closed"),
    "floor.rules_changed": gettext_lazy("The rules of the floor were changed"),
    "floor.reordered": gettext_lazy("The order was changed"),
    "turn.inscribed": gettext_lazy("Put on the list"),
    "turn.called": gettext_lazy("Called"),
    "turn.answered": gettext_lazy("Said that they are here"),
    "turn.call_taken_back": gettext_lazy("The call was taken back"),
    "turn.started": gettext_lazy("Began to speak"),
    "turn.paused": gettext_lazy("The clock was stopped"),
    "turn.resumed": gettext_lazy("The clock went on"),
    "turn.begun_again": gettext_lazy("Shown again from the beginning"),
    "turn.extended": gettext_lazy("The time was extended"),
    "turn.interrupted": gettext_lazy("Interrupted"),
    "turn.ended": gettext_lazy("Ended"),
    "turn.cut": gettext_lazy("Cut at the end of the time"),
    "turn.not_present": gettext_lazy("Not present: to the end of the block"),
    "turn.put_off": gettext_lazy("Put off to the end of the block"),
    "turn.filed": gettext_lazy("Filed, not delivered"),
    "turn.forfeited": gettext_lazy("Not delivered"),
    "turn.withdrawn": gettext_lazy("Withdrawn"),
    "turn.changed": gettext_lazy("Changed"),
    "point.raised": gettext_lazy("Point of order raised"),
    "point.recognised": gettext_lazy("Point of order heard"),
    "point.ruled": gettext_lazy("Ruling"),
    "point.appealed": gettext_lazy("Appeal against the ruling"),
    "point.appeal_decided": gettext_lazy("Appeal decided"),
    "point.withdrawn": gettext_lazy("Point of order withdrawn"),
}


# Words for lengths, moments and names


def length(ms: int) -> str:
    """3:45, or 1:02:30 from an hour on; whole seconds, rounded to the nearest."""
    minutes, seconds = divmod((ms + 500) // 1000, 60)
    if minutes < 60:
        return f"{minutes}:{seconds:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def in_language(texts: Mapping[str, str]) -> str:
    """The reader’s language, else English, else whatever there is."""
    return texts.get(get_language() or "en") or texts.get("en") or next(iter(texts.values()), "")


def language_words(code: str) -> str:
    """What the reader’s language calls a language; its code where Unicode knows no name for it."""
    name = moments.locale().languages.get(code.replace("-", "_")) or code
    return name[:1].upper() + name[1:]


def day_words(day: str) -> str:
    return format_date(date.fromisoformat(day), "long", locale=moments.locale())


@dataclass(frozen=True, slots=True)
class Clockface:
    """Moments of a record on the clock of one zone."""

    zone: str

    def time(self, moment: str | None) -> str:
        """13:05:09, or "" for none."""
        return f"{moments.local(parsed(moment), self.zone):%H:%M:%S}" if moment else ""

    def day_and_time(self, moment: str | None) -> str:
        """16 November 2021, 13:05; "" for none."""
        if not moment:
            return ""
        day = format_date(moments.local(parsed(moment), self.zone), "long", locale=moments.locale())
        return f"{day}, {moments.clock(parsed(moment), self.zone)}"

    def in_zone(self, moment: str) -> str:
        """Which clock this is: Central Indonesia Time (UTC+8)."""
        at = parsed(moment)
        return f"{moments.zone_words(self.zone, at)} ({moments.offset(self.zone, at)})"


def parsed(moment: str) -> datetime:
    """Aware."""
    return datetime.fromisoformat(moment)


@dataclass(frozen=True, slots=True)
class Who:
    """A delegation with its flag’s code, or a person without."""

    name: str
    country: str = ""


def who_of(party: Named | None, name: str = "") -> Who:
    return Who(in_language(party.name), party.country) if party is not None else Who(name or _("A participant"))


# The record


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTurn:
    """A turn as a line of the record. `report` is the number of its slot, where its report is published."""

    place: int
    who: Who
    speaker: str
    function: str
    theme: str
    kind: str
    mode: str
    state: str
    state_words: str
    called: str
    used: str
    allotted: str
    balance: str
    is_over: bool
    notes: list[str]
    report: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPoint:
    who: Who
    raised: str
    state_words: str
    ruling: str
    appeal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMinute:
    at: str
    what: str
    about: str
    words: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRemark:
    author: Who
    to: Who
    kind: str
    text: str
    focus_area: str
    is_filed: bool
    answer: str
    answer_text: str
    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLot:
    """`told` says how it was drawn, `proof` what anybody needs to work it out again."""

    who: Who | None
    told: str
    proof: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRecord:
    """What page and paper show. `numbers` are figures with their words, the most important first."""

    title: str
    conference: str
    acronym: str
    when: list[str]
    is_complete: bool
    names_actors: bool
    rules: list[str]
    numbers: list[tuple[str, str]]
    times: list[tuple[str, str]]
    turns: list[ToldTurn]
    points: list[ToldPoint]
    reorders: list[ToldMinute]
    swaps: list[str]
    lot: ToldLot | None
    remarks: list[ToldRemark]
    minutes: list[ToldMinute]
    hash: str


def told_record(record: SessionRecord) -> ToldRecord:
    clock = Clockface(record.conference.time_zone)
    floor, review = record.floor, record.review
    slots = {slot.turn: slot for slot in review.slots} if review else {}
    return ToldRecord(
        title=in_language(record.session.title),
        conference=in_language(record.conference.name),
        acronym=record.conference.acronym,
        when=list(_when(record, clock)),
        is_complete=record.is_complete,
        names_actors=record.names_actors,
        rules=_rules(record),
        numbers=_numbers(review.numbers) if review else _numbers_of_floor(floor),
        times=_times(floor),
        turns=[_told_turn(turn, slots.get(turn.id), clock, is_complete=record.is_complete) for turn in floor.turns],
        points=[_told_point(point, clock) for point in floor.points],
        # What delegations agreed on is told as swaps.
        reorders=list(_once([_told_minute(each, floor, clock) for each in floor.reorders if each.by != BY_DELEGATION])),
        swaps=[_swap_words(swap.proposer, swap.other) for swap in review.swaps] if review else [],
        lot=_told_lot(review.lot, clock) if review and review.lot else None,
        remarks=[told_remark(remark) for remark in review.remarks] if review else [],
        minutes=[_told_minute(each, floor, clock) for each in floor.minutes],
        hash=floor.hash,
    )


def _when(record: SessionRecord, clock: Clockface) -> Iterator[str]:
    session = record.session
    began, ended = session.went_live_at, session.ended_at
    if began and ended and record.is_complete:
        yield _("%(began)s to %(ended)s") % {"began": clock.day_and_time(began), "ended": clock.time(ended)[:5]}
    else:
        yield clock.day_and_time(began or session.starts_at)
    yield clock.in_zone(began or session.starts_at)


def _rules(record: SessionRecord) -> list[str]:
    review = record.review
    if review is None:
        return []
    return [
        _("Order: %(rule)s") % {"rule": OrderPolicy(review.order).label},
        _("Time: %(rule)s") % {"rule": TimePolicy(review.time).label},
    ]


def _numbers(numbers: Numbers) -> list[tuple[str, str]]:
    return [
        (_("Invited"), str(numbers.invited)),
        (_("Attended"), str(numbers.attended)),
        (_("Delivered"), str(numbers.delivered)),
        (_("Filed, not delivered"), str(numbers.filed)),
        (_("Absent"), str(numbers.absent)),
        (_("Not reached"), str(numbers.not_reached)),
    ]


def _numbers_of_floor(floor: FloorRecord) -> list[tuple[str, str]]:
    totals = floor.totals
    return [
        (_("On the list"), str(totals.turns)),
        (_("Delivered"), str(totals.delivered)),
        (_("Filed, not delivered"), str(totals.filed)),
        (_("Not delivered"), str(totals.forfeited)),
        (_("Not reached"), str(totals.not_reached)),
        (_("Withdrawn"), str(totals.withdrawn)),
    ]


def _times(floor: FloorRecord) -> list[tuple[str, str]]:
    totals = floor.totals
    return [
        (_("Time allotted to those who spoke"), length(totals.allotted_ms)),
        (_("of which extensions"), length(totals.extended_ms)),
        (_("Time used"), length(totals.consumed_ms)),
        (_("Left over"), length(totals.under_ms)),
        (_("Over the time"), length(totals.over_ms)),
        (_("Points of order"), str(totals.points_of_order)),
    ]


def _told_turn(turn: TurnRecord, slot: SlotRecord | None, clock: Clockface, *, is_complete: bool) -> ToldTurn:
    spoken = turn.consumed_ms > 0 or turn.state in DELIVERED
    speaker = f"{slot.honorific} {turn.name}".strip() if slot else turn.name
    return ToldTurn(
        place=turn.place,
        who=who_of(turn.delegation, turn.name),
        speaker=speaker if turn.delegation else "",
        function=turn.function,
        theme=in_language(turn.theme),
        kind=str(Kind(turn.kind).label),
        mode=str(Mode(turn.mode).label),
        state=turn.state,
        state_words=state_words(turn.state, is_complete=is_complete),
        called=clock.time(turn.called_at),
        used=length(turn.consumed_ms) if spoken else "",
        allotted=length(turn.allotted_ms) if turn.allotted_ms else "",
        balance=_balance(turn),
        is_over=turn.over_ms > 0,
        notes=list(_notes(turn, clock)),
        report=slot.id if slot and slot.published_at else None,
    )


def state_words(state: str, *, is_complete: bool) -> str:
    """How a turn stands. Who still waits when all is over was not reached."""
    if is_complete and state == State.DEFERRED:
        return _("Not present, and not reached again")
    if is_complete and state == State.PUT_OFF:
        return _("Interrupted, and not taken up again")
    if is_complete and state in WAITING:
        return _("Not reached")
    return str(State(state).label)


def _balance(turn: TurnRecord) -> str:
    if turn.over_ms:
        return _("%(time)s over") % {"time": length(turn.over_ms)}
    if turn.under_ms:
        return _("%(time)s left") % {"time": length(turn.under_ms)}
    return _("to the second") if turn.state in DELIVERED else ""


def _notes(turn: TurnRecord, clock: Clockface) -> Iterator[str]:
    if turn.extended_count:
        yield _("Extended by %(time)s") % {"time": length(turn.extended_ms)}
    yield from _pause_words(turn.pauses, clock)
    if turn.absent_count:
        yield ngettext("Not present when called", "Not present when called, %(number)s times", turn.absent_count) % {
            "number": turn.absent_count
        }


def _pause_words(pauses: Sequence[Stretch], clock: Clockface) -> Iterator[str]:
    for pause in pauses:
        moments_of = {"from": clock.time(pause.began_at), "time": length(pause.ms)}
        # Translators: the clock of somebody who speaks was stopped at that moment and for that long.
        yield _("Clock stopped at %(from)s for %(time)s") % moments_of


def _told_point(point: PointRecord, clock: Clockface) -> ToldPoint:
    appeal = ""
    if point.appealed_by is not None:
        appeal = _("Appealed against by %(name)s.") % {"name": in_language(point.appealed_by.name)}
    return ToldPoint(
        who=who_of(point.delegation),
        raised=clock.time(point.raised_at),
        state_words=str(PointState(point.state).label),
        ruling=point.ruling,
        appeal=" ".join(part for part in (appeal, point.appeal) if part),
    )


def _told_minute(minute: MinuteRecord, floor: FloorRecord, clock: Clockface) -> ToldMinute:
    return ToldMinute(
        at=clock.time(minute.at),
        what=str(DONE_WORDS.get(minute.what, minute.what)),
        about=_about(minute, floor),
        words=in_language(minute.words),
        by=_by(minute),
    )


def _once(minutes: Sequence[ToldMinute]) -> Iterator[ToldMinute]:
    """The last of several in a row that say the same: while a review is set up, its rules order it again and again."""
    for minute, after in zip_longest(minutes, minutes[1:]):
        if after is None or minute.words != after.words:
            yield minute


def _about(minute: MinuteRecord, floor: FloorRecord) -> str:
    turn = floor.turn(minute.turn)
    if turn is not None:
        return who_of(turn.delegation, turn.name).name
    point = next((point for point in floor.points if point.id == minute.point), None)
    return who_of(point.delegation).name if point is not None else ""


def _by(minute: MinuteRecord) -> str:
    if minute.by_name:
        return minute.by_name
    if minute.by == BY_CHAIR:
        return _("the chair")
    return _("the clock") if minute.by == BY_CLOCK else _("the delegation")


def _swap_words(proposer: Named, other: Named) -> str:
    names = {"one": in_language(proposer.name), "other": in_language(other.name)}
    return _("%(one)s and %(other)s agreed to change places.") % names


def _told_lot(lot: LotRecord, clock: Clockface) -> ToldLot:
    words = ""
    if lot.index is not None:
        words = _("drawn as line %(line)s of %(lines)s on %(moment)s") % {
            "line": lot.index + 1,
            "lines": len(lot.lines),
            "moment": clock.day_and_time(lot.drawn_at),
        }
        if lot.drawn_by:
            words = _("%(drawn)s by %(name)s") % {"drawn": words, "name": lot.drawn_by}
    proof = [f"SHA-256(seed) = {lot.commitment}", *([f"seed = {lot.seed}"] if lot.seed else [])]
    return ToldLot(who=who_of(lot.delegation) if lot.delegation else None, told=words, proof=proof)


def told_remark(remark: RemarkRecord) -> ToldRemark:
    return ToldRemark(
        author=who_of(remark.author),
        to=who_of(remark.to),
        kind=str(RemarkKind(remark.kind).label),
        text=remark.text,
        focus_area=remark.focus_area,
        is_filed=remark.state == RemarkState.FILED,
        answer=str(Answer(remark.answer).label) if remark.answer else "",
        answer_text=remark.answer_text,
        due=day_words(remark.due_on) if remark.due_on else "",
    )


# The report


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldText:
    """A statement in one language. `notices` say what a reader has to know of it."""

    id: int
    language: str
    language_words: str
    words: str
    file: int | None
    file_name: str
    sha256: str
    notices: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReport:
    title: str
    who: Who
    conference: str
    acronym: str
    session: str
    when: list[str]
    is_given: bool
    theme: str
    speaker: str
    function: str
    mode: str
    state: str
    state_words: str
    used: str
    allotted: str
    balance: str
    texts: list[ToldText]
    achievements: list[dict[str, str]]
    commitments: list[tuple[str, str, str]]
    recommendations: list[ToldRemark]
    questions: list[ToldRemark]
    floor: list[tuple[str, Who, str]]
    published: str


def told_report(report: DelegationReport) -> ToldReport:
    clock = Clockface(report.conference.time_zone)
    remarks = [(remark.kind, told_remark(remark)) for remark in report.remarks]
    delivered = report.state in DELIVERED
    is_given = report.started_at is not None or delivered or report.state == State.FILED
    left = report.allotted_ms - report.consumed_ms
    over = {"time": length(abs(left))}
    return ToldReport(
        title=_("Report of %(name)s") % {"name": in_language(report.delegation.name)},
        who=who_of(report.delegation),
        conference=in_language(report.conference.name),
        acronym=report.conference.acronym,
        session=in_language(report.session.title),
        # The day of the session says nothing of a statement that was not given.
        when=[
            clock.day_and_time(report.started_at or report.session.starts_at),
            clock.in_zone(report.session.starts_at),
        ]
        if is_given
        else [],
        is_given=is_given,
        theme=in_language(report.theme.title) if report.theme else "",
        speaker=f"{report.honorific} {report.name}".strip() if report.name else "",
        function=report.function,
        mode=str(Mode(report.mode).label),
        state=report.state,
        state_words=str(State(report.state).label),
        used=length(report.consumed_ms) if delivered else "",
        allotted=length(report.allotted_ms) if report.allotted_ms else "",
        balance=((_("%(time)s over") if left < 0 else _("%(time)s left")) % over) if delivered and left else "",
        texts=[
            _told_text(each.id, each.text, each.words, each.file, each.file_name, clock) for each in report.statements
        ],
        achievements=[
            {"what": each.what, "figure": each.figure, "evidence": each.evidence, "focus_area": each.focus_area}
            for each in report.achievements
        ],
        commitments=[(each.text, each.follow_up, str(FollowUp(each.follow_up).label)) for each in report.commitments],
        recommendations=[told for kind, told in remarks if kind == RemarkKind.RECOMMENDATION],
        questions=[told for kind, told in remarks if kind != RemarkKind.RECOMMENDATION],
        floor=[
            (str(Kind(each.kind).label), who_of(each.delegation, each.name), length(each.consumed_ms))
            for each in report.floor
        ],
        published=clock.day_and_time(report.published_at),
    )


def _told_text(
    statement_id: int, text: TextRecord, words: str, file: int | None, file_name: str, clock: Clockface
) -> ToldText:
    return ToldText(
        id=statement_id,
        language=text.language,
        language_words=language_words(text.language),
        words=words,
        file=file,
        file_name=file_name,
        sha256=text.sha256,
        notices=list(_notices(text, clock)),
    )


def _notices(text: TextRecord, clock: Clockface) -> Iterable[str]:
    if text.check_against_delivery:
        yield _("Check against delivery")
    if text.embargoed_until and parsed(text.embargoed_until) > timezone.now():
        yield _("Under embargo until %(moment)s") % {"moment": clock.day_and_time(text.embargoed_until)}
