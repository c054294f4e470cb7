"""Strangers who apply in the same moment are written down together, and each gets an answer of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.utils import translation

from outbox.errors import Invalid, NotThere
from registration import together
from registration.actions import submit_applications
from registration.models import Application
from registration.wishes import AppliedAlready, Facts, Wish

PATIENCE = 20  # seconds


def wish(name: str, category_id: int = 1, **facts) -> Wish:
    return Wish(
        category_id=category_id,
        facts=Facts(name=name, email=f"{name.lower()}@example.org", **facts),
        submit_key=uuid4(),
    )


@pytest.fixture
def desk(monkeypatch):
    """A desk where nobody has been yet."""
    monkeypatch.setattr(together, "_desks", together.defaultdict(together._Desk))
    return lambda: together._desks[1]


@pytest.fixture
def all_at_once(desk):
    """Asks for each name in a thread of its own, while the pen is held, and lets go once all of them wait."""

    def ask(*names: str) -> dict[str, object]:
        def one(name: str) -> object:
            try:
                return together.submit_with_others(1, wish(name))
            except Exception as error:
                return error

        with ThreadPoolExecutor(len(names)) as pool:
            with desk().pen:
                asked = {name: pool.submit(one, name) for name in names}
                for _ in range(PATIENCE * 100):
                    if len(desk().waiting) == len(names):
                        break
                    threading.Event().wait(0.01)
            return {name: answer.result(PATIENCE) for name, answer in asked.items()}

    return ask


def test_all_who_wait_are_written_down_at_once_and_one_refusal_is_one_persons(monkeypatch, all_at_once):
    groups = []

    def written_down(wishes, *, by):
        assert not by.is_authenticated
        groups.append({each.facts.name for each in wishes})
        return [NotThere() if each.facts.name == "Eve" else each.facts.name for each in wishes]

    monkeypatch.setattr(together, "submit_applications", written_down)
    answers = all_at_once("Ana", "Bo", "Eve")
    assert groups == [{"Ana", "Bo", "Eve"}]
    assert (answers["Ana"], answers["Bo"], type(answers["Eve"])) == ("Ana", "Bo", NotThere)


def test_no_more_than_a_few_are_written_down_at_once(monkeypatch, all_at_once):
    sizes = []

    def written_down(wishes, *, by):
        sizes.append(len(wishes))
        return [each.facts.name for each in wishes]

    monkeypatch.setattr(together, "submit_applications", written_down)
    monkeypatch.setattr(together, "MOST_TOGETHER", 2)
    answers = all_at_once("Ana", "Bo", "Cleo", "Dai")
    assert sizes == [2, 2]
    assert answers == {name: name for name in answers}


def test_what_breaks_for_all_is_tried_for_each_and_told_to_whom_it_concerns(monkeypatch, all_at_once):
    def broken(wishes, *, by):
        raise OperationalError

    def alone(wish, *, by):
        if wish.facts.name == "Bo":
            raise OperationalError("his row is at fault")
        return wish.facts.name

    monkeypatch.setattr(together, "submit_applications", broken)
    monkeypatch.setattr(together, "submit_application", alone)
    answers = all_at_once("Ana", "Bo", "Cleo")
    assert (answers["Ana"], answers["Cleo"]) == ("Ana", "Cleo")
    assert str(answers["Bo"]) == "his row is at fault"


@pytest.mark.django_db
def test_a_group_is_written_as_each_alone_would_be(public, quota, conference, mailoutbox, followed):
    quota(conference, 2)
    wishes = [wish(name, public.pk) for name in ("Ana", "Bo", "Cleo")]
    again = wish("Ana", public.pk)
    with followed(f"conference.{conference.pk}.registration"):
        answers = submit_applications([*wishes, again, wish("Dai", public.pk, function="x" * 300)], by=AnonymousUser())
    assert list(Application.objects.order_by("pk").values_list("name", "status")) == [
        ("Ana", "approved"),
        ("Bo", "approved"),
        ("Cleo", "waiting"),
    ]
    assert [type(answer) for answer in answers[3:]] == [AppliedAlready, Invalid]
    assert sorted(mail.to[0] for mail in mailoutbox) == ["ana@example.org", "bo@example.org", "cleo@example.org"]


@pytest.mark.django_db
def test_a_refusal_is_told_in_the_language_of_whom_it_concerns(monkeypatch, desk, public):
    def written_down_elsewhere(wish, *, by):
        raise Invalid(fields={"function": "words of another language"})

    monkeypatch.setattr(together, "submit_application", written_down_elsewhere)
    with translation.override("en"), pytest.raises(Invalid) as refusal:
        together.submit_with_others(public.conference_id, wish("Ana", public.pk, function="x" * 300))
    assert {name: str(words) for name, words in refusal.value.fields.items()} == {"function": "At most 200 characters."}
