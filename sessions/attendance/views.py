"""A session's attendance, for its chair and the organisers: a page, and a file for a spreadsheet."""

import csv
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.rules import may_organise
from sessions.attendance.chart import chart_of
from sessions.attendance.queries import (
    Attendee,
    attendees,
    counted,
    curve,
    held,
    presences,
    session_to_read,
    totals_by_delegation,
)
from sessions.programme.models import Session

PEOPLE_A_PAGE = 50
# What spreadsheets take for the beginning of a formula, in their own width and in that of CJK keyboards.
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")


@require_safe
@never_cache
def session(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    found = session_to_read(request.user, session_id, slug=slug)
    ledger = presences(found)
    listed = attendees(found, ledger)
    totals = totals_by_delegation(listed)
    context = {
        "conference": found.conference,
        "may_organise": may_organise(request.user, found.conference),
        "session": found,
        "held": held(found),
        "counted": counted(found),
        "now": timezone.now(),
        "chart": chart_of(curve(found, ledger), found.conference.time_zone),
        "people_count": len(listed),
        "delegations": totals,
        "delegation_count": sum(total.delegation is not None for total in totals),
        "people": Paginator(listed, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "attendance/session.html", context)


@require_safe
@never_cache
def export(request: HttpRequest, slug: str, session_id: int) -> HttpResponse:
    """Everybody, a line each. Times are on the conference's clock, with their distance from UTC."""
    found = session_to_read(request.user, session_id, slug=slug)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="attendance-{slug}-{found.pk}.csv"'
    # The mark by which spreadsheets know UTF-8.
    answer.write("\ufeff")
    lines = csv.writer(answer)
    lines.writerow([_("Name"), _("Delegation"), _("How"), _("Minutes"), _("First seen"), _("Last seen")])
    lines.writerows(_line(one, found) for one in attendees(found, presences(found)))
    return answer


def _line(one: Attendee, session: Session) -> list[str]:
    delegation = "" if one.delegation is None else str(one.delegation)
    hows = ", ".join(str(how.label) for how in one.hows)
    times = [_on_the_clock(moment, session) for moment in (one.first_at, one.last_at)]
    return [cell(one.name), cell(delegation), cell(hows), str(one.minutes), *times]


def _on_the_clock(moment: datetime, session: Session) -> str:
    return moment.astimezone(session.conference.zone).isoformat(sep=" ", timespec="seconds")


def cell(text: str) -> str:
    """The text exactly as written, but that a spreadsheet takes none for a formula: such a one gets an apostrophe."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULAS) else text
