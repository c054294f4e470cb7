"""The chair’s console: the order, the floor, points of order; by keys, by touch, or by plain forms."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.rules import Person
from outbox.errors import Invalid, NotThere, SignInFirst, WrongMove
from outbox.tickets import open_topics
from sessions.floor.actions.desk import MOST_EXTENSIONS
from sessions.floor.clock import face
from sessions.floor.forms import AskedForm
from sessions.floor.live import DESK
from sessions.floor.models import Kind, Mode, PointState, State, StoppedBy
from sessions.floor.queries import course_of, floor_of, open_points_of
from sessions.floor.rules import may_chair
from sessions.floor.script import script_of
from sessions.floor.views import notices
from sessions.floor.views.acts import ACTS, NEXT_KEYS, NEXT_WORDS, SPOKEN, WHY, Act, Ask, Stand, cases_of, table
from sessions.floor.views.shown import BLANK, ShownPoint, ShownTurn, shown_floor
from sessions.programme.live import PROGRAMME
from sessions.programme.models import Session
from sessions.programme.models import State as SessionState
from sessions.programme.queries import entered_session
from sessions.programme.views.posted import carry_out, refusals_told, row_number
from web.posted import UNPROCESSABLE, form_page, whole_number

REFRESHED_EVERY = 20  # seconds, for pages without scripts


def chaired_session(session_id: int, by: Person, slug: str) -> Session:
    """Raises NotThere for whoever does not chair: there is no console for them. SignInFirst for whoever may have to."""
    if not by.is_authenticated:
        raise SignInFirst
    session = entered_session(by, session_id, slug=slug)
    if not may_chair(by, session):
        raise NotThere
    return session


def _stand_of(session: Session, me: int | None) -> Stand:
    floor = floor_of(session)
    return Stand(
        session_state=session.state,
        floor=floor,
        shown=shown_floor(floor, rehearsal=floor.is_rehearsed, even_after=True),
        me=me,
        at=timezone.now(),
    )


# The page


@dataclass(frozen=True)
class Line:
    """A turn on the list with its figures: the time that it has, or (once it is done) used."""

    turn: ShownTurn
    figure: str

    @property
    def has_no_text(self) -> bool:
        return not self.turn.can_be_filed


@require_safe
@never_cache
def console(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = chaired_session(session_id, request.user, slug)
    topic = DESK.name(session_id=session.pk)
    programme = PROGRAMME.name(conference_id=session.conference_id)
    standings = open_topics(request, topic, programme, notices.desk_topic(session.pk))
    stand = _stand_of(session, request.user.pk)
    shown, floor, why = stand.shown, stand.floor, stand.hindrances()
    about = stand.next_about
    in_view = stand.in_view or BLANK
    context = {
        "conference": session.conference,
        "session": session,
        "session_page": session.get_absolute_url(),
        "topic": topic,
        "programme": programme,
        "programme_at": standings[programme].position,
        "notices": notices.sent_from_desk(session.pk),
        "floor": floor,
        "desk_since": f"{floor.desk_since.astimezone(session.conference.zone):%H:%M}" if floor.desk_since else "",
        "desk_is_not_mine": floor.desk_holder_id != request.user.pk,
        "list_is_closed": not shown.list_is_open,
        "shown": shown,
        "stand": stand,
        "holder": shown.holder or BLANK,
        "holder_has_no_text": why["file"] or not (shown.holder and shown.holder.can_be_filed),
        "in_view": in_view,
        "clock": _clock_of(in_view, stand),
        "called_ago": _called_ago(stand),
        "ago_words": AGO_WORDS,
        "script": _script_of(stand),
        "script_is_for_later": shown.open_point is None and shown.holder is not None and shown.holder.state in SPOKEN,
        "most_extensions": MOST_EXTENSIONS,
        "through": _through(stand, session),
        "through_words": THROUGH_WORDS,
        "waiting": [Line(turn, face(turn.clock.allotted_ms)) for turn in shown.waiting],
        "done": [Line(turn, figure_of(turn.clock.consumed_ms)) for turn in shown.done],
        "blank": Line(BLANK, ""),
        "blank_point": BLANK_POINT,
        "why": why,
        "lacks": {act: stand.lack(act) for act in ACTS},
        "no_choice": {act: stand.lack(act) == "state" for act in ACTS},
        # How it goes on already is no choice.
        "no_choice_of_mode": {
            act: stand.lack(act) == "state" or (stand.holder is not None and stand.holder.mode == ACTS[act].mode)
            for act in ("say_in_room", "say_remote")
        },
        "can_start_over": stand.lack("start_over") != "state",
        "next_act": stand.next_act,
        "next_hindered": why.get(stand.next_act, "state"),
        "next_key": NEXT_KEYS.get(stand.next_act, ""),
        "next_asks": stand.next_act in ACTS and ACTS[stand.next_act].ask is not None,
        "next_about": about,
        "next_words": _next_words(stand),
        "dialogs": _dialogs(session, stand),
        "acts": table(),
        "script_words": _words(),
        "command_id": str(uuid4()),
        "refreshed_every": REFRESHED_EVERY,
    }
    return render(request, "floor/console.html", context)


# When the list is through, beside when the session is planned to end; {number} is in minutes.
THROUGH_WORDS: dict[str, Promise] = {
    "early": gettext_lazy("Through at about {time}: {number} min in hand."),
    "planned": gettext_lazy("Through at about {time}, as planned."),
    "late": gettext_lazy("Through at about {time}: {number} min after the planned end."),
}


def _through(stand: Stand, session: Session) -> dict[str, str] | None:
    """Of the moment in which the page is written; nothing where nobody is to be heard, or nobody can be any more."""
    if stand.shown.through_at is None or session.state == SessionState.ENDED:
        return None
    minutes = round((session.ends_at - stand.shown.through_at).total_seconds() / 60)
    how = "early" if minutes > 0 else "late" if minutes else "planned"
    time = f"{stand.shown.through_at.astimezone(session.conference.zone):%H:%M}"
    return {"how": how, "words": str(THROUGH_WORDS[how]).replace("{time}", time).replace("{number}", str(abs(minutes)))}


def _script_of(stand: Stand) -> list[str]:
    if stand.floor._state.adding:
        return []
    course = course_of(stand.floor, rehearsal=stand.floor.is_rehearsed)
    point = open_points_of(stand.floor.pk, rehearsal=stand.floor.is_rehearsed).first()
    said_in = script_of(stand.floor, course, point)
    return said_in.get(get_language() or settings.LANGUAGE_CODE, [])


def _clock_of(turn: ShownTurn, stand: Stand) -> dict[str, Any]:
    """The clock as a page without scripts shows it, of the moment it was written."""
    left = turn.clock.remaining_at(stand.at)
    return {
        "face": face(left),
        "used": figure_of(turn.clock.consumed_at(stand.at)),
        "allotted": face(turn.clock.allotted_ms),
        "is_over": turn.id and left <= 0,
    }


# Translators: behind “Called”: how long ago somebody was called to speak; {time} is minutes and seconds, “0:20”.
AGO_WORDS = gettext_lazy("{time} ago")


def _called_ago(stand: Stand) -> str:
    """How long whoever is called has been awaited; "" where nobody is."""
    turn = stand.holder
    if turn is None or turn.called_at is None or turn.state != State.CALLED:
        return ""
    figure = figure_of(round((stand.at - turn.called_at).total_seconds() * 1000))
    return str(AGO_WORDS).replace("{time}", _isolated(figure))


def figure_of(ms: int) -> str:
    """ "3:45" of what is over, or "1:02:03" from an hour on, as static/floor/console-words.js writes it."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _dialogs(session: Session, stand: Stand) -> list[dict[str, Any]]:
    """What the page’s script asks in dialogs, where one without scripts has pages. Words wait for their names."""
    return [
        {
            "act": name,
            "ask": act.ask,
            "form": _form(act.ask, session, stand, name),
        }
        for name, act in ACTS.items()
        if act.ask is not None
    ]


def _form(ask: Ask, session: Session, stand: Stand, name: str, *args: Any, **kwargs: Any) -> AskedForm | None:
    if ask.form is None:
        return None
    if name == "add":
        kwargs["statements"] = [(str(turn.id), turn.who) for turn in stand.statements]
    return ask.form(*args, conference=session.conference, auto_id=f"{name}-%s", **kwargs)


def _words() -> dict[str, str]:
    """For the page’s script: states, kinds and modes, what the big button says, and why something cannot be done."""
    kinds: tuple[type[TextChoices], ...] = (State, PointState, Kind, Mode, StoppedBy, SessionState)
    names = ("state", "point", "kind", "mode", "stopped", "session")
    chosen = {
        f"{name}.{value}": str(words) for name, kind in zip(names, kinds, strict=True) for value, words in kind.choices
    }
    return {
        **chosen,
        **{f"next.{act}": str(words) for act, words in NEXT_WORDS.items()},
        **{f"why.{reason}": str(words) for reason, words in WHY.items()},
    }


def said(words: Promise | str, *, name: str = "", names: str = "") -> str:
    """{name} and {names} in words, as the page’s script puts them in."""
    text = str(words)
    for key, value in (("{names}", names), ("{name}", _isolated(name))):
        text = text.replace(key, value)
    return text


def _next_words(stand: Stand) -> str:
    """“Go on” says how where that may have been chosen: by the film, or live."""
    words = said(NEXT_WORDS[stand.next_act], name=_name_of(stand.next_about))
    if stand.next_act != "resume" or stand.holder is None or stand.holder.state != State.INTERRUPTED:
        return words
    return said(_("{name}: {state}"), name=words).replace("{state}", _isolated(stand.holder.mode_words))


def _isolated(name: str) -> str:
    """A Latin name must not turn the order of the words around it in a text that runs from right to left."""
    return f"\u2068{name}\u2069" if name and get_language_bidi() else name


def _name_of(about: ShownTurn | ShownPoint | None) -> str:
    if isinstance(about, ShownPoint):
        return about.delegation
    return about.who or _("a participant") if about else ""


BLANK_POINT = ShownPoint(
    id=0,
    key="",
    state="",
    state_words="",
    is_open=False,
    delegation="",
    country="",
    raised_at=BLANK.inscribed_at,
    recognised_at=None,
    seconds=0,
    ruling="",
    appealed_by="",
)


# By plain forms


@require_POST
def act(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """One form for the whole console: the button’s name is the act, its value the turn or the point of order."""
    session = chaired_session(session_id, request.user, slug)
    name = next((name for name in ACTS if name in request.POST), None)
    if name is None or ACTS[name].ask is not None:
        raise NotThere
    about = row_number(request.POST.get(name)) if ACTS[name].takes in ("turn", "point") else 0
    with refusals_told(request):
        carry_out(request, ACTS[name].command, _payload(request, session, ACTS[name], about), about)
    return redirect(_console_page(session))


def _payload(request: HttpRequest, session: Session, wished: Act, about: int) -> dict[str, Any]:
    """Raises NotThere for a form that holds no `rev`: a press must say which page it was pressed on."""
    payload: dict[str, Any] = {"session_id": session.pk}
    if wished.takes != "session":
        rev = whole_number(request.POST.get("rev"), otherwise=-1, digits=9)
        if rev < 0:
            raise NotThere
        payload["rev"] = rev
    if wished.takes in ("turn", "point"):
        payload[f"{wished.takes}_id"] = about
    if wished.mode:
        payload["mode"] = wished.mode
    return payload


@form_page
@never_cache
def ask(request: HttpRequest, slug: str, session_id: int, what: str, about_id: int) -> HttpResponse:
    """Asks once before an act, saying whom it concerns. On a page with scripts the console asks in a dialog instead."""
    session = chaired_session(session_id, request.user, slug)
    wished = ACTS.get(what)
    if wished is None or wished.ask is None:
        raise NotThere
    stand = _stand_of(session, request.user.pk)
    about = _asked_about(stand, wished, about_id)
    form = _filled(request, wished.ask, session, stand, what, about)
    if request.method == "POST" and (form is None or form.is_valid()):
        payload = _payload(request, session, wished, about_id) | (form.cleaned_data if form else {})
        try:
            with refusals_told(request):
                carry_out(request, wished.command, payload, about, payload.get("mode", ""))
            return redirect(_console_page(session))
        except Invalid as refusal:
            if form is None:
                raise
            form.mark(refusal)
    elif request.method != "POST" and not _can_be_asked(stand, what, about):
        with refusals_told(request):
            raise WrongMove
        return redirect(_console_page(session))
    return _asking_page(request, session, stand, what, about, form)


def _asked_about(stand: Stand, wished: Act, about_id: int) -> ShownTurn | ShownPoint | None:
    """Raises NotThere for a turn or a point that is not on this floor now."""
    if wished.takes not in ("turn", "point"):
        return None
    shown = stand.shown
    turns = [*([shown.holder] if shown.holder else []), *shown.waiting, *shown.done]
    rows: list[ShownTurn] | list[ShownPoint] = turns if wished.takes == "turn" else list(shown.points)
    for row in rows:
        if row.id == about_id:
            return row
    raise NotThere


def _filled(
    request: HttpRequest, asked: Ask, session: Session, stand: Stand, what: str, about: ShownTurn | ShownPoint | None
) -> AskedForm | None:
    initial = {}
    if what == "move" and isinstance(about, ShownTurn):
        initial["place"] = whole_number(request.GET.get("place")) or about.place
    if what == "notice" and stand.in_view is not None:
        # Told most often is whoever has the floor, or has it next.
        initial["delegation_id"] = stand.in_view.delegation_id
    if what == "add" and stand.statement_on is not None:
        initial["about_id"] = stand.statement_on.id
    return _form(asked, session, stand, what, request.POST if request.method == "POST" else None, initial=initial)


def _can_be_asked(stand: Stand, what: str, about: ShownTurn | ShownPoint | None) -> bool:
    asked = ACTS[what].ask
    states = asked.states if asked else ()
    if what == "note_appeal" and isinstance(about, ShownPoint) and about.is_beyond_appeal:
        return False
    return not stand.hindrances()[what] and (about is None or not states or about.state in states)


def _asking_page(
    request: HttpRequest,
    session: Session,
    stand: Stand,
    what: str,
    about: ShownTurn | ShownPoint | None,
    form: AskedForm | None,
) -> HttpResponse:
    asked = ACTS[what].ask
    assert asked is not None  # noqa: S101  the caller asked
    whom = about or stand.holder
    names = "، ".join if get_language_bidi() else ", ".join
    filled = {"name": _name_of(whom), "names": names(turn.who for turn in stand.shown.waiting)}
    turn = about if isinstance(about, ShownTurn) else None
    cases = [case for case in cases_of(what, stand, turn) if case in asked.texts]
    context = {
        "conference": session.conference,
        "session": session,
        "console_page": _console_page(session),
        "act": what,
        "ask": asked,
        "about": whom if asked.states else None,
        "title": said(asked.title, **filled),
        "texts": [said(asked.texts[case], **filled) for case in cases],
        "form": form,
        "rev": request.POST.get("rev") or stand.floor.rev,
        "command_id": request.POST.get("command_id") or str(uuid4()),
    }
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render(request, "floor/console_ask.html", context, status=status)


def _console_page(session: Session) -> str:
    return reverse("floor:console", args=[session.conference.slug, session.pk])
