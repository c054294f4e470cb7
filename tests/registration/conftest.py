"""A conference that takes applications, and how somebody applies."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from accounts.models import User
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
