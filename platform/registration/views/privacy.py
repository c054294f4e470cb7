"""What is kept of somebody, what they agreed to and who looked; a copy of it, and leaving for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.fresh import is_fresh
from accounts.leaving import leave
from accounts.models import User
from conferences.queries import conference_at
from outbox.errors import NotThere, SignInFirst, WrongMove
from registration.desk import Said, said_by
from registration.models import Application, Credential, FieldKind
from registration.my_data import MY_DATA_KEPT_FOR, ask_for_my_data, copies_of
from registration.privacy import TICKETS_KEPT_FOR, credentials_kept_until, facts_kept_until, looks_at, looks_in
from registration.rules import may_decide
from registration.views.pages import conference_page
from web.posted import UNPROCESSABLE

LOOKS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer as its person reads it, and what becomes of it."""

    said: Said
    kept_until: datetime
    has_newer_words: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """An application, its answers and the credentials that name its person, with until when each is kept."""

    application: Application
    answers: list[Kept]
    credentials: list[Credential]
    facts_kept_until: datetime
    credentials_kept_until: datetime


@login_required
@never_cache
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    person = cast(User, request.user)
    applications = Application.objects.filter(user=person).select_related("conference", "category").order_by("-pk")
    context = {
        "registered": [_registered(application) for application in applications],
        "tickets_kept_for": TICKETS_KEPT_FOR,
        "looks": list(looks_at(person)[:LOOKS_A_PAGE]),
        "copies": [(copy, copy.made_at + MY_DATA_KEPT_FOR) for copy in copies_of(person)],
    }
    return render(request, "registration/privacy.html", context)


def _registered(application: Application) -> Registered:
    return Registered(
        application=application,
        answers=_kept(application),
        credentials=list(application.credentials.select_related("delegation").order_by("pk")),
        facts_kept_until=facts_kept_until(application.conference),
        credentials_kept_until=credentials_kept_until(application.conference),
    )


def _kept(application: Application) -> list[Kept]:
    closes_at = application.conference.closes_at
    return [
        Kept(
            said=said,
            kept_until=closes_at + timedelta(days=said.field.kept_for_days),
            has_newer_words=said.field.kind == FieldKind.CONSENT and said.answer.version != said.field.version,
        )
        for said in said_by(application)
    ]


@require_POST
def ask_for_data(request: HttpRequest) -> HttpResponse:
    """Begins to gather, and leads to the page that shows how far it is."""
    return redirect(ask_for_my_data(by=request.user))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete_me(request: HttpRequest) -> HttpResponse:
    """Says what goes and what stays, and asks once, of somebody who showed just now that it is them."""
    error = ""
    again = f"{reverse('accounts:again')}?{urlencode({'next': reverse('registration:delete_me')})}"
    if request.method == "POST":
        if not is_fresh(request):
            return redirect(again)
        if request.POST.get("sure") != "yes":
            error = _("Tick the box if you are sure.")
        else:
            try:
                leave(by=cast(User, request.user))
            except WrongMove as refusal:
                error = str(refusal.words)
            else:
                logout(request)
                return redirect("registration:gone")
    status = UNPROCESSABLE if error else 200
    context = {"error": error, "is_fresh": is_fresh(request), "again": again}
    return render(request, "registration/privacy_delete.html", context, status=status)


@require_safe
def gone(request: HttpRequest) -> HttpResponse:
    """The last page: there is no account any more to come back to."""
    return render(request, "registration/privacy_gone.html")


@never_cache
@require_safe
def looks(request: HttpRequest, slug: str) -> HttpResponse:
    """Who opened whose papers, for the secretariat."""
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    if not may_decide(request.user, conference):
        raise NotThere
    page = Paginator(looks_in(conference), LOOKS_A_PAGE).get_page(request.GET.get("page"))
    return conference_page(request, "registration/privacy_looks.html", conference, looks=page)
