"""The tus protocol 1.0.0: core, creation, creation-with-upload, expiration, termination and checksum (tus.io).

What a link does to an upload is answered here; what an upload is, by files.resumable. Every address is for whoever
began the upload: everybody else who is signed in reads 404, whether there is one or not.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Mapping
from typing import cast
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _

from files.arrival import ALGORITHMS, Arrival, Checksum
from files.models import PartialUpload
from files.reception import CONTENT_TYPE, ON_THE_WIRE, BrokenOff, Reception
from files.resumable import MOST_BYTES, Refused, begin_upload, give_up, partial_upload

logger = logging.getLogger(__name__)

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "expiration", "termination", "checksum")
# Characters of Upload-Metadata.
LONGEST_METADATA = 4096
LARGEST_NUMBER = 2**63 - 1
UNREADABLE = _("This page asked for something that does not exist. Reload it.")
SIGN_IN_FIRST = _("You are not signed in any more. Sign in in another window, then continue: nothing is lost.")
# What a disk says that is full.
NO_ROOM = _("There is no room for more just now. What arrived is kept; try again later.")
BROKEN_OFF = _("The link broke off. What arrived is kept.")

Verb = Callable[..., HttpResponse]
_NUMBER = re.compile(r"\d{1,19}", re.ASCII)


def uploads(request: HttpRequest) -> HttpResponse:
    """POST begins an upload, OPTIONS says what is understood."""
    return _answer(request, {"POST": _create})


def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """HEAD says how much arrived, PATCH brings more, DELETE gives it up."""
    return _answer(request, {"HEAD": _look, "PATCH": _continue, "DELETE": _give_up}, public_id=public_id)


def _answer(request: HttpRequest, verbs: Mapping[str, Verb], **which: str) -> HttpResponse:
    # Some networks let no PATCH through; then the client asks for it in a POST.
    method = request.method or ""
    if method == "POST":
        method = request.headers.get("X-HTTP-Method-Override", method).upper()
    if method == "OPTIONS":
        response = _what_is_understood()
    elif request.headers.get("Tus-Resumable") != VERSION:
        response = HttpResponse(status=412)
        response["Tus-Version"] = VERSION
    elif method not in verbs:
        response = HttpResponse(status=405)
        response["Allow"] = ", ".join(["OPTIONS", *verbs])
    elif not request.user.is_authenticated:
        response = _refusal(Refused(403, SIGN_IN_FIRST))
    else:
        response = _done(verbs[method], request, which)
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    return response


def _done(verb: Verb, request: HttpRequest, which: Mapping[str, str]) -> HttpResponse:
    try:
        return verb(request, **which)
    except Refused as refused:
        return _refusal(refused)


def _what_is_understood() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = ",".join(EXTENSIONS)
    response["Tus-Max-Size"] = str(MOST_BYTES)
    response["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


def _create(request: HttpRequest) -> HttpResponse:
    size = _number(request, "Upload-Length")
    raw = request.headers.get("Upload-Metadata", "")
    told = _metadata(raw)
    if not size:
        raise Refused(400, _("This file is empty."))
    begun = begin_upload(
        purpose=told.get("purpose", ""),
        about=_whole(told["about"]) if "about" in told else None,
        name=told.get("filename", ""),
        size=size,
        by=_whoever_asks(request),
        key=_key(told.get("key")),
        metadata=raw,
    )
    if request.content_type == CONTENT_TYPE:
        # Sent again, it may go on already: then this part is not the next, and the client asks where to go on.
        response: HttpResponse = _received(request, begun, at=0, status=201) if begun.offset == 0 else HttpResponse()
        response.status_code = 201
    else:
        response = HttpResponse(status=201)
    response["Location"] = reverse("files:upload", args=[begun.public_id])
    _say_where_it_stands(response, begun, begun.offset if not isinstance(response, Reception) else None)
    return response


def _look(request: HttpRequest, public_id: str) -> HttpResponse:
    begun = partial_upload(public_id, by=_whoever_asks(request))
    response = HttpResponse()
    response["Upload-Length"] = str(begun.size)
    if begun.metadata:
        response["Upload-Metadata"] = begun.metadata
    _say_where_it_stands(response, begun, begun.offset)
    return response


def _continue(request: HttpRequest, public_id: str) -> HttpResponse:
    if request.content_type != CONTENT_TYPE:
        raise Refused(415, UNREADABLE)
    at = _number(request, "Upload-Offset")
    begun = partial_upload(public_id, by=_whoever_asks(request))
    if at != begun.offset:
        raise Refused(409, _("The file goes on at another place than this part."))
    return _received(request, begun, at=at, status=204)


def _give_up(request: HttpRequest, public_id: str) -> HttpResponse:
    give_up(partial_upload(public_id, by=_whoever_asks(request)))
    return HttpResponse(status=204)


def _received(request: HttpRequest, begun: PartialUpload, *, at: int, status: int) -> HttpResponse:
    """Takes the body in: as it comes where the server leaves it on the wire, here and now where it does not."""
    announced = request.headers.get("Content-Length", "")
    if _NUMBER.fullmatch(announced) and at + int(announced) > begun.size:
        raise Refused(413, _("More arrived than this file was said to have."))
    arrival = Arrival(begun, at=at, checksum=_checksum(request))

    def told(response: Reception, error: Exception | None) -> None:
        _say_how_it_went(response, arrival, error)

    response = Reception(arrival, told, status=status)
    if not request.META.get(ON_THE_WIRE):
        response.take_now(request)
    return response


def _say_how_it_went(response: Reception, arrival: Arrival, error: Exception | None) -> None:
    if isinstance(error, BrokenOff):
        error = Refused(408, BROKEN_OFF)
        # Whatever still comes of this body is not to be taken for a request.
        response["Connection"] = "close"
    elif isinstance(error, OSError):
        logger.error("upload %s could not be written: %s", arrival.begun.pk, error)
        error = Refused(507, NO_ROOM)
    if isinstance(error, Refused):
        refusal = _refusal(error)
        response.status_code = refusal.status_code
        response.content = refusal.content
        response["Content-Type"] = refusal["Content-Type"]
        response["Content-Length"] = str(len(refusal.content))
    elif error is not None:
        raise error
    else:
        _say_where_it_stands(response, arrival.begun, arrival.at)


def _say_where_it_stands(response: HttpResponse, begun: PartialUpload, offset: int | None) -> None:
    if offset is not None:
        response["Upload-Offset"] = str(offset)
    response["Upload-Expires"] = http_date(begun.expires_at.timestamp())


def _refusal(refused: Refused) -> HttpResponse:
    """For a client that shows its words. (tus gives no form to what is refused.)"""
    told = {"refused": {"code": "refused", "message": str(refused.words)}}
    return JsonResponse(told, status=refused.status)


def _whoever_asks(request: HttpRequest) -> AbstractBaseUser:
    return cast(AbstractBaseUser, request.user)


def _number(request: HttpRequest, header: str) -> int:
    return _whole(request.headers.get(header, ""))


def _whole(digits: str) -> int:
    if not _NUMBER.fullmatch(digits) or int(digits) > LARGEST_NUMBER:
        raise Refused(400, UNREADABLE)
    return int(digits)


def _metadata(raw: str) -> dict[str, str]:
    """`name base64, name base64, name`, as tus writes what is told of a file."""
    if len(raw) > LONGEST_METADATA:
        raise Refused(400, UNREADABLE)
    told: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in raw.split(","))):
        name, _space, value = pair.partition(" ")
        told[name] = _decoded(value.strip()).decode("utf-8", "replace")
    return told


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, UNREADABLE) from None


def _key(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Refused(400, UNREADABLE) from None


def _checksum(request: HttpRequest) -> Checksum | None:
    """Raises Refused for a checksum that cannot be read, and for an algorithm that is not understood."""
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _space, digest = given.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Refused(400, UNREADABLE)
    return Checksum(algorithm, _decoded(digest.strip()))
