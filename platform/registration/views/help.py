"""Calling for help, from any page and with no account; and the desk that answers."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.entry import BY_DESK_FOR
from accounts.pace import is_too_often
from conferences.models import Conference
from conferences.queries import conference_at
from conferences.rules import Person, may_organise
from outbox.errors import Invalid, NotThere, Refusal, SignInFirst, TooFast
from outbox.reading import SNAPSHOT_CARDS
from outbox.tickets import open_topics
from registration import help as verbs
from registration.calls import conference_of, keep_key, keys_of, own_calls
from registration.forms.help import CallForm, CodeForm, WordsForm
from registration.live_help import (
    asker_name,
    desk_topic,
    is_asker,
    link_facts,
    own_topic,
    queue_of,
    ticket_topic,
    tickets_with_words,
    waits_since,
)
from registration.models import Ticket, TicketState
from registration.rules import may_decide, may_help
from registration.views.pages import conference_page
from web.posted import form_page, status_of

CLOSED_SHOWN = 20
# Parts of addresses that are secrets: the desk is told of the page, and not of them.
SECRET_PARTS = ("token", "key", "uidb36", "signed", "invitation", "public_id")


# The person who calls


@never_cache
@form_page
def ask_for_help(request: HttpRequest) -> HttpResponse:
    """The form that calls. `from` is the page that the person was on; it says of which conference the call is."""
    page = _page_on_this_site(request, request.POST.get("page") or request.GET.get("from", ""))
    conference = conference_of(page)
    form = CallForm(
        request.POST or None,
        conference=conference,
        is_known=request.user.is_authenticated,
        initial={"key": uuid4(), "page": page},
    )
    browser = request.headers.get("User-Agent", "")[:300]
    if form.is_valid():
        chosen = conference or form.cleaned_data["conference"]
        try:
            _check_network(request)
            ticket = verbs.open_ticket(
                key=form.cleaned_data["key"],
                conference_id=chosen.pk,
                words=form.cleaned_data["words"],
                name=form.cleaned_data.get("name", ""),
                place=form.cleaned_data["place"],
                page=page,
                browser=browser,
                link={**form.measured, "language": get_language() or ""},
                by=request.user,
            )
        except Refusal as refusal:
            form.mark(refusal)
        else:
            response = redirect("registration:ticket", ticket.pk)
            keep_key(request, response, ticket.key)
            return response
    context = {
        "form": form,
        "conference": conference,
        "page_path": page,
        "browser": browser,
        "there_is_a_conference": conference is not None or Conference.objects.exists(),
        "open_tickets": own_calls(request),
    }
    return render(request, "registration/help_ask.html", context, status=status_of(form))


def _check_network(request: HttpRequest) -> None:
    """Before the room of all who are signed in to nothing is touched: one client must not use up everybody's."""
    within = int(verbs.WITHIN.total_seconds())
    if request.user.is_authenticated:
        return
    if is_too_often("help-calls", request, most=verbs.MOST_OF_ONE_NETWORK, within=within):
        raise TooFast(
            _("Very many calls came from your network. Sign in with a mailed code first, or come to the help desk.")
        )


@never_cache
@form_page
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """One's own call: where it stands, what was said, and a form for more."""
    found, key = _own_ticket(request, ticket_id)
    topic = own_topic(found)
    standing = open_topics(request, topic)[topic]
    # Read again, behind where the topic stands: what is said meanwhile is heard twice rather than never.
    found, key = _own_ticket(request, ticket_id)
    form = WordsForm(request.POST or None, initial={"key": uuid4()})
    if form.is_valid():
        try:
            verbs.say_more(found.pk, by=request.user, ticket_key=key, **form.cleaned_data)
        except (Invalid, TooFast) as refusal:
            form.mark(refusal)
        else:
            return _said(request, reverse("registration:ticket", args=[found.pk]))
    context = {
        "conference": found.conference,
        "ticket": found,
        "said": list(found.messages.all()),
        "topic": topic,
        "standing": standing,
        "form": form,
    }
    return _page_or_refusal(request, "registration/help_ticket.html", context, form)


@require_POST
def helped(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The person says that they are helped."""
    found, key = _own_ticket(request, ticket_id)
    verbs.close_ticket(found.pk, by=request.user, ticket_key=key)
    messages.success(request, _("The call is closed. Write again whenever you need to."))
    return redirect("registration:ticket", found.pk)


def _own_ticket(request: HttpRequest, ticket_id: int) -> tuple[Ticket, UUID | None]:
    """The ticket and the key it was found by. Raises NotThere."""
    found = tickets_with_words().filter(pk=ticket_id).first()
    if found is not None:
        for key in (None, *keys_of(request)):
            if is_asker(request.user, found, key):
                return found, key
    raise NotThere


def _page_on_this_site(request: HttpRequest, address: str) -> str:
    """The path of a page of this site without what is secret in it, or "" for any other address."""
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure()):
        return ""
    path = urlsplit(address).path
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    for name, value in match.kwargs.items():
        if name in SECRET_PARTS:
            path = path.replace(str(value), "…")
    return path[:500]


# The desk


def _desk_of(slug: str, user: Person) -> Conference:
    """The conference, for whoever works at its help desk. Raises SignInFirst, and NotThere for others."""
    conference = conference_at(slug)
    if not user.is_authenticated:
        raise SignInFirst
    if not may_help(user, conference):
        raise NotThere
    return conference


def _ticket_at_desk(conference: Conference, ticket_id: int) -> Ticket:
    found = tickets_with_words().filter(pk=ticket_id, conference=conference).first()
    if found is None:
        raise NotThere
    return found


@never_cache
@require_safe
def help_desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Who waits, the oldest first."""
    conference = _desk_of(slug, request.user)
    topic = desk_topic(conference)
    standing = open_topics(request, topic)[topic]
    now = timezone.now()
    queue = queue_of(conference.pk)
    closed = tickets_with_words().filter(conference=conference, state=TicketState.CLOSED).order_by("-closed_at")
    waiting = [_line(ticket, now) for ticket in queue[:SNAPSHOT_CARDS]]
    waiting_count = queue.count()
    return conference_page(
        request,
        "registration/help_desk.html",
        conference,
        topic=topic,
        standing=standing,
        waiting=waiting,
        waiting_count=waiting_count,
        more_count=max(0, waiting_count - len(waiting)),
        closed=[_line(ticket, now) for ticket in closed[:CLOSED_SHOWN]],
        states=TicketState.choices,
        may_decide=may_decide(request.user, conference),
    )


def _line(ticket: Ticket, now: Any) -> dict[str, Any]:
    since = waits_since(ticket)
    said = list(ticket.messages.all())
    return {
        "ticket": ticket,
        "name": asker_name(ticket),
        "opening": said[0].words[:200] if said else "",
        "waits_since": since,
        "minutes": int((now - since).total_seconds() // 60) if since else 0,
    }


@never_cache
@form_page
def help_ticket(request: HttpRequest, slug: str, ticket_id: int) -> HttpResponse:
    """One call, with what is known of it, and the form that answers."""
    conference = _desk_of(slug, request.user)
    found = _ticket_at_desk(conference, ticket_id)
    topic = ticket_topic(found)
    standing = open_topics(request, topic)[topic]
    # Read again, as above.
    found = _ticket_at_desk(conference, ticket_id)
    form = WordsForm(request.POST or None, initial={"key": uuid4()})
    if form.is_valid():
        try:
            verbs.answer_ticket(found.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            return _said(request, reverse("registration:help_ticket", args=[slug, found.pk]))
    context = {
        "conference": conference,
        "ticket": found,
        "name": asker_name(found),
        "link": link_facts(found),
        "waits_since": waits_since(found),
        "said": list(found.messages.all()),
        "topic": topic,
        "standing": standing,
        "form": form,
        "at_desk": True,
        "may_organise": may_organise(request.user, conference),
    }
    return _page_or_refusal(request, "registration/help_at_desk.html", context, form)


@require_POST
def take_ticket(request: HttpRequest, slug: str, ticket_id: int) -> HttpResponse:
    found = _ticket_at_desk(_desk_of(slug, request.user), ticket_id)
    try:
        verbs.take_ticket(found.pk, by=request.user)
    except NotThere:
        raise
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
    return redirect("registration:help_ticket", slug, found.pk)


@require_POST
def close_ticket(request: HttpRequest, slug: str, ticket_id: int) -> HttpResponse:
    found = _ticket_at_desk(_desk_of(slug, request.user), ticket_id)
    verbs.close_ticket(found.pk, by=request.user)
    messages.success(request, _("The call is closed. The person can open it again by writing."))
    return redirect("registration:help_desk", slug)


@sensitive_variables("code")
@never_cache
@form_page
def help_code(request: HttpRequest, slug: str) -> HttpResponse:
    """A one-time code for somebody whose identity was checked. It is shown in this answer and nowhere again."""
    conference = _desk_of(slug, request.user)
    form = CodeForm(request.POST or None)
    page = "registration/help_code.html"
    if form.is_valid():
        try:
            code = verbs.issue_code(conference.pk, by=request.user, **form.cleaned_data)
        except NotThere:
            raise
        except Refusal as refusal:
            form.mark(refusal)
        else:
            return conference_page(
                request,
                page,
                conference,
                form=form,
                code=code,
                email=form.cleaned_data["email"],
                entry_address=request.build_absolute_uri(reverse("accounts:enter")),
                minutes=int(BY_DESK_FOR.total_seconds() // 60),
            )
    return conference_page(request, page, conference, status=status_of(form), form=form)


# What both sides share


def _said(request: HttpRequest, page: str) -> HttpResponse:
    """A script stays where it is: the topic brings what was said. A form goes back to the page."""
    return redirect(f"{page}#say") if request.accepts("text/html") else JsonResponse({"next_key": str(uuid4())})


def _page_or_refusal(request: HttpRequest, template: str, context: dict[str, Any], form: WordsForm) -> HttpResponse:
    if form.is_bound and not request.accepts("text/html"):
        fields = {name: " ".join(map(str, errors)) for name, errors in form.errors.items()}
        raise Invalid(fields=fields)
    return render(request, template, context, status=status_of(form))
