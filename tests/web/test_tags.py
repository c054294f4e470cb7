"""Flags with their names, states in words, the way back: what the tags of every template write."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.translation import override


def rendered(tag: str, **context) -> str:
    return Template("{% load web %}" + tag).render(Context(context))


def test_a_flag_stands_beside_the_country_s_name():
    html = rendered('{% flag "FJ" %}')
    assert '<span class="flag-name" dir="auto">Fiji</span>' in html
    assert 'src="/static/vendor/flags/FJ.svg" alt=""' in html


def test_a_flag_takes_the_protocol_name():
    assert ">Republic of Fiji</span>" in rendered('{% flag code "Republic of Fiji" %}', code="fj")


def test_a_flag_alone_is_named_for_those_who_do_not_see_it():
    with override("id"):
        assert 'alt="Finlandia"' in rendered('{% flag "FI" "" %}')


def test_an_organisation_has_a_name_and_no_flag():
    html = rendered("{% flag code name %}", code="", name="ASEAN <Secretariat>")
    assert html == '<span class="flag"><span class="flag-name" dir="auto">ASEAN &lt;Secretariat&gt;</span></span>'


def test_a_country_without_a_picture_is_still_named():
    assert "<img" not in rendered('{% flag "ZZ" "Utopia" %}')


def test_a_state_is_a_word_first():
    html = rendered("{% state_word value words %}", value="live", words="Live")
    assert html == '<span class="state" data-state="live">Live</span>'


def test_an_icon_says_nothing_by_itself():
    assert 'aria-hidden="true"' in rendered('{% icon "check" %}')


def test_the_way_back_has_three_steps_at_most():
    assert rendered('{% breadcrumb "/a/" "A" "/b/" title %}', title="<B>") == (
        '<nav class="breadcrumb" aria-label="You are here"><ol>'
        '<li><a href="/a/">A</a></li><li><a href="/b/">&lt;B&gt;</a></li></ol></nav>'
    )
    with pytest.raises(TemplateSyntaxError):
        rendered('{% breadcrumb "/" 1 "/" 2 "/" 3 "/" 4 %}')
