"""Words for how the floor stands: in templates, and for the scripts that go on from there."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions.floor.asking import WhyNot
from sessions.floor.models import HOLDING, Kind, Mode, PointState, State, StoppedBy
from sessions.floor.views.shown import ShownTurn
from sessions.programme.models import State as SessionState

# A clock that stands is told with what stopped it.
STOPPED = {
    StoppedBy.DESK: gettext_lazy("Clock stopped by the chair"),
    StoppedBy.POINT: gettext_lazy("Clock stopped by a point of order"),
    StoppedBy.SUSPENSION: gettext_lazy("Clock stopped: the meeting is suspended"),
}
PLACES = {
    "1": gettext_lazy("You are next"),
    "2": gettext_lazy("You are second"),
    "3": gettext_lazy("You are third"),
    "more": gettext_lazy("You are number {number} on the list"),
    "called": gettext_lazy("You are called: you have the floor when the chair starts your clock"),
    "speaking": gettext_lazy("You have the floor"),
}


def holding_words(turn: ShownTurn) -> str:
    """How it stands with whoever has the floor: “Speaking”, “Clock stopped by a point of order”."""
    if turn.state == State.PAUSED and turn.stopped_by:
        return str(STOPPED[StoppedBy(turn.stopped_by)])
    return turn.state_words


def place_words(turn: ShownTurn) -> str:
    """Where somebody’s own turn stands: “You are third”."""
    if turn.state in HOLDING:
        return str(PLACES["called" if turn.state == State.CALLED else "speaking"])
    number = turn.place or 0
    return str(PLACES.get(str(number), PLACES["more"])).replace("{number}", str(number))


def screen_words() -> dict[str, str]:
    """What the big screen’s script writes, in the page’s language."""
    kinds = {"kind": Kind, "mode": Mode, "state": State, "point": PointState, "session": SessionState}
    chosen = {f"{name}.{value}": str(words) for name, kind in kinds.items() for value, words in kind.choices}
    stopped = {f"stopped.{value}": str(words) for value, words in STOPPED.items()}
    return {**chosen, **stopped, "appealed.by": _("Appealed against by {name}")}


def hall_words() -> dict[str, str]:
    """What the script of a session’s page writes, in the page’s language."""
    why = {f"why.{value}": str(words) for value, words in WhyNot.choices}
    places = {f"place.{value}": str(words) for value, words in PLACES.items()}
    return {
        **screen_words(),
        **why,
        **places,
        "list.open": _("The list is open"),
        "list.closed": _("The list is closed"),
        "tells.speaking": _("{name} has the floor."),
        "tells.called": _("{name} is called to the floor."),
        "tells.free": _("Nobody has the floor."),
        "tells.point": _("{name} rises to a point of order."),
        "tells.ruled": _("Point of order of {name}: {ruling}."),
    }
