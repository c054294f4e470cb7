"""The review on a session’s page: its rules, the numbers, texts and reports as they come, and the comment round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from conferences.models import Delegation
from conferences.rules import speaks_for
from outbox.kept import kept
from outbox.reading import Standing
from outbox.tickets import open_topics
from sessions.floor.live import HALL as SPEAKERS
from sessions.floor.models import HOLDING
from sessions.floor.models import State as TurnState
from sessions.programme.models import ON, Session
from sessions.programme.models import State as SessionState
from sessions.review.commenting import slot_on
from sessions.review.counting import Tally
from sessions.review.forms import RemarkForm
from sessions.review.live import HALL
from sessions.review.missing import Item, missing_of
from sessions.review.models import Answer, Remark, RemarkKind, Remarks, RemarkState, Review, Slot, Theme, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.queries import numbers_of, remarks_with_names, slots_of, with_rules
from sessions.review.rules import HEARD, answers_for, may_interpret
from sessions.review.views.shown import Text, texts_of

REMARKS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class ShownSlot:
    """A slot as the hall sees it: its texts once it was heard."""

    slot: Slot
    texts: Sequence[Text]

    @property
    def state_words(self) -> str:
        return str(TurnState(self.slot.turn.state).label)


@dataclass(frozen=True, kw_only=True)
class ShownRemark:
    remark: Remark
    is_read_now: bool

    @property
    def kind_words(self) -> str:
        return str(RemarkKind(self.remark.kind).label)

    @property
    def answer_words(self) -> str:
        return str(Answer(self.remark.answer).label) if self.remark.answer else ""


@dataclass(frozen=True, kw_only=True)
class ReviewNow:
    """What is the same for everybody in the session, whichever language they read."""

    themes: Sequence[Theme]
    slots: Sequence[ShownSlot]
    remarks: Sequence[ShownRemark]
    numbers: Tally
    on: Slot | None


@dataclass(frozen=True, kw_only=True)
class Mine:
    """A slot that the reader is responsible for, and what is missing of it."""

    slot: Slot
    missing: Sequence[Item]


@dataclass(frozen=True, kw_only=True)
class Shown:
    review: Review
    topic: str
    standing: Standing
    speakers_topic: str
    speakers_standing: Standing
    now: ReviewNow
    mine: Sequence[Mine]
    voice: Delegation | None
    may_interpret: bool
    form: RemarkForm | None

    @property
    def order_words(self) -> str:
        return str(OrderPolicy(self.review.order).label)

    @property
    def time_words(self) -> str:
        return str(TimePolicy(self.review.time).label)

    @property
    def remarks_words(self) -> str:
        return str(Remarks(self.review.remarks).label)

    @property
    def comments_on(self) -> Slot | None:
        """The statement that the reader may comment on now."""
        on = self.now.on
        return on if on is not None and self.form is not None and self.voice != on.delegation else None

    @property
    def words(self) -> dict[str, str]:
        """What the page’s script writes, in the page’s language."""
        return {
            **{f"kind.{kind}": str(kind.label) for kind in RemarkKind},
            **{f"answer.{answer}": str(answer.label) for answer in Answer},
            **{f"state.{state}": str(state.label) for state in TurnState},
            "language": _("Statement: {language}"),
            "report": _("Report"),
            "embargo": _("under embargo until {time}"),
            "joined": _("It is handed in, and you are on the speakers’ list."),
            "not_joined": _("It is handed in, but you are not on the speakers’ list: {why}"),
            "waits": _("The link is away. It is sent as soon as it is back; nothing is lost."),
        }


def topics(request: HttpRequest, session: Session) -> list[str]:
    if not Review.objects.filter(pk=session.pk).exists():
        return []
    return [HALL.name(session_id=session.pk), SPEAKERS.name(session_id=session.pk)]


def panel(request: HttpRequest, session: Session) -> Mapping[str, Any] | None:
    """The part of a session’s page; whoever asks may enter. None where it is no review."""
    shown = shown_to(request, session)
    if shown is None:
        return None
    return {"shown": shown, "is_on": session.state in ON, "is_over": session.state == SessionState.ENDED}


def in_words(request: HttpRequest, session: Session) -> Mapping[str, Any] | None:
    """The same on the floor’s page in words."""
    shown = shown_to(request, session)
    return {"review": shown} if shown is not None else None


def shown_to(request: HttpRequest, session: Session) -> Shown | None:
    found = topics(request, session)
    review = with_rules().filter(pk=session.pk).first() if found else None
    if review is None:
        return None
    standings = open_topics(request, *found)
    topic, speakers = found
    user = request.user
    voice = speaks_for(user, session.conference_id)
    may_comment = voice is not None and review.remarks != Remarks.NONE and session.state != SessionState.ENDED
    return Shown(
        review=review,
        topic=topic,
        standing=standings[topic],
        speakers_topic=speakers,
        speakers_standing=standings[speakers],
        now=_now(session, review, standings[topic], standings[speakers]),
        mine=_mine(request, session, review),
        voice=voice,
        may_interpret=may_interpret(user, session),
        form=RemarkForm(auto_id="remark-%s") if may_comment else None,
    )


def _now(session: Session, review: Review, standing: Standing, speakers: Standing) -> ReviewNow:
    """Read once for all who come between two changes of the floor and of the review."""

    def read() -> tuple[Standing, ReviewNow]:
        slots = list(slots_of(session.pk))
        return standing, ReviewNow(
            themes=list(review.themes.all()),
            slots=[_slot(slot) for slot in slots],
            remarks=_remarks(session),
            numbers=numbers_of(session),
            on=slot_on(session, review),
        )

    # One topic names what is kept; where the other has moved on, it is read again.
    known, now = kept("review", session.pk, speakers, read)
    return now if known == standing else read()[1]


def _slot(slot: Slot) -> ShownSlot:
    return ShownSlot(
        slot=slot,
        texts=texts_of(slot) if slot.turn.state in HEARD else (),
    )


def _remarks(session: Session) -> list[ShownRemark]:
    """What was read out, the last first."""
    read = remarks_with_names().select_related("turn").filter(slot__review_id=session.pk, state=RemarkState.DELIVERED)
    return [
        ShownRemark(
            remark=remark,
            is_read_now=remark.turn is not None and remark.turn.state in HOLDING,
        )
        for remark in read.order_by("-delivered_at", "-pk")[:REMARKS_SHOWN]
    ]


def _mine(request: HttpRequest, session: Session, review: Review) -> list[Mine]:
    own = answers_for(request.user, session.conference_id)
    if not own:
        return []
    has_themes = review.themes.exists()
    slots = slots_of(session.pk).filter(delegation_id__in=own)
    return [Mine(slot=slot, missing=missing_of(slot, has_themes=has_themes)) for slot in slots]
