"""What every page of registration's organisers and applicants shares."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from conferences.models import Conference
from conferences.rules import may_organise


def conference_page(
    request: HttpRequest, template: str, conference: Conference, *, status: int = 200, **context: object
) -> HttpResponse:
    """A page under the conference's head, with what its navigation asks for."""
    head = {"conference": conference, "may_organise": may_organise(request.user, conference)}
    return render(request, template, {**head, **context}, status=status)


def drawn(code: segno.QRCode, css_class: str) -> SafeString:
    """A code to scan, as an inline picture without styles of its own. Quiet margins are part of it."""
    picture = code.svg_inline(border=4, omitsize=True, svgclass=css_class, lineclass=None, light="#fff", dark="#000")
    return mark_safe(picture)  # noqa: S308  segno makes it of squares, whatever the code says
