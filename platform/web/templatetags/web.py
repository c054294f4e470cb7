"""The words of every template: times, flags, states, icons. FACE in tags."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from web import moments
from web.finders import FLAGS, flag_exists

register = template.Library()


@register.simple_tag
def when(moment: datetime, zone: str, form: str = "full") -> SafeString:
    """A moment in `zone`. Forms: "time" 13:00, "day", "short" (day and time), "full" (day, time, name of the zone).

    A script adds the reader's own time beside it where their zone differs.
    """
    if form == "time":
        words = format_html("{}", moments.clock(moment, zone))
    elif form == "day":
        words = format_html("{}", moments.day(moment, zone))
    elif form == "short":
        words = moments.day_and_time(moments.short_day(moment, zone), moments.clock(moment, zone))
    elif form == "full":
        words = format_html(
            "{} {}",
            moments.day_and_time(moments.day(moment, zone), moments.clock(moment, zone)),
            zone_name(zone, moment),
        )
    else:
        raise template.TemplateSyntaxError(f"when: there is no form “{form}”.")
    return format_html(
        '<time class="when" datetime="{}" data-zone="{}" data-form="{}">{}</time>',
        moments.machine(moment),
        zone,
        form,
        words,
    )


@register.simple_tag
def span(starts_at: datetime, ends_at: datetime, zone: str, form: str = "time") -> SafeString:
    """From one moment to another. Forms: "time" 13:00–14:30, "short" with its day, "full" with day and zone."""
    if form not in ("time", "short", "full"):
        raise template.TemplateSyntaxError(f"span: there is no form “{form}”.")
    words = format_html(
        '<time datetime="{}">{}</time>{}<time datetime="{}">{}</time>',
        moments.machine(starts_at),
        moments.clock(starts_at, zone),
        "–" if _is_one_day(starts_at, ends_at, zone) else " – ",
        moments.machine(ends_at),
        _clock_of_end(starts_at, ends_at, zone),
    )
    if form == "short":
        words = moments.day_and_time(moments.short_day(starts_at, zone), words)
    if form == "full":
        day = moments.day_and_time(moments.day(starts_at, zone), words)
        words = format_html("{} {}", day, zone_name(zone, starts_at))
    # The reader's own time is written at the end of this, behind the zone that the times before it are in.
    return format_html(
        '<span class="span" data-zone="{}" data-form="{}" data-from="{}" data-to="{}">{}</span>',
        zone,
        form,
        moments.machine(starts_at),
        moments.machine(ends_at),
        words,
    )


@register.simple_tag
def zone_name(zone: str, moment: datetime) -> SafeString:
    """Central Indonesia Time (UTC+8): say it once a page."""
    return format_html(
        '<span class="zone">{} <bdi dir="ltr">({})</bdi></span>',
        moments.zone_words(zone, moment),
        moments.offset(zone, moment),
    )


@register.simple_tag
def flag(code: object, name: object = None) -> SafeString:
    """The flag with the country's name beside it; with `name` "" the flag alone, named for those who do not see it.

    An organisation has no code and therefore no flag: its name stands alone.
    """
    country = str(code or "").upper()
    words = moments.country_words(country) if name is None and country else str(name or "")
    alone = name is not None and not words
    picture = _picture(country, moments.country_words(country) if alone else "")
    if alone:
        return picture
    return format_html('<span class="flag">{}<span class="flag-name" dir="auto">{}</span></span>', picture, words)


@register.simple_tag
def state_word(value: object, words: object) -> SafeString:
    """A state: the word first, its shape and colour by stylesheet."""
    return format_html('<span class="state" data-state="{}">{}</span>', value, words)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative picture out of icons.svg. It says nothing by itself: words stand beside it."""
    return format_html(
        '<svg class="icon icon-{}" aria-hidden="true" focusable="false" width="24" height="24">'
        '<use href="{}#{}"></use></svg>',
        name,
        static("web/icons.svg"),
        name,
    )


@register.simple_tag
def breadcrumb(*pairs: object) -> SafeString:
    """The way here: address, words, address, words; three steps at most, this page itself is the h1."""
    steps = list(zip(pairs[::2], pairs[1::2], strict=True))
    if len(steps) > 3:
        raise template.TemplateSyntaxError("breadcrumb: three steps at most.")
    return format_html(
        '<nav class="breadcrumb" aria-label="{}"><ol>{}</ol></nav>',
        _("You are here"),
        format_html_join("", '<li><a href="{}">{}</a></li>', steps),
    )


@register.simple_tag
def accent_stylesheet(conference: object) -> SafeString:
    """The link to the stylesheet of a conference's colour. The address holds the colour, so it is kept for ever."""
    accent = str(getattr(conference, "accent", "")).lstrip("#").lower()
    if not accent:
        return SafeString("")
    return format_html('<link rel="stylesheet" href="{}">', reverse("web:accent", args=[accent]))


@register.inclusion_tag("web/_shifted.html")
def shifted(conference: object) -> dict[str, object]:
    """The banner of a demonstration whose day was moved: which conference, and when it really was."""
    by = getattr(conference, "shifted_by", None)
    return {"conference": conference, "was_at": conference.opens_at - by if by else None}  # type: ignore[attr-defined]


def _clock_of_end(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    if _is_one_day(starts_at, ends_at, zone):
        return moments.clock(ends_at, zone)
    return f"{moments.short_day(ends_at, zone)}, {moments.clock(ends_at, zone)}"


def _is_one_day(starts_at: datetime, ends_at: datetime, zone: str) -> bool:
    return moments.local(starts_at, zone).date() == moments.local(ends_at, zone).date()


def _picture(country: str, alt: str) -> SafeString:
    if not flag_exists(country):
        return format_html("{}", alt)
    return format_html(
        '<img class="flag-picture" src="{}{}.svg" alt="{}" width="30" height="20" loading="lazy" decoding="async">',
        static(FLAGS),
        country,
        alt,
    )
