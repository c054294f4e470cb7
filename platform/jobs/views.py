"""A job's page: how far it is, and how it ended."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job
from jobs.rules import may_see


@never_cache
@login_required
@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """The whole page, or for htmx, which asks each second while the job runs, the part that changes."""
    found = get_object_or_404(Job, pk=job_id)
    if not may_see(request.user, found):
        raise Http404
    if request.headers.get("HX-Request"):
        return render(request, "jobs/_progress.html", {"job": found})
    return render(request, "jobs/job.html", {**found.frame_for(request.user), "job": found})
