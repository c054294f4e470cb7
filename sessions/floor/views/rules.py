"""The rules of a session’s floor, on one page for whoever may chair it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from outbox.errors import Refusal
from sessions.floor.actions.setting import set_rules
from sessions.floor.forms import FloorRulesForm, Preset
from sessions.floor.queries import floor_of
from sessions.floor.views.console import chaired_session
from web.posted import form_page, status_of


@never_cache
@form_page
def rules(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """`?preset=` fills the form with rules that others have; they are saved like any other."""
    session = chaired_session(session_id, request.user, slug)
    chosen = request.GET.get("preset")
    preset = Preset(chosen) if chosen in Preset.values else None
    form = FloorRulesForm(request.POST or None, floor=floor_of(session), preset=preset)
    if form.is_valid():
        try:
            set_rules(session.pk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The rules are saved."))
            return redirect("floor:rules", slug, session.pk)
    context = {
        "conference": session.conference,
        "session": session,
        "form": form,
        "presets": Preset,
        "preset": None if form.is_bound else preset,
    }
    return render(request, "floor/rules.html", context, status=status_of(form))
