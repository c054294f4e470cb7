"""Pages about badges, seat plates and certificates: one's own, and what the secretariat prints."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference, Delegation
from conferences.queries import conference_at, delegations_of
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst, WrongMove
from registration.badges import issue_badge, reprint_badge, revoke_badge, standing_badge
from registration.designs import design_of, set_design, store_picture
from registration.desk import conference_to_decide
from registration.forms.letters import name_of_language
from registration.forms.printing import BadgesForm, DesignForm, PlatesForm, QueueForm, ReasonForm
from registration.models import Application, Design, Status
from registration.paper import (
    Sample,
    badge_picture,
    badges_on_paper,
    certificates_on_paper,
    language_of,
    plates_on_paper,
    sample,
)
from registration.print_jobs import (
    Chosen,
    badges_that_wait,
    is_certified,
    is_over,
    people_to_print,
    people_without_letters,
    printouts_of,
    somebody,
    start_badges,
    start_certificates,
)
from registration.rules import may_decide, may_keep_doors
from registration.views.pages import conference_page, drawn
from web.posted import form_page, status_of, whole_number

SAMPLE_WORDS: dict[Sample, Promise] = {
    Sample.BADGE_FRONT: gettext_lazy("The badge’s front"),
    Sample.BADGE_BACK: gettext_lazy("The badge’s back"),
    Sample.PLATE: gettext_lazy("A seat plate"),
    Sample.CERTIFICATE: gettext_lazy("A certificate of attendance"),
}
# Of people whose names hold letters that cannot be printed, so many are named.
MOST_NAMED = 100


# One's own


@never_cache
@form_page
def my_badge(request: HttpRequest, slug: str) -> HttpResponse:
    """The badge to be shown on a phone; its first time it is made by a button."""
    conference, application = _own(request, slug)
    if request.method == "POST":
        issue_badge(application.pk, by=request.user)
        return redirect("registration:my_badge", slug)
    badge = standing_badge(application) if application.holds_a_place else None
    context = {
        "conference": conference,
        "application": application,
        "badge": badge,
        "code": drawn(badge_picture(badge), "badge-code") if badge else "",
        "has_certificate": is_over(conference) and is_certified(application),
    }
    return render(request, "registration/badge_mine.html", context)


@never_cache
@require_safe
def my_badge_file(request: HttpRequest, slug: str) -> HttpResponse:
    conference, application = _own(request, slug)
    return _badge_file(conference, application)


@never_cache
@require_safe
def my_certificate(request: HttpRequest, slug: str) -> HttpResponse:
    """Raises WrongMove before the conference closed, and for whoever was not there."""
    conference, application = _own(request, slug)
    if not application.holds_a_place:
        raise NotThere
    if not is_over(conference):
        raise WrongMove(_("Certificates are given when the conference is over."))
    if not is_certified(application):
        raise WrongMove(_("Certificates are for those who were there. If you were, ask the secretariat."))
    return _pdf(certificates_on_paper(conference, [application]), f"{conference.slug}-certificate.pdf")


def _own(request: HttpRequest, slug: str) -> tuple[Conference, Application]:
    """The conference, and one's own application to it: the approved one where there are several. Raises NotThere."""
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    own = conference.applications.select_related("category", "delegation").filter(user=request.user).order_by("-pk")
    application = own.filter(status=Status.APPROVED).first() or own.first()
    if application is None:
        raise NotThere
    application.conference = conference
    return conference, application


# At the desk


@never_cache
@form_page
def badge(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """Somebody's badge, for the door and the secretariat: print it, replace it, revoke it."""
    conference, application = _of_somebody(request, slug, application_id)
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if request.method == "POST":
        try:
            if _done(request, application, form):
                return redirect("registration:badge", slug, application.pk)
        except (Invalid, WrongMove) as refusal:
            form = form if form.is_bound else ReasonForm({})
            form.mark(refusal)
    return conference_page(
        request,
        "registration/badge.html",
        conference,
        status=status_of(form),
        application=application,
        badge=standing_badge(application),
        earlier=application.badges.filter(revoked_at__isnull=False).order_by("-pk"),
        form=form,
        may_decide=may_decide(request.user, conference),
    )


def _done(request: HttpRequest, application: Application, form: ReasonForm) -> bool:
    """Whether what was asked for is done; False where the form needs another look."""
    if "issue" in request.POST:
        issue_badge(application.pk, by=request.user)
        messages.success(request, _("The badge is made."))
        return True
    if not form.is_valid():
        return False
    in_hand = whole_number(request.POST.get("badge"))
    if "revoke" in request.POST:
        if not application.badges.filter(pk=in_hand).exists():
            raise NotThere
        revoke_badge(in_hand, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The badge opens no door any more."))
    else:
        reprint_badge(application.pk, reason=form.cleaned_data["reason"], replaces=in_hand or None, by=request.user)
        messages.success(request, _("The badge before opens no door any more. Print the new one."))
    return True


@never_cache
@require_safe
def badge_file(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    conference, application = _of_somebody(request, slug, application_id)
    return _badge_file(conference, application)


def _of_somebody(request: HttpRequest, slug: str, application_id: int) -> tuple[Conference, Application]:
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    if not may_keep_doors(request.user, conference):
        raise NotAllowed(_("These pages are for the door and the secretariat of the conference."))
    application = conference.applications.select_related("category", "delegation").filter(pk=application_id).first()
    if application is None:
        raise NotThere
    application.conference = conference
    return conference, application


# For the whole conference


@form_page
def print_badges(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be printed, the files that are there still, and whose letters no font has."""
    conference = conference_to_decide(slug, request.user)
    if "queue" in request.POST:
        return _print_queue(request, conference)
    form = BadgesForm(request.POST or None, conference=conference)
    if form.is_valid():
        try:
            job = start_badges(conference.pk, form.chosen(), paper=form.cleaned_data["paper"], by=request.user)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            return redirect(job)
    return _print_page(request, conference, form=form, status=status_of(form))


def _print_queue(request: HttpRequest, conference: Conference) -> HttpResponse:
    """One file of the badges that wait at the desk, and of no others."""
    form = QueueForm(request.POST)
    paper = form.cleaned_data["paper"] if form.is_valid() else ""
    try:
        return redirect(start_badges(conference.pk, Chosen(only_waiting=True), paper=paper, by=request.user))
    except Invalid as refusal:
        messages.error(request, " ".join(str(words) for words in refusal.fields.values()) or str(refusal.words))
        return redirect("registration:print", conference.slug)


@require_POST
def print_certificates(request: HttpRequest, slug: str) -> HttpResponse:
    conference = conference_to_decide(slug, request.user)
    try:
        return redirect(start_certificates(conference.pk, by=request.user))
    except Refusal as refusal:
        messages.error(request, str(refusal.words))
        return redirect("registration:print", slug)


@never_cache
@require_safe
def plates(request: HttpRequest, slug: str) -> HttpResponse:
    """The seat plates of all delegations in protocol order, or of one."""
    conference = conference_to_decide(slug, request.user)
    form = PlatesForm(request.GET, conference=conference)
    if not form.is_valid():
        raise NotThere
    seated = delegations_of(conference)
    if form.cleaned_data["delegation"] is not None:
        seated = seated.filter(pk=form.cleaned_data["delegation"])
    if not seated.exists():
        raise NotThere(_("No delegation takes part yet."))
    whole = plates_on_paper(conference, seated, language=form.cleaned_data["language"])
    return _pdf(whole, f"{conference.slug}-seat-plates.pdf")


@form_page
def design(request: HttpRequest, slug: str) -> HttpResponse:
    """What of the conference's own stands on its papers, beside how they look with it."""
    conference = conference_to_decide(slug, request.user)
    kept = design_of(conference)
    form = DesignForm(request.POST or None, request.FILES or None, design=kept)
    if form.is_valid() and _is_set(request, conference, kept, form):
        messages.success(request, _("The papers look like this from now on."))
        return redirect("registration:design", slug)
    samples = [(which, SAMPLE_WORDS[which]) for which in Sample if which != Sample.PLATE or _seat(conference)]
    return conference_page(
        request,
        "registration/design.html",
        conference,
        status=status_of(form),
        form=form,
        design=kept,
        language_name=name_of_language(language_of(conference)),
        samples=samples,
        # The pictures are asked for anew after each change.
        seen_at=int(timezone.now().timestamp()),
    )


def _is_set(request: HttpRequest, conference: Conference, kept: Design, form: DesignForm) -> bool:
    """Whether it could be; if not, the form says why. Pictures are stored first: that takes time."""
    pictures = {"logo": kept.logo_id, "signature": kept.signature_id}
    for name in pictures:
        file = form.cleaned_data[name]
        if form.cleaned_data.get(f"without_{name}"):
            pictures[name] = None
        if file is not None:
            try:
                pictures[name] = store_picture(file, by=request.user).pk
            except ValidationError as error:
                form.add_error(name, error)
    if form.errors:
        return False
    try:
        set_design(conference.pk, form.facts(**pictures), by=request.user)
    except Invalid as refusal:
        form.mark(refusal)
        return False
    return True


@never_cache
@require_safe
def design_sample(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """A picture of a paper, for the first who would get one, or for somebody invented."""
    conference = conference_to_decide(slug, request.user)
    if which not in list(Sample):
        raise NotThere
    seat = _seat(conference)
    if which == Sample.PLATE and seat is None:
        raise NotThere
    picture = sample(conference, Sample(which), somebody(conference), seat)
    response = HttpResponse(picture, content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _seat(conference: Conference) -> Delegation | None:
    return delegations_of(conference).first()


def _print_page(request: HttpRequest, conference: Conference, *, status: int, form: BadgesForm) -> HttpResponse:
    without = people_without_letters(conference)
    queue = badges_that_wait(conference)
    return conference_page(
        request,
        "registration/print.html",
        conference,
        status=status,
        form=form,
        queue=queue[:MOST_NAMED],
        queue_count=queue.count(),
        queue_form=QueueForm(auto_id="queue-%s"),
        plates_form=PlatesForm(auto_id="plates-%s", conference=conference),
        printouts=printouts_of(conference),
        is_over=is_over(conference),
        without_letters=without[:MOST_NAMED],
        without_letters_count=len(without),
        people_count=people_to_print(conference, Chosen(), asked_at=timezone.now()).count(),
        certificates_for=design_of(conference).get_certificate_for_display(),
        delegation_count=conference.delegations.count(),
    )


def _badge_file(conference: Conference, application: Application) -> HttpResponse:
    """Raises NotThere where there is no badge yet: it is made by a button, not by looking."""
    badge = standing_badge(application)
    if badge is None or not application.holds_a_place:
        raise NotThere
    return _pdf(badges_on_paper(conference, [badge]), f"{conference.slug}-badge.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response
