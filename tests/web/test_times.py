"""Times stand in the zone of the conference, in the words of the reader."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.translation import override

from web import moments

OPENING = datetime(2021, 11, 16, 5, 0, tzinfo=UTC)


def rendered(tag: str, **context) -> str:
    return Template("{% load web %}" + tag).render(Context(context))


def words(html: str) -> str:
    from django.utils.html import strip_tags  # noqa: PLC0415  only these tests read words out of tags

    return " ".join(strip_tags(html).split())


def test_a_time_says_its_day_clock_and_zone():
    html = rendered("{% when moment zone %}", moment=OPENING, zone="Asia/Makassar")
    assert words(html) == "Tuesday, 16 November 2021, 13:00 Central Indonesia Time (UTC+8)"


def test_a_machine_reads_the_moment_in_utc_and_the_zone():
    html = rendered('{% when moment zone "time" %}', moment=OPENING, zone="Asia/Makassar")
    assert html == (
        '<time class="when" datetime="2021-11-16T05:00:00Z" data-zone="Asia/Makassar" data-form="time">13:00</time>'
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [("time", "13:00"), ("day", "Tuesday, 16 November 2021"), ("short", "16 Nov, 13:00")],
)
def test_a_time_can_be_said_in_fewer_words(form, said):
    html = rendered("{% when moment zone form %}", moment=OPENING, zone="Asia/Makassar", form=form)
    assert words(html) == said


def test_a_form_that_does_not_exist_is_refused():
    with pytest.raises(TemplateSyntaxError):
        rendered('{% when moment zone "soon" %}', moment=OPENING, zone="UTC")


def test_the_day_is_that_of_the_conference_not_of_utc():
    late = datetime(2021, 11, 16, 17, 30, tzinfo=UTC)
    html = rendered('{% when moment zone "short" %}', moment=late, zone="Asia/Makassar")
    assert words(html) == "17 Nov, 01:30"


@pytest.mark.parametrize(
    ("moment", "clock", "offset", "name"),
    [
        (datetime(2024, 3, 31, 0, 59, tzinfo=UTC), "02:59", "UTC+2", "Eastern European Standard Time"),
        (datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "04:00", "UTC+3", "Eastern European Summer Time"),
        (datetime(2024, 10, 27, 0, 59, tzinfo=UTC), "03:59", "UTC+3", "Eastern European Summer Time"),
        (datetime(2024, 10, 27, 1, 0, tzinfo=UTC), "03:00", "UTC+2", "Eastern European Standard Time"),
    ],
)
def test_summer_time_begins_and_ends_on_the_minute(moment, clock, offset, name):
    zone = "Europe/Helsinki"
    assert moments.clock(moment, zone) == clock
    assert moments.offset(zone, moment) == offset
    assert moments.zone_words(zone, moment) == name


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("UTC", "UTC"), ("Asia/Kathmandu", "UTC+5:45"), ("America/St_Johns", "UTC−3:30"), ("Asia/Seoul", "UTC+9")],
)
def test_offsets_are_written_as_people_say_them(zone, offset):
    assert moments.offset(zone, OPENING) == offset


def test_a_zone_without_a_shared_name_is_called_by_its_place():
    assert "Vietnam" in moments.zone_words("Asia/Ho_Chi_Minh", OPENING)


def test_a_span_says_both_ends_once():
    html = rendered(
        "{% span from to zone %}",
        **{"from": OPENING, "to": datetime(2021, 11, 16, 6, 30, tzinfo=UTC), "zone": "Asia/Makassar"},
    )
    assert words(html) == "13:00–14:30"


def test_a_span_may_say_its_day():
    html = rendered(
        '{% span from to zone "short" %}',
        **{"from": OPENING, "to": datetime(2021, 11, 16, 6, 30, tzinfo=UTC), "zone": "Asia/Makassar"},
    )
    assert words(html) == "16 Nov, 13:00–14:30"


def test_a_span_has_no_form_that_does_not_exist():
    with pytest.raises(TemplateSyntaxError):
        rendered('{% span moment moment zone "soon" %}', moment=OPENING, zone="UTC")


def test_a_span_over_midnight_names_the_second_day():
    html = rendered(
        "{% span from to zone %}",
        **{"from": OPENING, "to": datetime(2021, 11, 16, 17, 0, tzinfo=UTC), "zone": "Asia/Makassar"},
    )
    assert words(html) == "13:00 – 17 Nov, 01:00"


def test_days_are_named_in_the_language_of_the_reader():
    with override("id"):
        assert moments.day(OPENING, "Asia/Makassar") == "Selasa, 16 November 2021"
        assert moments.zone_words("Asia/Makassar", OPENING) == "Waktu Indonesia Tengah"
    with override("ar"):
        assert moments.day(OPENING, "Asia/Makassar") == "الثلاثاء، 16 نوفمبر 2021"
