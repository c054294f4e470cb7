"""Where files leave: a permission check, then a stream."""

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from files.models import Upload
from files.rules import may_read
from files.sending import release_connections, send

# What a browser shows in place without running anything of it. Everything else is saved.
SHOWN = ("video/", "audio/", "image/")


@require_safe
async def download(request: HttpRequest, upload_id: int) -> HttpResponseBase:
    """The file, to whom its guard lets; "not yours" and "no such file" read the same."""
    upload = await sync_to_async(_readable)(await request.auser(), upload_id)
    response = send(
        request,
        storage=upload.file.storage,
        path=upload.path,
        size=upload.size,
        etag=f'"{upload.sha256}"',
        content_type=upload.content_type,
    )
    shown = upload.content_type.startswith(SHOWN)
    response["Content-Disposition"] = content_disposition_header(not shown, upload.offered_name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    # Asked for anew each time, since rights may change; the ETag makes that cheap.
    response["Cache-Control"] = "private, no-cache"
    if not shown:
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _readable(user: AbstractBaseUser | AnonymousUser, upload_id: int) -> Upload:
    try:
        upload = Upload.objects.filter(pk=upload_id).first()
        if upload is None or not may_read(user, upload) or not upload.file.storage.exists(upload.path):
            raise Http404
        return upload
    finally:
        release_connections()
