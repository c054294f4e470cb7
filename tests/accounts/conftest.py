import re

import pytest
from django.core.cache import cache

from accounts.actions import demo_person

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    """Rate limits are counted in the cache, which outlives a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def code_in():
    """The code in a mail, on a line of its own."""

    def find(mail) -> str:
        return re.search(r"^(\d{4}-\d{4})$", mail.body, re.MULTILINE)[1]

    return find


@pytest.fixture
def signed_in():
    """Whether a browser is signed in, and as whom: the address, or None."""

    def ask(client):
        response = client.get("/profile/")
        return response.context["user"].email if response.status_code == 200 else None

    return ask


@pytest.fixture
def mia(settings):
    """Has an account with a password and a verified address."""
    settings.DEMO = True
    mia = demo_person("mia@example.org", "Mia", PASSWORD)
    settings.DEMO = False
    return mia
