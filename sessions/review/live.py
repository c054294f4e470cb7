"""What each audience sees of a review beside the floor: the hall, interpreters, the board, and each delegation.

A statement’s text is never in a card: pages read it where they may. A remark is public from the moment it is read.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from conferences.models import Delegation
from conferences.rules import Person, speaks_for
from conferences.texts import in_languages
from outbox.reading import SNAPSHOT_CARDS
from outbox.registry import Placement, TopicKind, register_announcer, register_topic
from registration.rules import represents
from sessions.floor.live import SCREEN
from sessions.floor.models import Floor
from sessions.programme.queries import may_in
from sessions.programme.rules import may_chair, may_enter
from sessions.review.models import LotDraw, Remark, RemarkState, Review, Slot, Swap, SwapState
from sessions.review.queries import remarks_with_names, slots_of, slots_with_names, swaps_with_names, with_rules
from sessions.review.rules import HEARD, may_interpret
from sessions.stage.clip_jobs import outcome_of
from web.moments import machine


class ThemeCard(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    title: dict[str, str]


class LotCard(msgspec.Struct, frozen=True, kw_only=True):
    """The seed is there once the lot is drawn."""

    commitment: str
    seed: str
    drawn: int | None


class ReviewCard(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that everybody may know. `drawn` of the lot is the delegation’s id."""

    order: str
    time: str
    remarks: str
    is_frozen: bool
    themes: list[ThemeCard]
    lot: LotCard | None


class TextCard(msgspec.Struct, frozen=True, kw_only=True):
    """That there is a statement in a language. `embargoed_until` in UTC, where it is not to be read before."""

    id: int
    language: str
    check_against_delivery: bool
    embargoed_until: str | None


class SlotCard(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as the hall sees it. Its texts are named once it was delivered or filed."""

    id: int
    turn: int
    delegation: int
    theme: int | None
    texts: list[TextCard]
    published: bool


class BoothSlotCard(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as interpreters see it: its texts are there before it is delivered."""

    id: int
    turn: int
    delegation: int
    theme: int | None
    texts: list[TextCard]


class OwnSlotCard(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as its delegation sees it. `clip` is a ClipState, or "" without one; `clip_name` is its file’s."""

    id: int
    turn: int
    theme: int | None
    honorific: str
    texts: list[TextCard]
    clip: str
    clip_name: str
    clip_ms: int | None
    problems: list[str]
    published: bool


class BoardSlotCard(OwnSlotCard, frozen=True, kw_only=True):
    """A slot as the board sees it. `reminded_at` in UTC, where the delegation was told what is missing."""

    delegation: int
    kind: str
    rank: int
    attended: bool
    reminded_at: str | None


class SwapCard(msgspec.Struct, frozen=True, kw_only=True):
    """Who would change places with whom, by the ids of delegations and slots."""

    id: int
    proposer: int
    proposer_slot: int
    other: int
    other_slot: int
    state: str


class RemarkCard(msgspec.Struct, frozen=True, kw_only=True):
    """What one delegation says on another’s statement, as it was typed; delegations by their ids."""

    id: int
    slot: int
    author: int
    author_name: dict[str, str]
    to: int
    kind: str
    text: str
    focus_area: str
    state: str
    turn: int | None
    answer: str
    answer_text: str


def slot_key(slot: Slot) -> str:
    return f"slot.{slot.pk}"


# The cards


def review_card(review: Review) -> ReviewCard:
    lot: LotDraw | None = getattr(review, "lot", None)
    return ReviewCard(
        order=review.order,
        time=review.time,
        remarks=review.remarks,
        is_frozen=review.frozen_at is not None,
        themes=[ThemeCard(id=theme.pk, title=in_languages(theme.title)) for theme in review.themes.all()],
        lot=None if lot is None else lot_card(lot),
    )


def lot_card(lot: LotDraw) -> LotCard:
    is_drawn = lot.drawn_at is not None
    return LotCard(commitment=lot.commitment, seed=lot.seed if is_drawn else "", drawn=lot.delegation_id)


def text_cards(slot: Slot) -> list[TextCard]:
    return [
        TextCard(
            id=statement.pk,
            language=statement.language,
            check_against_delivery=statement.check_against_delivery,
            embargoed_until=machine(statement.embargoed_until) if statement.embargoed_until else None,
        )
        for statement in slot.statements.all()
    ]


def slot_card(slot: Slot) -> SlotCard:
    return SlotCard(
        id=slot.pk,
        turn=slot.turn_id,
        delegation=slot.delegation_id,
        theme=slot.theme_id,
        texts=text_cards(slot) if slot.turn.state in HEARD else [],
        published=slot.published_at is not None,
    )


def booth_card(slot: Slot) -> BoothSlotCard:
    return BoothSlotCard(
        id=slot.pk, turn=slot.turn_id, delegation=slot.delegation_id, theme=slot.theme_id, texts=text_cards(slot)
    )


def own_card(slot: Slot) -> OwnSlotCard:
    return OwnSlotCard(**_handed_in(slot))


def board_card(slot: Slot) -> BoardSlotCard:
    return BoardSlotCard(
        **_handed_in(slot),
        delegation=slot.delegation_id,
        kind=slot.kind,
        rank=slot.rank,
        attended=slot.attended_at is not None,
        reminded_at=machine(slot.reminded_at) if slot.reminded_at else None,
    )


def _handed_in(slot: Slot) -> dict[str, Any]:
    """What the delegation and the board see of it."""
    clip = getattr(slot, "clip", None)
    return {
        "id": slot.pk,
        "turn": slot.turn_id,
        "theme": slot.theme_id,
        "honorific": slot.honorific,
        "texts": text_cards(slot),
        "clip": clip.state if clip else "",
        "clip_name": clip.upload.name if clip else "",
        "clip_ms": clip.milliseconds if clip else None,
        "problems": problem_codes(slot),
        "published": slot.published_at is not None,
    }


def problem_codes(slot: Slot) -> list[str]:
    """What the check of its film found, the gravest first; `trouble` codes where the film could not be read."""
    clip = getattr(slot, "clip", None)
    if clip is None or clip.outcome is None:
        return []
    outcome = outcome_of(clip.outcome)
    if outcome.trouble is not None:
        return [str(outcome.trouble)]
    return [str(problem.code) for problem in outcome.problems(allotted_ms=slot.turn.allotted_ms)]


def swap_card(swap: Swap) -> SwapCard:
    return SwapCard(
        id=swap.pk,
        proposer=swap.proposer.delegation_id,
        proposer_slot=swap.proposer_id,
        other=swap.other.delegation_id,
        other_slot=swap.other_id,
        state=swap.state,
    )


def remark_card(remark: Remark) -> RemarkCard:
    return RemarkCard(
        id=remark.pk,
        slot=remark.slot_id,
        author=remark.author_id,
        author_name=in_languages(remark.author.name),
        to=remark.slot.delegation_id,
        kind=remark.kind,
        text=remark.text,
        focus_area=remark.focus_area,
        state=remark.state,
        turn=remark.turn_id,
        answer=remark.answer,
        answer_text=remark.answer_text,
    )


# Who may follow


def _may_follow_hall(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_enter)


def _may_follow_booth(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_interpret)


def _may_follow_board(user: Person, session_id: int) -> bool:
    return may_in(user, session_id, may_chair)


def _may_follow_delegation(user: Person, delegation_id: int) -> bool:
    """Its voice and its focal points."""
    if not user.is_authenticated or not user.is_active:
        return False
    delegation = Delegation.objects.filter(pk=delegation_id).first()
    if delegation is None:
        return False
    voice = speaks_for(user, delegation.conference_id)
    return (voice is not None and voice.pk == delegation_id) or represents(user, delegation_id)


# What is there now

# Of 50 cards; the rest of a long comment round is read on its page.
SLOTS_SHOWN = 40


def _hall_now(session_id: int) -> Iterator[tuple[str, ReviewCard | SlotCard | RemarkCard]]:
    review = with_rules().filter(pk=session_id).first()
    if review is None:
        return
    yield "review", review_card(review)
    slots = list(slots_of(session_id)[:SLOTS_SHOWN])
    for slot in slots:
        yield slot_key(slot), slot_card(slot)
    for remark in _remarks(session_id, RemarkState.DELIVERED, most=SNAPSHOT_CARDS - 1 - len(slots)):
        yield f"remark.{remark.pk}", remark_card(remark)


def _remarks(session_id: int, *states: str, most: int) -> list[Remark]:
    """The last ones."""
    found = remarks_with_names().filter(slot__review_id=session_id, state__in=states)
    return list(found.order_by("-pk")[:most])


def _booth_now(session_id: int) -> Iterator[tuple[str, BoothSlotCard | RemarkCard]]:
    slots = list(slots_of(session_id)[:SLOTS_SHOWN])
    for slot in slots:
        yield slot_key(slot), booth_card(slot)
    shown = (RemarkState.SUBMITTED, RemarkState.DELIVERED)
    for remark in _remarks(session_id, *shown, most=SNAPSHOT_CARDS - len(slots)):
        yield f"remark.{remark.pk}", remark_card(remark)


def _board_now(session_id: int) -> Iterator[tuple[str, BoardSlotCard]]:
    for slot in slots_of(session_id)[:SNAPSHOT_CARDS]:
        yield slot_key(slot), board_card(slot)


def _delegation_now(delegation_id: int) -> Iterator[tuple[str, OwnSlotCard | SwapCard | RemarkCard]]:
    slots = slots_with_names().filter(delegation_id=delegation_id).order_by("-review_id")[:5]
    for slot in slots:
        yield slot_key(slot), own_card(slot)
    concerned = swaps_with_names().filter(state=SwapState.PROPOSED)
    mine = concerned.filter(proposer__delegation_id=delegation_id) | concerned.filter(
        other__delegation_id=delegation_id
    )
    for swap in mine.order_by("-pk")[:10]:
        yield f"swap.{swap.pk}", swap_card(swap)
    said = remarks_with_names().exclude(state=RemarkState.WITHDRAWN)
    either = said.filter(author_id=delegation_id) | said.filter(slot__delegation_id=delegation_id)
    for remark in either.order_by("-pk")[:30]:
        yield f"remark.{remark.pk}", remark_card(remark)


HALL = TopicKind(
    pattern="session.{session_id}.review",
    cards=(ReviewCard, SlotCard, RemarkCard),
    may_follow=_may_follow_hall,
    snapshot=_hall_now,
)
BOOTH = TopicKind(
    pattern="session.{session_id}.booth",
    cards=(BoothSlotCard, RemarkCard),
    may_follow=_may_follow_booth,
    snapshot=_booth_now,
)
BOARD = TopicKind(
    pattern="session.{session_id}.board",
    cards=(BoardSlotCard,),
    may_follow=_may_follow_board,
    snapshot=_board_now,
)
DELEGATION = TopicKind(
    pattern="delegation.{delegation_id}",
    cards=(OwnSlotCard, SwapCard, RemarkCard),
    may_follow=_may_follow_delegation,
    snapshot=_delegation_now,
)


def _on_screen_now(session_id: int, key: int) -> Iterator[tuple[str, RemarkCard]]:
    if Floor.objects.filter(pk=session_id, screen_key=key).exists():
        for remark in _remarks(session_id, RemarkState.DELIVERED, most=SNAPSHOT_CARDS):
            yield f"remark.{remark.pk}", remark_card(remark)


# What was read out, for the big screen, which signs in to nothing: whoever follows its floor follows this.
ON_SCREEN = TopicKind(
    pattern="screen.{session_id}.{key}.remarks",
    cards=(RemarkCard,),
    may_follow=SCREEN.may_follow,
    snapshot=_on_screen_now,
)


REVIEW_EVENTS = ("review.set_up", "review.frozen", "lot.committed", "lot.drawn")
SLOT_EVENTS = (
    "slot.invited",
    "slot.changed",
    "slot.withdrawn",
    "slot.attended",
    "slot.reminded",
    "slot.heard",
    "slot.published",
    "statement.handed_in",
    "statement.released",
    "statement.removed",
    "clip.handed_in",
    "clip.checked",
    "clip.removed",
)
SWAP_EVENTS = ("swap.proposed", "swap.applied", "swap.declined", "swap.withdrawn")
REMARK_EVENTS = (
    "remark.submitted",
    "remark.withdrawn",
    "remark.delivered",
    "remark.filed",
    "remark.answered",
)


def _review_placements(review: Review) -> Iterable[Placement]:
    yield Placement(HALL.name(session_id=review.pk), "review", review_card(review))


def _slot_placements(slot: Slot) -> Iterable[Placement]:
    key, session_id = slot_key(slot), slot.review_id
    is_there = slot.turn.state != "withdrawn"
    yield Placement(HALL.name(session_id=session_id), key, slot_card(slot) if is_there else None)
    yield Placement(BOOTH.name(session_id=session_id), key, booth_card(slot) if is_there else None)
    yield Placement(BOARD.name(session_id=session_id), key, board_card(slot) if is_there else None)
    yield Placement(DELEGATION.name(delegation_id=slot.delegation_id), key, own_card(slot))


def _swap_placements(swap: Swap) -> Iterable[Placement]:
    card = swap_card(swap) if swap.state == SwapState.PROPOSED else None
    for slot in (swap.proposer, swap.other):
        yield Placement(DELEGATION.name(delegation_id=slot.delegation_id), f"swap.{swap.pk}", card)


def _remark_placements(remark: Remark) -> Iterable[Placement]:
    key, session_id = f"remark.{remark.pk}", remark.slot.review_id
    card = remark_card(remark)
    public = card if remark.state == RemarkState.DELIVERED else None
    known = card if remark.state in (RemarkState.SUBMITTED, RemarkState.DELIVERED) else None
    own = card if remark.state != RemarkState.WITHDRAWN else None
    yield Placement(HALL.name(session_id=session_id), key, public)
    yield Placement(ON_SCREEN.name(session_id=session_id, key=remark.slot.turn.floor.screen_key), key, public)
    yield Placement(BOOTH.name(session_id=session_id), key, known)
    yield Placement(DELEGATION.name(delegation_id=remark.author_id), key, own)
    yield Placement(DELEGATION.name(delegation_id=remark.slot.delegation_id), key, own)


def register() -> None:
    for kind in (HALL, ON_SCREEN, BOOTH, BOARD, DELEGATION):
        register_topic(kind)
    register_announcer(Review, _review_placements, reread=with_rules, events=REVIEW_EVENTS)
    register_announcer(Slot, _slot_placements, reread=slots_with_names, events=SLOT_EVENTS)
    register_announcer(Swap, _swap_placements, reread=swaps_with_names, events=SWAP_EVENTS)
    register_announcer(Remark, _remark_placements, reread=remarks_with_names, events=REMARK_EVENTS)
