"""Files that arrive in parts: beginning one, taking it in as an upload, giving it up, and sweeping what was left."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from files.actions import check_file, discard_upload, safe_name, sha256_of, store_upload, too_large
from files.fields import Arrived
from files.models import PartialUpload, Upload, random_path
from files.registry import Resumable, resumable_for

Person = AbstractBaseUser | AnonymousUser

# How long a file waits for its next byte, and a whole one for its form.
KEPT_FOR = timedelta(days=3)
# Of one person at a time, as long as nothing uses them.
MOST_AT_ONCE = 10
MOST_BYTES = 20 * 1024**3
# Of those whose time is over, in one go: what is left is for the next.
SWEPT_AT_ONCE = 200

GONE = _("What had arrived of this file is not here any more. Choose the file again.")


class Refused(Exception):
    """An upload may not begin, or not go on. `status` is HTTP's; `words` are for whoever uploads."""

    def __init__(self, status: int, words: str | Promise) -> None:
        super().__init__(str(status))
        self.status = status
        self.words = words


def begin_upload(
    *,
    purpose: str,
    about: int | None,
    name: str,
    size: int,
    by: AbstractBaseUser,
    key: UUID | None = None,
    metadata: str = "",
) -> PartialUpload:
    """Makes room for a file of `size` bytes. The same `key` from the same person begins once, however often it is sent.

    Raises Refused: 404 where this person may not, 413 where it is too large, 409 where they have too much under way.
    """
    taken = _taken_from(by, purpose, about)
    if size > taken.largest:
        raise Refused(413, " ".join(too_large(size, taken.largest).messages))
    with transaction.atomic():
        # The person's row puts in order whatever the same person begins in the same moment.
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
        begun = PartialUpload.objects.filter(owner_id=by.pk, key=key).first() if key else None
        if begun is not None:
            if (begun.purpose, begun.about, begun.size) != (purpose, about, size):
                raise Refused(409, _("Two files were given the same key. Choose the file again."))
            return begun
        _check_room(by, size)
        return PartialUpload.objects.create(
            key=key,
            purpose=purpose,
            about=about,
            owner_id=by.pk,
            name=safe_name(name),
            metadata=metadata,
            size=size,
            path=_new_path(),
            expires_at=kept_until(),
        )


def partial_upload(public_id: str, *, by: Person) -> PartialUpload:
    """The upload for whoever began it, while it may go on.

    Raises Refused: 404 for everybody else, 410 where its time is over, or where what it became is in use already.
    """
    found = PartialUpload.objects.select_related("upload").filter(public_id=public_id, owner_id=by.pk or 0).first()
    if found is None:
        raise Refused(404, GONE)
    if found.is_over or (found.upload and resumable_for(found.purpose).is_used(found.upload)):
        raise Refused(410, GONE)
    return found


def finished_upload(public_id: str, *, purpose: str, about: int | None = None, by: Person) -> Upload:
    """Takes in a file whose last byte arrived, examined as by `store_upload`; the same Upload however often asked.

    It must have been begun by `by`, for this purpose and about this thing. The file is read twice and copied nowhere.
    Raises ValidationError, in words for whoever handed it in; a file that is refused for its content is given up. Call
    it outside a transaction: a large file takes time to examine.
    """
    found = _owned(by).filter(public_id=public_id, purpose=purpose, about=about).select_related("upload").first()
    if found is None:
        raise ValidationError(GONE)
    if found.upload is not None:
        return found.upload
    if not found.is_whole:
        raise ValidationError(_("This file is still arriving. Wait for its end, or choose it again."))
    try:
        upload = _examined(found)
    except ValidationError:
        give_up(found)
        raise
    return _take_in(found, upload)


def take_upload(given: File | Arrived, *, purpose: str, about: int | None = None, by: Person) -> Upload:
    """What a form was given by a `ResumableField`: a file that came with it, or one that arrived before it.

    Raises ValidationError as `finished_upload` and `store_upload` do.
    """
    if isinstance(given, Arrived):
        return finished_upload(given.public_id, purpose=purpose, about=about, by=by)
    taken = resumable_for(purpose)
    return store_upload(given, purpose=purpose, accepts=taken.accepts, largest=taken.largest, plays=taken.plays, by=by)


def give_up(begun: PartialUpload) -> None:
    """Forgets an upload and its bytes, unless something shows what it became. Who writes just now writes to no file."""
    if begun.upload is not None:
        _forget_unused(begun, begun.upload)
    else:
        _forget(PartialUpload.objects.filter(pk=begun.pk))


def sweep() -> int:
    """Forgets what nobody continued, or used, in time. Returns how many."""
    over = PartialUpload.objects.filter(expires_at__lte=timezone.now()).select_related("upload")
    swept = list(over.order_by("expires_at")[:SWEPT_AT_ONCE])
    for one in swept:
        if one.upload is None:
            _forget(over.select_related(None).filter(pk=one.pk))
        else:
            _forget_unused(one, one.upload)
    return len(swept)


def kept_until() -> datetime:
    return timezone.now() + KEPT_FOR


def storage() -> Storage:
    field = Upload._meta.get_field("file")
    return field.storage


def path_on_disk(begun: PartialUpload) -> Path:
    """Raises NotImplementedError where the storage is no file system: parts cannot be put together elsewhere."""
    return Path(storage().path(begun.path))


def _taken_from(by: AbstractBaseUser, purpose: str, about: int | None) -> Resumable:
    try:
        taken = resumable_for(purpose)
    except LookupError:
        raise Refused(404, _("There is no such thing here, or it is not open to you.")) from None
    if not taken.may_begin(by, about):
        raise Refused(404, _("There is no such thing here, or it is not open to you."))
    return taken


def _new_path() -> str:
    return random_path(Upload(), "")


def _owned(by: Person) -> QuerySet[PartialUpload]:
    return PartialUpload.objects.filter(owner_id=by.pk or 0)


def _check_room(by: AbstractBaseUser, size: int) -> None:
    held = [
        one
        for one in _owned(by).filter(expires_at__gt=timezone.now()).select_related("upload")
        if one.upload is None or not resumable_for(one.purpose).is_used(one.upload)
    ]
    if len(held) >= MOST_AT_ONCE:
        words = ngettext(
            "You have %(count)d unfinished upload. Finish it, or take it away, before you begin another.",
            "You have %(count)d unfinished uploads. Finish one of them, or take it away, before you begin another.",
            len(held),
        )
        raise Refused(409, words % {"count": len(held)})
    if sum(one.size for one in held) + size > MOST_BYTES:
        raise Refused(
            409,
            _("Your unfinished uploads would come to more than %(largest)s. Finish one of them first.")
            % {"largest": filesizeformat(MOST_BYTES)},
        )


def _examined(found: PartialUpload) -> Upload:
    """What it becomes, not saved yet. Raises ValidationError."""
    taken = resumable_for(found.purpose)
    try:
        file = storage().open(found.path, "rb")
    except FileNotFoundError:
        raise ValidationError(GONE) from None
    with file:
        if file.size != found.size:
            raise ValidationError(GONE)
        content = check_file(file, accepts=taken.accepts, largest=taken.largest, plays=taken.plays)
        return Upload(
            purpose=found.purpose,
            name=found.name,
            file=found.path,
            size=found.size,
            sha256=sha256_of(file),
            content_type=content.content_type,
            seconds=content.seconds,
            owner_id=found.owner_id,
        )


def _take_in(found: PartialUpload, upload: Upload) -> Upload:
    """The Upload, made once: a form that is sent twice examines twice and takes in once."""
    with transaction.atomic():
        # Without a join: what another form made while this one waited for the lock would not be seen in it.
        locked = PartialUpload.objects.select_for_update().filter(pk=found.pk).first()
        if locked is None:
            raise ValidationError(GONE)
        if locked.upload is not None:
            return locked.upload
        upload.save()
        locked.upload = upload
        locked.expires_at = kept_until()
        locked.save(update_fields=["upload", "expires_at"])
        return upload


def _forget(which: QuerySet[PartialUpload]) -> None:
    """Forgets the one there is, if it became nothing: asked under its lock, since it may have gone on meanwhile."""
    with transaction.atomic():
        found = which.select_for_update().filter(upload=None).first()
        if found is not None:
            found.delete()
            transaction.on_commit(partial(storage().delete, found.path), robust=True)


def _forget_unused(one: PartialUpload, upload: Upload) -> None:
    """The upload goes unless something shows it; then only the memory of how it arrived does."""
    if resumable_for(one.purpose).is_used(upload):
        PartialUpload.objects.filter(pk=one.pk).delete()
        return
    try:
        with transaction.atomic():
            discard_upload(upload.pk)
    except (ProtectedError, RestrictedError):
        # Put to use in this very moment.
        PartialUpload.objects.filter(pk=one.pk).delete()
