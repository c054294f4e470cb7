"""Strangers who apply in the same moment are written down together.

They would wait for each other at the conference's quotas all the same. So whoever comes first writes down all who wait
by then: one transaction, its reads and its commit once for all of them. One that is refused fails no other.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from outbox.errors import Invalid
from registration.actions import submit_application, submit_applications
from registration.models import Application
from registration.wishes import Wish, check_applications

# So many are written down at once at most, so that none waits long for the others.
MOST_TOGETHER = 30


@dataclass(eq=False)
class _Turn:
    wish: Wish
    answer: Application | Exception | None = None


class _Desk:
    """Of one conference, in this process."""

    def __init__(self) -> None:
        self.waiting: deque[_Turn] = deque()
        self.pen = threading.Lock()


_desks: defaultdict[int, _Desk] = defaultdict(_Desk)


def submit_with_others(conference_id: int, wish: Wish) -> Application:
    """As `submit_application` for somebody who is not signed in. Not within a transaction: others wait for its end."""
    desk, turn = _desks[conference_id], _Turn(wish)
    desk.waiting.append(turn)
    while turn.answer is None:
        with desk.pen:
            if turn.answer is None:
                turns = [desk.waiting.popleft() for _place in range(min(len(desk.waiting), MOST_TOGETHER))]
                _write_down(turns)
    if isinstance(turn.answer, Invalid):
        # It was put into words where somebody else's language is spoken.
        raise check_applications([wish], by=AnonymousUser())[0] or turn.answer
    if isinstance(turn.answer, Exception):
        raise turn.answer
    return turn.answer


def _write_down(turns: Sequence[_Turn]) -> None:
    """Answers each, whatever happens: what breaks with all of them together is tried with each alone."""
    if len(turns) > 1:
        try:
            answers = submit_applications([turn.wish for turn in turns], by=AnonymousUser())
        except Exception:
            answers = []
        for turn, answer in zip(turns, answers, strict=False):
            turn.answer = answer
    for turn in turns:
        if turn.answer is None:
            turn.answer = _alone(turn.wish)


def _alone(wish: Wish) -> Application | Exception:
    try:
        return submit_application(wish, by=AnonymousUser())
    except Exception as error:
        return error
