"""What the floor of a session shows to everybody."""

from dataclasses import dataclass

from outbox.kept import kept
from outbox.reading import Standing
from sessions.questions.models import Question, Status, Window
from sessions.questions.queries import count_in, in_status, page_of, window_of

# Beside the live list; the rest has its own page.
ANSWERED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class FloorNow:
    """`live_count` as `count_in` counts; `more`: whether there are more live questions than `live` holds."""

    window: Window
    staged: list[Question]
    live: list[Question]
    more: bool
    live_count: int
    answered: list[Question]


def floor_now(session_id: int, standing: Standing) -> FloorNow:
    """`standing` is that of the floor's topic, read before this is called. A hall that comes in reads it once."""

    def read() -> FloorNow:
        live, more = page_of(session_id, Status.LIVE)
        answered, _more = page_of(session_id, Status.ANSWERED, size=ANSWERED_SHOWN)
        return FloorNow(
            window=window_of(session_id),
            staged=list(in_status(session_id, Status.ON_STAGE)[:1]),
            live=live,
            more=more,
            live_count=count_in(session_id, Status.LIVE),
            answered=answered,
        )

    return kept("floor", session_id, standing, read)
