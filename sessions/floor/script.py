"""What the chair reads out now, sentence by sentence; while somebody speaks, what is said when they are done.

The floor knows a plain sentence for each moment. An app above that knows more of it (what kind of speech it is, the
speaker’s form of address) registers its own, which are read out instead.
"""

from collections.abc import Callable, Iterator

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from conferences.texts import in_each_language
from sessions.floor.models import Floor, Kind, Minute, PointOfOrder, PointState, State, Turn
from sessions.floor.queries import Course, is_over

# The turn in hand, who is called after it, and a language of the site -> sentences, or none for “nothing of mine”.
Script = Callable[[Turn, Turn | None, str], list[str]]

# After these nobody has the floor, and something is said of whoever had it.
_LEFT = ("turn.ended", "turn.cut", "turn.not_present", "turn.put_off", "turn.filed", "turn.forfeited")

_scripts: list[Script] = []


def register_script(script: Script) -> Script:
    """From an app’s `AppConfig.ready`. The first script that says something is the one that is read out."""
    if script not in _scripts:
        _scripts.append(script)
    return script


def script_of(floor: Floor, course: Course, point: PointOfOrder | None) -> dict[str, list[str]]:
    """By language of the site: what to read out as the floor stands, in a rehearsal as that does; nothing where nothing
    is to be said. `course` is how its list stands, and `point` its first open point of order."""
    if is_over(floor):
        return in_each_language(lambda _language: [])
    turn = course.holder or _last_to_leave(floor)
    follows = next(iter(course.waiting), None)
    return in_each_language(
        lambda language: list(_of_point(point)) if point else sentences(turn, follows, language),
    )


def sentences(turn: Turn | None, follows: Turn | None, language: str) -> list[str]:
    """In the language that is active, which is `language`. Without a turn in hand, of whoever begins."""
    turn, follows = (turn, follows) if turn is not None else (follows, None)
    if turn is None:
        return []
    for script in _scripts:
        if found := script(turn, follows, language):
            return found
    return list(_plain(turn, follows))


def _last_to_leave(floor: Floor) -> Turn | None:
    left = Minute.objects.filter(floor_id=floor.pk, is_rehearsal=floor.is_rehearsed, what__in=_LEFT)
    last = left.filter(turn__isnull=False).select_related("turn__delegation", "turn__floor__session").order_by("-pk")
    minute = last.first()
    return None if minute is None else minute.turn


# What the floor says by itself

_GIVEN: dict[Kind, Promise] = {
    # Translators: the chair reads this out. “I give the floor to Finland.”
    Kind.STATEMENT: _("I give the floor to %(name)s."),
    # Translators: the chair reads this out.
    Kind.COMMENT: _("I give the floor to %(name)s for a comment."),
    # Translators: the chair reads this out.
    Kind.QUESTION: _("I give the floor to %(name)s for a question."),
    # Translators: the chair reads this out.
    Kind.REPLY: _("I give the floor to %(name)s in exercise of the right of reply."),
}
# Translators: the chair reads this out, after somebody spoke.
_THANKED = _("I thank %(name)s.")
_AFTER: dict[State, Promise] = {
    # While somebody speaks the chair sees what is said when they are done.
    State.SPEAKING: _THANKED,
    State.PAUSED: _THANKED,
    State.COMPLETED: _THANKED,
    # Translators: the chair reads this out, as the microphone is cut.
    State.CUT: _("The time is over. I thank %(name)s."),
    # Translators: the chair reads this out: somebody was called and is not there.
    State.DEFERRED: _("%(name)s is not present and will be called again at the end."),
    # Translators: the chair reads this out: a film or a link failed, and is tried again later.
    State.PUT_OFF: _("%(name)s will be heard at the end."),
    # Translators: the chair reads this out: a text is published and not delivered.
    State.FILED: _("The text of %(name)s is filed and will be published."),
    # Translators: the chair reads this out: somebody was called twice and is not there.
    State.FORFEITED: _("%(name)s is not present. We go on to the next speaker."),
    # Translators: the chair reads this out: a film or a link failed.
    State.INTERRUPTED: _("We have a technical difficulty and ask for a moment’s patience."),
}


def _plain(turn: Turn, follows: Turn | None) -> Iterator[str]:
    state = State(turn.state)
    if state == State.CALLED:
        yield _said(_GIVEN[Kind(turn.kind)], turn)
        return
    if state in _AFTER:
        yield _said(_AFTER[state], turn)
    if state == State.INTERRUPTED:
        return
    upcoming = turn if state in (State.INSCRIBED, State.READY) else follows
    if upcoming is not None:
        # Translators: the chair reads this out.
        yield _said(_("The next speaker is %(name)s."), upcoming)


def _of_point(point: PointOfOrder) -> Iterator[str]:
    name = {"name": _isolated(str(point.delegation.name))}
    if point.state == PointState.RAISED:
        # Translators: the chair reads this out.
        yield str(_("%(name)s has raised a point of order.")) % name
    if point.state == PointState.APPEALED:
        appealing = point.appealed_by or point.delegation
        # Translators: the chair reads this out.
        yield str(_("%(name)s appeals against the ruling.")) % {"name": _isolated(str(appealing.name))}
    else:
        # Translators: the chair reads this out.
        yield str(_("I give the floor to %(name)s on a point of order.")) % name


def _said(sentence: Promise, turn: Turn) -> str:
    # Translators: stands for somebody whose name is not kept, as in “I thank a participant.”
    name = str(turn.delegation.name) if turn.delegation else turn.name or str(_("a participant"))
    return str(sentence) % {"name": _isolated(name)}


def _isolated(words: str) -> str:
    """A Latin name must not turn the order of the words around it in a sentence that runs from right to left."""
    return f"\u2068{words}\u2069" if get_language_bidi() else words
