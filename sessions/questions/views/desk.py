"""The desk: where moderators take, order and stage questions, by keys, by touch, or by plain forms."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conferences.rules import Person
from outbox.errors import Invalid, NotThere
from outbox.tickets import open_topics
from sessions.programme.models import Session
from sessions.programme.queries import session_to_enter
from sessions.programme.views.posted import back, carry_out, refusals_told, row_number
from sessions.questions.forms import DismissForm
from sessions.questions.live import DESK, ON_DESK, stage_path
from sessions.questions.models import Question, QuestionTime, Reason, Status, Window
from sessions.questions.queries import (
    count_in,
    oldest_waiting,
    on_stage,
    page_of,
    questions_with_names,
)
from sessions.questions.rules import may_moderate
from sessions.questions.views.shown import BLANK, ShownQuestion, to_desk, words_of

# A name of a button is the verb; what it does is the command's.
VERBS = {
    "approve": "question.approve",
    "restore": "question.restore",
    "stage": "question.stage",
    "unstage": "question.unstage",
    "answer": "question.answer",
    "reopen": "question.reopen",
}
# Answered and dismissed ones are looked up now and then, not worked on.
DONE_SHOWN = 20


def _session_of_desk(session_id: int, by: Person, slug: str) -> Session:
    """Raises NotThere for whoever does not moderate: there is no desk for them."""
    session = session_to_enter(session_id, by, slug=slug)
    if not may_moderate(by, session):
        raise NotThere
    return session


@require_GET
def desk(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = _session_of_desk(session_id, request.user, slug)
    topic = DESK.name(session_id=session.pk)
    standing = open_topics(request, topic)[topic]
    question_time = QuestionTime.objects.filter(session=session).first()
    waiting, more_waiting = page_of(session.pk, Status.PENDING)
    live, more_live = page_of(session.pk, Status.LIVE)
    answered, _more = page_of(session.pk, Status.ANSWERED, size=DONE_SHOWN)
    dismissed, _more = page_of(session.pk, Status.DISMISSED, size=DONE_SHOWN)
    staged = on_stage(session.pk)
    context = {
        "conference": session.conference,
        "session": session,
        "session_page": session.get_absolute_url(),
        "topic": topic,
        "standing": standing,
        "window": question_time.window if question_time else Window.CLOSED,
        "windows": Window.choices,
        "stage_path": stage_path(question_time) if question_time else "",
        "stage_address": request.build_absolute_uri(stage_path(question_time)) if question_time else "",
        "waiting": _shown(waiting),
        "waiting_count": count_in(session.pk, Status.PENDING),
        "oldest_at": oldest_waiting(session.pk),
        "more_waiting": more_waiting,
        "live": _shown(live),
        "live_count": count_in(session.pk, Status.LIVE),
        "more_live": more_live,
        "staged": _shown([staged] if staged else []),
        "answered": _shown(answered),
        "dismissed": _shown(dismissed),
        "dismiss_form": DismissForm(auto_id="dismiss_%s"),
        "words": words_of(Status, Reason, Window),
        "blank": BLANK,
        "back": request.get_full_path(),
        "command_id": str(uuid4()),
    }
    return render(request, "questions/desk.html", context)


def _shown(questions: list[Question]) -> list[ShownQuestion]:
    return [to_desk(question) for question in questions]


@require_POST
def move(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """One form for the whole desk: the button's name is the verb, its value the question."""
    session = _session_of_desk(session_id, request.user, slug)
    verb = next((verb for verb in VERBS if verb in request.POST), None)
    if verb is None:
        raise NotThere
    with refusals_told(request):
        question_id = row_number(request.POST.get(verb))
        carry_out(request, VERBS[verb], {"question_id": question_id}, question_id)
    return back(request, _desk_page(session))


@require_http_methods(["GET", "POST"])
def dismiss(request: HttpRequest, slug: str, session_id: int, question_id: int) -> HttpResponse:
    """Asks for the reason, which the author is told. On a page with scripts the desk asks in a dialog instead."""
    session = _session_of_desk(session_id, request.user, slug)
    question = questions_with_names().filter(session=session, pk=question_id).first()
    if question is None:
        raise NotThere
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with refusals_told(request):
                payload = {"question_id": question_id, **form.cleaned_data}
                carry_out(request, "question.dismiss", payload, question_id)
            return back(request, _desk_page(session))
        except Invalid as refusal:
            form.mark(refusal)
    if question.status not in ON_DESK:
        # Withdrawn: the desk no longer reads it.
        raise NotThere
    context = {
        "conference": session.conference,
        "session": session,
        "desk_page": _desk_page(session),
        "question": to_desk(question),
        "form": form,
        "command_id": request.POST.get("command_id") or str(uuid4()),
    }
    return render(request, "questions/dismiss.html", context, status=400 if form.errors else 200)


@require_POST
def window(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = _session_of_desk(session_id, request.user, slug)
    payload = {"session_id": session.pk, "window": request.POST.get("window", "")}
    with refusals_told(request):
        carry_out(request, "question_time.set_window", payload, payload["window"])
    return back(request, _desk_page(session))


@require_POST
def new_address(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Revokes the projector's address and makes another."""
    session = _session_of_desk(session_id, request.user, slug)
    with refusals_told(request):
        carry_out(request, "question_time.renew_stage_key", {"session_id": session.pk})
        messages.success(request, _("The projector has a new address. The old one shows nothing any more."))
    return back(request, _desk_page(session))


def _desk_page(session: Session) -> str:
    return reverse("questions:desk", args=[session.conference.slug, session.pk])


@require_GET
def stage_here(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """To the projector's page, for the desk that does not have its address at hand."""
    session = _session_of_desk(session_id, request.user, slug)
    question_time = QuestionTime.objects.filter(session=session).first()
    if question_time is None:
        messages.info(request, _("Open questions first: then the projector has its address."))
        return redirect(_desk_page(session))
    return redirect(stage_path(question_time))
