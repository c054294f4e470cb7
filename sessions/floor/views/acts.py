"""The acts of the console: which command each is, what it asks first, and whether it can be done now.

static/floor/console-acts.js says the same of the cards, for a page that is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sessions.floor.actions.desk import MOST_EXTENSIONS
from sessions.floor.forms import (
    AddForm,
    AskedForm,
    DecideForm,
    MoveForm,
    NoteForm,
    NoticeForm,
    PointForm,
    RuleForm,
    WhyForm,
)
from sessions.floor.models import APPEALABLE, WAITING, Floor, Kind, Mode, PointState, State
from sessions.floor.views.shown import ShownFloor, ShownPoint, ShownTurn
from sessions.programme.models import ON
from sessions.programme.models import State as SessionState

# What a command wants beside the session: nothing, the page's `rev`, or that and a turn or a point of order.
Takes = Literal["session", "desk", "turn", "point"]

SPOKEN = (State.SPEAKING, State.PAUSED)
# A statement on which one can speak: it is being heard, or was.
BEGUN = (*SPOKEN, State.INTERRUPTED, State.COMPLETED, State.CUT)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked once before an act. In texts, {name} is whom it concerns, {names} whom else.

    `texts` by case (`case_of` says which): "" is always said. `states` of the turn or point in which it can be asked.
    """

    title: Promise
    yes: Promise
    no: Promise
    texts: Mapping[str, Promise] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    form: type[AskedForm] | None = None
    is_grave: bool = False


@dataclass(frozen=True, kw_only=True)
class Act:
    command: str
    takes: Takes
    ask: Ask | None = None
    mode: str = ""
    # Else whoever may chair does it, also while another one holds the desk.
    needs_desk: bool = True


_BACK = _("Go back")

ACTS: dict[str, Act] = {
    # The desk
    "take": Act(command="desk.take", takes="session", needs_desk=False),
    "release": Act(command="desk.release", takes="session"),
    "begin_rehearsal": Act(command="desk.begin_rehearsal", takes="session"),
    "end_rehearsal": Act(
        command="desk.end_rehearsal",
        takes="session",
        ask=Ask(
            title=_("End the rehearsal?"),
            texts={"": _("All that was rehearsed is forgotten. The list is as it was before.")},
            yes=_("End the rehearsal"),
            no=_("Go on rehearsing"),
        ),
    ),
    "notice": Act(
        command="desk.send_notice",
        takes="session",
        ask=Ask(
            title=_("Tell a delegation"),
            texts={"": _("Everybody in the delegation sees it at once. You see who of it has read it.")},
            yes=_("Send"),
            no=_BACK,
            form=NoticeForm,
        ),
        needs_desk=False,
    ),
    # The meeting
    "go_live": Act(
        command="desk.go_live",
        takes="desk",
        ask=Ask(
            title=_("Go live?"),
            texts={
                "": _("The session begins for everybody, in the room and online. This cannot be taken back."),
                "rehearsal": _("The rehearsal ends, and all that was rehearsed is forgotten."),
            },
            yes=_("Go live"),
            no=_("Not yet"),
        ),
    ),
    "suspend": Act(
        command="desk.suspend_meeting",
        takes="desk",
        ask=Ask(
            title=_("Suspend the meeting?"),
            texts={
                "": _("Everybody sees that it is suspended, until you resume it."),
                "speaking": _("The clock of {name} stops."),
            },
            yes=_("Suspend the meeting"),
            no=_BACK,
        ),
    ),
    "session_resume": Act(command="desk.resume_meeting", takes="desk"),
    "end_session": Act(
        command="desk.end_meeting",
        takes="desk",
        ask=Ask(
            title=_("End the session?"),
            texts={
                "": _("It ends for everybody, in the room and online."),
                "speaking": _("{name} has the floor and loses it."),
                "unreached": _("Not reached, and told so on the record: {names}."),
            },
            yes=_("End the session"),
            no=_BACK,
            is_grave=True,
        ),
    ),
    # The list
    "open_list": Act(command="desk.open_list", takes="desk"),
    "close_list": Act(command="desk.close_list", takes="desk"),
    "add": Act(
        command="desk.add",
        takes="desk",
        ask=Ask(title=_("Add somebody who asked in the room"), yes=_("Put on the list"), no=_BACK, form=AddForm),
    ),
    "move": Act(
        command="desk.move",
        takes="turn",
        ask=Ask(
            title=_("Move {name} on the list"), yes=_("Move"), no=_("Leave the order"), states=WAITING, form=MoveForm
        ),
    ),
    "strike": Act(
        command="desk.strike",
        takes="turn",
        ask=Ask(
            title=_("Strike {name} off the list?"),
            texts={"": _("{name} is not called any more.")},
            yes=_("Strike off the list"),
            no=_("Keep on the list"),
            states=WAITING,
            form=WhyForm,
            is_grave=True,
        ),
    ),
    "call": Act(
        command="desk.call",
        takes="turn",
        ask=Ask(
            title=_("Call {name} out of turn?"),
            texts={"": _("The others keep their places behind.")},
            yes=_("Call now"),
            no=_("Leave the order"),
            states=WAITING,
        ),
    ),
    "file": Act(
        command="desk.file",
        takes="turn",
        ask=Ask(
            title=_("Take the text of {name} as read?"),
            texts={"": _("It is published as filed, not delivered, and {name} is not called any more.")},
            yes=_("Take as read"),
            no=_BACK,
            states=(*WAITING, State.CALLED, State.INTERRUPTED),
        ),
    ),
    # The floor
    "call_next": Act(command="desk.call_next", takes="desk"),
    "call_back": Act(command="desk.take_call_back", takes="turn"),
    "start": Act(command="desk.start", takes="turn"),
    "pause": Act(command="desk.pause", takes="turn"),
    "resume": Act(command="desk.resume", takes="turn"),
    "start_over": Act(
        command="desk.start_over",
        takes="turn",
        ask=Ask(
            title=_("Show the film of {name} from the beginning?"),
            texts={"": _("All of the time of {name} is there again. What ran until now stays on record.")},
            yes=_("From the beginning"),
            no=_BACK,
            states=(State.CALLED, State.PAUSED, State.INTERRUPTED),
        ),
    ),
    "extend": Act(command="desk.extend", takes="turn"),
    "end": Act(command="desk.end", takes="turn"),
    # Asked by the page where somebody has only just begun.
    "end_early": Act(
        command="desk.end",
        takes="turn",
        ask=Ask(
            title=_("End the turn of {name} already?"),
            texts={"": _("{name} began only a moment ago.")},
            yes=_("End the turn"),
            no=_("Let them go on"),
            states=SPOKEN,
        ),
    ),
    "cut": Act(
        command="desk.cut",
        takes="turn",
        ask=Ask(
            title=_("Cut the microphone of {name}?"),
            texts={
                "": _("The time and its grace are over. {name} loses the floor, and the record says that it was cut.")
            },
            yes=_("Cut the microphone"),
            no=_("Let them go on"),
            states=SPOKEN,
            is_grave=True,
        ),
    ),
    "not_present": Act(
        command="desk.not_present",
        takes="turn",
        ask=Ask(
            title=_("{name} is not present?"),
            texts={
                "first": _("{name} goes to the end of the block and is called once more."),
                "filed": _("It is the second time: the text of {name} is filed and published, not delivered."),
                "forfeited": _("It is the second time: {name} forfeits the turn."),
            },
            yes=_("Not present"),
            no=_("Wait a little longer"),
            states=(State.CALLED,),
            is_grave=True,
        ),
    ),
    "interrupt": Act(
        command="desk.interrupt",
        takes="turn",
        ask=Ask(
            title=_("Interrupt {name}?"),
            texts={"": _("For a film or a link that failed. The clock stops, and you choose how it goes on.")},
            yes=_("Interrupt"),
            no=_("Let them go on"),
            states=SPOKEN,
            form=NoteForm,
        ),
    ),
    "say_in_room": Act(command="desk.go_on_live", takes="turn", mode=Mode.ROOM),
    "say_remote": Act(command="desk.go_on_live", takes="turn", mode=Mode.REMOTE),
    "defer": Act(
        command="desk.defer",
        takes="turn",
        ask=Ask(
            title=_("Hear {name} at the end?"),
            texts={"": _("{name} goes to the end of the block and is called again, with the time that is left.")},
            yes=_("Put off to the end"),
            no=_BACK,
            states=(State.INTERRUPTED,),
        ),
    ),
    # Points of order
    "note_point": Act(
        command="desk.note_point",
        takes="desk",
        ask=Ask(
            title=_("A point of order from the room"),
            texts={"": _("The clock stops until you have ruled.")},
            yes=_("Note the point of order"),
            no=_BACK,
            form=PointForm,
        ),
    ),
    "recognise": Act(command="desk.recognise_point", takes="point"),
    "rule": Act(
        command="desk.rule",
        takes="point",
        ask=Ask(
            title=_("Your ruling on the point of order of {name}"),
            yes=pgettext_lazy("the chair decides", "Rule"),
            no=_("Not yet"),
            states=(PointState.RAISED, PointState.RECOGNISED),
            form=RuleForm,
        ),
    ),
    "note_appeal": Act(
        command="desk.note_appeal",
        takes="point",
        ask=Ask(
            title=_("An appeal against the ruling on the point of order of {name}"),
            texts={"": _("The clock stops until the meeting has decided.")},
            yes=_("Note the appeal"),
            no=_BACK,
            states=APPEALABLE,
            form=PointForm,
        ),
    ),
    "decide": Act(
        command="desk.decide_appeal",
        takes="point",
        ask=Ask(
            title=_("The appeal of {name} against the ruling"),
            yes=_("Note the decision"),
            no=_("Not yet"),
            states=(PointState.APPEALED,),
            form=DecideForm,
        ),
    ),
}

# What the one big button says; {name} is whom it concerns.
NEXT_WORDS: dict[str, Promise] = {
    "go_live": _("Go live…"),
    "session_resume": _("Resume the meeting"),
    "recognise": _("Hear the point of order of {name}"),
    "rule": _("Rule on the point…"),
    "decide": _("Decide on the appeal…"),
    "call_next": _("Call {name}"),
    "start": pgettext_lazy("the clock of a speaker", "Start"),
    "end": pgettext_lazy("the turn of a speaker", "End"),
    "resume": pgettext_lazy("a speaker", "Go on"),
    "file": _("Take as read…"),
    "": _("Nobody waits for the floor"),
    "over": _("The session has ended"),
}

# And which key presses it.
NEXT_KEYS = {"call_next": "N", "start": "Space", "resume": "Space", "file": "Space", "end": "E"}

# Why an act cannot be done now.
WHY: dict[str, Promise] = {
    "not_yours": _("Somebody else holds the desk. Take it back first."),
    "not_live": _("The session is not live. Go live or rehearse first."),
    "suspended": _("The meeting is suspended. Resume it first."),
    "ended": _("The session has ended."),
    "point": _("A point of order is open. Rule on it first."),
    "holder": _("Somebody has the floor."),
    "nobody": _("Nobody waits for the floor."),
    "rehearsal": _("This is a rehearsal: the real list stays as it is."),
    "not_called": _("Only while somebody is called and has not begun."),
    "not_speaking": _("Only while somebody speaks."),
    "grace": _("Only once the time and its grace are over."),
    "twice": _("The time was extended twice already."),
    "begun": _("Only before the session begins."),
    "no_text": _("There is no text to file."),
    "state": _("This cannot be done now."),
    "heard": _("Another point of order is being heard. Rule on it first."),
    "late": _("An appeal is made at once: the floor was given to somebody since."),
}


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How everything stands as the page is written: `me` is who looks, `at` the server's time (UTC)."""

    session_state: str
    floor: Floor
    shown: ShownFloor
    me: int | None
    at: datetime

    @property
    def is_running(self) -> bool:
        return self.floor.is_rehearsed or self.session_state == SessionState.LIVE

    @property
    def is_mine(self) -> bool:
        return self.floor.desk_holder_id in (None, self.me)

    @property
    def holder(self) -> ShownTurn | None:
        return self.shown.holder

    @property
    def in_view(self) -> ShownTurn | None:
        """Who has the floor, else who is next; nobody is once the session is over."""
        is_over = self.session_state == SessionState.ENDED
        return self.holder or (None if is_over else next(iter(self.shown.waiting), None))

    @property
    def statements(self) -> Sequence[ShownTurn]:
        """As they were called, then as they wait."""
        called = sorted(self.shown.done, key=lambda turn: (turn.called_at or turn.inscribed_at, turn.id))
        turns = [*called, *([self.holder] if self.holder else []), *self.shown.waiting]
        return [turn for turn in turns if turn.kind == Kind.STATEMENT]

    @property
    def statement_on(self) -> ShownTurn | None:
        """The one that is being heard, or was heard last: what a hand raised in the room is about, most often."""
        return next((turn for turn in reversed(self.statements) if turn.state in BEGUN), None)

    @property
    def next_act(self) -> str:
        """The one act that is right now, or "" where there is none, "over" after the end."""
        if self.session_state == SessionState.ENDED:
            return "over"
        if self.session_state == SessionState.SUSPENDED:
            return "session_resume"
        if not self.is_running:
            return "go_live"
        if (point := self.shown.open_point) is not None:
            return {PointState.RAISED: "recognise", PointState.RECOGNISED: "rule"}.get(
                PointState(point.state), "decide"
            )
        if self.holder is None:
            return "call_next" if self.shown.waiting else ""
        if self.holder.state == State.CALLED:
            is_read = self.holder.mode == Mode.WRITTEN and self.holder.can_be_filed
            return "file" if is_read else "start"
        return "end" if self.holder.state == State.SPEAKING else "resume"

    @property
    def next_about(self) -> ShownTurn | ShownPoint | None:
        """Whom the next act concerns."""
        if self.next_act in ("recognise", "rule", "decide"):
            return self.shown.open_point
        if self.next_act == "call_next":
            return self.shown.waiting[0]
        return self.holder

    @property
    def is_over_grace(self) -> bool:
        if self.holder is None:
            return False
        return -self.holder.clock.remaining_at(self.at) >= self.floor.grace_seconds * 1000

    @property
    def has_begun_film(self) -> bool:
        """Whether a film stands that was shown in part, also before it was put off and called again."""
        if self.holder is None or self.holder.mode != Mode.RECORDED:
            return False
        return self.holder.state != State.SPEAKING and self.holder.clock.consumed_ms > 0

    @property
    def is_in_doubt(self) -> bool:
        """Whether the chair chooses how it goes on: it was interrupted, or it is called as a film or a text, which may
        not be there."""
        if self.holder is None:
            return False
        is_unsaid = self.holder.mode in (Mode.RECORDED, Mode.WRITTEN)
        return self.holder.state == State.INTERRUPTED or (self.holder.state == State.CALLED and is_unsaid)

    def hindrances(self) -> dict[str, str]:
        """By act, why it cannot be done now (a key of WHY); "" where it can. Of the floor as a whole: acts on one
        turn of the list or one point are asked of `Ask.states` too."""
        return {
            name: "not_yours" if act.needs_desk and not self.is_mine else self.lack(name) for name, act in ACTS.items()
        }

    def lack(self, act: str) -> str:
        """The same, whoever holds the desk."""
        return next(filter(None, map(self._missing, _NEEDS.get(act, ()))), "")

    def _missing(self, need: str) -> str:
        holder_state = self.holder.state if self.holder else ""
        is_there = {
            "running": self.is_running,
            "no_point": self.shown.open_point is None,
            "free": self.holder is None,
            "waiting": bool(self.shown.waiting),
            "called": holder_state == State.CALLED,
            "spoken": holder_state in SPOKEN,
            "speaking": holder_state == State.SPEAKING,
            "stopped": holder_state in (State.PAUSED, State.INTERRUPTED),
            "interrupted": holder_state == State.INTERRUPTED,
            "film_begun": self.has_begun_film,
            "in_doubt": self.is_in_doubt,
            "grace": self.is_over_grace,
            "extensions": self.holder is not None and self.holder.extended_count < MOST_EXTENSIONS,
            "real": not self.floor.is_rehearsed,
            "rehearsed": self.floor.is_rehearsed,
            "scheduled": self.session_state == SessionState.SCHEDULED,
            "on": self.session_state in ON,
            "live": self.session_state == SessionState.LIVE,
            "suspended": self.session_state == SessionState.SUSPENDED,
            "not_ended": self.session_state != SessionState.ENDED,
            "nobody_heard": all(point.state != PointState.RECOGNISED for point in self.shown.points),
        }[need]
        return "" if is_there else self._why(need)

    def _why(self, need: str) -> str:
        if need == "running":
            return {SessionState.SUSPENDED: "suspended", SessionState.ENDED: "ended"}.get(
                SessionState(self.session_state), "not_live"
            )
        return _WHY_MISSING.get(need, "state")


_NEEDS: dict[str, tuple[str, ...]] = {
    "begin_rehearsal": ("scheduled", "real"),
    "end_rehearsal": ("rehearsed",),
    "go_live": ("scheduled",),
    "suspend": ("live",),
    "session_resume": ("suspended",),
    "end_session": ("on",),
    "notice": ("real", "not_ended"),
    "open_list": ("real", "not_ended"),
    "close_list": ("real", "not_ended"),
    "call": ("running", "no_point", "free"),
    "call_next": ("running", "no_point", "free", "waiting"),
    "call_back": ("called",),
    "start": ("called", "running", "no_point"),
    "not_present": ("called",),
    "pause": ("speaking",),
    "resume": ("stopped", "running", "no_point"),
    "start_over": ("film_begun", "running", "no_point"),
    "extend": ("spoken", "extensions"),
    "end": ("spoken",),
    "end_early": ("spoken",),
    "cut": ("spoken", "grace"),
    "interrupt": ("spoken",),
    "say_in_room": ("in_doubt",),
    "say_remote": ("in_doubt",),
    "defer": ("interrupted",),
    "note_point": ("running",),
    "note_appeal": ("running",),
    "recognise": ("nobody_heard",),
    "add": ("not_ended",),
    "move": ("not_ended",),
    "strike": ("not_ended",),
}
_WHY_MISSING = {
    "no_point": "point",
    "free": "holder",
    "waiting": "nobody",
    "called": "not_called",
    "spoken": "not_speaking",
    "speaking": "not_speaking",
    "grace": "grace",
    "extensions": "twice",
    "real": "rehearsal",
    "scheduled": "begun",
    "not_ended": "ended",
    "nobody_heard": "heard",
}


def cases_of(act: str, stand: Stand, turn: ShownTurn | None) -> list[str]:
    """Which of the texts of what is asked are said, by their keys."""
    cases = [""]
    if act == "not_present" and turn is not None:
        second = "filed" if turn.can_be_filed else "forfeited"
        cases.append(second if turn.absent_count else "first")
    if act == "go_live" and stand.floor.is_rehearsed:
        cases.append("rehearsal")
    if act in ("suspend", "end_session") and stand.holder is not None:
        has_begun = act == "end_session" or stand.holder.state == State.SPEAKING
        cases += ["speaking"] if has_begun else []
    if act == "end_session" and stand.shown.waiting:
        cases.append("unreached")
    return cases


def table() -> dict[str, Any]:
    """What the page’s script knows of the acts."""
    acts = {
        name: {
            "command": act.command,
            "takes": act.takes,
            "asks": act.ask is not None,
            "states": [str(state) for state in act.ask.states] if act.ask else [],
            "mode": act.mode,
            "needs_desk": act.needs_desk,
        }
        for name, act in ACTS.items()
    }
    return {
        "acts": acts,
        "needs": _NEEDS,
        "missing": _WHY_MISSING,
        "keys": NEXT_KEYS,
        "most_extensions": MOST_EXTENSIONS,
        "begun": [str(state) for state in BEGUN],
    }
