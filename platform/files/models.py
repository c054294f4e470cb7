"""Files that people handed in. They leave only through a permission check (views.download)."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from files.contents import ENDINGS


def random_public_id() -> str:
    """256 bits, fit for an address: who knows it has still to be who began the upload."""
    return secrets.token_urlsafe(32)


def random_path(upload: "Upload", name: str) -> str:
    """Where the file lies: nothing of what its owner wrote becomes a path."""
    token = secrets.token_hex(16)
    return f"uploads/{token[:2]}/{token}"


class Upload(models.Model):
    """A file as it was handed in, and what it was found to be."""

    # What it is for; who may read it is the answer of the guard registered for this purpose.
    purpose = models.CharField(max_length=60)
    # As its owner called it, for showing and saving; never a path here.
    name = models.CharField(_("name"), max_length=200)
    file = models.FileField(upload_to=random_path, max_length=100)
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    sha256 = models.CharField(max_length=64)
    # By its content, whatever it claimed to be.
    content_type = models.CharField(_("type"), max_length=100)
    # How long a film or recording lasts.
    seconds = models.FloatField(_("duration"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name

    @property
    def offered_name(self) -> str:
        """Under which it is saved: a photo that was called x.html would be opened as a page."""
        endings = ENDINGS.get(self.content_type, ("",))
        return self.name if self.name.lower().endswith(endings) else f"{self.name}{endings[0]}"

    @property
    def path(self) -> str:
        """Within the storage."""
        return str(self.file.name)

    @property
    def path_beside(self) -> str:
        """Where lies what is made of it once, if anything is."""
        return f"{self.path}.small"

    @property
    def has_picture(self) -> bool:
        return self.content_type.startswith(("video/", "image/"))


class PartialUpload(models.Model):
    """A file that arrives in parts, over links that break. Its bytes lie from the first where they will stay.

    The first `offset` bytes of the file are on the disk for certain; whatever lies behind them is written anew.
    """

    public_id = models.CharField(max_length=43, unique=True, default=random_public_id)
    # Made by the page: an answer that is lost on its way back makes no second upload.
    key = models.UUIDField(null=True)
    purpose = models.CharField(max_length=60)
    # The number of the thing that it is for, which the purpose understands.
    about = models.PositiveBigIntegerField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="partial_uploads"
    )
    name = models.CharField(_("name"), max_length=200)
    # As it was sent, to be sent back.
    metadata = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(_("size"))  # bytes in all
    offset = models.PositiveBigIntegerField(_("arrived"), default=0)  # bytes
    # Within the storage, as Upload.file.
    path = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)
    # Moved on by every byte that arrives.
    expires_at = models.DateTimeField(_("kept until"), db_index=True)
    # What it became. If that is discarded, this goes as well.
    upload = models.OneToOneField(
        Upload, on_delete=models.CASCADE, null=True, blank=True, related_name="arrived_as", verbose_name=_("file")
    )

    class Meta:
        verbose_name = _("file that arrives in parts")
        verbose_name_plural = _("files that arrive in parts")
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="partial_upload_begins_once"),
            models.CheckConstraint(condition=Q(offset__lte=F("size")), name="partial_upload_ends_with_its_size"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_whole(self) -> bool:
        return self.offset == self.size

    @property
    def is_over(self) -> bool:
        """Nobody continued it in time."""
        return self.expires_at <= timezone.now()
