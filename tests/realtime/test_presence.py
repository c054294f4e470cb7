"""Who follows a session's page is in its ledger: when they came, that they are there, when they left."""

import pytest
from asgiref.sync import sync_to_async

from realtime import presence
from realtime.heartbeat import Heartbeat
from realtime.hub import hub
from sessions.attendance.models import Attendance, SessionPresence
from sessions.questions.models import QuestionTime, Window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def floor(panel):
    QuestionTime.objects.update_or_create(session=panel, defaults={"window": Window.OPEN})
    return f"session.{panel.pk}.floor"


async def reported() -> None:
    """What the heartbeat does every few seconds, now."""
    before = set(hub()._tasks)
    Heartbeat(hub())._report_presence(everybody=False)
    for task in set(hub()._tasks) - before:
        await task


@sync_to_async
def present(session) -> set[str]:
    return set(Attendance.objects.filter(session=session).values_list("user__name", flat=True))


async def test_whoever_follows_is_noted_and_whoever_does_not_is_not(open_page, panel, floor, ben, ada, olga):
    for user in (ben, ada):
        await (await open_page(user)).follow(floor)
    await (await open_page(olga)).follow(f"user.{olga.pk}")
    await reported()
    assert await present(panel) == {"Ben", "Ada"}


async def test_a_short_visit_is_noted_with_its_end(open_page, panel, floor, ben, ada):
    keeper = await open_page(ada)
    await keeper.follow(floor)
    page = await open_page(ben)
    await page.follow(floor)
    await reported()
    await page.close()
    page.closed = 1000
    await reported()
    span = await Attendance.objects.aget(user=ben)
    hers = await Attendance.objects.aget(user=ada)
    assert span.to_at > span.from_at
    assert hers.to_at == hers.from_at


async def test_one_of_two_tabs_that_is_closed_ends_nothing(open_page, panel, floor, ben):
    first, second = await open_page(ben), await open_page(ben)
    for page in (first, second):
        await page.follow(floor)
    await reported()
    await second.close()
    second.closed = 1000
    attended = hub().feeds[floor].attended
    assert attended.people([ben.pk]) == 1
    told = []
    attended._kind = type("Kind", (), {"attended": None, "left": lambda **said: told.append(said)})
    await reported()
    assert told == []


async def test_the_number_and_its_peak_are_kept(open_page, panel, floor, ben, ada):
    pages = [await open_page(user) for user in (ben, ada, None)]
    for page in pages[:2]:
        await page.follow(floor)
    ours = hub()
    before = set(ours._tasks)
    await Heartbeat(ours)._tell_idle_pages()
    for task in set(ours._tasks) - before:
        await task
    row = await SessionPresence.objects.aget(session=panel)
    assert (row.online_now, row.peak) == (2, 2)


def test_people_are_counted_once_and_strangers_each():
    attended = presence.Attended.of("session.1.floor")
    attended.leaves(7)
    assert attended.people([1, 1, 2, None, None]) == 5
    assert presence.Attended.of("user.7") is None
