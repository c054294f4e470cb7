"""Pages of a delegation for its focal points and the secretariat, and those that concern all delegations."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.actions import arrange_delegations, draw_first_seat
from conferences.models import Conference, Delegation, Rank
from conferences.order import By, name_of, ordered
from conferences.queries import conference_at, conference_to_organise, delegations_of
from files.actions import check_file, discard_upload, store_upload
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, WrongMove
from registration import delegation_actions
from registration.actions import change_application, move_application, submit_application, substitute_member
from registration.answers import asked
from registration.context import note_focal_point
from registration.delegations import (
    Calendar,
    calendar_of,
    categories_for,
    delegation_for,
    delegations_for,
    members_by_rank,
    places_of,
    ranks_of_heads,
)
from registration.forms.apply import attendance_of, facts_of, given_of, initial_of, key_of, new_key
from registration.forms.delegations import (
    CredentialsForm,
    FocalPointForm,
    MemberForm,
    OrderForm,
    PhasesForm,
    ReasonForm,
    initial_of_phases,
    rank_of,
)
from registration.models import (
    ACTIVE,
    Application,
    Attendance,
    Capacity,
    Category,
    Credential,
    CredentialState,
    FieldKind,
    FocalPoint,
    Phases,
    Status,
)
from registration.papers import Papers
from registration.rules import CREDENTIALS, may_decide, may_edit, moves_of, represents
from registration.views.pages import conference_page
from registration.wishes import AppliedAlready, Wish, check_applications
from web.posted import UNPROCESSABLE, form_page, status_of, whole_number

MEMBERS_A_PAGE = 40


@require_safe
def delegations(request: HttpRequest, slug: str) -> HttpResponse:
    """All delegations for the secretariat, their own for focal points, with what is still missing of each."""
    conference = _conference(request, slug)
    standing = Q(applications__status__in=ACTIVE)
    approved = Q(applications__status=Status.APPROVED)
    affirmed = Q(applications__affirmed_at__isnull=False)
    is_head = Q(applications__category__capacity=Capacity.HEAD)
    found = delegations_for(conference, request.user).annotate(
        member_count=Count("applications", filter=standing, distinct=True),
        approved_count=Count("applications", filter=approved, distinct=True),
        affirmed_count=Count("applications", filter=approved & affirmed, distinct=True),
        head_count=Count("applications", filter=standing & is_head, distinct=True),
        focal_point_count=Count("focal_points", distinct=True),
        to_verify_count=Count(
            "credentials", filter=Q(credentials__state=CredentialState.HANDED_IN), distinct=True
        ),
        verified_count=Count("credentials", filter=Q(credentials__state=CredentialState.VERIFIED), distinct=True),
    )  # fmt: skip
    decides = may_decide(request.user, conference)
    rows = list(found)
    if not rows and not decides:
        raise NotThere
    return conference_page(request, "registration/delegations.html", conference, delegations=rows, decides=decides)


@never_cache
@require_safe
def delegation(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    """One delegation: its phases, places, members by rank, credentials and focal points."""
    return _delegation_page(request, delegation_at(request, slug, delegation_id), FocalPointForm())


def _delegation_page(request: HttpRequest, found: Delegation, form: FocalPointForm) -> HttpResponse:
    conference, now = found.conference, timezone.now()
    decides = may_decide(request.user, conference)
    calendar = calendar_of(conference.pk)
    members = members_by_rank(found)
    replaces = decides or calendar.substitution.is_open(now)
    has_head = any(member.category.capacity == Capacity.HEAD for member in members)
    confirms = decides or calendar.confirmation.is_open(now)
    names = decides or calendar.nomination.is_open(now)
    categories = [
        category
        for category in (categories_for(found) if names else ())
        if not (has_head and category.capacity == Capacity.HEAD)
    ]
    credentials = list(found.credentials.select_related("upload", "handed_in_by").prefetch_related("names"))
    words = request.GET.get("words", "").strip()[:100]
    fitting = [member for member in members if _fits(member, words)]
    page = Paginator(fitting, MEMBERS_A_PAGE).get_page(request.GET.get("page"))
    return conference_page(
        request,
        "registration/delegation.html",
        conference,
        status=status_of(form),
        delegation=found,
        decides=decides,
        phases=_phases(calendar, now),
        standing=_standing(found, members, categories, credentials, calendar, now),
        words=words,
        tick_all=request.GET.get("tick") == "all",
        has_search=bool(words) or len(members) > MEMBERS_A_PAGE // 2,
        member_count=len(members),
        page=page,
        members=[(member, may_edit(request.user, member)) for member in page],
        unranked=Rank.NONE,
        replaces=replaces,
        to_confirm=[member for member in page if _is_to_confirm(member)] if confirms else [],
        categories=categories,
        credentials=credentials,
        focal_points=found.focal_points.select_related("user"),
        form=form,
    )


def _fits(member: Application, words: str) -> bool:
    said = f"{member.name} {member.function} {member.organisation} {member.category}".casefold()
    return all(word in said for word in words.casefold().split())


def _standing(
    found: Delegation,
    members: Sequence[Application],
    categories: Sequence[Category],
    credentials: Sequence[Credential],
    calendar: Calendar,
    now: Any,
) -> list[dict[str, Any]]:
    """What is there and what is missing, each with its state and, where something can be done about it, where."""
    own = [found.conference.slug, found.pk]
    head = next((member for member in members if member.category.capacity == Capacity.HEAD), None)
    for_heads = next((category for category in categories if category.capacity == Capacity.HEAD), None)
    rows: list[dict[str, Any]] = [
        {"what": _("Head"), "state": "done", "says": head.name}
        if head is not None
        else {
            "what": _("Head"),
            "state": "pending",
            "says": _("not named yet"),
            "leads_to": reverse("registration:nominate", args=[*own, for_heads.pk]) if for_heads else "",
            "act": _("Name the head"),
        }
    ]
    states = {credential.state for credential in credentials}
    hand_in = {"leads_to": reverse("registration:hand_in_credentials", args=own), "act": _("Hand in a note")}
    if CredentialState.VERIFIED in states:
        rows.append({"what": _("Credentials"), "state": "done", "says": _("verified")})
    elif CredentialState.HANDED_IN in states:
        rows.append({"what": _("Credentials"), "state": "pending", "says": _("with the secretariat")})
    else:
        says, state = (_("refused"), "failed") if states else (_("not handed in yet"), "pending")
        rows.append({"what": _("Credentials"), "state": state, "says": says, **(hand_in if members else {})})
    approved = [member for member in members if member.status == Status.APPROVED]
    affirmed = sum(member.affirmed_at is not None for member in approved)
    confirmation = {"what": _("Confirmation"), "state": "pending"}
    if not approved:
        rows.append({**confirmation, "says": _("nobody is approved yet")})
    elif affirmed < len(approved) and calendar.confirmation.is_to_come(now):
        rows.append({**confirmation, "state": "scheduled", "says": _("not open yet")})
    else:
        counts = {"number": affirmed, "total": len(approved)}
        says = _("%(number)d of %(total)d confirmed") % counts
        rows.append({**confirmation, "says": says, "state": "done" if affirmed == len(approved) else "pending"})
    for place in _places(found, members):
        counts = {"taken": place["taken"], "size": place["size"], "waiting": place["waiting"]}
        says = _("%(taken)d of %(size)d taken") if place["size"] is not None else _("%(taken)d taken")
        is_full = place["size"] is not None and place["taken"] >= place["size"]
        more = ngettext("%(waiting)d waits", "%(waiting)d wait", place["waiting"]) if place["waiting"] else ""
        rows.append(
            {
                "what": _("Places %(attendance)s") % {"attendance": place["words"]},
                "state": "suspended" if place["waiting"] else "closed" if is_full else "scheduled",
                "says": ", ".join(part % counts for part in (says, more) if part),
            }
        )
    return rows


def _is_to_confirm(member: Application) -> bool:
    return member.status == Status.APPROVED and member.affirmed_at is None


def _phases(calendar: Calendar, now: Any) -> list[dict[str, Any]]:
    both = ((_("Nomination"), calendar.nomination), (_("Confirmation"), calendar.confirmation))
    return [
        {"words": words, "phase": phase, "is_to_come": phase.is_to_come(now), "is_over": phase.is_over(now)}
        for words, phase in both
    ]


def _places(found: Delegation, members: Sequence[Application]) -> list[dict[str, Any]]:
    """For each way to attend that there is a size for or somebody in: how many places are taken, of how many."""
    rows = []
    for attendance, quota in places_of(found).items():
        here = [member for member in members if member.attendance == attendance]
        taken = sum(member.status == Status.APPROVED for member in here)
        if quota is not None or here:
            rows.append(
                {
                    "words": Attendance(attendance).label,
                    "taken": quota.used_count if quota is not None else taken,
                    "size": quota.size if quota is not None else None,
                    "waiting": sum(member.status == Status.WAITING for member in here),
                }
            )
    return rows


# Focal points


@require_POST
def invite_focal_point(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    found = delegation_at(request, slug, delegation_id)
    form = FocalPointForm(request.POST)
    if form.is_valid():
        try:
            invited = delegation_actions.invite_focal_point(found.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(person)s is a focal point and gets a mail.") % {"person": invited.user})
            return _to(found)
    return _delegation_page(request, found, form)


@require_POST
def dismiss_focal_point(request: HttpRequest, slug: str, delegation_id: int, focal_point_id: int) -> HttpResponse:
    found = delegation_at(request, slug, delegation_id)
    focal_point = FocalPoint.objects.select_related("user").filter(pk=focal_point_id, delegation=found).first()
    if focal_point is None:
        raise NotThere
    delegation_actions.dismiss_focal_point(focal_point.pk, by=request.user)
    messages.success(request, _("%(person)s is no longer a focal point.") % {"person": focal_point.user})
    return _to(found)


# Members


@never_cache
@form_page
def nominate(request: HttpRequest, slug: str, delegation_id: int, category_id: int) -> HttpResponse:
    """Registers somebody for the delegation."""
    found = delegation_at(request, slug, delegation_id)
    category = categories_for(found).select_related("conference").filter(pk=category_id).first()
    if category is None:
        raise NotThere
    return _member_page(request, found, category, leaver=None)


@never_cache
@form_page
def substitute(request: HttpRequest, slug: str, delegation_id: int, application_id: int) -> HttpResponse:
    """Puts somebody in the place of a member."""
    found = delegation_at(request, slug, delegation_id)
    leaver = _member(found, application_id)
    if leaver.status not in ACTIVE:
        messages.info(request, _("%(name)s does not come any more.") % {"name": leaver.name})
        return _to(found)
    return _member_page(request, found, leaver.category, leaver=leaver)


def _member_page(
    request: HttpRequest, found: Delegation, category: Category, *, leaver: Application | None
) -> HttpResponse:
    fields = asked(category)
    key = key_of(request.POST)
    papers = Papers(key or new_key())
    data = None
    if request.method == "POST":
        data = {**request.POST.dict(), "submit_key": str(papers.submit_key)}
        papers.take(fields, typed=request.POST, files=request.FILES, by=request.user)
    initial = {"attendance": Attendance.IN_ROOM}
    form = MemberForm(category, fields, papers, asks_address=True, data=data, initial=initial)
    if leaver is not None:
        # The place that passes on is in the room or online, as it is.
        form.fields.pop("attendance", None)
    if data is not None:
        wish = Wish(
            category_id=category.pk,
            facts=facts_of(request.POST, email=request.POST.get("email", ""), language="", rank=rank_of(request.POST)),
            submit_key=papers.submit_key,
            attendance=leaver.attendance if leaver is not None else attendance_of(request.POST, category),
            delegation_id=found.pk,
            answers=given_of(request.POST, fields, papers),
        )
        try:
            if key is None:
                raise Invalid(_("Reload the page and send the form again."))
            if papers.wrong:
                # Of somebody new all that is wrong is said at once, not the files first and the rest at the next try.
                raise (None if leaver else check_applications([wish], by=request.user)[0]) or Invalid
            made = _done(wish, leaver, request)
        except AppliedAlready as refusal:
            form.mark(Invalid(fields={"email": refusal.words}))
        except (Invalid, WrongMove) as refusal:
            form.mark(refusal, papers.wrong)
        else:
            messages.success(request, _made_words(made, leaver))
            if leaver is None and "another" in request.POST:
                return redirect("registration:nominate", found.conference.slug, found.pk, category.pk)
            return _to(found)
    return conference_page(
        request,
        "registration/delegation_member.html",
        found.conference,
        status=UNPROCESSABLE if data is not None else 200,
        delegation=found,
        category=category,
        leaver=leaver,
        consents=[field for field in fields if field.kind == FieldKind.CONSENT],
        names_many=leaver is None and category.capacity != Capacity.HEAD,
        form=form,
    )


def _done(wish: Wish, leaver: Application | None, request: HttpRequest) -> Application:
    if leaver is None:
        return submit_application(wish, by=request.user)
    return substitute_member(
        leaver.pk, facts=wish.facts, submit_key=wish.submit_key, answers=wish.answers, by=request.user
    )


def _made_words(made: Application, leaver: Application | None) -> str:
    if leaver is not None:
        return _("%(newcomer)s comes in place of %(leaver)s.") % {"newcomer": made.name, "leaver": leaver.name}
    if made.status == Status.APPROVED:
        return _("%(name)s is registered.") % {"name": made.name}
    if made.status == Status.WAITING:
        return _("No place is free, so %(name)s is on the waiting list.") % {"name": made.name}
    return _("%(name)s is named. The secretariat decides next.") % {"name": made.name}


@never_cache
@form_page
def change_member(request: HttpRequest, slug: str, delegation_id: int, application_id: int) -> HttpResponse:
    """Changes what is said of a member, while it is pending."""
    found = delegation_at(request, slug, delegation_id)
    member = _member(found, application_id)
    if not may_edit(request.user, member):
        raise NotAllowed(_("This is decided on, and only the secretariat can change it. You can replace the member."))
    fields = asked(member.category)
    papers = Papers.of_answers(member.answers.select_related("upload"), member.submit_key)
    data = request.POST if request.method == "POST" else None
    form = MemberForm(
        member.category,
        fields,
        papers,
        asks_address=False,
        data=data,
        initial={**initial_of(member), "rank": member.rank},
    )
    if data is not None:
        papers.take(fields, typed=data, files=request.FILES, by=request.user)
        try:
            if papers.wrong:
                raise Invalid
            change_application(
                member.pk,
                facts=facts_of(data, email=member.email, language=member.language, rank=rank_of(data)),
                answers=given_of(data, fields, papers),
                attendance=attendance_of(data, member.category),
                by=request.user,
            )
        except (Invalid, WrongMove) as refusal:
            form.mark(refusal, papers.wrong)
        else:
            messages.success(request, _("%(person)s is changed.") % {"person": data.get("name", "").strip()})
            return _to(found)
    return conference_page(
        request,
        "registration/delegation_change.html",
        found.conference,
        status=UNPROCESSABLE if data is not None else 200,
        delegation=found,
        member=member,
        form=form,
    )


@never_cache
@form_page
def withdraw_member(request: HttpRequest, slug: str, delegation_id: int, application_id: int) -> HttpResponse:
    """Asks once, then withdraws a member; the place goes to whoever waits."""
    found = delegation_at(request, slug, delegation_id)
    member = _member(found, application_id)
    if request.method == "POST":
        move_application(member.pk, to=Status.WITHDRAWN, by=request.user)
        messages.success(request, _("%(name)s is withdrawn.") % {"name": member.name})
        return _to(found)
    if Status.WITHDRAWN not in moves_of(request.user, member):
        return _to(found)
    return conference_page(
        request, "registration/delegation_withdraw.html", found.conference, delegation=found, member=member
    )


@require_POST
def affirm(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    """Says of those who are ticked that they come."""
    found = delegation_at(request, slug, delegation_id)
    ticked = [pk for text in request.POST.getlist("members") if (pk := whole_number(text))]
    try:
        affirmed = delegation_actions.affirm_members(found.pk, application_ids=ticked, by=request.user)
    except WrongMove as refusal:
        messages.error(request, str(refusal.words))
        return _to(found)
    if ticked:
        words = ngettext("%(count)d member comes.", "%(count)d members come.", affirmed)
        messages.success(request, words % {"count": affirmed})
    else:
        messages.warning(request, _("You ticked nobody."))
    return _to(found)


# Credentials


@never_cache
@form_page
def hand_in_credentials(request: HttpRequest, slug: str, delegation_id: int) -> HttpResponse:
    found = delegation_at(request, slug, delegation_id)
    members = members_by_rank(found)
    is_sent = request.method == "POST"
    form = CredentialsForm(request.POST if is_sent else None, request.FILES if is_sent else None, members=members)
    if is_sent and not form.is_valid() and "note" in form.cleaned_data:
        # All that is wrong at once: the file is looked at though somebody has to correct something else.
        _check_note(form)
    if form.is_valid() and _handed_in(request, found, form):
        messages.success(request, _("The credentials are handed in. The secretariat verifies them."))
        return _to(found)
    return conference_page(
        request,
        "registration/delegation_credentials.html",
        found.conference,
        status=status_of(form),
        delegation=found,
        form=form,
        members=members,
    )


def _check_note(form: CredentialsForm) -> None:
    try:
        check_file(
            form.cleaned_data["note"],
            accepts=delegation_actions.NOTES,
            largest=delegation_actions.LARGEST_NOTE,
        )
    except ValidationError as error:
        form.add_error("note", error)


def _handed_in(request: HttpRequest, found: Delegation, form: CredentialsForm) -> bool:
    """Whether it could be; if not, the form says why."""
    try:
        upload = store_upload(
            form.cleaned_data["note"],
            purpose=CREDENTIALS,
            accepts=delegation_actions.NOTES,
            largest=delegation_actions.LARGEST_NOTE,
            by=request.user,
        )
    except ValidationError as error:
        form.add_error("note", error)
        return False
    try:
        delegation_actions.hand_in_credentials(
            found.pk, upload_id=upload.pk, names=form.cleaned_data["names"], by=request.user
        )
    except Refusal as refusal:
        discard_upload(upload.pk)
        if not isinstance(refusal, Invalid):
            raise
        form.mark(refusal)
        return False
    return True


@never_cache
@form_page
def decide_credentials(request: HttpRequest, slug: str, delegation_id: int, credential_id: int) -> HttpResponse:
    """The secretariat reads the note beside the names, and verifies it or refuses it with a reason."""
    found = delegation_at(request, slug, delegation_id)
    if not may_decide(request.user, found.conference):
        raise NotAllowed(_("The secretariat verifies credentials."))
    named = Application.objects.select_related("category").order_by("rank", "pk")
    notes = found.credentials.select_related("upload", "handed_in_by", "decided_by")
    credential = notes.prefetch_related(Prefetch("names", named)).filter(pk=credential_id).first()
    if credential is None:
        raise NotThere
    refuses = request.method == "POST" and "verify" not in request.POST
    form = ReasonForm(request.POST if refuses else None)
    if request.method == "POST" and not refuses:
        delegation_actions.verify_credentials(credential.pk, by=request.user)
        messages.success(request, _("The credentials are verified. The focal points are told."))
        return _to(found)
    if refuses and form.is_valid():
        try:
            delegation_actions.refuse_credentials(credential.pk, reason=form.cleaned_data["reason"], by=request.user)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The credentials are refused. The focal points are told why."))
            return _to(found)
    return conference_page(
        request,
        "registration/delegation_decide.html",
        found.conference,
        status=status_of(form),
        delegation=found,
        credential=credential,
        form=form,
        states=CredentialState,
    )


# What concerns all delegations


@form_page
def phases(request: HttpRequest, slug: str) -> HttpResponse:
    """When delegations name their members and when they confirm who comes."""
    conference = _conference(request, slug)
    if not may_decide(request.user, conference):
        raise NotAllowed(_("The secretariat sets the dates."))
    with timezone.override(conference.zone):
        there = Phases.objects.filter(pk=conference.pk).first() or Phases()
        form = PhasesForm(request.POST or None, initial=initial_of_phases(there))
        if form.is_valid():
            try:
                delegation_actions.set_phases(conference.pk, by=request.user, **form.cleaned_data)
            except Invalid as refusal:
                form.mark(refusal)
            else:
                messages.success(request, _("The dates are saved."))
                return redirect("registration:phases", slug)
        status = status_of(form)
        return conference_page(request, "registration/delegation_phases.html", conference, status=status, form=form)


@require_safe
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """A protocol order is chosen and looked at; nobody moves before it is saved."""
    return _order_page(request, conference_to_organise(slug, request.user))


def _order_page(request: HttpRequest, conference: Conference, refusal: Refusal | None = None) -> HttpResponse:
    seated = list(delegations_of(conference))
    form = OrderForm(request.POST if request.method == "POST" else request.GET, delegations=seated)
    chosen = form.chosen()
    if refusal is not None:
        form.add_error(None, str(refusal.words))
    ranks = ranks_of_heads(seated)
    wished = ordered(seated, chosen, ranks=ranks)
    shows_rank = chosen.by == By.RANK
    return conference_page(
        request,
        "registration/delegation_order.html",
        conference,
        status=200 if refusal is None else UNPROCESSABLE,
        form=form,
        rows=[
            {
                "delegation": row,
                "name": name_of(row, chosen),
                "moved_from": row.position,
                "rank": Rank(ranks[row.pk]).label if shows_rank and row.pk in ranks else "",
            }
            for row in wished
        ],
        shows_rank=shows_rank,
        is_seated_so=[row.pk for row in wished] == [row.pk for row in seated],
        language=chosen.language,
    )


@require_POST
def arrange(request: HttpRequest, slug: str) -> HttpResponse:
    """Saves the order that was looked at, and no other."""
    conference = conference_to_organise(slug, request.user)
    seated = list(delegations_of(conference))
    form = OrderForm(request.POST, delegations=seated)
    seen = [pk for text in request.POST.getlist("seen") if (pk := whole_number(text))]
    try:
        if not form.is_valid():
            raise Invalid
        arrange_delegations(
            conference.pk, order=form.chosen(), ranks=ranks_of_heads(seated), seen=seen, by=request.user
        )
    except Invalid as refusal:
        return _order_page(request, conference, refusal)
    messages.success(request, _("The order is saved."))
    return redirect("conferences:delegations", slug)


@require_POST
def draw(request: HttpRequest, slug: str) -> HttpResponse:
    """Draws the first seat, and shows the order that follows from it."""
    conference = conference_to_organise(slug, request.user)
    drawn = draw_first_seat(conference.pk, by=request.user)
    messages.success(request, _("%(name)s is drawn for the first seat.") % {"name": drawn})
    kept = {name: request.POST[name] for name in ("by", "language", "name", "host") if name in request.POST}
    return redirect(f"{reverse('registration:order', args=[slug])}?{urlencode({**kept, 'first': drawn.pk})}")


# Fetching


def _conference(request: HttpRequest, slug: str) -> Conference:
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    return conference


def delegation_at(request: HttpRequest, slug: str, delegation_id: int) -> Delegation:
    """The delegation of a page, for its focal points and the secretariat. Raises NotThere, SignInFirst."""
    conference = _conference(request, slug)
    found = delegation_for(delegation_id, request.user)
    if found.conference_id != conference.pk:
        raise NotThere
    if represents(request.user, found.pk):
        note_focal_point(request)
    return found


def _member(found: Delegation, application_id: int) -> Application:
    applications = Application.objects.select_related("category__conference", "conference", "user")
    member = applications.filter(pk=application_id, delegation=found).first()
    if member is None:
        raise NotThere
    return member


def _to(found: Delegation) -> HttpResponse:
    return redirect("registration:delegation", found.conference.slug, found.pk)
