"""The hall: what everybody in a session sees of the floor, and how they ask for it."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from conferences.models import Delegation
from outbox.reading import Standing
from outbox.tickets import open_topics
from sessions.floor.asking import Asker, WhyNot, why_no_point, why_not
from sessions.floor.live import HALL
from sessions.floor.models import APPEALABLE, ASKED_FOR, WAITING, Kind, Speakers, State
from sessions.floor.rules import delegation_of, may_chair, voice_of
from sessions.floor.views.hall_now import HallNow, OpenTurn, hall_now
from sessions.floor.views.notices import Notices, own_topic, sent_to
from sessions.floor.views.shown import BLANK, ShownFloor, ShownPoint, ShownTurn
from sessions.floor.views.speaking import DONE, SURE, Sure
from sessions.floor.views.words import hall_words, place_words
from sessions.programme.models import ON, Format, Session
from sessions.programme.models import State as SessionState

# Who is so near is asked whether they are ready.
ASKED_WHETHER_READY = 3


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Something that can be asked for, and why it cannot be now."""

    kind: str
    words: str
    why: WhyNot | None

    @property
    def why_words(self) -> str:
        return str(self.why.label) if self.why else ""


@dataclass(frozen=True, kw_only=True)
class OwnTurn:
    """A turn of one’s own or of one’s delegation that is not over. `says` is where it stands, in words."""

    turn: ShownTurn
    says: str

    @property
    def is_asked_whether_ready(self) -> bool:
        place = self.turn.place
        return place is not None and place <= ASKED_WHETHER_READY and self.turn.state == State.INSCRIBED

    @property
    def is_ready(self) -> bool:
        return self.turn.state == State.READY

    @property
    def is_asked_whether_here(self) -> bool:
        return self.turn.state == State.CALLED and self.turn.here_at is None

    @property
    def is_here(self) -> bool:
        return self.turn.state == State.CALLED and self.turn.here_at is not None

    @property
    def speaks(self) -> bool:
        return self.turn.state in (State.SPEAKING, State.PAUSED)

    @property
    def may_leave(self) -> bool:
        """A statement is the programme’s, and is not taken back by one press."""
        return self.turn.state in WAITING and self.turn.kind != Kind.STATEMENT


@dataclass(frozen=True, kw_only=True)
class Hall:
    """All that a page shows of the floor to one person."""

    topic: str
    standing: Standing
    now: HallNow
    user_id: int | None
    voice: Delegation | None
    asker: Asker
    own: Sequence[OwnTurn]
    own_point: ShownPoint | None
    # What the desk tells the delegation that the reader sits in, if any.
    notices: Notices | None
    may_chair: bool
    is_panel: bool
    is_hidden: bool
    command_id: str
    back: str
    blank: OwnTurn = OwnTurn(turn=BLANK, says="")

    @property
    def own_ids(self) -> Sequence[int]:
        """Turns that the reader asked for, whichever delegation they are of."""
        return [turn.id for turn in self.now.open_turns if self.user_id and turn.person_id == self.user_id]

    @property
    def shown(self) -> ShownFloor:
        return self.now.shown

    @property
    def wishes(self) -> Sequence[Wish]:
        return [Wish(kind=kind, words=str(kind.label), why=why_not(kind, self.asker)) for kind in self.kinds]

    @property
    def some_wish(self) -> bool:
        return any(wish.why is None for wish in self.wishes)

    @property
    def kinds(self) -> Sequence[Kind]:
        """A right of reply belongs to meetings of delegations."""
        return [kind for kind in ASKED_FOR if kind != Kind.REPLY or not self.is_panel]

    @property
    def one_reason(self) -> str:
        """The one reason why nothing at all can be asked for, if it is one."""
        reasons = {wish.why for wish in self.wishes}
        only = reasons.pop() if len(reasons) == 1 else None
        return str(only.label) if only else ""

    @property
    def point(self) -> ShownPoint | None:
        """The one that is open, else the one that was just ruled on."""
        return self.now.open_point or self.ruled_point

    @property
    def speakers_shown(self) -> Sequence[ShownTurn]:
        """The whole list: who was called, in that order, who has the floor, who waits."""
        done = sorted(self.shown.done, key=_called_at)
        holder = [self.shown.holder] if self.shown.holder else []
        return [*done, *holder, *self.shown.waiting]

    @property
    def mine(self) -> Set[int]:
        return {one.turn.id for one in self.own}

    @property
    def stays_empty(self) -> bool:
        """Whether an empty floor is shown at all, as it is in meetings of delegations once they are on."""
        return not self.is_panel

    @property
    def done(self) -> Iterable[tuple[str, str]]:
        """What is said once something is done, by the verb as an attribute’s name has it."""
        return [(verb.replace("_", "-"), str(words)) for verb, words in DONE.items()]

    @property
    def sure(self) -> Mapping[str, Sure]:
        return SURE if self.asker.signed_in else {}

    @property
    def may_raise_point(self) -> bool:
        return not self.is_panel and why_no_point(self.asker) is None

    @property
    def ruled_point(self) -> ShownPoint | None:
        """The last point of order that was ruled on, until somebody is called."""
        return next((point for point in self.shown.points if point.id == self.now.ruled), None)

    @property
    def appealable(self) -> ShownPoint | None:
        """The point of order against whose ruling this person may appeal now."""
        point = self.ruled_point if self.voice is not None and self.asker.session_is_on else None
        return point if point and point.state in APPEALABLE else None

    @property
    def words(self) -> dict[str, str]:
        return hall_words()


def panel(request: HttpRequest, session: Session) -> Mapping[str, Any] | None:
    """The part of a session’s page; whoever asks may enter. None where nothing was said and nothing will be."""
    hall = hall_of(request, session)
    if session.state == SessionState.ENDED and not hall.now.is_used:
        return None
    return {"hall": hall}


def topics(request: HttpRequest, session: Session) -> list[str]:
    """The hall’s, and for whoever sits in a delegation what the desk tells it."""
    delegation = delegation_of(request.user, session)
    own = [own_topic(session.pk, delegation.pk)] if delegation else []
    return [HALL.name(session_id=session.pk), *own]


def hall_of(request: HttpRequest, session: Session) -> Hall:
    topic, *own = topics(request, session)
    standing = open_topics(request, topic, *own)[topic]
    now = hall_now(session, topic, standing)
    user = request.user
    delegation = delegation_of(user, session)
    user_id = user.pk if user.is_authenticated else None
    voice = voice_of(user, session)
    mine = [turn for turn in now.open_turns if _is_mine(turn, user_id, voice)]
    open_point = now.open_points.get(voice.pk) if voice else None
    is_panel = session.format == Format.PANEL
    return Hall(
        topic=topic,
        standing=standing,
        now=now,
        user_id=user_id,
        voice=voice,
        asker=Asker(
            signed_in=user.is_authenticated,
            has_voice=voice is not None,
            session_is_on=session.state in ON,
            speakers=now.floor.speakers,
            list_is_open=now.floor.list_is_open,
            waiting_count=now.asked_count,
            longest_list=now.floor.longest_list,
            most_replies=now.floor.most_replies,
            open_kinds=_open_kinds(now, mine, user_id, voice),
            replies_given=now.replies.get(voice.pk, 0) if voice else 0,
            has_open_point=open_point is not None,
        ),
        own=_own_turns(now, {turn.id for turn in mine}),
        own_point=next((point for point in now.shown.points if point.id == open_point), None),
        notices=sent_to(delegation.pk, session.pk) if delegation else None,
        may_chair=may_chair(user, session),
        is_panel=is_panel,
        # It is there all the same, and appears with the first thing that happens on the floor.
        is_hidden=not now.is_used and (is_panel or session.state not in ON),
        command_id=str(uuid4()),
        back=request.get_full_path(),
    )


def _called_at(turn: ShownTurn) -> tuple[bool, datetime]:
    """Whoever was heard without a call, as a text that is filed, comes before."""
    return turn.called_at is not None, turn.called_at or turn.inscribed_at


def _is_mine(turn: OpenTurn, user_id: int | None, voice: Delegation | None) -> bool:
    """As `rules.is_of` has it."""
    if turn.delegation_id is None:
        return user_id is not None and turn.person_id == user_id
    return voice is not None and turn.delegation_id == voice.pk


def _open_kinds(
    now: HallNow, mine: Sequence[OpenTurn], user_id: int | None, voice: Delegation | None
) -> frozenset[str]:
    """What `join_list`, asked for nothing in particular, would answer with the turn that is there already."""
    by_delegation = voice is not None and now.floor.speakers == Speakers.DELEGATIONS
    return frozenset(
        turn.kind for turn in mine if turn.about_id is None and (by_delegation or turn.person_id == user_id)
    )


def _own_turns(now: HallNow, ids: set[int]) -> Sequence[OwnTurn]:
    holder = [now.shown.holder] if now.shown.holder else []
    return [OwnTurn(turn=turn, says=place_words(turn)) for turn in [*holder, *now.shown.waiting] if turn.id in ids]
