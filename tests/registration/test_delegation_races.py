"""A member is replaced while others register, and the place goes to the newcomer alone: on both databases."""

import pytest

from registration.actions import move_application
from registration.models import Application, Capacity, Category, Quota, Status

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

# Each a process on SQLite, which takes a second to start.
ROUNDS = 3


def names(status: Status) -> set[str]:
    return set(Application.objects.filter(status=status).values_list("name", flat=True))


def registers(category, delegation, by, *people: str) -> dict:
    return {
        "do": "apply",
        "with": {"category": category.pk, "names": people, "by": by.pk, "delegation_id": delegation.pk},
    }


def replaces(leaver, name: str, by) -> dict:
    return {"do": "substitute", "with": {"application": leaver.pk, "name": name, "by": by.pk}}


@pytest.fixture
def full(quota, conference, fiji):
    """Two places in all, of which Fiji has one."""
    return [quota(conference, 2), quota(conference, 1, delegation=fiji)]


def test_a_replacement_beside_registrations_gives_its_place_to_nobody_else(
    racers, full, delegates, apply, fiji, finland, fia, olga
):
    leaver = apply(delegates, "Leaver0", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Finn", by=olga, delegation_id=finland.pk)
    waiting = {apply(delegates, f"Early{number}", by=olga, delegation_id=fiji.pk).name for number in range(2)}
    for round_ in range(ROUNDS):
        newcomer = f"Newcomer{round_}"
        jobs = [
            registers(delegates, fiji, olga, f"Fijian{round_}", f"Islander{round_}"),
            replaces(leaver, newcomer, fia),
            registers(delegates, finland, olga, f"Finn{round_}", f"Sami{round_}"),
        ]
        went = racers.race(jobs)
        assert not [how for how in went if "error" in how]
        assert went[1] == "approved"
        waiting |= {f"{name}{round_}" for name in ("Fijian", "Islander", "Finn", "Sami")}
        assert names(Status.APPROVED) == {newcomer, "Finn"}
        assert names(Status.WAITING) == waiting
        leaver = Application.objects.get(name=newcomer)
    assert [quota.used_count for quota in Quota.objects.order_by("pk")] == [2, 1]


def test_of_two_who_replace_the_same_member_one_does(racers, full, delegates, apply, fiji, fia, olga):
    leaver = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Bo", by=olga, delegation_id=fiji.pk)
    went = racers.race([replaces(leaver, "Cleo", fia), replaces(leaver, "Dan", olga)])
    assert sorted(went) == ["approved", "wrong_move"]
    assert names(Status.APPROVED) in ({"Cleo"}, {"Dan"})
    assert names(Status.WAITING) == {"Bo"}
    assert [quota.used_count for quota in Quota.objects.order_by("pk")] == [1, 1]


def test_a_replacement_beside_a_withdrawal_of_the_same_member_uses_one_place(
    racers, full, delegates, apply, fiji, fia, olga
):
    """Whichever is first: the place is the newcomer's, or that of the one who waited."""
    leaver = apply(delegates, "Ana", by=olga, delegation_id=fiji.pk)
    apply(delegates, "Bo", by=olga, delegation_id=fiji.pk)
    went = racers.race([replaces(leaver, "Cleo", fia), {"do": "withdraw", "with": {"application": leaver.pk}}])
    assert not [how for how in went if "error" in how]
    expected = {"Cleo"} if went[0] == "approved" else {"Bo"}
    assert went[0] in ("approved", "wrong_move")
    assert names(Status.APPROVED) == expected
    assert [quota.used_count for quota in Quota.objects.order_by("pk")] == [1, 1]


def test_of_two_heads_named_at_once_one_is_the_head(racers, conference, apply, fiji, fia, olga):
    heads = Category.objects.create(conference=conference, capacity=Capacity.HEAD, name="Heads of delegation")
    went = racers.race([registers(heads, fiji, by, name) for by, name in ((fia, "Ana"), (olga, "Bo"), (fia, "Cleo"))])
    assert sorted(went)[1:] == ["wrong_move", "wrong_move"]
    assert sorted(went)[0] in ("approved", "submitted")
    assert Application.objects.count() == 1


def test_a_delegation_whose_head_went_online_has_one_all_the_same(racers, conference, apply, fiji, olga):
    """The two attendances are counted behind different locks; the delegation's own stands over both."""
    heads = Category.objects.create(conference=conference, capacity=Capacity.HEAD, name="Heads of delegation")
    jobs = [registers(heads, fiji, olga, f"Head{number}") for number in range(4)]
    for job in jobs[::2]:
        job["with"]["attendance"] = "online"
    went = racers.race(jobs)
    assert sorted(went) == ["approved", "wrong_move", "wrong_move", "wrong_move"]
    move_application(Application.objects.get(status=Status.APPROVED).pk, to=Status.WITHDRAWN, by=olga)
    assert apply(heads, "Ana", by=olga, delegation_id=fiji.pk).status == Status.APPROVED
