"""Pages of whoever takes part: the categories, a category's form, and one's own applications."""

from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import EntryForm
from accounts.models import User
from accounts.pace import is_too_often
from conferences.models import Conference
from conferences.queries import conference_at
from outbox.errors import Invalid, NotAllowed, Refusal, SignInFirst, TooFast, Words, WrongMove
from registration.actions import (
    change_application,
    confirm_applications,
    move_application,
    set_listed,
    submit_application,
)
from registration.answers import asked, check
from registration.applicant_actions import remind_applicant
from registration.calls import COOKIE as HELP_COOKIE
from registration.consents import consents_wanted
from registration.delegations import represented_by
from registration.desk import said_by
from registration.forms.apply import (
    ANY_KEY,
    ApplicationForm,
    attendance_of,
    facts_of,
    given_of,
    initial_of,
    key_of,
    new_key,
    wish_of,
    written_blank,
)
from registration.models import ACTIVE, Application, Category, Field, Status
from registration.papers import Papers
from registration.participants import may_read_list
from registration.placeholders import named_by
from registration.places import place_in_line
from registration.queries import (
    applications_of,
    form_at,
    has_applied,
    keep_page,
    kept_page,
    offers_of,
    own_application,
)
from registration.rules import is_open, may_decide, may_edit, moves_of
from registration.together import submit_with_others
from registration.views.pages import conference_page
from registration.wishes import AppliedAlready, Wish, check_applications
from web.posted import UNPROCESSABLE, form_page
from web.themes import THEME_COOKIE

# Where the browser remembers which address a code was mailed to, signed, for the page that asks for it.
ADDRESS_COOKIE = "applied_as"
ADDRESS_KEPT_FOR = 3600  # seconds

STRANGERS_WITHIN = 600  # seconds
# Where the page is written that all get: each gets a token and a key of their own in place of these.
_ANY_TOKEN = get_random_string(32)
# Somebody with one of these may be told something on the page that others are not.
_TELLS_MORE = {settings.SESSION_COOKIE_NAME, "messages", HELP_COOKIE}


@require_safe
def categories(request: HttpRequest, slug: str) -> HttpResponse:
    """In what capacity one can take part, and what is left of each one's places."""
    conference = conference_at(slug)
    return conference_page(
        request,
        "registration/categories.html",
        conference,
        offers=offers_of(conference),
        has_applied=has_applied(request.user, conference),
        represented=represented_by(request.user, conference) if request.user.is_authenticated else [],
    )


@never_cache
@form_page
def apply(request: HttpRequest, slug: str, category_id: int) -> HttpResponse:
    """A category's form. Whoever is not signed in is asked for an address, and confirms it afterwards."""
    category, fields = form_at(slug, category_id, request.user)
    if request.method == "POST":
        return _handed_in(request, category, fields)
    if has_applied(request.user, category.conference):
        messages.info(request, _("You applied already. Nobody takes part in two capacities."))
        return redirect("registration:mine", slug)
    if not isinstance(request.user, User):
        return _blank_page(request, category, fields)
    form = _form_of(request, category, fields, Papers(new_key()), initial={"name": request.user.name})
    return _apply_page(request, category, form, takes_files=_takes_files(fields))


def _handed_in(request: HttpRequest, category: Category, fields: list[Field]) -> HttpResponse:
    slug = category.conference.slug
    key = key_of(request.POST)
    papers = Papers(key or new_key())
    is_known = request.user.is_authenticated
    comes_too_often = not is_known and _comes_too_often(request)
    # Of what is not taken anyway nothing is kept.
    if key is not None and not comes_too_often and (is_known or is_open(category, timezone.now())):
        papers.take(fields, typed=request.POST, files=request.FILES, by=request.user)
    wish = wish_of(request.POST, category, fields, papers, request.user)
    try:
        if key is None:
            raise Invalid(_("Reload the page and send the form again."))
        if comes_too_often:
            raise TooFast(_("Very many forms came from your network. Sign in with a mailed code first, then send it."))
        if papers.wrong:
            # All that is wrong is said at once, not the files first and the rest at the next try.
            refusal = check_applications([wish], by=request.user)[0]
            raise Invalid if refusal is None or isinstance(refusal, AppliedAlready) else refusal
        if request.user.is_authenticated:
            application = submit_application(wish, by=request.user, draft="draft" in request.POST)
        else:
            # Only whoever is signed in would find a draft again.
            application = submit_with_others(category.conference_id, wish)
    except AppliedAlready as refusal:
        if request.user.is_authenticated:
            messages.info(request, str(refusal.words))
            return redirect("registration:mine", slug)
        # Looks as if all were new: who has applied here is nobody's business but theirs.
        remind_applicant(category.conference, wish.facts.email)
        return _sent(category.conference, wish)
    except (Invalid, WrongMove, TooFast) as refusal:
        form = _form_of(request, category, fields, papers)
        form.mark(refusal, papers.wrong)
        status = refusal.status if isinstance(refusal, TooFast) else UNPROCESSABLE
        return _apply_page(request, category, form, takes_files=_takes_files(fields), status=status)
    if not request.user.is_authenticated:
        return _sent(category.conference, wish)
    if application.status == Status.DRAFT:
        messages.success(request, _("Your draft is kept. It is not sent yet."))
    return redirect("registration:mine", slug)


def _comes_too_often(request: HttpRequest) -> bool:
    """Whoever does not sign in can type any address: one network could fill the house, and many people's mail."""
    return is_too_often("registration", request, most=settings.STRANGERS_FORMS, within=STRANGERS_WITHIN)


def _form_of(
    request: HttpRequest,
    category: Category,
    fields: list[Field],
    papers: Papers,
    initial: Mapping[str, object] | None = None,
) -> ApplicationForm:
    data = None
    if request.method == "POST":
        data = request.POST.copy()
        data["submit_key"] = str(papers.submit_key)
    asks_address = not request.user.is_authenticated
    return ApplicationForm(category, fields, papers, asks_address=asks_address, data=data, initial=initial)


def _blank_page(request: HttpRequest, category: Category, fields: list[Field]) -> HttpResponse:
    """The page of whoever comes to apply: the same for all of a language and a theme, but for two secrets."""
    has_more = bool(request.GET) or bool(_TELLS_MORE & request.COOKIES.keys())
    alike = (category.pk, get_language(), request.COOKIES.get(THEME_COOKIE, ""), settings.DEMO)
    page = None if has_more else kept_page(alike)
    if page is None:
        form = written_blank(category, fields)
        page = _apply_page(request, category, form, takes_files=_takes_files(fields), csrf_token=_ANY_TOKEN).text
        if not has_more:
            keep_page(alike, page)
    page = page.replace(_ANY_TOKEN, get_token(request)).replace(ANY_KEY, str(new_key()))
    return HttpResponse(page)


def _takes_files(fields: list[Field]) -> bool:
    return any(field.is_of_files for field in fields)


def _apply_page(
    request: HttpRequest,
    category: Category,
    form: ApplicationForm | SafeString,
    *,
    takes_files: bool,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    now = timezone.now()
    return conference_page(
        request,
        "registration/apply.html",
        category.conference,
        status=status,
        category=category,
        form=form,
        takes_files=takes_files,
        # What came too late is shown as it was typed.
        is_shown=status != 200 or is_open(category, now) or may_decide(request.user, category.conference),
        opens_later=category.opens_at is not None and now < category.opens_at,
        **context,
    )


def _sent(conference: Conference, wish: Wish) -> HttpResponse:
    response = redirect("registration:sent", conference.slug)
    response.set_cookie(
        ADDRESS_COOKIE,
        # A cookie holds ASCII, and an address any script.
        signing.dumps(wish.facts.email, salt=ADDRESS_COOKIE),
        max_age=ADDRESS_KEPT_FOR,
        path=reverse("registration:sent", args=[conference.slug]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_safe
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """The code that was mailed can be typed at once."""
    conference = conference_at(slug)
    if request.user.is_authenticated:
        return redirect("registration:mine", slug)
    email = _address_applied_as(request)
    return conference_page(
        request,
        "registration/sent.html",
        conference,
        email=email,
        form=EntryForm(initial={"email": email}),
        next=reverse("registration:mine", args=[slug]),
    )


def _address_applied_as(request: HttpRequest) -> str:
    """What the browser remembers; nothing where that is too old, or was written by somebody else."""
    try:
        email: str = signing.loads(
            request.COOKIES.get(ADDRESS_COOKIE, ""), salt=ADDRESS_COOKIE, max_age=ADDRESS_KEPT_FOR
        )
    except signing.BadSignature:
        return ""
    return email


# One's own


@never_cache
@require_safe
def mine(request: HttpRequest, slug: str) -> HttpResponse:
    """One's own applications: how they stand, how they came there, and what can be done."""
    conference, user = _signed_in(request, slug)
    applications = applications_of(user, conference)
    if not applications:
        return conference_page(request, "registration/mine_none.html", conference)
    first, *earlier = applications
    return conference_page(
        request,
        "registration/mine.html",
        conference,
        application=first,
        said=said_by(first),
        earlier=earlier,
        is_active=first.status in ACTIVE,
        place_in_line=place_in_line(first),
        may_edit=may_edit(user, first),
        may_read_list=may_read_list(user, conference),
        named_by=named_by(first),
        consents=consents_wanted(first),
        may_withdraw=Status.WITHDRAWN in moves_of(user, first),
    )


@require_POST
def set_in_list(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """In the list of participants or out of it, by a button on one's own page."""
    _conference, user = _signed_in(request, slug)
    application = own_application(slug, application_id, user)
    is_listed = request.POST.get("is_listed") == "yes"
    set_listed(application.pk, is_listed=is_listed, by=user)
    messages.success(
        request,
        _("You stand in the list of participants.")
        if is_listed
        else _("You do not stand in the list of participants."),
    )
    return redirect("registration:mine", slug)


@never_cache
@form_page
def change(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """Changes what an application says while it is pending; a draft is sent from here."""
    _conference, user = _signed_in(request, slug)
    application = own_application(slug, application_id, user)
    if not may_edit(user, application):
        raise NotAllowed(
            _("This application is decided on, and can no longer be changed here. Write to the secretariat.")
        )
    fields = asked(application.category)
    papers = Papers.of_answers(application.answers.all(), application.submit_key)
    if request.method == "POST":
        papers.take(fields, typed=request.POST, files=request.FILES, by=user)
        try:
            if papers.wrong:
                raise Invalid
            _change(request, application, fields, papers)
        except Invalid as refusal:
            # All that is wrong at once, not what the action looks at first.
            wrong = _wrong_answers(request, application, fields, papers) | refusal.fields
            return _change_page(request, application, fields, papers, Invalid(refusal.words, fields=wrong))
        except WrongMove as refusal:
            return _change_page(request, application, fields, papers, refusal)
        return redirect("registration:mine", slug)
    return _change_page(request, application, fields, papers)


def _change(request: HttpRequest, application: Application, fields: list[Field], papers: Papers) -> None:
    change_application(
        application.pk,
        facts=facts_of(request.POST, email=application.email, language=get_language() or "", rank=application.rank),
        answers=given_of(request.POST, fields, papers),
        attendance=attendance_of(request.POST, application.category),
        by=request.user,
    )
    if application.status != Status.DRAFT:
        messages.success(request, _("Your application is changed."))
    elif _is_kept(request, application):
        messages.success(request, _("Your draft is kept. It is not sent yet."))
    else:
        move_application(application.pk, to=Status.SUBMITTED, by=request.user)


def _wrong_answers(
    request: HttpRequest, application: Application, fields: list[Field], papers: Papers
) -> dict[str, Words]:
    try:
        check(fields, given_of(request.POST, fields, papers), complete=not _is_kept(request, application))
    except Invalid as refusal:
        return refusal.fields
    return {}


def _is_kept(request: HttpRequest, application: Application) -> bool:
    """Whether it is a draft and stays one for now."""
    return application.status == Status.DRAFT and "draft" in request.POST


def _change_page(
    request: HttpRequest,
    application: Application,
    fields: list[Field],
    papers: Papers,
    refusal: Refusal | None = None,
) -> HttpResponse:
    form = ApplicationForm(
        application.category,
        fields,
        papers,
        asks_address=False,
        data=request.POST if request.method == "POST" else None,
        initial=initial_of(application),
    )
    # Whom somebody comes for does not change: that would be another application.
    form.fields.pop("delegation", None)
    if refusal is not None:
        form.mark(refusal, papers.wrong)
    return conference_page(
        request,
        "registration/mine_change.html",
        application.conference,
        status=200 if refusal is None else UNPROCESSABLE,
        application=application,
        form=form,
        is_draft=application.status == Status.DRAFT,
    )


@never_cache
@form_page
def withdraw(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    """Asks once, then withdraws."""
    conference, user = _signed_in(request, slug)
    application = own_application(slug, application_id, user)
    if request.method == "POST":
        move_application(application.pk, to=Status.WITHDRAWN, by=user)
        messages.success(request, _("Your application is withdrawn."))
        return redirect("registration:mine", slug)
    if Status.WITHDRAWN not in moves_of(user, application):
        return redirect("registration:mine", slug)
    return conference_page(request, "registration/withdraw.html", conference, application=application)


@require_POST
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """Says that what was handed in with one's address is one's own: whoever is signed in has shown it to be theirs."""
    _conference, user = _signed_in(request, slug)
    confirm_applications(of=user)
    return redirect("registration:mine", slug)


def _signed_in(request: HttpRequest, slug: str) -> tuple[Conference, User]:
    conference = conference_at(slug)
    if not request.user.is_authenticated:
        raise SignInFirst
    return conference, request.user
