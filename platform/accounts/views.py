"""One's own account, the button behind a mailed link, and the first organiser's page."""

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import verify_email_and_resume, verify_email_indirectly
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url, perform_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import actions
from accounts.actions import EntryEnded, change_profile, set_up
from accounts.confirmation import Confirmation
from accounts.forms import CodeForm, EntryForm, ProfileForm, SetupForm
from accounts.fresh import has_other_ways, mail_code, show_by_code
from accounts.models import User
from accounts.rules import may_enter_by_link, may_set_up
from outbox.errors import Invalid, WrongMove


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and language, and the ways to sign in."""
    # A copy: a form writes what was typed into its instance, and the page around it shows who is signed in.
    person = User.objects.get_by_natural_key(request.user.get_username())
    form = ProfileForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            change_profile(by=person, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, **_ways_in(person)})


def _ways_in(person: User) -> dict[str, object]:
    kinds = list(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    return {
        "passkey_count": kinds.count(Authenticator.Type.WEBAUTHN),
        "has_app": Authenticator.Type.TOTP in kinds,
        "device_count": UserSession.objects.filter(user=person).count(),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the page changes nothing, since mail scanners open links: its button confirms."""
    confirmation = Confirmation.read(key)
    if confirmation is None or not confirmation.is_wanted():
        return render(request, "accounts/confirm_address_ended.html", status=410)
    if request.method == "POST":
        address, signed_in = verify_email_and_resume(request, confirmation)
        return signed_in or _after_confirming(request, address)
    return render(request, "accounts/confirm_address.html", {"email": confirmation.email})


def _after_confirming(request: HttpRequest, address: EmailAddress | None) -> HttpResponse:
    if address is None:
        return render(request, "accounts/confirm_address_ended.html", status=410)
    return redirect("accounts:profile" if request.user.is_authenticated else "account_login")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first organiser of an empty installation; afterwards a page that says so."""
    if not may_set_up(token):
        return render(request, "accounts/setup_ended.html", status=410)
    form, next_page = SetupForm(request.POST or None), reverse("conferences:create")
    if request.method == "POST" and form.is_valid():
        try:
            organiser = set_up(token, **form.cleaned_data)
        except WrongMove:
            return render(request, "accounts/setup_ended.html", status=410)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            return perform_login(request, organiser, redirect_url=next_page)
    return render(request, "accounts/setup.html", {"form": form})


# Entry passes


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """A code that came by mail or from a help desk is typed here; `next` is the page it leads to."""
    form = EntryForm(request.POST or None)
    if form.is_valid():
        try:
            address = get_adapter().get_client_ip(request)
            person = actions.enter_by_code(**form.cleaned_data, address=address)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            return _let_in(request, person)
    context = {"form": form, "next": get_next_redirect_url(request) or ""}
    return render(request, "accounts/enter.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the page uses nothing up, since mail scanners open links: its button lets in."""
    leads_to = get_next_redirect_url(request) or ""
    if request.method == "POST":
        try:
            return _let_in(request, actions.enter_by_link(token))
        except EntryEnded:
            # Pressed twice, or opened again on the device that is in already.
            if request.user.is_authenticated:
                return redirect(get_login_redirect_url(request))
    elif may_enter_by_link(token):
        return render(request, "accounts/enter_by_link.html", {"next": leads_to})
    elif request.user.is_authenticated and leads_to:
        return HttpResponseRedirect(leads_to)
    return render(request, "accounts/enter_ended.html", {"next": leads_to}, status=410)


def _let_in(request: HttpRequest, person: User) -> HttpResponse:
    """Signs in as a mailed code does; a second factor is asked for all the same."""
    record_authentication(request, person, method="code", email=person.email)
    verify_email_indirectly(request, person, person.email)
    return perform_login(request, person)


# Showing once more who it is


@sensitive_post_parameters("code")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Before what cannot be undone: by the password or passkey that there is, and else by a mailed code."""
    person = cast(User, request.user)
    leads_to = get_next_redirect_url(request) or reverse("accounts:profile")
    if has_other_ways(person):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': leads_to})}")
    if "send" in request.POST:
        mail_code(person)
        return render(request, "accounts/again.html", {"form": CodeForm(), "next": leads_to, "is_sent": True})
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            show_by_code(request, form.cleaned_data["code"])
        except Invalid as refusal:
            form.mark(refusal)
        else:
            return HttpResponseRedirect(leads_to)
    context = {"form": form, "next": leads_to, "is_sent": form.is_bound}
    return render(request, "accounts/again.html", context, status=422 if form.is_bound else 200)
