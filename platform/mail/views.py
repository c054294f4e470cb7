"""The demonstration's mail page. An installation in earnest has none: mails hold codes."""

import re
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mail.models import OutgoingMail

# As accounts makes them: two groups of four digits on a line of their own.
CODE = re.compile(r"^\s*(\d{4}-\d{4})\s*$", re.MULTILINE)
SHOWN_FOR = timedelta(days=1)
SHOWN_AT_MOST = 100


@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """The mails of the last day, the newest first."""
    if not settings.DEMO:
        raise Http404
    recent = OutgoingMail.objects.filter(made_at__gte=timezone.now() - SHOWN_FOR)
    mails = list(recent.order_by("-pk")[:SHOWN_AT_MOST])
    return render(request, "mail/inbox.html", {"mails": [{"mail": mail, "code": _code_in(mail)} for mail in mails]})


def _code_in(mail: OutgoingMail) -> str:
    found = CODE.search(mail.text)
    return found[1] if found else ""
