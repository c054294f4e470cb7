"""How pages of a review write lengths, shares and lines of a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms, template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.models import Job
from sessions.floor.clock import Clock
from sessions.floor.live import utc
from sessions.review.forms import Lines
from web import moments

register = template.Library()


@register.filter
def as_length(milliseconds: int) -> SafeString:
    """3:45, as people read a length in every language."""
    seconds = round(milliseconds / 1000)
    return format_html('<bdi dir="ltr" class="count">{}</bdi>', f"{seconds // 60}:{seconds % 60:02d}")


@register.filter
def left_now(clock: Clock) -> int:
    """Milliseconds that are left on a floor’s clock at this moment; below zero once the time is over."""
    return clock.remaining_at(timezone.now())


@register.filter
def utc_moment(moment: datetime | None) -> str:
    """As pages read it, to the millisecond; "" for none."""
    return utc(moment) if moment else ""


@register.simple_tag
def clock_of(moment: datetime, zone: str) -> str:
    """13:05, where nothing but text may stand."""
    return moments.clock(moment, zone)


@register.filter
def percent(job: Job) -> SafeString:
    """How much of a job is done; it says how much there is to do."""
    return format_html('<bdi dir="ltr">{}%</bdi>', round(100 * job.done_count / job.total_count))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a report. `words` are what it holds, to be read while it is folded up."""

    form: forms.Form
    words: str
    is_open: bool


@register.filter
def line_by_line(formset: Lines) -> Iterator[Line]:
    """The first empty line, and what is wrong, stands open; what is there is read by its words."""
    is_offered = False
    for form in formset:
        words = _words(form)
        is_next = not words and not is_offered
        is_offered = is_offered or not words
        yield Line(form, words, bool(form.errors) or is_next)


def _words(form: Any) -> str:
    return next((str(form[name].value() or "") for name in form.fields), "")
