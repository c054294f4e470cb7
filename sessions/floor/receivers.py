"""What accounts and the programme tell, and what the floor makes of it."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import asked_for_data, leaving
from sessions.floor.actions.course import close_with_session, go_on_with_session, stop_with_session
from sessions.floor.actions.listing import forget_speaker
from sessions.floor.models import Notice, Turn
from sessions.programme.models import Session, State
from sessions.programme.signals import session_ended, session_moved


@receiver(session_moved)
def follow_the_session(session: Session, **_kwargs: Any) -> None:
    """In the transaction that moves the session: whoever sees it suspended sees the clock stopped."""
    if session.state == State.LIVE:
        go_on_with_session(session)
    elif session.state == State.SUSPENDED:
        stop_with_session(session)


@receiver(session_ended)
def close_the_floor(session: Session, **_kwargs: Any) -> None:
    close_with_session(session)


@receiver(leaving)
def keep_what_a_person_said(user: User, **_kwargs: Any) -> None:
    """That somebody spoke, or told a delegation something, stays on record, as their delegation’s or nobody’s."""
    forget_speaker(of=user)


@receiver(asked_for_data)
def tell_when_a_person_spoke(user: User, **_kwargs: Any) -> tuple[str, Any]:
    turns = Turn.objects.filter(person=user).select_related("floor__session__conference").order_by("pk")
    return "turns", [
        {
            "conference": turn.floor.session.conference.acronym,
            "session": str(turn.floor.session.title),
            "kind": turn.kind,
            "state": turn.state,
            "announced_as": [turn.name, turn.function],
            "asked_at": turn.inscribed_at,
            "began_at": turn.started_at,
            "ended_at": turn.ended_at,
            "spoke_seconds": round(turn.consumed_ms / 1000),
        }
        for turn in turns
    ]


@receiver(asked_for_data)
def tell_what_a_person_told_delegations(user: User, **_kwargs: Any) -> tuple[str, Any]:
    notices = Notice.objects.filter(Q(sent_by=user) | Q(acknowledged_by=user)).order_by("pk")
    return "notices_to_delegations", [
        {
            "session": str(notice.floor.session.title),
            "delegation": str(notice.delegation.name),
            "words": " ".join(filter(None, [str(notice.get_phrase_display()), notice.text])),
            "sent_by_you_at": notice.sent_at if notice.sent_by_id == user.pk else None,
            "read_by_you_at": notice.acknowledged_at if notice.acknowledged_by_id == user.pk else None,
        }
        for notice in notices.select_related("floor__session", "delegation")
    ]
