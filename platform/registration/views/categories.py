"""Organisers' pages of what can be applied for: categories, and the forms that they ask."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference
from conferences.queries import conference_to_organise
from outbox.errors import Invalid, NotThere, Refusal
from registration import category_actions as actions
from registration.answers import asked
from registration.forms.apply import ApplicationForm, new_key
from registration.forms.secretariat import CategoryForm, form_of_kind, initial_of_category, initial_of_field
from registration.models import Category, Field, FieldKind
from registration.papers import Papers
from web.posted import form_page, status_of


@form_page
def categories(request: HttpRequest, slug: str) -> HttpResponse:
    """The categories in their order, with the form that adds one."""
    conference = conference_to_organise(slug, request.user)
    with timezone.override(conference.zone):
        form = CategoryForm(request.POST or None, initial={"needs_approval": True, "is_listed": True})
        if form.is_valid():
            try:
                added = actions.add_category(conference.pk, by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("%(category)s is added. Now its form.") % {"category": added})
                return redirect("registration:category_form", slug, added.pk)
        return _form(
            request, "registration/category_list.html", form, conference=conference, categories=_all(conference)
        )


def _all(conference: Conference) -> list[Category]:
    found = conference.categories.order_by("position", "pk")
    now_asked = Count("fields", filter=Q(fields__retired_at=None), distinct=True)
    return list(found.annotate(field_count=now_asked, application_count=Count("applications", distinct=True)))


@form_page
def change_category(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    with timezone.override(conference.zone):
        form = CategoryForm(request.POST or None, initial=initial_of_category(category))
        if form.is_valid():
            try:
                changed = actions.change_category(category.pk, by=request.user, **form.facts())
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("%(category)s is changed.") % {"category": changed})
                return redirect("registration:organise_categories", slug)
        return _form(request, "registration/category.html", form, conference=conference, category=category)


@require_POST
def move_category(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    actions.move_category(category.pk, up=request.POST.get("up") == "yes", by=request.user)
    return redirect("registration:organise_categories", slug)


@require_POST
def remove_category(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    try:
        actions.remove_category(category.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("registration:change_category", slug, category_id)
    messages.success(request, _("%(category)s is removed.") % {"category": category})
    return redirect("registration:organise_categories", slug)


# The form of a category


@require_safe
def category_form(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    """What it asks, in the order of the form, and which kinds of field can be added."""
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    retired = category.fields.exclude(retired_at=None).annotate(answer_count=Count("answers"))
    context = {
        "conference": conference,
        "category": category,
        "fields": asked(category),
        "retired": list(retired.filter(answer_count__gt=0)),
        "kinds": FieldKind.choices,
    }
    return render(request, "registration/category_form.html", context)


@require_safe
def preview_form(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    """The form as somebody sees it who is not signed in, also before it opens. Nothing can be sent from it."""
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    form = ApplicationForm(category, asked(category), Papers(new_key()), asks_address=True)
    context = {"conference": conference, "category": category, "form": form}
    return render(request, "registration/category_preview.html", context)


@form_page
def add_field(request: HttpRequest, slug: str, category_id: int, kind: str) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    category = _category(conference, category_id)
    if kind not in FieldKind.values:
        raise NotThere
    form = form_of_kind(kind)(request.POST or None, kind=kind)
    if form.is_valid():
        try:
            added = actions.add_field(category.pk, kind=kind, by=request.user, **form.facts())
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The form now asks “%(field)s”.") % {"field": added})
            return redirect("registration:category_form", slug, category.pk)
    kind_words = FieldKind(kind).label
    return _form(
        request, "registration/field_add.html", form, conference=conference, category=category, kind_words=kind_words
    )


@form_page
def change_field(request: HttpRequest, slug: str, field_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    field = _field(conference, field_id)
    form = form_of_kind(field.kind)(request.POST or None, initial=initial_of_field(field), kind=field.kind)
    if form.is_valid():
        try:
            changed = actions.change_field(field.pk, by=request.user, **form.facts())
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("“%(field)s” is changed.") % {"field": changed})
            return redirect("registration:category_form", slug, field.category_id)
    return _form(
        request,
        "registration/field.html",
        form,
        conference=conference,
        field=field,
        answer_count=field.answers.count(),
        wordings=list(field.wordings.order_by("-version")),
    )


@require_POST
def move_field(request: HttpRequest, slug: str, field_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    field = _field(conference, field_id)
    actions.move_field(field.pk, up=request.POST.get("up") == "yes", by=request.user)
    return redirect("registration:category_form", slug, field.category_id)


@require_POST
def remove_field(request: HttpRequest, slug: str, field_id: int) -> HttpResponse:
    conference = conference_to_organise(slug, request.user)
    field = _field(conference, field_id)
    actions.remove_field(field.pk, by=request.user)
    messages.success(request, _("“%(field)s” is asked no more.") % {"field": field})
    return redirect("registration:category_form", slug, field.category_id)


def _category(conference: Conference, category_id: int) -> Category:
    category = conference.categories.filter(pk=category_id).first()
    if category is None:
        raise NotThere
    category.conference = conference
    return category


def _field(conference: Conference, field_id: int) -> Field:
    found = Field.objects.select_related("category").filter(pk=field_id, category__conference=conference)
    field = found.first()
    if field is None:
        raise NotThere
    return field


def _form(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = status_of(form)
    return render(request, template, {"form": form, **context}, status=status)
