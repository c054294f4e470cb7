"""Organisers' pages of a conference as a whole: its facts, its delegations, who takes part."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_countries import countries

from conferences import actions
from conferences.forms import (
    ConferenceForm,
    DelegationForm,
    InvitationForm,
    OrganisationForm,
    PlaceForm,
    initial_of_conference,
    initial_texts,
    place_of,
)
from conferences.models import Conference, Delegation, Membership, Role
from conferences.queries import conference_to_organise, delegations_of, members_of
from conferences.rules import may_create_conferences
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst
from web.posted import form_page, status_of, whole_number

MEMBERS_A_PAGE = 50


@form_page
def create(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        raise SignInFirst
    if not may_create_conferences(request.user):
        raise NotAllowed(_("Conferences are made by people who organise here. Ask one of them to invite you."))
    with timezone.override(_chosen_zone(request, "UTC")):
        form = ConferenceForm(request.POST or None, initial={"accent": "#0b5fa5", "languages": ["en"]})
        if form.is_valid():
            try:
                conference = actions.create_conference(by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("The conference is made. Now its rooms, delegations and sessions."))
                return redirect("programme:organise", conference.slug)
        return _form(request, "conferences/create.html", form)


@form_page
def change(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    with timezone.override(_chosen_zone(request, conference.time_zone)):
        form = ConferenceForm(request.POST or None, initial=initial_of_conference(conference))
        if form.is_valid():
            try:
                changed = actions.change_conference(conference.pk, by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("The conference is changed."))
                return redirect("conferences:change", changed.slug)
        return _form(request, "conferences/change.html", form, conference=conference)


def _chosen_zone(request: HttpRequest, default: str) -> ZoneInfo:
    """Times of the form are on the clock of the zone that is chosen in the same form."""
    chosen = request.POST.get("time_zone", default)
    return ZoneInfo(chosen if chosen in available_timezones() else default)


# Delegations


@form_page
def delegations(request: HttpRequest, slug: str) -> HttpResponse:
    """The list in protocol order, with the forms to add, order and remove."""
    conference = conference_to_organise(slug, request.user)
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        try:
            added = actions.add_delegation(conference.pk, name=form.texts_of("name"), by=request.user)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(name)s takes part.") % {"name": added})
            return redirect("conferences:delegations", slug)
    seated = list(delegations_of(conference).annotate(member_count=Count("members")))
    there = {str(delegation.country) for delegation in seated}
    return _form(
        request,
        "conferences/delegations.html",
        form,
        conference=conference,
        delegations=seated,
        countries=[(code, name) for code, name in countries if code not in there],
    )


@require_POST
def add_delegations(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    picked = request.POST.getlist("countries")
    added = actions.add_delegations(conference.pk, countries=picked, by=request.user)
    if added:
        messages.success(request, _("They take part: %(names)s.") % {"names": ", ".join(map(str, added))})
    else:
        messages.warning(request, _("You picked no country."))
    return redirect("conferences:delegations", slug)


@require_POST
def reorder_delegations(request: HttpRequest, slug: str) -> HttpResponse:
    """Each delegation's wished place, or all in alphabetical order."""
    conference = conference_to_organise(slug, request.user)
    if "alphabetical" in request.POST:
        actions.reorder_delegations(conference.pk, by=request.user)
    else:
        seated = list(delegations_of(conference))
        wished = {
            delegation.pk: whole_number(request.POST.get(f"place_{delegation.pk}"), otherwise=place, digits=5)
            for place, delegation in enumerate(seated, start=1)
        }
        # Of two with the same wish the one that was asked to move goes first.
        order = sorted(seated, key=lambda row: (wished[row.pk], wished[row.pk] == row.position, row.position))
        actions.reorder_delegations(conference.pk, order=[row.pk for row in order], by=request.user)
    messages.success(request, _("The order is saved."))
    return redirect("conferences:delegations", slug)


@form_page
def change_delegation(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    delegation = Delegation.objects.filter(pk=delegation_id, conference=conference).first()
    if delegation is None:
        raise NotThere
    initial = {"is_host": delegation.is_host, **initial_texts(delegation, DelegationForm.translated)}
    form = DelegationForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            actions.change_delegation(
                delegation.pk,
                name=form.texts_of("name"),
                is_host=form.cleaned_data["is_host"],
                by=request.user,
            )
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The delegation is changed."))
            return redirect("conferences:delegations", slug)
    return _form(request, "conferences/delegation.html", form, conference=conference, delegation=delegation)


@require_POST
def remove_delegation(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    if not Delegation.objects.filter(pk=delegation_id, conference=conference).exists():
        raise NotThere
    try:
        actions.remove_delegation(delegation_id, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, _("The delegation is removed."))
    return redirect("conferences:delegations", slug)


# Members


@form_page
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Who takes part, a page at a time, with the form that invites."""
    conference = conference_to_organise(slug, request.user)
    form = InvitationForm(request.POST or None, initial={"role": Role.ORGANISER}, conference=conference)
    if form.is_valid():
        try:
            invited = actions.invite_member(conference.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(person)s takes part and gets a mail.") % {"person": invited.user})
            return redirect("conferences:members", slug)
    role, words = request.GET.get("role", ""), request.GET.get("words", "").strip()[:100]
    page = Paginator(members_of(conference, role=role, words=words), MEMBERS_A_PAGE).get_page(request.GET.get("page"))
    return _form(
        request,
        "conferences/members.html",
        form,
        conference=conference,
        members=page,
        role=role,
        words=words,
        roles=Role.choices,
    )


@form_page
def change_member(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    membership = _membership(conference, membership_id)
    form = PlaceForm(request.POST or None, initial=place_of(membership), conference=conference)
    if form.is_valid():
        try:
            actions.change_membership(membership.pk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(person)s is changed.") % {"person": membership.user})
            return redirect("conferences:members", slug)
    return _form(request, "conferences/member.html", form, conference=conference, membership=membership)


@require_POST
def remove_member(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    membership = _membership(conference, membership_id)
    try:
        actions.remove_member(membership.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("conferences:change_member", slug, membership_id)
    messages.success(request, _("%(person)s no longer takes part.") % {"person": membership.user})
    return redirect("conferences:members", slug)


def _membership(conference: Conference, membership_id: int) -> Membership:
    membership = conference.memberships.select_related("user", "delegation").filter(pk=membership_id).first()
    if membership is None:
        raise NotThere
    return membership


def _form(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = status_of(form)
    return render(request, template, {"form": form, **context}, status=status)
