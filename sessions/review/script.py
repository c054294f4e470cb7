"""The chair’s script: what to say now, and the whole course of a review in calling order, in a language of the site.

Every sentence comes from `sessions.review.phrases`. It is read of the session itself; a rehearsal has the same words.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conferences.models import Delegation
from conferences.texts import in_languages
from sessions.floor.models import DONE, WAITING, Kind, Mode, State, Turn
from sessions.floor.queries import turns_of
from sessions.programme.models import Session
from sessions.review import phrases
from sessions.review.models import LotDraw, Remarks, Review, Slot
from sessions.review.queries import lot_of

# What is told of a statement that is over.
OVER = (State.COMPLETED, State.CUT)
AGAIN = 2  # absences, after which a turn is filed or forfeited


def sentences_for(turn: Turn, next_turn: Turn | None, language: str) -> list[str]:
    """What to say now, by what became of the turn in hand: to call it, or, while somebody speaks and after, to thank
    and to name who is next. `language` is one of the site.

    Nothing where the turn is of no review, or speaks for no delegation: then the floor’s own words are right. Raises
    ValueError for a language that the site does not speak.
    """
    slot = slot_of(turn)
    if turn.delegation is None or (slot is None and not hasattr(turn.floor.session, "review")):
        return []
    following = list(_following(turn, next_turn, language))
    match turn.state:
        case State.CALLED:
            return [calling(turn, slot, language)]
        case State.SPEAKING | State.PAUSED | State.COMPLETED:
            return [thanking(turn, language), *following]
        case State.CUT:
            return [phrases.time_is_over(language), thanking(turn, language), *following]
        case State.INTERRUPTED:
            return [phrases.asking_for_patience(language)]
        case State.DEFERRED:
            return [phrases.moved_to_the_end(turn.delegation, language), *following]
        case State.PUT_OFF:
            return [phrases.put_off(turn.delegation, language), *following]
        case State.FILED:
            return [_filed(turn, language), *following]
        case State.FORFEITED:
            return [phrases.absent_again(turn.delegation, language, is_filed=False), *following]
        case State.INSCRIBED | State.READY:
            return list(_naming(turn, language))
        case _:
            return following


def slot_of(turn: Turn) -> Slot | None:
    """The slot of a statement, also of its copy in a rehearsal. Read once for a turn: each language asks for it."""
    if turn.kind != Kind.STATEMENT:
        return None
    return getattr(turn.stands_for or turn, "slot", None)


def calling(turn: Turn, slot: Slot | None, language: str) -> str:
    """Gives the floor to a turn that speaks for a delegation."""
    delegation = _delegation(turn)
    match turn.kind:
        case Kind.STATEMENT if turn.mode == Mode.WRITTEN:
            return phrases.published_unread(delegation, language)
        case Kind.STATEMENT:
            title = slot.honorific if slot else ""
            speaker = phrases.Speaker(title=title, name=turn.name, function=turn.function)
            return phrases.giving_the_floor(delegation, speaker, language, is_recorded=turn.mode == Mode.RECORDED)
        case Kind.REPLY:
            return phrases.in_right_of_reply(delegation, language)
        case _:
            about = turn.about.delegation if turn.about else None
            return phrases.commenting(delegation, about, language, is_question=turn.kind == Kind.QUESTION)


def thanking(turn: Turn, language: str) -> str:
    delegation = _delegation(turn)
    if turn.kind == Kind.STATEMENT:
        return phrases.thanking(delegation, language)
    return phrases.thanking_for_a_remark(delegation, language)


def _filed(turn: Turn, language: str) -> str:
    if turn.absent_count >= AGAIN:
        return phrases.absent_again(_delegation(turn), language, is_filed=True)
    return phrases.published_unread(_delegation(turn), language)


def _following(turn: Turn, next_turn: Turn | None, language: str) -> Iterator[str]:
    if next_turn is not None:
        yield from _naming(next_turn, language)
    elif turn.kind == Kind.STATEMENT:
        yield phrases.following(None, language)


def _naming(turn: Turn, language: str) -> Iterator[str]:
    """Who is next, where it is somebody who speaks for a delegation and is heard."""
    if turn.delegation is None or turn.mode == Mode.WRITTEN:
        return
    if turn.kind == Kind.STATEMENT:
        yield phrases.following(turn.delegation, language)
    else:
        yield phrases.following_on_the_floor(turn.delegation, language)


def _delegation(turn: Turn) -> Delegation:
    """Raises ValueError for a turn that speaks for nobody."""
    if turn.delegation is None:
        raise ValueError(f"turn {turn.pk} speaks for no delegation")
    return turn.delegation


# The whole course


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A turn of the script: what to say to call it, when it is done, and where nobody is there.

    `absent` has what is said the first time and the second time; nothing of a statement that nobody delivers.
    """

    turn: Turn
    number: int
    call: str
    after: Sequence[str]
    absent: Sequence[str]

    @property
    def is_over(self) -> bool:
        return self.turn.state in DONE

    @property
    def has_the_floor(self) -> bool:
        return self.turn.state not in (*DONE, *WAITING)


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the script, on one theme where it has one: what is said before it, its turns, and what ends it."""

    theme: str
    before: Sequence[str]
    entries: Sequence[Entry]
    after: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Script:
    language: str
    opening: Sequence[str]
    lot: Sequence[str]
    parts: Sequence[Part]
    closing: Sequence[str]


def script_of(session: Session, language: str) -> Script:
    """All that is said from the opening to the end, as the list stands. Raises ValueError as `sentences_for`."""
    review = Review.objects.filter(session=session).first()
    listed = turns_of(session.pk).exclude(state=State.WITHDRAWN).select_related("about__delegation")
    turns = [turn for turn in listed if turn.delegation is not None]
    slots = {slot.turn_id: slot for slot in Slot.objects.filter(review_id=session.pk)}
    remarks = Remarks(review.remarks) if review else Remarks.NONE
    return Script(
        language=language,
        opening=list(_opening(turns, language)),
        lot=list(_lot(lot_of(session.pk), language)),
        parts=list(_parts(turns, slots, remarks, language)),
        closing=phrases.closing_the_review(language),
    )


def _opening(turns: Sequence[Turn], language: str) -> Iterator[str]:
    statements = [turn for turn in turns if turn.kind == Kind.STATEMENT]
    yield phrases.opening_the_review(len(statements), language)
    times = {turn.allotted_ms for turn in statements if turn.mode != Mode.WRITTEN}
    if len(times) == 1 and (ms := times.pop()):
        yield phrases.time_for_each(ms // 1000, language)
    yield phrases.asking_for_a_pace(language)


def _lot(lot: LotDraw | None, language: str) -> Iterator[str]:
    if lot is not None and lot.delegation is not None:
        yield phrases.drawn_first(lot.delegation, language)


def _parts(turns: Sequence[Turn], slots: dict[int, Slot], remarks: Remarks, language: str) -> Iterator[Part]:
    blocks: dict[int, list[Entry]] = {}
    for number, (turn, following) in enumerate(zip(turns, [*turns[1:], None], strict=False), start=1):
        entry = _entry(number, turn, following, slots.get(turn.pk), remarks, language)
        blocks.setdefault(turn.block, []).append(entry)
    for entries in blocks.values():
        theme = _theme_of([entry.turn for entry in entries], language)
        before = [phrases.coming_to(theme, language)] if theme and len(blocks) > 1 else []
        waits = remarks == Remarks.AFTER_BLOCK and any(each.turn.kind == Kind.STATEMENT for each in entries)
        yield Part(theme, before, entries, [phrases.opening_the_round(None, language)] if waits else [])


def _theme_of(turns: Sequence[Turn], language: str) -> str:
    """What most statements of a block are on: by a swap, one on another theme may stand among them."""
    themes = Counter(theme_in(turn, language) for turn in turns if turn.kind == Kind.STATEMENT)
    return next((theme for theme, _count in themes.most_common(1)), "")


def theme_in(turn: Turn, language: str) -> str:
    """The theme in this language, else as its conference wrote it first."""
    written = in_languages(turn.theme)
    return written.get(language) or next(iter(written.values()), "")


def _entry(
    number: int, turn: Turn, following: Turn | None, slot: Slot | None, remarks: Remarks, language: str
) -> Entry:
    after: list[str] = []
    if turn.mode != Mode.WRITTEN:
        after.append(thanking(turn, language))
        if turn.kind == Kind.STATEMENT and remarks == Remarks.AFTER_EACH:
            after.append(phrases.opening_the_round(turn.delegation, language))
        after.extend(_following(turn, following, language))
    return Entry(
        turn=turn, number=number, call=calling(turn, slot, language), after=after, absent=list(_absent(turn, language))
    )


def _absent(turn: Turn, language: str) -> Iterator[str]:
    if turn.mode in (Mode.WRITTEN, Mode.RECORDED) or turn.state in DONE:
        return
    yield phrases.moved_to_the_end(_delegation(turn), language)
    yield phrases.absent_again(_delegation(turn), language, is_filed=turn.can_be_filed)
