"""The record of a session’s floor and of its review: the facts, as JSON has them and as page and paper tell them.

`SessionRecord` is the schema of `record.json`. Its `schema` is "sidang.record" and `version` 1; a version only ever
gains keys, and whatever changes the meaning of one gets the next number. Keys are the names of these fields:

    schema, version, conference {slug, acronym, name}, session {id, title, format, state, planned and real times},
    is_complete     false while the session is on, when the chair and the organisers alone read it
    names_actors    whether it says who acted by name: for the chair and the organisers
    floor           sessions.floor.record.FloorRecord: turns, points of order, minutes, totals, hash
    review          null for any other session; else numbers, slots, remarks, lot, swaps

Times are UTC in ISO 8601, lengths in milliseconds, dates ISO 8601; what is written in several languages is an object by
language’s code; whoever has no country (an organisation) has "" for it.

A remark is told to all from the moment it was read out. What was filed unread is told to the chair and the organisers;
what was taken back, to nobody.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from django.db.models import Q

from conferences.models import Conference
from conferences.rules import Person
from conferences.texts import in_languages
from outbox.errors import NotThere
from sessions.floor.live import Named, named, utc
from sessions.floor.models import Floor, State
from sessions.floor.queries import with_holder
from sessions.floor.record import FloorRecord, record_of, rows_of
from sessions.programme.models import Session
from sessions.programme.models import State as SessionState
from sessions.programme.queries import entered_session
from sessions.review.counting import Course, Tally, outcome_of
from sessions.review.models import LotDraw, Remark, RemarkState, Review, Slot, Statement, Swap, SwapState
from sessions.review.queries import (
    lot_of,
    numbers_of,
    present_in,
    remarks_with_names,
    slots_with_names,
    swaps_with_names,
    with_rules,
)
from sessions.review.rules import HEARD, may_chair
from sessions.review.texts import digest_of

# Of a swap.
ONE_IS_GONE = Q(proposer__turn__state=State.WITHDRAWN) | Q(other__turn__state=State.WITHDRAWN)


class ConferenceHead(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    acronym: str
    name: dict[str, str]
    time_zone: str


class SessionHead(msgspec.Struct, frozen=True, kw_only=True):
    """`starts_at` and `ends_at` are as planned, `went_live_at` and `ended_at` as it was."""

    id: int
    title: dict[str, str]
    format: str
    state: str
    starts_at: str
    ends_at: str
    went_live_at: str | None
    ended_at: str | None


class ThemeRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    title: dict[str, str]


class TextRecord(msgspec.Struct, frozen=True, kw_only=True):
    """That there is a statement in a language. `sha256` is of the file, or of the text in UTF-8 where it was typed."""

    language: str
    sha256: str
    is_file: bool
    check_against_delivery: bool
    embargoed_until: str | None


class SlotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A delegation in the review. How its turn went is the floor’s: `turn` is its id there.

    `outcome` is one of counting.Outcome. Texts are named once they were delivered or filed.
    """

    id: int
    turn: int
    delegation: Named
    theme: ThemeRecord | None
    kind: str
    honorific: str
    outcome: str
    texts: list[TextRecord]
    published_at: str | None


class RemarkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one delegation said on another’s statement, and what that delegation answered."""

    id: int
    slot: int
    author: Named
    to: Named
    kind: str
    text: str
    focus_area: str
    state: str
    turn: int | None
    delivered_at: str | None
    answer: str
    answer_text: str
    answered_at: str | None
    due_on: str | None


class LotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that anybody needs to work the lot out again (`sessions.review.lot`). The seed is "" before the draw."""

    commitment: str
    committed_at: str
    seed: str
    drawn_at: str | None
    drawn_by: str
    lines: list[str]
    index: int | None
    delegation: Named | None


class SwapRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Two delegations that changed places."""

    proposer: Named
    other: Named
    agreed_at: str | None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """`invited` is the sum of `delivered`, `filed`, `absent` and `not_reached`. The times are of what was delivered."""

    invited: int
    attended: int
    delivered: int
    filed: int
    absent: int
    not_reached: int
    allotted_ms: int
    consumed_ms: int
    under_ms: int
    over_ms: int


class ReviewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`slots` are in the order in which their turns stand in the record of the floor."""

    order: str
    order_language: str
    time: str
    remarks_round: str
    frozen_at: str | None
    numbers: Numbers
    slots: list[SlotRecord]
    remarks: list[RemarkRecord]
    lot: LotRecord | None
    swaps: list[SwapRecord]


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    schema: Literal["sidang.record"] = "sidang.record"
    version: Literal[1] = 1
    conference: ConferenceHead
    session: SessionHead
    is_complete: bool
    names_actors: bool
    floor: FloorRecord
    review: ReviewRecord | None

    def as_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def recorded_session(user: Person, session_id: int, *, slug: str) -> tuple[Session, Floor]:
    """A session with its floor, whose record this person may read: whoever may enter once it has ended, the chair and
    the organisers before. Raises NotThere for everybody else, and where nothing ever happened on its floor."""
    session = entered_session(user, session_id, slug=slug)
    floor = with_holder().filter(session=session).first()
    if floor is None or not (session.state == SessionState.ENDED or may_chair(user, session)):
        raise NotThere
    floor.session = session
    return session, floor


def record_for(user: Person, session: Session, floor: Floor) -> SessionRecord:
    """As much of the record as this person may read, who may read it at all (`recorded_session`)."""
    chairs = may_chair(user, session)
    review = with_rules().filter(session=session).first()
    hidden = _minutes_of_swaps(review) if review is not None else set()
    told = record_of(rows_of(floor), with_names=chairs, also_hidden=hidden)
    return SessionRecord(
        conference=conference_head(session.conference),
        session=session_head(session),
        is_complete=session.state == SessionState.ENDED,
        names_actors=chairs,
        floor=told,
        review=_review(review, told, chairs=chairs) if review is not None else None,
    )


def conference_head(conference: Conference) -> ConferenceHead:
    return ConferenceHead(
        slug=conference.slug,
        acronym=conference.acronym,
        name=in_languages(conference.name),
        time_zone=conference.time_zone,
    )


def session_head(session: Session) -> SessionHead:
    return SessionHead(
        id=session.pk,
        title=in_languages(session.title),
        format=session.format,
        state=session.state,
        starts_at=utc(session.starts_at),
        ends_at=utc(session.ends_at),
        went_live_at=utc(session.went_live_at) if session.went_live_at else None,
        ended_at=utc(session.ended_at) if session.ended_at else None,
    )


def _review(review: Review, floor: FloorRecord, *, chairs: bool) -> ReviewRecord:
    lot = lot_of(review.pk)
    return ReviewRecord(
        order=review.order,
        order_language=review.order_language,
        time=review.time,
        remarks_round=review.remarks,
        frozen_at=utc(review.frozen_at) if review.frozen_at else None,
        numbers=numbers_record(numbers_of(review.session)),
        slots=_slots(review, floor),
        remarks=[remark_record(remark) for remark in _remarks(review, chairs=chairs)],
        lot=_lot(lot, chairs=chairs) if lot is not None else None,
        swaps=[_swap(swap) for swap in _agreed(review)],
    )


def numbers_record(tally: Tally) -> Numbers:
    return Numbers(**{name: getattr(tally, name) for name in Numbers.__struct_fields__})


def _slots(review: Review, floor: FloorRecord) -> list[SlotRecord]:
    """Those whose turns the record of the floor tells, in its order."""
    there = present_in(review.session)
    by_turn = {slot.turn_id: slot for slot in slots_with_names().filter(review=review)}
    return [
        _slot(by_turn[turn.id], attended=_attended(by_turn[turn.id], there))
        for turn in floor.turns
        if turn.id in by_turn
    ]


def _attended(slot: Slot, there: set[int]) -> bool:
    return slot.attended_at is not None or slot.delegation_id in there


def _slot(slot: Slot, *, attended: bool) -> SlotRecord:
    turn = slot.turn
    course = Course(turn.state, attended, turn.allotted_ms, turn.consumed_ms)
    return SlotRecord(
        id=slot.pk,
        turn=turn.pk,
        delegation=named(slot.delegation),
        theme=ThemeRecord(id=slot.theme.pk, title=in_languages(slot.theme.title)) if slot.theme else None,
        kind=slot.kind,
        honorific=slot.honorific,
        outcome=str(outcome_of(course)),
        texts=[text_record(each) for each in slot.statements.all()] if turn.state in HEARD else [],
        published_at=utc(slot.published_at) if slot.published_at else None,
    )


def text_record(statement: Statement) -> TextRecord:
    return TextRecord(
        language=statement.language,
        sha256=digest_of(statement),
        is_file=statement.upload_id is not None,
        check_against_delivery=statement.check_against_delivery,
        embargoed_until=utc(statement.embargoed_until) if statement.embargoed_until else None,
    )


def _remarks(review: Review, *, chairs: bool) -> Sequence[Remark]:
    told = (RemarkState.DELIVERED, RemarkState.FILED) if chairs else (RemarkState.DELIVERED,)
    return list(remarks_with_names().filter(slot__review=review, state__in=told).order_by("pk"))


def remark_record(remark: Remark) -> RemarkRecord:
    return RemarkRecord(
        id=remark.pk,
        slot=remark.slot_id,
        author=named(remark.author),
        to=named(remark.slot.delegation),
        kind=remark.kind,
        text=remark.text,
        focus_area=remark.focus_area,
        state=remark.state,
        turn=remark.turn_id,
        delivered_at=utc(remark.delivered_at) if remark.delivered_at else None,
        answer=remark.answer,
        answer_text=remark.answer_text,
        answered_at=utc(remark.answered_at) if remark.answered_at else None,
        due_on=remark.due_on.isoformat() if remark.due_on else None,
    )


def _lot(lot: LotDraw, *, chairs: bool) -> LotRecord:
    is_drawn = lot.drawn_at is not None
    return LotRecord(
        commitment=lot.commitment,
        committed_at=utc(lot.committed_at),
        seed=lot.seed if is_drawn else "",
        drawn_at=utc(lot.drawn_at) if lot.drawn_at else None,
        drawn_by=str(lot.drawn_by) if chairs and lot.drawn_by else "",
        lines=list(lot.lines) if is_drawn else [],
        index=lot.index,
        delegation=named(lot.delegation) if lot.delegation else None,
    )


def _agreed(review: Review) -> list[Swap]:
    """Both in sight: one of whom withdrew later is nobody’s business here."""
    agreed = swaps_with_names().filter(review=review, state=SwapState.APPLIED).exclude(ONE_IS_GONE)
    return list(agreed.order_by("answered_at", "pk"))


def _minutes_of_swaps(review: Review) -> set[int]:
    """Of swaps with one who withdrew: they name both."""
    agreed = Swap.objects.filter(ONE_IS_GONE, review=review, minute__isnull=False)
    return set(agreed.values_list("minute", flat=True))


def _swap(swap: Swap) -> SwapRecord:
    return SwapRecord(
        proposer=named(swap.proposer.delegation),
        other=named(swap.other.delegation),
        agreed_at=utc(swap.answered_at) if swap.answered_at else None,
    )
