"""A conference that takes applications, and how somebody applies."""

import threading
from collections.abc import Callable
from types import ModuleType
from unittest import mock
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connections

from accounts.models import User
from outbox.errors import Refusal
from registration.actions import submit_application
from registration.models import Attendance, Capacity, Category, FocalPoint, Quota
from registration.wishes import Facts, Wish


@pytest.fixture(autouse=True)
def _nobody_came_before():
    """What one network sent within the last minutes is counted in the cache."""
    cache.clear()


@pytest.fixture
def public(conference):
    """Open to everybody, without approval."""
    return Category.objects.create(conference=conference, capacity=Capacity.PUBLIC, name="Public", needs_approval=False)


@pytest.fixture
def press(conference):
    """The secretariat decides."""
    return Category.objects.create(conference=conference, capacity=Capacity.PRESS, name="Press", position=1)


@pytest.fixture
def delegates(conference):
    return Category.objects.create(
        conference=conference, capacity=Capacity.DELEGATE, name="Delegates", is_listed=False, position=2
    )


@pytest.fixture
def fia(fiji):
    """The focal point of Fiji's delegation."""
    fia = User.objects.create_user("fia@example.org", name="Fia")
    FocalPoint.objects.create(delegation=fiji, user=fia)
    return fia


@pytest.fixture
def quota():
    def of(conference, size, *, attendance=Attendance.IN_ROOM, category=None, delegation=None):
        return Quota.objects.create(
            conference=conference, category=category, delegation=delegation, attendance=attendance, size=size
        )

    return of


@pytest.fixture
def apply():
    """`apply(category, "Ana")` hands in an application as the public form does."""

    def applied(category, name="Ana", *, by=None, key=None, draft=False, email=None, answers=(), **wish):
        facts = Facts(name=name, email=f"{name.lower()}@example.org" if email is None else email)
        return submit_application(
            Wish(category_id=category.pk, facts=facts, submit_key=key or uuid4(), answers=answers, **wish),
            by=by or AnonymousUser(),
            draft=draft,
        )

    return applied


MEETS_FOR = 1  # seconds
Step = tuple[ModuleType, str]


@pytest.fixture
def meet():
    """`meet(first, second, before=(module, "step"))` says how the two went who met at this point."""
    return met


def met(first: Callable, second: Callable, *, before: Step | None = None, behind: Step | None = None) -> list[str]:
    """The first stops before or behind it calls that function; the second comes then, and goes as far as locks let it.

    SQLite has one lock, of the whole file: there the second waits until the first is through.
    """
    module, name = before or behind
    real, is_there, may_go = getattr(module, name), threading.Event(), threading.Event()
    went = {}

    def stop() -> None:
        if threading.current_thread().name == "first" and not is_there.is_set():
            is_there.set()
            may_go.wait(20)

    def stopped(*args, **kwargs):
        if before:
            stop()
        done = real(*args, **kwargs)
        if behind:
            stop()
        return done

    def run(job: Callable) -> None:
        me = threading.current_thread().name
        try:
            job()
            went[me] = "done"
        except Refusal as refusal:
            went[me] = refusal.code
        except Exception as error:
            went[me] = f"error: {error!r}"
        finally:
            connections.close_all()

    with mock.patch.object(module, name, stopped):
        threads = [
            threading.Thread(target=run, args=[job], name=at) for job, at in ((first, "first"), (second, "second"))
        ]
        threads[0].start()
        assert is_there.wait(20), went
        threads[1].start()
        threads[1].join(MEETS_FOR)
        may_go.set()
        for thread in threads:
            thread.join(20)
    return [went["first"], went["second"]]
