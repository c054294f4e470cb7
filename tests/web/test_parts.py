"""A page that is made of parts, which apps above register."""

import pytest
from django.test import RequestFactory

from web.parts import Part, Parts, scripts_of, styles_of


def shown(name: str, rank: int = 0, **more) -> Part:
    return Part(name=name, context=lambda _request, about: {"about": about}, rank=rank, **more)


def test_parts_come_by_rank_and_name_and_only_where_they_have_something_to_show():
    parts = Parts("the page")
    for part in (shown("last", rank=9), shown("b"), shown("a"), Part(name="silent", context=lambda *_: None)):
        parts.register(part)
    filled = parts.fill(RequestFactory().get("/"), "Fiji")
    assert [(each.part.name, each.context) for each in filled] == [
        (name, {"about": "Fiji"}) for name in ("a", "b", "last")
    ]


def test_what_two_parts_need_is_linked_once():
    parts = Parts("the page")
    for name in ("one", "two"):
        parts.register(shown(name, styles=("both.css", f"{name}.css"), scripts=("both.js",)))
    filled = parts.fill(RequestFactory().get("/"), None)
    assert styles_of(filled) == ["both.css", "one.css", "two.css"]
    assert scripts_of(filled) == ["both.js"]


def test_a_part_is_registered_once():
    parts = Parts("the page")
    parts.register(shown("one"))
    with pytest.raises(ValueError, match="the part one of the page is registered twice"):
        parts.register(shown("one"))
