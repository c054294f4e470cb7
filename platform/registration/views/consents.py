"""Somebody who was named by others says themselves what they agree to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from outbox.errors import Invalid, SignInFirst
from registration.answers import name_of
from registration.consents import consents_wanted, give_consents
from registration.queries import own_application


@require_POST
def agree(request: HttpRequest, slug: str, application_id: int) -> HttpResponse:
    if not request.user.is_authenticated:
        raise SignInFirst
    application = own_application(slug, application_id, request.user)
    ticked = [field.pk for field in consents_wanted(application) if request.POST.get(name_of(field))]
    try:
        if give_consents(application.pk, field_ids=ticked, by=request.user):
            messages.success(request, _("Thank you. What you agreed to is kept with your application."))
    except Invalid:
        messages.error(request, _("Tick what is needed to take part, or withdraw your application."))
    return redirect("registration:mine", slug)
