"""Pictures for the demonstration: a test card for each panel, made by a background job."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs.actions import start
from jobs.models import Job
from jobs.registry import Progress, register_kind
from sessions.programme.models import Session
from sessions.stage import bundles
from sessions.stage.actions import set_source
from sessions.stage.testcard import make_bundle

KIND = "stage.testcards"
STEPS = 100  # of progress, for each card


def show_test_cards(session_ids: list[int], *, by: User) -> Job:
    """Starts the job that gives each of these sessions a card with its number in the list. `by` organises them."""
    return start(KIND, {"session_ids": session_ids, "by": by.pk}, by=by)


def make_test_cards(arguments: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """The work. Safe to repeat: a card is made beside what is shown, and shown when it is whole."""
    sessions = Session.objects.select_related("conference").in_bulk(arguments["session_ids"])
    by = User.objects.get(pk=arguments["by"])
    total = STEPS * len(arguments["session_ids"])
    for index, session_id in enumerate(arguments["session_ids"]):
        if session_id not in sessions:  # deleted since
            continue
        _show_card(sessions[session_id], index, by, progress, total)
        progress((index + 1) * STEPS, total)
    return {"sessions": len(sessions)}


def _show_card(session: Session, index: int, by: User, progress: Progress, total: int) -> None:
    name = bundles.new_name()
    with bundles.making(session.pk, name) as folder:
        make_bundle(folder, index + 1, lambda part: progress(int((index + part) * STEPS), total))
    set_source(
        session.pk,
        hls_url=bundles.address(session, name),
        repeats=True,
        by=by,
    )
    bundles.forget_others(session.pk, name)


def _first_page(job: Job) -> str:
    first = Session.objects.filter(pk__in=job.arguments["session_ids"]).select_related("conference").first()
    return first.get_absolute_url() if first else ""


def register() -> None:
    register_kind(KIND, make_test_cards, title=_("Making test cards for the panels"), leads_to=_first_page)
