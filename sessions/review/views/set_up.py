"""An organiser sets a review up: its rules, its themes, and who is invited to speak, when and on what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.forms import initial_texts
from outbox.errors import NotThere, Refusal
from sessions.floor.models import WAITING, Floor, Kind, Minute, State
from sessions.floor.queries import course_of, floor_of
from sessions.programme.models import Session
from sessions.review.actions import lots, planning, setting_up, themes
from sessions.review.models import Review, Slot, Theme
from sessions.review.orders import OrderPolicy
from sessions.review.planned import PlanShown, length, plan_shown
from sessions.review.queries import lot_of, slots_of, slots_with_names, with_rules, without_slot
from sessions.review.set_up_forms import (
    InvitationForm,
    PlaceForm,
    RuleForm,
    RulesForm,
    SlotForm,
    ThemeForm,
    WithdrawalForm,
)
from sessions.review.times import TooManyError
from sessions.review.views.frame import of_review, organised_session
from web.posted import UNPROCESSABLE, form_page, whole_number


@dataclass(frozen=True, kw_only=True)
class ShownSlot:
    """`place` is 1 for whoever is called first and None once their turn has come; `allotted` is minutes and seconds."""

    slot: Slot
    place: int | None
    allotted: str
    expected_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class GoneSlot:
    """One that was withdrawn, with the words that were given for it."""

    slot: Slot
    reason: str


@never_cache
@form_page
def set_up(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    if request.method != "POST":
        return _page(request, session)
    with timezone.override(session.conference.zone):
        form = _rules_form(session, request.POST)
        if form.is_valid():
            try:
                planning.plan_review(
                    session.pk,
                    speakers=form.cleaned_data["speakers"],
                    seconds=form.seconds(),
                    by=request.user,
                    **form.rules(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("The rules are saved."))
                return redirect("review:set_up", slug, session.pk)
    return _page(request, session, rules=form)


@never_cache
@require_safe
def preview(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """What rules that are not saved yet would make: asked by the page while somebody types."""
    session = organised_session(request, slug, session_id)
    with timezone.override(session.conference.zone):
        form = _rules_form(session, request.GET)
        # What is wrong in another field is said when it is saved.
        form.is_valid()
        kept = {name: value for name, value in form.cleaned_data.items() if name not in form.errors}
    review = _review_of(session)
    for name, value in kept.items():
        if hasattr(review, name):
            setattr(review, name, value)
    handover = kept.get("handover_seconds", floor_of(session).handover_seconds)
    return render(request, "review/_plan.html", {"plan": _plan(review, list(slots_of(session.pk)), handover)})


def _rules_form(session: Session, data: Any = None) -> RulesForm:
    return RulesForm(data, review=_review_of(session), floor=floor_of(session))


def _review_of(session: Session) -> Review:
    """One with the default rules, not saved, where nobody set any."""
    review = with_rules().filter(pk=session.pk).first() or Review(session=session)
    review.session = session
    return review


def _plan(review: Review, slots: Sequence[Slot], handover_seconds: int) -> PlanShown | None:
    """None once the times are fixed: each slot has its own then, and no rule proposes another."""
    if review.frozen_at is not None:
        return None
    waiting = [slot for slot in slots if slot.turn.state in WAITING]
    try:
        return plan_shown(review, waiting, handover_seconds=handover_seconds)
    except TooManyError as refusal:
        return PlanShown(str(refusal.words), fits=False)


def _page(
    request: HttpRequest,
    session: Session,
    *,
    rules: RulesForm | None = None,
    theme: ThemeForm | None = None,
    invitation: InvitationForm | None = None,
) -> HttpResponse:
    """The whole page; a form that could not be taken is on it with what was typed."""
    review, floor = _review_of(session), floor_of(session)
    slots = list(slots_of(session.pk))
    free = without_slot(session, slots)
    with timezone.override(session.conference.zone):
        bound: list[BaseForm] = [form for form in (rules, theme, invitation) if form is not None]
        context = {
            **of_review(request, session),
            "review": review,
            "is_frozen": review.frozen_at is not None,
            "is_by_hand": review.order == OrderPolicy.MANUAL,
            "rules": rules or _rules_form(session),
            "plan": _plan(review, slots, floor.handover_seconds),
            "themes": _themes(review),
            "theme_form": theme or ThemeForm(),
            "slots": _shown(floor, slots),
            "gone": _gone(session),
            "free": free,
            "invitation": invitation or InvitationForm(free=free),
            "rule_form": RuleForm(initial={"order": OrderPolicy.THEME_BLOCKS}),
            "lot": lot_of(session.pk),
        }
        status = UNPROCESSABLE if bound else 200
        return render(request, "review/set_up.html", context, status=status)


def _themes(review: Review) -> list[Theme]:
    return list(Theme.objects.filter(review_id=review.pk)) if review.pk else []


def _shown(floor: Floor, slots: Sequence[Slot]) -> list[ShownSlot]:
    if not slots:
        return []
    course = course_of(floor)
    return [
        ShownSlot(
            slot=slot,
            place=course.place_of(slot.turn_id),
            allotted=length(slot.turn.allotted_ms),
            expected_at=course.expected_at(slot.turn_id),
        )
        for slot in slots
    ]


def _gone(session: Session) -> list[GoneSlot]:
    slots = list(slots_with_names().filter(review_id=session.pk, turn__state=State.WITHDRAWN))
    minutes = Minute.objects.filter(turn__in=[slot.turn_id for slot in slots], what="turn.withdrawn").order_by("pk")
    words = dict(minutes.values_list("turn_id", "words"))
    return [GoneSlot(slot=slot, reason=words.get(slot.turn_id, "")) for slot in slots]


# Who is invited


@form_page
def invite(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Those that were chosen, or with `all` everybody who has no slot."""
    session = organised_session(request, slug, session_id)
    if request.method != "POST":
        return redirect("review:set_up", slug, session.pk)
    free = without_slot(session, list(slots_of(session.pk)))
    # The same form for both: what was refused comes back with all of them ticked.
    data = {"delegations": [each.pk for each in free]} if "all" in request.POST else request.POST
    form = InvitationForm(data, free=session.conference.delegations.order_by("position", "pk"))
    if form.is_valid():
        try:
            made = setting_up.invite(session.pk, form.cleaned_data["delegations"], by=request.user)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            words = ngettext("%(number)s delegation is invited.", "%(number)s delegations are invited.", len(made))
            messages.success(request, words % {"number": len(made)})
            return redirect("review:set_up", slug, session.pk)
    form.fields["delegations"].choices = [(each.pk, str(each)) for each in free]  # type: ignore[attr-defined]
    return _page(request, session, invitation=form)


@require_POST
def back_to_rule(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """From an order by hand to one of the rules."""
    session = organised_session(request, slug, session_id)
    form = RuleForm(request.POST)
    if not form.is_valid():
        raise NotThere
    try:
        setting_up.set_up_review(session.pk, order=form.cleaned_data["order"], by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, _("The rule orders the list again."))
    return redirect("review:set_up", slug, session.pk)


# One slot


@never_cache
@form_page
def change_slot(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    found = _slot(session, slot_id)
    if request.method != "POST":
        return _slot_page(request, session, found)
    form = SlotForm(request.POST, slot=found, themes=_themes(found.review))
    if form.is_valid():
        try:
            setting_up.change_slot(found.pk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("%(delegation)s is changed.") % {"delegation": found.delegation})
            return redirect("review:set_up", slug, session.pk)
    return _slot_page(request, session, found, form=form)


@form_page
def move_slot(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    found = _slot(session, slot_id)
    if request.method != "POST":
        return redirect("review:change_slot", slug, session.pk, found.pk)
    form = PlaceForm(request.POST)
    if form.is_valid():
        try:
            planning.move_slot(found.pk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(
                request,
                _("%(delegation)s has another place. From here on the order is by hand: no rule changes it.")
                % {"delegation": found.delegation},
            )
            return redirect("review:set_up", slug, session.pk)
    return _slot_page(request, session, found, place=form)


@form_page
def withdraw_slot(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    found = _slot(session, slot_id)
    if request.method != "POST":
        return redirect("review:change_slot", slug, session.pk, found.pk)
    form = WithdrawalForm(request.POST)
    if form.is_valid():
        try:
            setting_up.withdraw_slot(found.pk, reason=form.cleaned_data["why"], by=request.user)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(delegation)s is withdrawn.") % {"delegation": found.delegation})
            return redirect("review:set_up", slug, session.pk)
    return _slot_page(request, session, found, withdrawal=form)


def _slot(session: Session, slot_id: int) -> Slot:
    found = slots_with_names().filter(pk=slot_id, review_id=session.pk).first()
    if found is None:
        raise NotThere
    return found


def _slot_page(
    request: HttpRequest,
    session: Session,
    found: Slot,
    *,
    form: SlotForm | None = None,
    place: PlaceForm | None = None,
    withdrawal: WithdrawalForm | None = None,
) -> HttpResponse:
    course = course_of(found.turn.floor)
    at = course.place_of(found.turn_id)
    review = found.review
    context = {
        **of_review(request, session),
        "slot": found,
        "shown": ShownSlot(
            slot=found,
            place=at,
            allotted=length(found.turn.allotted_ms),
            expected_at=course.expected_at(found.turn_id),
        ),
        "waits": found.turn.state in WAITING,
        "is_withdrawn": found.turn.state == State.WITHDRAWN,
        "is_frozen": review.frozen_at is not None,
        "is_by_hand": review.order == OrderPolicy.MANUAL,
        "waiting_count": sum(1 for turn in course.waiting if turn.kind == Kind.STATEMENT),
        "form": form or SlotForm(slot=found, themes=_themes(review)),
        "place_form": place or PlaceForm(initial={"place": at}),
        "withdrawal": withdrawal or WithdrawalForm(),
    }
    is_bound = any(each is not None for each in (form, place, withdrawal))
    return render(request, "review/change_slot.html", context, status=UNPROCESSABLE if is_bound else 200)


# Themes


@form_page
def add_theme(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    if request.method != "POST":
        return redirect("review:set_up", slug, session.pk)
    form = ThemeForm(request.POST)
    if form.is_valid():
        try:
            made = themes.add_theme(session.pk, title=form.texts_of("title"), by=request.user)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(theme)s is added.") % {"theme": made})
            return redirect("review:set_up", slug, session.pk)
    return _page(request, session, theme=form)


@never_cache
@form_page
def change_theme(request: HttpRequest, slug: str, session_id: int, theme_id: int) -> HttpResponse:
    """Its title in each language; and the way to take it away."""
    session = organised_session(request, slug, session_id)
    found = _theme(session, theme_id)
    form = ThemeForm(request.POST or None, initial=initial_texts(found, ThemeForm.translated))
    if form.is_valid():
        try:
            themes.rename_theme(session.pk, found.pk, title=form.texts_of("title"), by=request.user)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The theme is changed."))
            return redirect("review:set_up", slug, session.pk)
    context = {
        **of_review(request, session),
        "theme": found,
        "form": form,
        "speaking_count": slots_of(session.pk).filter(theme=found).count(),
    }
    return render(request, "review/theme.html", context, status=UNPROCESSABLE if form.is_bound else 200)


@require_POST
def move_theme(request: HttpRequest, slug: str, session_id: int, theme_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    found = _theme(session, theme_id)
    try:
        themes.move_theme(session.pk, found.pk, place=whole_number(request.POST.get("place")), by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect("review:set_up", slug, session.pk)


@require_POST
def remove_theme(request: HttpRequest, slug: str, session_id: int, theme_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    found = _theme(session, theme_id)
    try:
        themes.remove_theme(session.pk, found.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("review:change_theme", slug, session.pk, found.pk)
    messages.success(request, _("%(theme)s is removed.") % {"theme": found})
    return redirect("review:set_up", slug, session.pk)


def _theme(session: Session, theme_id: int) -> Theme:
    found = Theme.objects.filter(pk=theme_id, review_id=session.pk).first()
    if found is None:
        raise NotThere
    return found


# The lot


@require_POST
def commit_lot(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    session = organised_session(request, slug, session_id)
    try:
        lots.commit_lot(session.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    else:
        messages.success(request, _("The commitment is published: everybody who may enter can write it down."))
    return redirect("review:set_up", slug, session.pk)


@never_cache
@form_page
def draw(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Asks once, and says what happens. A lot that is drawn leads to its page."""
    session = organised_session(request, slug, session_id)
    lot = lot_of(session.pk)
    if lot is not None and lot.drawn_at is not None:
        return redirect("review:lot", slug, session.pk)
    if request.method == "POST":
        try:
            lots.draw_lot(session.pk, by=request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal.words))
            return redirect("review:set_up", slug, session.pk)
        return redirect("review:lot", slug, session.pk)
    context = {
        **of_review(request, session),
        "lot": lot,
        "delegation_count": slots_of(session.pk).count(),
        "review": _review_of(session),
    }
    return render(request, "review/draw.html", context)
