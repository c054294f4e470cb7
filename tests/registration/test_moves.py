"""Who moves an application where: what is allowed from each status, to whom, with which reason, and what is told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from outbox.errors import Invalid, NotAllowed, NotThere, WrongMove
from registration.actions import (
    change_application,
    confirm_applications,
    move_application,
    release_unconfirmed,
    set_places,
)
from registration.live import SECRETARIAT
from registration.models import ACTIVE, MOVES, Application, Attendance, Post, Quota, Status, Step, Work
from registration.rules import moves_of
from registration.wishes import Facts

pytestmark = pytest.mark.django_db

DECIDERS = ("olga", "sefa")
# From each status: what the applicant may do with it, and what the secretariat may.
OWN = {
    Status.DRAFT: {Status.SUBMITTED, Status.WITHDRAWN},
    Status.SUBMITTED: {Status.WITHDRAWN},
    Status.ON_HOLD: {Status.WITHDRAWN},
    Status.WAITING: {Status.WITHDRAWN},
    Status.APPROVED: {Status.WITHDRAWN},
    Status.REJECTED: set(),
    Status.WITHDRAWN: set(),
}
THE_SECRETARIATS = {
    Status.DRAFT: {Status.SUBMITTED, Status.APPROVED, Status.WITHDRAWN},
    Status.SUBMITTED: {Status.ON_HOLD, Status.APPROVED, Status.REJECTED, Status.WITHDRAWN},
    Status.ON_HOLD: {Status.SUBMITTED, Status.APPROVED, Status.REJECTED, Status.WITHDRAWN},
    Status.WAITING: {Status.APPROVED, Status.ON_HOLD, Status.REJECTED, Status.WITHDRAWN},
    Status.APPROVED: {Status.ON_HOLD, Status.REJECTED, Status.WITHDRAWN},
    Status.REJECTED: {Status.SUBMITTED},
    Status.WITHDRAWN: set(),
}
# Nobody's status may name one that the table lacks.
assert set(OWN) == set(THE_SECRETARIATS) == set(MOVES)


@pytest.fixture
def sefa(conference):
    """Works in the secretariat, and organises nothing."""
    sefa = User.objects.create_user("sefa@example.org", name="Sefa")
    Post.objects.create(conference=conference, user=sefa, work=Work.SECRETARIAT)
    return sefa


@pytest.fixture
def desk(conference):
    return SECRETARIAT.name(conference_id=conference.pk)


@pytest.fixture
def people(delegates, fiji, fia, olga, sefa, ben, eve):
    """Ana applied for Fiji; Fia is its focal point. Hana works at the help desk."""
    hana = User.objects.create_user("hana@example.org", name="Hana")
    Post.objects.create(conference=delegates.conference, user=hana, work=Work.HELP_DESK)
    ana = User.objects.create_user("ana@example.org", name="Ana")
    return {
        "ana": ana, "fia": fia, "olga": olga, "sefa": sefa, "ben": ben, "eve": eve, "hana": hana,
        "nobody": AnonymousUser(),
    }  # fmt: skip


@pytest.fixture
def standing(delegates, fiji, people):
    """`standing(status)` is Ana's application for Fiji, where it would stand after all that led there."""

    def stands(status):
        quota, _ = Quota.objects.get_or_create(
            conference=delegates.conference, attendance=Attendance.IN_ROOM, category=None, delegation=None
        )
        # Somebody who waits has nowhere to go: the one place is taken by another.
        quota.size, quota.used_count = (0, 0) if status == Status.WAITING else (5, int(status == Status.APPROVED))
        quota.save()
        return Application.objects.create(
            conference=delegates.conference,
            category=delegates,
            delegation=fiji,
            user=people["ana"],
            name="Ana",
            email="ana@example.org",
            status=status,
            submit_key=uuid4(),
            confirmed_at=timezone.now(),
            waiting_since=timezone.now() if status == Status.WAITING else None,
        )

    return stands


def allowed(name: str, before: Status) -> set[Status]:
    if name in DECIDERS:
        return THE_SECRETARIATS[before]
    return OWN[before] if name in ("ana", "fia") else set()


@pytest.mark.parametrize("before", Status)
def test_the_page_offers_each_person_what_they_may(standing, people, before):
    application = standing(before)
    offered = {name: set(moves_of(person, application)) for name, person in people.items()}
    assert offered == {name: allowed(name, before) for name in people}


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("to", Status)
@pytest.mark.parametrize("name", ["olga", "sefa", "ana", "fia"])
def test_each_move_is_open_to_whom_the_table_names(standing, people, name, before, to):
    application = standing(before)
    act = {"to": to, "reason": "Because.", "by": people[name]}
    queued_again = before == Status.WAITING and to == Status.APPROVED
    if before == to or queued_again:
        # What is so already is left alone, and so is one that waits as long as nothing is free.
        assert move_application(application.pk, **act).status == before
        assert not Step.objects.exists()
    elif to in allowed(name, before):
        moved = move_application(application.pk, **act)
        # Handing in, by the secretariat, is approving; so is nothing else.
        approves_itself = before == Status.DRAFT and to == Status.SUBMITTED and name in DECIDERS
        assert moved.status == (Status.APPROVED if approves_itself else to)
        assert Step.objects.get().by == people[name]
    else:
        refusal = WrongMove if to not in MOVES[before] else NotAllowed
        with pytest.raises(refusal):
            move_application(application.pk, **act)
        assert Application.objects.get().status == before


@pytest.mark.parametrize("name", ["eve", "ben", "hana", "nobody"])
@pytest.mark.parametrize("to", Status)
def test_to_everybody_else_there_is_no_such_application(standing, people, name, to):
    application = standing(Status.SUBMITTED)
    for number in (application.pk, application.pk + 1000):
        with pytest.raises(NotThere) as refused:
            move_application(number, to=to, reason="Mine.", by=people[name])
        assert refused.value.as_answer() == NotThere().as_answer()
    assert Application.objects.get().status == Status.SUBMITTED


def test_there_is_no_status_but_these(standing, olga):
    with pytest.raises(NotThere):
        move_application(standing(Status.SUBMITTED).pk, to="promoted", by=olga)


@pytest.mark.parametrize("to", [Status.ON_HOLD, Status.REJECTED])
@pytest.mark.parametrize("reason", ["", "   \n ", "x" * 2001])
def test_holding_and_declining_need_a_reason_that_can_be_told(standing, sefa, to, reason):
    application = standing(Status.SUBMITTED)
    with pytest.raises(Invalid) as refused:
        move_application(application.pk, to=to, reason=reason, by=sefa)
    assert set(refused.value.fields) == {"reason"}
    assert Application.objects.get().status == Status.SUBMITTED


@pytest.mark.parametrize("to", [Status.ON_HOLD, Status.REJECTED])
def test_the_applicant_is_told_the_reason_and_it_is_kept(standing, sefa, mailoutbox, to):
    application = standing(Status.SUBMITTED)
    move_application(application.pk, to=to, reason="  The note verbale is missing.  ", by=sefa)
    mail, to_focal_point = mailoutbox
    assert to_focal_point.to == ["fia@example.org"]
    assert mail.to == ["ana@example.org"]
    assert "The note verbale is missing." in mail.body
    step = Step.objects.get()
    assert (step.before, step.after, step.reason) == (Status.SUBMITTED, to, "The note verbale is missing.")
    assert step.by == sefa


def test_a_later_move_does_not_repeat_an_earlier_reason(standing, sefa, mailoutbox):
    application = standing(Status.SUBMITTED)
    move_application(application.pk, to=Status.ON_HOLD, reason="The photo is too dark.", by=sefa)
    move_application(application.pk, to=Status.APPROVED, by=sefa)
    assert "too dark" not in mailoutbox[-1].body
    assert Application.objects.get().reason == ""


@pytest.mark.parametrize(
    ("before", "to", "event"),
    [
        (Status.SUBMITTED, Status.ON_HOLD, "application.held"),
        (Status.SUBMITTED, Status.APPROVED, "application.approved"),
        (Status.SUBMITTED, Status.REJECTED, "application.rejected"),
        (Status.SUBMITTED, Status.WITHDRAWN, "application.withdrawn"),
        (Status.ON_HOLD, Status.SUBMITTED, "application.submitted"),
        (Status.REJECTED, Status.SUBMITTED, "application.submitted"),
        (Status.APPROVED, Status.WITHDRAWN, "application.withdrawn"),
    ],
)
def test_the_desk_follows_each_move(standing, olga, followed, desk, before, to, event):
    application = standing(before)
    with followed(desk) as events:
        move_application(application.pk, to=to, reason="So it is.", by=olga)
    assert [told.name for told in events] == [event]
    assert events[0].cards[f"application.{application.pk}"]["status"] == to


def test_the_desk_follows_who_is_approved_and_finds_no_place(standing, olga, followed, desk):
    application = standing(Status.SUBMITTED)
    Quota.objects.update(size=0)
    with followed(desk) as events:
        assert move_application(application.pk, to=Status.APPROVED, by=olga).status == Status.WAITING
    assert [told.name for told in events] == ["application.queued"]


def test_the_desk_follows_drafts_and_what_is_handed_in(press, apply, eve, followed, desk):
    with followed(desk) as events:
        draft = apply(press, "Eve", by=eve, draft=True)
        move_application(draft.pk, to=Status.SUBMITTED, by=eve)
    assert [told.name for told in events] == ["application.drafted", "application.submitted"]


def test_the_desk_follows_a_change(standing, sefa, followed, desk):
    application = standing(Status.SUBMITTED)
    with followed(desk) as events:
        change_application(application.pk, facts=Facts(name="Ana Vula"), attendance=Attendance.ONLINE, by=sefa)
    assert [told.name for told in events] == ["application.changed"]
    card = events[0].cards[f"application.{application.pk}"]
    assert (card["name"], card["attendance"]) == ("Ana Vula", "online")


def test_the_desk_follows_places_that_are_added(standing, olga, followed, desk, conference):
    standing(Status.WAITING)
    with followed(desk) as events:
        set_places(conference.pk, sizes={Attendance.IN_ROOM: 1}, by=olga)
    assert [told.name for told in events] == ["application.approved"]


def test_the_desk_follows_who_is_released_and_who_comes_instead(public, apply, quota, conference, followed, desk):
    quota(conference, 1)
    late = apply(public, "Ana")
    apply(public, "Bo")
    Application.objects.filter(pk=late.pk).update(submitted_at=timezone.now() - timedelta(days=3))
    with followed(desk) as events:
        assert release_unconfirmed(conference.pk) == 1
    assert [told.name for told in events] == ["application.withdrawn", "application.approved"]


def test_confirming_an_address_shows_nothing_new_at_the_desk(public, apply, followed, desk):
    mine = apply(public, "Ana")
    with followed(desk, changes=False):
        confirm_applications(of=mine.user)
    assert Application.objects.get().confirmed_at


def test_whoever_holds_a_capacity_holds_it_in_these_and_no_others():
    assert set(ACTIVE) == set(Status) - {Status.REJECTED, Status.WITHDRAWN}
