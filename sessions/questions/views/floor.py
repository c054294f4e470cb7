"""The floor: what everybody in a session sees of its questions, and how they ask and support."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from outbox.errors import NotThere, Refusal, SignInFirst
from outbox.reading import Standing
from outbox.tickets import open_topics
from sessions.programme.models import Session
from sessions.programme.queries import session_to_enter
from sessions.programme.views.posted import back, carry_out, refusals_told, row_number
from sessions.questions.floor_now import floor_now
from sessions.questions.forms import AskForm
from sessions.questions.live import FLOOR, OWN
from sessions.questions.models import Question, Reason, Status, Window
from sessions.questions.queries import (
    A_PAGE,
    own_questions,
    page_of,
    supported_by,
    supported_in,
    window_of,
)
from sessions.questions.rules import may_ask, may_moderate
from sessions.questions.similar import similar_questions
from sessions.questions.views.shown import BLANK, ShownQuestion, to_author, to_public, words_of

LISTS = {"live": Status.LIVE, "answered": Status.ANSWERED}


@dataclass(frozen=True, kw_only=True)
class Floor:
    """All that the part of a session's page shows. Positions are read before what they are positions of."""

    topic: str
    standing: Standing
    own_topic: str
    own_standing: Standing | None
    window: Window
    staged: list[ShownQuestion]
    live: list[ShownQuestion]
    live_count: int
    more: bool
    answered: list[ShownQuestion]
    own: list[ShownQuestion]
    supported: list[int]
    may_ask: bool
    may_moderate: bool
    ask_form: AskForm | None
    back: str
    command_id: str
    ask_id: str
    blank: ShownQuestion = BLANK

    @property
    def words(self) -> dict[str, str]:
        """What a page's script writes, in the page's language."""
        return words_of(Status, Reason, Window)

    @property
    def is_open(self) -> bool:
        return self.window == Window.OPEN


def panel(request: HttpRequest, session: Session) -> Mapping[str, Any]:
    """The part of a session's page; whoever asks may enter."""
    return {"floor": _floor(request, session)}


def topics(request: HttpRequest, session: Session) -> list[str]:
    """The floor's, and the reader's own where they are known."""
    own = [OWN.name(user_id=request.user.pk)] if request.user.is_authenticated and request.user.pk else []
    return [FLOOR.name(session_id=session.pk), *own]


def _floor(request: HttpRequest, session: Session) -> Floor:
    user = request.user
    reader_id = user.pk if user.is_authenticated else None
    topic, *own_topics = topics(request, session)
    own_topic = own_topics[0] if own_topics else ""
    standings = open_topics(request, topic, *own_topics)
    now = floor_now(session.pk, standings[topic])
    own = own_questions(session.pk, reader_id) if reader_id else []
    supported = supported_in(session.pk, reader_id) if reader_id else set()
    asks = may_ask(user, session)

    def public(questions: list[Question]) -> list[ShownQuestion]:
        return [to_public(question, supported=supported, reader_id=reader_id) for question in questions]

    return Floor(
        topic=topic,
        standing=standings[topic],
        own_topic=own_topic,
        own_standing=standings.get(own_topic),
        window=now.window,
        staged=public(now.staged),
        live=public(now.live),
        live_count=now.live_count,
        more=now.more,
        answered=public(now.answered),
        own=[to_author(question) for question in own if question.status != Status.WITHDRAWN],
        supported=sorted(supported),
        may_ask=asks,
        may_moderate=may_moderate(user, session),
        ask_form=AskForm(session=session, user=user) if asks else None,
        back=request.get_full_path(),
        command_id=str(uuid4()),
        ask_id=str(uuid4()),
    )


@require_GET
def questions(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """The whole list, 50 on a page, by support: `?show=live|answered&page=N`."""
    session = session_to_enter(session_id, request.user, slug=slug)
    show = request.GET.get("show", "live")
    if show not in LISTS:
        raise NotThere
    page = row_number(request.GET.get("page", "1"))
    if not 1 <= page <= 1000:
        raise NotThere
    rows, more = page_of(session.pk, LISTS[show], page=page)
    reader_id = request.user.pk if request.user.is_authenticated else None
    supported = supported_by(reader_id, rows) if reader_id else set()
    shown = [to_public(row, supported=supported, reader_id=reader_id) for row in rows]
    context = {
        "conference": session.conference,
        "session": session,
        "session_page": session.get_absolute_url(),
        "questions": shown,
        "show": show,
        "page": page,
        "first": (page - 1) * A_PAGE + 1,
        "more": more,
        "is_open": window_of(session.pk) == Window.OPEN,
        "back": request.get_full_path(),
        "command_id": str(uuid4()),
    }
    return render(request, "questions/list.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """A page of its own, so that a session's page that refreshes itself never takes away what somebody types."""
    session = session_to_enter(session_id, request.user, slug=slug)
    if not may_ask(request.user, session):
        return redirect_to_login(request.get_full_path())
    form = AskForm(request.POST or None, session=session, user=request.user)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                _ask(request, session, form)
            except (NotThere, SignInFirst):
                raise
            except Refusal as refusal:
                # What was typed stays in the form, beside what is wrong with it.
                form.mark(refusal)
                status = refusal.status
            else:
                messages.success(request, _("Your question waits for the desk. You see here what becomes of it."))
                return back(request, session.get_absolute_url())
        else:
            status = 400
    context = {
        "conference": session.conference,
        "session": session,
        "session_page": session.get_absolute_url(),
        "form": form,
        "window": window_of(session.pk),
        "back": request.POST.get("back") or session.get_absolute_url(),
        "command_id": request.POST.get("command_id") or str(uuid4()),
    }
    return render(request, "questions/ask.html", context, status=status)


def _ask(request: HttpRequest, session: Session, form: AskForm) -> None:
    payload: dict[str, Any] = {
        "session_id": session.pk,
        "text": form.cleaned_data["text"],
        "capacity": form.cleaned_data["capacity"],
        "language": form.cleaned_data["language"],
    }
    if form_id := request.POST.get("command_id"):
        # The page's script sends the same one: a question sent by both ways is asked once.
        payload["uuid"] = form_id
    carry_out(request, "question.ask", payload)


@require_POST
def support(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """One form for a whole list: the button says which question, and whether support is given or taken back."""
    session = session_to_enter(session_id, request.user, slug=slug)
    if not request.user.is_authenticated:
        return redirect_to_login(session.get_absolute_url())
    taking_back = "take_back" in request.POST
    question_id = row_number(request.POST.get("take_back" if taking_back else "support"))
    with refusals_told(request):
        command = "question.unvote" if taking_back else "question.vote"
        carry_out(request, command, {"question_id": question_id}, question_id)
    return back(request, session.get_absolute_url())


@require_POST
def withdraw(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = session_to_enter(session_id, request.user, slug=slug)
    with refusals_told(request):
        question_id = row_number(request.POST.get("question"))
        carry_out(request, "question.withdraw", {"question_id": question_id}, question_id)
        messages.success(request, _("Your question is withdrawn."))
    return back(request, session.get_absolute_url())


@require_POST
def similar(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """What was asked already, while somebody types. By POST, so that no log of addresses keeps what they typed."""
    session = session_to_enter(session_id, request.user, slug=slug)
    if not may_ask(request.user, session):
        raise SignInFirst
    found = similar_questions(session.pk, request.POST.get("text", "")[:1000])
    supported = supported_by(request.user.pk, found) if request.user.pk else set()
    shown = [to_public(question, supported=supported, reader_id=request.user.pk) for question in found]
    context = {"session": session, "conference": session.conference, "similar": shown}
    return render(request, "questions/_similar.html", context)
