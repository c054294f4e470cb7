"""A session's attendance, for its chair and the organisers: a page, and a file for a spreadsheet. And which gates are
doors of rooms."""

import csv
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from conferences.queries import conference_to_organise
from conferences.rules import may_organise
from sessions.attendance.actions import set_doors
from sessions.attendance.chart import chart_of
from sessions.attendance.models import Door, How
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
from sessions.programme.models import Room, Session

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
        "chart": chart_of(
            curve(found, ledger),
            found.conference.time_zone,
            {how: curve(found, ledger, how) for how in (How.IN_ROOM, How.ONLINE)},
        ),
        "has_room": any(How.IN_ROOM in one.hows for one in listed) or Door.objects.filter(room=found.room_id).exists(),
        "people_count": len(listed),
        "delegations": totals,
        "delegation_count": sum(total.delegation is not None for total in totals),
        "people": Paginator(listed, PEOPLE_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "attendance/session.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def doors(request: HttpRequest, slug: str) -> HttpResponse:
    """Which gate is the door of which room: who passes there is in the session that is on inside."""
    conference = conference_to_organise(slug, request.user)
    gates = list(conference.gates.select_related("door"))
    rooms = list(conference.rooms.all())
    if request.method == "POST":
        chosen = {gate.pk: _chosen(request.POST.get(f"gate_{gate.pk}", ""), rooms) for gate in gates}
        set_doors(conference.pk, rooms=chosen, by=request.user)
        messages.success(request, _("The doors are saved."))
        return redirect("attendance:doors", slug)
    held = {gate.pk: gate.door.room_id if hasattr(gate, "door") else None for gate in gates}
    context = {
        "conference": conference,
        "may_organise": True,
        "gates": [(gate, held[gate.pk]) for gate in gates],
        "rooms": rooms,
    }
    return render(request, "attendance/doors.html", context)


def _chosen(text: str, rooms: list[Room]) -> int | None:
    return next((room.pk for room in rooms if str(room.pk) == text), None)


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
