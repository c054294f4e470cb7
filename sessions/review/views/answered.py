"""Files as answers: what is asked for by address and opened or saved."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def as_file(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Opened where the browser can; saved under `name`. Nobody between here and the reader keeps it."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    response["Cache-Control"] = "private, no-cache"
    return response
