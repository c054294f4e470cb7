"""Storing and discarding uploads."""

import hashlib
import unicodedata
from collections.abc import Collection
from functools import partial

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from files.contents import TEXT, Content, examine
from files.models import Upload
from files.registry import guard_of

WRONG_KIND = _("This file is not of a kind that can be used here, whatever its name says.")


def store_upload(
    file: File,
    *,
    purpose: str,
    accepts: Collection[str],
    largest: int,
    plays: bool = True,
    by: AbstractBaseUser | AnonymousUser | None,
) -> Upload:
    """Stores a file of at most `largest` bytes whose content is of one of the types that `accepts` names.

    Films and recordings must be such that every current browser plays them, unless `plays` is False.
    Raises ValidationError, in words for whoever handed it in, and LookupError for a purpose that nobody guards.
    Call it outside a transaction: a large file takes time to examine and to copy.
    """
    guard_of(purpose)
    content = check_file(file, accepts=accepts, largest=largest, plays=plays)
    upload = Upload(
        purpose=purpose,
        name=safe_name(file.name or ""),
        size=file.size or 0,
        sha256=sha256_of(file),
        content_type=content.content_type,
        seconds=content.seconds,
        owner_id=by.pk if by else None,
    )
    upload.file.save(upload.name, file, save=False)
    try:
        upload.save()
    except BaseException:
        upload.file.delete(save=False)
        raise
    return upload


def check_file(file: File, *, accepts: Collection[str], largest: int, plays: bool = True) -> Content:
    """What is in the file, where it could be stored; nothing is. Raises ValidationError as `store_upload` does."""
    size = file.size or 0
    if not size:
        raise ValidationError(_("This file is empty."))
    if size > largest:
        raise too_large(size, largest)
    content = examine(file, text=TEXT in accepts)
    if content.content_type not in accepts:
        raise ValidationError(WRONG_KIND)
    if plays and content.unplayable:
        raise ValidationError(
            _(
                "This file is coded as %(codec)s, which not every browser can play. "
                "Export it as MP4 with H.264 and AAC, or as WebM."
            ),
            params={"codec": content.unplayable},
        )
    return content


def too_large(size: int, largest: int) -> ValidationError:
    """That a file of `size` bytes is larger than `largest`, in words for whoever handed it in."""
    return ValidationError(
        _("This file is %(size)s. It can be %(largest)s at most."),
        params={"size": filesizeformat(size), "largest": filesizeformat(largest)},
    )


def discard_upload(upload_id: int) -> None:
    """Forgets an upload; its file goes when that is committed. Returns quietly where it is gone already."""
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None:
        return
    storage, path, beside = upload.file.storage, upload.path, upload.path_beside
    upload.delete()
    for one in (path, beside):
        transaction.on_commit(partial(storage.delete, one), robust=True)


def made_of(upload: Upload) -> bytes:
    """What was made of the upload and kept beside it, such as a smaller picture; nothing where nothing was."""
    storage, path = upload.file.storage, upload.path_beside
    if not storage.exists(path):
        return b""
    with storage.open(path) as file:
        return bytes(file.read())


def keep_made_of(upload: Upload, content: bytes) -> None:
    """Keeps what was made of the upload beside it, until it is discarded. What is kept already stays."""
    storage = upload.file.storage
    name = storage.save(upload.path_beside, ContentFile(content))
    # Kept by another request meanwhile, or discarded: then nobody would find it again.
    if name != upload.path_beside or not Upload.objects.filter(pk=upload.pk).exists():
        storage.delete(name)


def safe_name(name: str) -> str:
    """The name without folders, control characters and marks that reorder text (`gpj.exe` must not look like one)."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf", "Zl", "Zp", "Cs"))
    stem, dot, ending = kept.strip().rpartition(".")
    shortened = f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else kept[:200]
    return shortened.strip() or "file"


def sha256_of(file: File) -> str:
    """Its content's hash, in hexadecimal. Reads it piece by piece, and leaves it at its start."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
