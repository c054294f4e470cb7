"""The secretariat's desk: numbers, the list of applications and what is decided on each, places, and who works here."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference
from conferences.queries import conference_to_organise, delegations_of
from outbox.errors import Invalid, NotThere, Refusal
from outbox.tickets import open_topics
from registration import actions, desk_actions, post_actions
from registration.actions import NEEDS_A_REASON
from registration.addresses import standing_of
from registration.answers import asked
from registration.consents import consents_wanted
from registration.desk import (
    Fullness,
    Numbers,
    Row,
    Wanted,
    application_of,
    applications_of,
    conference_to_decide,
    said_by,
)
from registration.focal_letters import tell_focal_points_of, told_of
from registration.forms.apply import given_of
from registration.forms.secretariat import BeyondForm, FactsForm, FilterForm, MoveForm, PlacesForm, PostForm
from registration.letters import came_back
from registration.live import SECRETARIAT
from registration.models import Application, FieldKind, FocalPoint, Status, Work
from registration.papers import Papers
from registration.places import place_in_line, places_in_line
from registration.rules import may_edit, moves_of
from registration.views.pages import conference_page
from web.posted import form_page, status_of, whole_number

APPLICATIONS_A_PAGE = 50
# What several at once can be moved to from the list.
FOR_SEVERAL = (Status.APPROVED, Status.ON_HOLD, Status.REJECTED)
# The form that admits beyond the limit has its own reason beside that of the moves.
OF_BEYOND = "id_beyond_%s"
# What the buttons say, by where they lead.
VERBS: dict[Status, str | Promise] = {
    Status.SUBMITTED: gettext_lazy("Take up again"),
    Status.APPROVED: gettext_lazy("Approve"),
    Status.ON_HOLD: gettext_lazy("Put on hold"),
    Status.REJECTED: gettext_lazy("Decline"),
    Status.WITHDRAWN: gettext_lazy("Withdraw"),
}


# Approving comes first, what is told with a reason behind it, and declining last and apart: never neighbours.
IN_ORDER = (Status.APPROVED, Status.SUBMITTED, Status.ON_HOLD, Status.REJECTED)


@require_safe
def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Where everything stands: how many in each category and status, and how far the places are taken."""
    conference = conference_to_decide(slug, request.user)
    numbers = Numbers(conference)
    categories = numbers.of_categories()
    context: dict[str, Any] = {
        "places": [numbers.of_conference(), *categories],
        "categories": [(row.thing, _counts(row)) for row in categories],
        "totals": _counts(numbers.of_conference()),
        "undecided_count": numbers.by_status[Status.SUBMITTED],
        "undecided": Status.SUBMITTED,
    }
    return conference_page(request, "registration/desk.html", conference, **context)


def _counts(row: Row) -> list[tuple[str, str, int]]:
    """How many stand in each status, with the status's word."""
    return [(value, str(label), row.counts.get(value, 0)) for value, label in Status.choices]


# The list


@require_safe
def applications(request: HttpRequest, slug: str) -> HttpResponse:
    """The applications, narrowed down and a page at a time; rows follow what happens to them."""
    conference = conference_to_decide(slug, request.user)
    return _list(request, conference, MoveForm(), ticked=set())


@require_POST
def move_several(request: HttpRequest, slug: str) -> HttpResponse:
    """Moves the ticked ones, each by itself, and says how each went."""
    conference = conference_to_decide(slug, request.user)
    to = request.POST.get("to", "")
    if to not in FOR_SEVERAL:
        raise NotThere
    ticked = [pk for text in request.POST.getlist("ticked") if (pk := whole_number(text))]
    form = MoveForm(request.POST)
    if form.is_valid() and not form.cleaned_data["reason"] and to in NEEDS_A_REASON:
        form.add_error("reason", _("Say why: it is told with the decision."))
    if not ticked:
        form.add_error(None, _("Tick the applications first."))
    if not form.is_valid():
        return _list(request, conference, form, ticked=set(ticked))
    found = conference.applications.filter(pk__in=ticked).order_by("-pk")
    moved: list[Moved] = []
    try:
        moved.extend(_moved(request, application, to, form.cleaned_data["reason"]) for application in found)
    finally:
        # Also of those before one that fails: they are decided on.
        changed = [one.application for one in moved if one.is_changed]
        tell_focal_points_of(changed, by=request.user)
    # Read once all are moved: who was moved before somebody may have taken the last place.
    fullness, in_line = Fullness(conference), places_in_line(conference.pk)
    for one in moved:
        if one.application.status == Status.WAITING and not one.refused:
            one.full, one.place_in_line = fullness.of(one.application), in_line.get(one.application.pk)
    context: dict[str, Any] = {"moved": moved, "verb": VERBS[Status(to)], "filters": request.GET.urlencode()}
    return conference_page(request, "registration/desk_moved.html", conference, **context)


@dataclass
class Moved:
    """How the move of one among several went: where it stands now, why it waits, or why it was not moved."""

    application: Application
    refused: str = ""
    full: list[str] = field(default_factory=list)
    place_in_line: int | None = None
    is_changed: bool = False
    told: list[FocalPoint] = field(default_factory=list)


def _moved(request: HttpRequest, application: Application, to: str, reason: str) -> Moved:
    before = application.status
    try:
        moved = actions.move_application(
            application.pk, to=to, reason=reason, by=request.user, tells_focal_points=False
        )
    except Refusal as refusal:
        return Moved(application, str(refusal.words))
    return Moved(moved, is_changed=moved.status != before, told=told_of(moved) if moved.user_id is None else [])


def _list(request: HttpRequest, conference: Conference, form: MoveForm, *, ticked: set[int]) -> HttpResponse:
    topic = SECRETARIAT.name(conference_id=conference.pk)
    # Where the topic stands comes before the data: what happens in between is heard twice rather than never.
    at = open_topics(request, topic)[topic]
    categories = list(conference.categories.order_by("position", "pk"))
    filters = FilterForm(request.GET, categories=categories, delegations=list(delegations_of(conference)))
    wanted = filters.wanted()
    found = applications_of(conference, wanted)
    page = Paginator(found, APPLICATIONS_A_PAGE).get_page(request.GET.get("page"))
    in_line = places_in_line(conference.pk)
    for one in page:
        one.place_in_line = in_line.get(one.pk)  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "filters": filters,
        "applications": page,
        "form": form,
        "ticked": ticked,
        "topic": topic,
        "at": at.position,
        "query": _without_page(request.GET),
        "is_narrowed": wanted != Wanted(words=wanted.words),
        "verbs": [(status, VERBS[status]) for status in FOR_SEVERAL],
        "full": Fullness(conference).of_conference(),
        "is_in_line": wanted.status == Status.WAITING,
    }
    return conference_page(
        request, "registration/desk_applications.html", conference, status=status_of(form), **context
    )


def _without_page(given: QueryDict) -> str:
    kept = given.copy()
    kept.pop("page", None)
    return kept.urlencode()


# One application


@require_safe
def application(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """All that is known of it, and what can be done with it."""
    conference = conference_to_decide(slug, request.user)
    return _application(request, application_of(conference, application_id), MoveForm())


@require_POST
def move(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    found = application_of(conference, application_id)
    form = MoveForm(request.POST)
    to = request.POST.get("to", "")
    if to == Status.WITHDRAWN:
        # It cannot be taken back: whatever sent this, it is asked about first.
        return redirect("registration:withdraw_application", slug, found.pk)
    if form.is_valid():
        try:
            moved = actions.move_application(found.pk, to=to, reason=form.cleaned_data["reason"], by=request.user)
        except NotThere:
            raise
        except Refusal as refusal:
            form.mark(refusal)
            found = application_of(conference, application_id)
        else:
            _tell(request, moved, to)
            return redirect("registration:application", slug, moved.pk)
    return _application(request, found, form)


def _tell(request: HttpRequest, moved: Application, to: str = "") -> None:
    """Where it stands now; of somebody who was approved and waits all the same, why."""
    if to == Status.APPROVED and moved.status == Status.WAITING and (full := Fullness(moved.conference).of(moved)):
        told = {**_told(moved), "why": "; ".join(full)}
        messages.warning(request, _("%(name)s: %(status)s. %(why)s.") % told)
    else:
        messages.success(request, _("%(name)s: %(status)s.") % _told(moved))


@form_page
def withdraw(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """Withdraws it in the applicant's name, once that was asked about here or in a dialog."""
    conference = conference_to_decide(slug, request.user)
    found = application_of(conference, application_id)
    if request.method == "POST":
        try:
            moved = actions.move_application(found.pk, to=Status.WITHDRAWN, by=request.user)
        except NotThere:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal.words))
        else:
            _tell(request, moved)
        return redirect("registration:application", slug, found.pk)
    may_withdraw = Status.WITHDRAWN in moves_of(request.user, found)
    return conference_page(
        request, "registration/desk_withdraw.html", conference, application=found, may_withdraw=may_withdraw
    )


@require_POST
def admit_beyond(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """Admits somebody although there is no place: the places grow by this one."""
    conference = conference_to_decide(slug, request.user)
    found = application_of(conference, application_id)
    form = BeyondForm(request.POST, auto_id=OF_BEYOND)
    if form.is_valid():
        try:
            admitted = desk_actions.admit_beyond(found.pk, reason=form.cleaned_data["reason"], by=request.user)
        except NotThere:
            raise
        except Refusal as refusal:
            form.mark(refusal)
            found = application_of(conference, application_id)
        else:
            _tell(request, admitted)
            return redirect("registration:application", slug, admitted.pk)
    return _application(request, found, MoveForm(), form)


def _verb(application: Application, to: Status) -> str | Promise:
    begins = application.status == Status.DRAFT and to == Status.SUBMITTED
    return _("Hand it in") if begins else VERBS[to]


def _told(application: Application) -> dict[str, Any]:
    return {"name": application.name, "status": application.get_status_display()}


def _application(
    request: HttpRequest, found: Application, form: MoveForm, beyond: BeyondForm | None = None
) -> HttpResponse:
    possible = moves_of(request.user, found)
    full = [] if found.holds_a_place else Fullness(found.conference).of(found)
    moves = [
        (status, _verb(found, status))
        for status in IN_ORDER
        # Who waits is approved already, and goes on waiting.
        if status in possible and not (full and found.status == Status.WAITING and status == Status.APPROVED)
    ]
    can_go_beyond = bool(full) and found.status in desk_actions.BEYOND
    context: dict[str, Any] = {
        "full": full if can_go_beyond or Status.APPROVED in possible else [],
        "place_in_line": place_in_line(found),
        "beyond_form": beyond or (BeyondForm(auto_id=OF_BEYOND) if can_go_beyond else None),
        "application": found,
        "answers": said_by(found),
        "steps": list(found.steps.select_related("by")),
        "form": form,
        "moves": moves,
        "may_withdraw": Status.WITHDRAWN in possible,
        "may_edit": may_edit(request.user, found),
        "came_back": came_back(found),
        "address": standing_of(found),
        "consents_missing": consents_wanted(found),
        "told_focal_points": told_of(found),
    }
    return conference_page(
        request, "registration/desk_application.html", found.conference, status=status_of(beyond or form), **context
    )


@form_page
def change(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """What it says of its person and what it answers, changed by the secretariat. Consents are their person's."""
    conference = conference_to_decide(slug, request.user)
    found = application_of(conference, application_id)
    fields = [field for field in asked(found.category) if field.kind != FieldKind.CONSENT]
    papers = Papers.of_answers(found.answers.select_related("upload"), found.submit_key)
    if request.method == "POST":
        papers.take(fields, typed=request.POST, files=request.FILES, by=request.user)
    form = FactsForm(request.POST or None, application=found, fields=fields, papers=papers)
    if form.is_valid() and not papers.wrong:
        try:
            actions.change_application(
                found.pk,
                facts=form.facts(),
                answers=given_of(request.POST, fields, papers),
                attendance=form.cleaned_data["attendance"],
                by=request.user,
            )
        except NotThere:
            raise
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The application is changed."))
            return redirect("registration:application", slug, found.pk)
    for name, words in papers.wrong.items():
        form.add_error(name, words)
    return conference_page(
        request,
        "registration/desk_change.html",
        conference,
        status=status_of(form),
        application=found,
        form=form,
        takes_files=any(field.is_of_files for field in fields),
    )


@require_POST
def open_paper(request: HttpRequest, slug: str, application_id: int, answer_id: int) -> HttpResponse:
    """Notes who looks, then leads to the file. It is a form's POST, so that nothing looks on its own."""
    conference = conference_to_decide(slug, request.user)
    found = application_of(conference, application_id)
    if not found.answers.filter(pk=answer_id).exists():
        raise NotThere
    upload = desk_actions.open_paper(answer_id, by=request.user)
    return redirect("files:download", upload.pk)


# Places


@form_page
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """How many may attend each way, in all, in each category and in each delegation, with how many do."""
    conference = conference_to_decide(slug, request.user)
    numbers = Numbers(conference)
    parts = [
        (_("The whole conference"), [numbers.of_conference()]),
        (_("Categories"), numbers.of_categories()),
        (_("Delegations"), numbers.of_delegations()),
    ]
    fillings = [filling for _title, rows in parts for row in rows for filling in row.fillings]
    form = PlacesForm(request.POST or None, fillings=fillings)
    if form.is_valid():
        try:
            allotted = desk_actions.allot_places(conference.pk, sizes=form.sizes(), by=request.user)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _words_of_allotted(allotted))
            return redirect("registration:places", slug)
    # Each number beside how many are taken of it.
    shown = [(title, [(row, _numbers(form, row)) for row in rows]) for title, rows in parts if rows]
    return conference_page(
        request, "registration/places.html", conference, status=status_of(form), form=form, parts=shown
    )


def _words_of_allotted(allotted: desk_actions.Allotted) -> str:
    if not allotted.changed:
        return _("Nothing was changed.")
    if not allotted.moved_up:
        return _("The places are saved.")
    moved = ngettext(
        "The places are saved. %(count)s person moved up from the waiting list.",
        "The places are saved. %(count)s people moved up from the waiting list.",
        allotted.moved_up,
    )
    return moved % {"count": intcomma(allotted.moved_up)}


def _numbers(form: PlacesForm, row: Row) -> list[tuple[Any, Any]]:
    return [(filling, form[filling.lot.name]) for filling in row.fillings]


# Who works here


@form_page
def posts(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    form = PostForm(request.POST or None)
    if form.is_valid():
        try:
            post = post_actions.add_post(conference.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            told = {"person": post.user, "desk": post.get_work_display()}
            messages.success(request, _("%(person)s works here now: %(desk)s.") % told)
            return redirect("registration:posts", slug)
    found = list(conference.posts.select_related("user").order_by("user__name", "pk"))
    desks = [(label, [post for post in found if post.work == work]) for work, label in Work.choices]
    return conference_page(
        request, "registration/posts.html", conference, status=status_of(form), form=form, desks=desks
    )


@require_POST
def remove_post(request: HttpRequest, slug: str, post_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    post = conference.posts.select_related("user").filter(pk=post_id).first()
    if post is None:
        raise NotThere
    post_actions.remove_post(post.pk, by=request.user)
    messages.success(request, _("%(person)s no longer works at this desk.") % {"person": post.user})
    return redirect("registration:posts", slug)


# What all share
