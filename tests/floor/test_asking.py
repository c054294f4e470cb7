"""What a page says can be asked for, against one table that the page’s script reads too, and against the actions."""

import json
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from outbox.errors import Refusal
from sessions.floor.actions.listing import join_list
from sessions.floor.actions.points import raise_point
from sessions.floor.asking import Asker, why_no_point, why_not
from sessions.floor.clock import face, phase
from sessions.floor.models import ASKED_FOR, Floor, Kind, Speakers
from sessions.floor.views.hall import hall_of
from sessions.programme.models import Session, State

TABLE = json.loads((Path(__file__).parent / "asking.json").read_text())


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: ",".join(case["but"]) or "as it should be")
def test_what_can_be_asked_for(case):
    given = {**TABLE["base"], **case["but"]}
    asker = Asker(**{**given, "open_kinds": frozenset(given["open_kinds"])})
    said = {kind: why_not(kind, asker) or "" for kind in ASKED_FOR}
    assert said == {kind: case[kind] for kind in ASKED_FOR}
    assert (why_no_point(asker) or "") == case["point"]


def test_a_clock_shows_the_same_face_in_the_same_phase_as_on_the_page():
    assert [[ms, face(ms), phase(ms, grace_ms=15_000)] for ms, *_rest in TABLE["faces"]] == TABLE["faces"]
    waiting = [phase(ms, grace_ms=15_000, has_begun=False) for ms, *_rest in TABLE["faces"] if ms > 0]
    assert set(waiting) == {"normal"}


@pytest.mark.parametrize("who", ["ben", "ada", "nobody"])
@pytest.mark.parametrize("speakers", list(Speakers))
@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("state", [State.LIVE, State.SCHEDULED])
def test_a_page_offers_what_the_actions_take(request, rf, panel, state, is_open, speakers, who):
    person = AnonymousUser() if who == "nobody" else request.getfixturevalue(who)
    Floor.objects.create(session=panel, speakers=speakers, list_is_open=is_open, longest_list=2)
    Session.objects.filter(pk=panel.pk).update(state=state, access="public")
    panel.refresh_from_db()
    page = rf.get("/")
    page.user = person
    for kind in (*ASKED_FOR, Kind.COMMENT):
        asker = hall_of(page, panel).asker
        offered = why_not(kind, asker) is None
        before = panel.floor.turns.count()
        try:
            join_list(panel.pk, kind=kind, by=person)
        except Refusal:
            taken = False
        else:
            # Asking again for what one waits for already is quiet.
            taken = panel.floor.turns.count() > before
        assert taken == offered, (kind, asker)
    offered = why_no_point(hall_of(page, panel).asker) is None
    try:
        raise_point(panel.pk, by=person)
    except Refusal:
        assert not offered
    else:
        assert offered
        assert why_no_point(hall_of(page, panel).asker) is not None
