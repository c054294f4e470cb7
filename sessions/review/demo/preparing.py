"""A review that is ready to begin: set up by the real verbs, and put back to its beginning before each replay."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conferences.models import Conference
from conferences.texts import in_languages
from outbox.changes import action, begin_anew, record
from outbox.errors import NotAllowed, WrongMove
from sessions.floor.actions.rehearsing import forget_rehearsal
from sessions.floor.actions.standing import floor_under_lock
from sessions.floor.actions.steps import OnFloor
from sessions.floor.live import DESK, HALL, SCREEN
from sessions.floor.models import Kind, Minute, Mode, PointOfOrder, Segment, State, Turn
from sessions.programme.models import Format, Session
from sessions.programme.models import State as SessionState
from sessions.review.actions import handing_in, lots, setting_up
from sessions.review.live import BOARD, BOOTH
from sessions.review.live import HALL as REVIEW
from sessions.review.live import ON_SCREEN as REMARKS_ON_SCREEN
from sessions.review.models import LotDraw, Remark, Review, Slot, Swap, TimePolicy
from sessions.review.orders import OrderPolicy
from sessions.review.queries import slots_of
from sessions.stage.live import ON_SCREEN as FILM_ON_SCREEN
from sessions.stage.live import PICTURE
from sessions.stage.models import Playing

# As published for the review of 2021; the clock times of single statements are not.
BUDGET_MINUTES = 90
THEMES: tuple[Mapping[str, str], ...] = (
    {
        "en": "Digital Diplomacy for Crisis Management",
        "id": "Diplomasi Digital untuk Manajemen Krisis",
        "ar": "الدبلوماسية الرقمية لإدارة الأزمات",
    },
    {
        "en": "Digital Diplomacy and the New Era of Opportunities",
        "id": "Diplomasi Digital dan Era Peluang Baru",
        "ar": "الدبلوماسية الرقمية والعصر الجديد للفرص",
    },
)


def review_session(conference: Conference) -> Session:
    """The conference's countries' review. Raises LookupError where it has none."""
    reviews = Session.objects.select_related("conference", "room").filter(
        conference=conference, format=Format.COUNTRIES_REVIEW
    )
    found = reviews.order_by("starts_at", "pk").first()
    if found is None:
        raise LookupError(f"{conference.slug} has no countries’ review")
    return found


@action
def put_back(session: Session) -> None:
    """To before its beginning, with what was handed in: nothing of an earlier replay is left. The demonstration only.

    Raises NotAllowed elsewhere, and WrongMove while the session is on.
    """
    if not settings.DEMO:
        raise NotAllowed(_("A review is put back to its beginning in the demonstration only."))
    locked = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("room").get(pk=session.pk)
    if locked.state in (SessionState.LIVE, SessionState.SUSPENDED):
        raise WrongMove(_("The session is on. End it first."))
    record("session.changed", locked)
    locked.state, locked.went_live_at, locked.ended_at = SessionState.SCHEDULED, None, None
    locked.save(update_fields=["state", "went_live_at", "ended_at"])
    floor = floor_under_lock(locked)
    if floor.is_rehearsed:
        forget_rehearsal(OnFloor(floor, None))
    for model in (Minute, PointOfOrder):
        model._default_manager.filter(floor=floor).delete()
    Remark.objects.filter(slot__review_id=session.pk).delete()
    Swap.objects.filter(review_id=session.pk).delete()
    LotDraw.objects.filter(review_id=session.pk).delete()
    Playing.objects.filter(session=locked).delete()
    Segment.objects.filter(turn__floor=floor).delete()
    turns = Turn.objects.filter(floor=floor)
    turns.exclude(kind=Kind.STATEMENT).delete()
    turns.update(
        state=State.INSCRIBED,
        mode=Mode.RECORDED,
        consumed_ms=0,
        extended_count=0,
        running_since=None,
        stopped_by="",
        absent_count=0,
        called_from=State.INSCRIBED,
        called_at=None,
        here_at=None,
        started_at=None,
        ended_at=None,
    )
    Slot.objects.filter(review_id=session.pk).update(attended_at=None, published_at=None)
    Review.objects.filter(pk=session.pk).update(frozen_at=None, order=OrderPolicy.THEME_BLOCKS)
    floor.desk_holder, floor.desk_since, floor.list_is_open, floor.moved_at = None, None, False, locked.starts_at
    floor.rev += 1
    floor.save()
    for kind in (HALL, DESK, REVIEW, BOOTH, BOARD, PICTURE):
        begin_anew(kind.name(session_id=session.pk))
    for kind in (SCREEN, REMARKS_ON_SCREEN, FILM_ON_SCREEN):
        begin_anew(kind.name(session_id=session.pk, key=floor.screen_key))


def prepare(session: Session, *, by: User) -> list[Slot]:
    """Puts the review back, invites all delegations, hands their statements in and draws the lot. `by` organises."""
    put_back(session)
    setting_up.set_up_review(
        session.pk, order=OrderPolicy.THEME_BLOCKS, time=TimePolicy.DIVIDED, budget_minutes=BUDGET_MINUTES, by=by
    )
    themes = setting_up.set_themes(session.pk, THEMES, by=by)
    delegations = [delegation.pk for delegation in session.conference.delegations.order_by("position", "pk")]
    chosen = {pk: themes[number % len(themes)].pk for number, pk in enumerate(delegations)}
    setting_up.invite(session.pk, delegations, themes=chosen, by=by)
    lots.commit_lot(session.pk, by=by)
    for slot in slots_of(session.pk):
        handing_in.hand_in_statement(slot.pk, language="en", text=speech_of(slot), by=by)
    lots.draw_lot(session.pk, by=by)
    return list(slots_of(session.pk))


def speech_of(slot: Slot) -> str:
    """Words that are nobody's: they say so."""
    name = in_languages(slot.delegation.name).get("en", str(slot.delegation.name))
    return (
        f"Statement of {name}, invented for the demonstration.\n\n"
        "Excellencies, ladies and gentlemen,\n\n"
        "This text stands where a delegation’s own would stand. Interpreters have it before it is delivered, and "
        "everybody can read it here once it was.\n\n"
        "I thank you."
    )
