"""What every page of registration's organisers and applicants shares."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conferences.models import Conference
from conferences.rules import may_organise


def conference_page(
    request: HttpRequest, template: str, conference: Conference, *, status: int = 200, **context: object
) -> HttpResponse:
    """A page under the conference's head, with what its navigation asks for."""
    head = {"conference": conference, "may_organise": may_organise(request.user, conference)}
    return render(request, template, {**head, **context}, status=status)
