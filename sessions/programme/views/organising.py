"""Organisers' pages of the programme: the way through a new conference, rooms, sessions, and who works in them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.forms import TranslatedForm, initial_texts
from conferences.models import Conference, Role
from conferences.queries import conference_to_organise
from outbox.errors import Invalid, NotThere, Refusal
from registration.models import Status
from sessions.programme import actions
from sessions.programme.forms import (
    AppointmentForm,
    RoomForm,
    SessionForm,
    Speakers,
    initial_of_session,
    speakers_form,
)
from sessions.programme.models import Access, Appointment, Room, Session
from sessions.programme.queries import programme_of
from web.posted import UNPROCESSABLE, form_page


@require_safe
def organise(request: HttpRequest, slug: str) -> HttpResponse:
    """What there is and what is still missing, in the order in which a conference is made."""
    conference = conference_to_organise(slug, request.user)
    context = {
        "conference": conference,
        "room_count": conference.rooms.count(),
        "delegation_count": conference.delegations.count(),
        "session_count": conference.sessions.count(),
        "appointment_count": Appointment.objects.filter(session__conference=conference).count(),
        "category_count": conference.categories.count(),
        "application_count": conference.applications.count(),
        "undecided_count": conference.applications.filter(status=Status.SUBMITTED).count(),
        "member_count": conference.memberships.count(),
        "organiser_count": conference.memberships.filter(role=Role.ORGANISER).count(),
    }
    return render(request, "programme/organise.html", context)


# Rooms


@form_page
def rooms(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    form = RoomForm(request.POST or None)
    del form.fields["position"]
    if form.is_valid():
        try:
            room = actions.add_room(conference.pk, name=form.texts_of("name"), by=request.user)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(room)s is added.") % {"room": room})
            return redirect("programme:rooms", slug)
    found = conference.rooms.annotate(session_count=Count("sessions")).order_by("position", "pk")
    return _form(request, "programme/rooms.html", form, conference=conference, rooms=list(found))


@form_page
def change_room(request: HttpRequest, slug: str, room_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    room = _room(conference, room_id)
    initial = {"position": room.position, **initial_texts(room, RoomForm.translated)}
    form = RoomForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.change_room(
                room.pk, name=form.texts_of("name"), position=form.cleaned_data["position"], by=request.user
            )
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The room is changed."))
            return redirect("programme:rooms", slug)
    return _form(request, "programme/room.html", form, conference=conference, room=room)


@require_POST
def remove_room(request: HttpRequest, slug: str, room_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    room = _room(conference, room_id)
    try:
        actions.remove_room(room.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, _("%(room)s is removed.") % {"room": room})
    return redirect("programme:rooms", slug)


def _room(conference: Conference, room_id: int) -> Room:
    room = conference.rooms.filter(pk=room_id).first()
    if room is None:
        raise NotThere
    return room


# Sessions


@require_safe
def sessions(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    found = programme_of(conference).annotate(appointment_count=Count("appointments"))
    context = {"conference": conference, "sessions": list(found), "has_rooms": conference.rooms.exists()}
    return render(request, "programme/sessions.html", context)


@form_page
def create_session(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    with timezone.override(conference.zone):
        initial = {
            "starts_at": conference.opens_at,
            "access": Access.REGISTERED,
            "room": request.GET.get("room"),
        }
        form = SessionForm(request.POST or None, initial=initial, conference=conference)
        speakers = speakers_form(conference, None, request.POST or None)
        if _are_valid(form, speakers):
            try:
                made = actions.create_session(conference.pk, speakers=speakers.lines(), by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("The session is in the programme. Now appoint who works in it."))
                _warn_of_other_days(request, made)
                return redirect("programme:change_session", slug, made.pk)
        return _form(
            request,
            "programme/create_session.html",
            form,
            conference=conference,
            speakers=speakers,
            has_rooms=conference.rooms.exists(),
        )


@form_page
def change_session(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Its facts and speakers, and who works in it."""
    conference = conference_to_organise(slug, request.user)
    session = _session(conference, session_id)
    with timezone.override(conference.zone):
        form = SessionForm(request.POST or None, initial=initial_of_session(session), conference=conference)
        speakers = speakers_form(conference, session, request.POST or None)
        if _are_valid(form, speakers):
            try:
                changed = actions.change_session(session.pk, speakers=speakers.lines(), by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("The session is changed; open pages show it."))
                _warn_of_other_days(request, changed)
                return redirect("programme:change_session", slug, session.pk)
        return _session_page(request, session, form, speakers, AppointmentForm())


@require_POST
def remove_session(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    session = _session(conference, session_id)
    try:
        actions.remove_session(session.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("programme:change_session", slug, session_id)
    messages.success(request, _("“%(session)s” is taken out of the programme.") % {"session": session.title})
    return redirect("programme:sessions", slug)


def _warn_of_other_days(request: HttpRequest, session: Session) -> None:
    """A session before or after the conference is allowed, as a reception may be, but is mostly a slip."""
    conference = session.conference
    days = [moment.astimezone(conference.zone).date() for moment in (conference.opens_at, conference.closes_at)]
    if not days[0] <= session.starts_at.astimezone(conference.zone).date() <= days[1]:
        messages.warning(request, _("It takes place on a day on which the conference is not held. Is the date right?"))


def _are_valid(form: TranslatedForm, speakers: Speakers) -> bool:
    # Both, so that all mistakes are shown at once.
    return all([form.is_valid(), speakers.is_valid()])


@form_page
def appoint(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    session = _session(conference, session_id)
    if request.method != "POST":
        return redirect("programme:change_session", slug, session.pk)
    staff = AppointmentForm(request.POST)
    if staff.is_valid():
        try:
            made = actions.appoint(session.pk, by=request.user, **staff.cleaned_data)
        except Invalid as refusal:
            staff.mark(refusal)
        else:
            messages.success(
                request,
                _("%(person)s is %(duty)s of this session and gets a mail.")
                % {"person": made.user, "duty": made.get_duty_display()},
            )
            return redirect("programme:change_session", slug, session.pk)
    with timezone.override(conference.zone):
        form = SessionForm(initial=initial_of_session(session), conference=conference)
        return _session_page(request, session, form, speakers_form(conference, session, None), staff)


@require_POST
def dismiss(request: HttpRequest, slug: str, session_id: int, appointment_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    session = _session(conference, session_id)
    if not session.appointments.filter(pk=appointment_id).exists():
        raise NotThere
    actions.dismiss_from_duty(appointment_id, by=request.user)
    messages.success(request, _("The duty is taken back."))
    return redirect("programme:change_session", slug, session.pk)


def _session(conference: Conference, session_id: int) -> Session:
    session = programme_of(conference).filter(pk=session_id).first()
    if session is None:
        raise NotThere
    session.conference = conference
    return session


def _session_page(
    request: HttpRequest, session: Session, form: SessionForm, speakers: Speakers, staff: AppointmentForm
) -> HttpResponse:
    appointments = list(session.appointments.select_related("user").order_by("duty", "pk"))
    return _form(
        request,
        "programme/change_session.html",
        form,
        bound=form.is_bound or staff.is_bound,
        conference=session.conference,
        session=session,
        speakers=speakers,
        staff=staff,
        appointments=appointments,
    )


def _form(request: HttpRequest, template: str, form: Any, *, bound: bool | None = None, **context: Any) -> HttpResponse:
    was_sent = form.is_bound if bound is None else bound
    return render(request, template, {"form": form, **context}, status=UNPROCESSABLE if was_sent else 200)
