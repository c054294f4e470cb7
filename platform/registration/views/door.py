"""Gates and devices for those who keep the doors, and what a device at a gate asks for.

A device shows its key in a cookie that belongs to /door/ alone. It has no session, so nothing else is open to it.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference
from conferences.queries import conference_at
from conferences.rules import Person
from files.models import Upload
from outbox.errors import Invalid, NotAllowed, NotThere, Refusal, SignInFirst
from registration import door as actions
from registration.door_list import as_json, badge_by_mark, code_in, door_list, for_walk_ins, mark_of, walk_ins
from registration.door_photos import portraits, small_picture
from registration.forms.door import DeviceForm, GateForm, WalkInForm
from registration.models import Application, Attendance, Device, Direction, Gate, Outcome, Status
from registration.passages import Result, inside
from registration.pictures import NoPicture
from registration.rules import may_decide, may_keep_doors
from registration.views.pages import conference_page, drawn
from web.posted import UNPROCESSABLE, form_page, whole_number

KEY = "door"
PATH = "/door/"
# A conference's set-up, its days and what comes after; a device that is revoked ends at once all the same.
KEPT_FOR = 60 * 24 * 3600  # seconds
# What the page stands on without a link; its script's own imports with it (a test follows them).
SHELL = (
    "web/base.css",
    "web/icons.svg",
    "web/mark.svg",
    "registration/door.css",
    "registration/door.js",
    "registration/door-camera.js",
    "registration/door-people.js",
    "registration/door-store.js",
    "vendor/qr/decode.js",
    "vendor/qr/index.js",
)

# The page of a gate has two forms that each ask for a name.
OF_DEVICES = "id_device_%s"

View = Callable[..., HttpResponse]


# For those who keep the doors


@form_page
def gates(request: HttpRequest, slug: str) -> HttpResponse:
    conference = _kept(request.user, slug)
    form = GateForm(request.POST or None)
    if form.is_valid():
        try:
            gate = actions.add_gate(conference.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("%(name)s is a gate now. Invite a device to it.") % {"name": gate})
            return redirect("registration:change_gate", slug, gate.pk)
    counts = inside(conference)
    context = {
        "gates": [(gate, counts.get(gate.area, 0)) for gate in conference.gates.prefetch_related("devices")],
        "form": form,
        "now": timezone.now(),
        "may_decide": may_decide(request.user, conference),
    }
    return _page_of_organisers(request, "registration/gates.html", conference, context, form)


@form_page
def change_gate(request: HttpRequest, slug: str, gate_id: int) -> HttpResponse:
    conference = _kept(request.user, slug)
    gate = _gate(conference, gate_id)
    form = GateForm(request.POST or None, gate=gate)
    if form.is_valid():
        try:
            actions.change_gate(gate.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            messages.success(request, _("The gate is changed."))
            return redirect("registration:gates", slug)
    return _gate_page(request, conference, gate, form, DeviceForm(auto_id=OF_DEVICES))


def _gate_page(
    request: HttpRequest, conference: Conference, gate: Gate, form: GateForm, device_form: DeviceForm
) -> HttpResponse:
    context = {
        "gate": gate,
        "devices": gate.devices.all(),
        "device_form": device_form,
        "form": form,
        "now": timezone.now(),
        "walk_ins": walk_ins(conference, by=request.user),
    }
    wrong = form if form.is_bound else device_form
    return _page_of_organisers(request, "registration/gates_change.html", conference, context, wrong)


@require_POST
@never_cache
def invite_device(request: HttpRequest, slug: str, gate_id: int) -> HttpResponse:
    """The one page that ever shows the secret: as a code to scan, and to type."""
    conference = _kept(request.user, slug)
    gate = _gate(conference, gate_id)
    form = DeviceForm(request.POST, auto_id=OF_DEVICES)
    if form.is_valid():
        try:
            device, invitation = actions.invite_device(gate.pk, by=request.user, **form.cleaned_data)
        except Invalid as refusal:
            form.mark(refusal)
        else:
            address = request.build_absolute_uri(reverse("registration:enrol_device", args=[invitation]))
            context = {
                "gate": gate,
                "device": device,
                "address": address,
                "code": drawn(segno.make(address, error="m", micro=False), "door-code"),
            }
            return _page_of_organisers(request, "registration/devices_invite.html", conference, context, None)
    return _gate_page(request, conference, gate, GateForm(gate=gate), form)


@require_POST
def revoke_device(request: HttpRequest, slug: str, device_id: int) -> HttpResponse:
    conference = _kept(request.user, slug)
    device = conference.devices.filter(pk=device_id).first()
    if device is None:
        raise NotThere
    actions.revoke_device(device.pk, by=request.user)
    messages.success(request, _("%(name)s reads no badges any more.") % {"name": device})
    return redirect("registration:change_gate", slug, device.gate_id)


def _kept(user: Person, slug: str) -> Conference:
    conference = conference_at(slug)
    if not user.is_authenticated:
        raise SignInFirst
    if not may_keep_doors(user, conference):
        raise NotAllowed(_("These pages are for those who keep the doors of the conference."))
    return conference


def _gate(conference: Conference, gate_id: int) -> Gate:
    gate = conference.gates.filter(pk=gate_id).first()
    if gate is None:
        raise NotThere
    return gate


def _page_of_organisers(
    request: HttpRequest,
    template: str,
    conference: Conference,
    context: dict[str, Any],
    form: GateForm | DeviceForm | None,
) -> HttpResponse:
    wrong = form is not None and form.is_bound and bool(form.errors)
    return conference_page(request, template, conference, status=UNPROCESSABLE if wrong else 200, **context)


# For devices


def for_device(view: View) -> View:
    """The view with the device that asks. Raises NoDevice, and NotAllowed for what another site's page sends.

    The page may be weeks old when its link comes back, and its form's token with it. What a token is for, the cookie
    does here: browsers send it with nothing that another site begins, and a sister site says by itself who it is.
    """

    @csrf_exempt
    @never_cache
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin not in (None, f"{request.scheme}://{request.get_host()}"):
            raise NotAllowed
        return view(request, actions.device_with(request.COOKIES.get(KEY, "")), *args, **kwargs)

    return asked


@csrf_exempt
@never_cache
@form_page
def page(request: HttpRequest) -> HttpResponse:
    """What a device shows: kept by its script for when there is no link. Without scripts its form reads one badge."""
    try:
        return _page(request)
    except actions.NoDevice as refusal:
        return render(request, "registration/door_closed.html", {"refusal": refusal}, status=refusal.status)


@for_device
def _page(request: HttpRequest, device: Device) -> HttpResponse:
    if request.method == "POST" and (code := code_in(request.POST.get("code", ""))):
        mark = mark_of(device.conference, code)
        scanned = actions.Scanned(nonce=uuid4(), direction=_direction(request), at=timezone.now(), mark=mark)
        (read,) = actions.take_scans(device, [scanned])
        badge = badge_by_mark(device.conference, mark)
        attendance = badge.application.attendance if badge and read.name else Attendance.IN_ROOM
        return _door(request, device, read=read, is_online=attendance == Attendance.ONLINE)
    return _door(request, device)


def _direction(request: HttpRequest) -> Direction:
    return Direction.OUT if request.POST.get("direction") == Direction.OUT else Direction.IN


def _door(
    request: HttpRequest,
    device: Device,
    *,
    read: Result | None = None,
    is_online: bool = False,
    came: Application | None = None,
) -> HttpResponse:
    """The page, with what became of a badge that was `read`, or of somebody who `came` without having applied."""
    categories = for_walk_ins(device)
    context = {
        "conference": device.conference,
        "device": device,
        "direction": _direction(request),
        "read": read,
        "is_online": is_online,
        "came": came,
        "walk_in": WalkInForm(initial={"submit_key": uuid4()}, categories=categories) if categories else None,
        "outcomes": Outcome.choices,
        "may_reprint": actions.is_answered_for(device),
    }
    response = render(request, "registration/door.html", context)
    response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


@never_cache
@form_page
def enrol(request: HttpRequest, invitation: str) -> HttpResponse:
    """Opened by scanning a code. Opening does nothing: the button enrols, and only once."""
    device = actions.device_invited(invitation)
    if request.method != "POST":
        context = {"device": device, "conference": device.conference}
        return render(request, "registration/devices_enrol.html", context)
    device, key = actions.enrol_device(invitation)
    response = redirect("registration:door")
    response.set_cookie(KEY, key, max_age=KEPT_FOR, path=PATH, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


@require_safe
@for_device
def people(request: HttpRequest, device: Device) -> HttpResponse:
    return JsonResponse(door_list(device, request.GET.get("since", "")[:100]))


class SentScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One badge as a device sends it; `at` in milliseconds since 1970 by its clock."""

    nonce: UUID
    direction: Direction
    at: int
    mark: str = ""
    person: int | None = None
    said: Outcome | None = None


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`clock` is what the device's clock shows at this moment, so that the times can be corrected."""

    clock: int
    scans: list[SentScan]


@require_POST
@for_device
def scans(request: HttpRequest, device: Device) -> HttpResponse:
    try:
        sent = msgspec.json.decode(request.body, type=Sent)
        scanned = [
            actions.Scanned(
                nonce=one.nonce,
                direction=one.direction,
                at=_moment(one.at),
                mark=one.mark,
                application_id=one.person,
                said=one.said,
            )
            for one in sent.scans
        ]
        clock = _moment(sent.clock)
    except (msgspec.DecodeError, OverflowError, OSError, ValueError) as error:
        raise Invalid from error
    results = actions.take_scans(device, scanned, clock=clock)
    return JsonResponse({"results": [as_json(result) for result in results]})


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


@require_POST
@for_device
def walk_in(request: HttpRequest, device: Device) -> HttpResponse:
    """A script gets JSON; the plain form comes back to the page, or to itself with what is wrong."""
    form = WalkInForm(request.POST, categories=for_walk_ins(device))
    application = None
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "email", "submit_key")}
        given["category_id"] = form.cleaned_data["category"]
        try:
            application = actions.take_walk_in(device, agreed=form.agreed(), **given)
        except Refusal as refusal:
            form.mark(refusal)
    as_page = request.accepts("text/html")
    if application is None:
        if not as_page:
            errors = {name: " ".join(map(str, words)) for name, words in form.errors.items()}
            return JsonResponse({"refused": {"code": "invalid", "fields": errors}}, status=UNPROCESSABLE)
        context = {"conference": device.conference, "device": device, "walk_in": form}
        return render(request, "registration/door_walk_in.html", context, status=UNPROCESSABLE)
    if as_page:
        # Not sent elsewhere: the answer is read there and then, and sent twice the form registers nobody twice.
        return _door(request, device, came=application)
    return JsonResponse(
        {
            "id": application.pk,
            "name": application.name,
            "status": application.status,
            "category": str(application.category),
            "capacity": application.category.capacity,
        }
    )


@require_POST
@for_device
def reprint(request: HttpRequest, device: Device) -> HttpResponse:
    if not (person := whole_number(request.POST.get("person"))):
        raise NotThere
    actions.reprint_at_door(device, person, mark=request.POST.get("mark", ""))
    return JsonResponse({})


@require_safe
@for_device
def photo(request: HttpRequest, device: Device, upload_id: int) -> HttpResponse:
    """A face of the device's own conference, small. Its number says all that it depends on."""
    faces = portraits().filter(application__conference=device.conference, upload=upload_id)
    faces = faces.filter(application__status=Status.APPROVED)
    upload = Upload.objects.filter(pk__in=faces.values("upload")).first()
    if upload is None:
        raise NotThere
    try:
        return HttpResponse(small_picture(upload), content_type="image/jpeg")
    except NoPicture:
        raise NotThere from None


@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page without a link, told what the page stands on under today's names."""
    script = Path(str(finders.find("registration/door-worker.js"))).read_text(encoding="utf-8")
    assets = [static(name) for name in SHELL]
    with suppress(actions.NoDevice):
        accent = actions.device_with(request.COOKIES.get(KEY, "")).conference.accent.lstrip("#").lower()
        assets.append(reverse("web:accent", args=[accent]))
    shell = {"page": reverse("registration:door"), "assets": assets}
    words = f"const SHELL = {json.dumps(shell)};\n{script}"
    response = HttpResponse(words, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = PATH
    return response
