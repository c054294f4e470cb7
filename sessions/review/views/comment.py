"""A comment on another delegation’s statement, on a page of its own; a sheet of the session’s page sends the same."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from conferences.rules import speaks_for
from outbox.errors import NotThere, Refusal, SignInFirst
from sessions.programme.views.posted import back, carry_out, way_back
from sessions.review.forms import RemarkForm
from sessions.review.models import Slot
from sessions.review.queries import slots_with_names
from sessions.review.views.reached import entered_review, of_session
from web.posted import form_page, status_of


@form_page
def comment(request: HttpRequest, slug: str, session_id: int, slot_id: int) -> HttpResponse:
    session, review = entered_review(request.user, slug, session_id)
    if not request.user.is_authenticated:
        raise SignInFirst
    slot = slots_with_names().filter(pk=slot_id, review=review).first()
    author = speaks_for(request.user, session.conference_id)
    if slot is None or author is None or author.pk == slot.delegation_id:
        raise NotThere
    form = RemarkForm(request.POST or None)
    if form.is_valid() and _handed_in(request, slot, form):
        return back(request, session.get_absolute_url())
    context = {
        **of_session(request, session),
        "slot": slot,
        "author": author,
        "form": form,
        "back": way_back(request, request.POST.get("back") or request.GET.get("back", ""), session.get_absolute_url()),
        "command_id": request.POST.get("command_id") or uuid4(),
    }
    return render(request, "review/comment.html", context, status=status_of(form))


def _handed_in(request: HttpRequest, slot: Slot, form: RemarkForm) -> bool:
    """What was typed stays handed in also where the list is closed: then it is filed if nobody reads it."""
    try:
        done = carry_out(request, "remark.submit", {"slot_id": slot.pk, **form.cleaned_data})
    except (NotThere, SignInFirst):
        raise
    except Refusal as refusal:
        form.mark(refusal)
        return False
    if done["why_not"]:
        words = _("It is handed in, but you are not on the speakers’ list: %(why)s") % {"why": done["why_not"]}
        messages.warning(request, words)
    else:
        messages.success(request, _("It is handed in, and you are on the speakers’ list."))
    return True
